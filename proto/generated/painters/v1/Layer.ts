// Original file: proto/painters.proto


// Original file: proto/painters.proto

export const _painters_v1_Layer_Part = {
  WHOLE: 'WHOLE',
  ATTN: 'ATTN',
  MLP: 'MLP',
} as const;

export type _painters_v1_Layer_Part =
  | 'WHOLE'
  | 0
  | 'ATTN'
  | 1
  | 'MLP'
  | 2

export type _painters_v1_Layer_Part__Output = typeof _painters_v1_Layer_Part[keyof typeof _painters_v1_Layer_Part]

export interface Layer {
  'layer'?: (number);
  'input'?: (number);
  'part'?: (_painters_v1_Layer_Part);
  'slot'?: (number);
  '_slot'?: "slot";
}

export interface Layer__Output {
  'layer': (number);
  'input': (number);
  'part': (_painters_v1_Layer_Part__Output);
  'slot'?: (number);
  '_slot'?: "slot";
}
