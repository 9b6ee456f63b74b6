// Original file: proto/painters.proto


// Original file: proto/painters.proto

export const _painters_v1_Accumulate_Rule = {
  RULE_UNSPECIFIED: 'RULE_UNSPECIFIED',
  MEAN: 'MEAN',
  SUM: 'SUM',
} as const;

export type _painters_v1_Accumulate_Rule =
  | 'RULE_UNSPECIFIED'
  | 0
  | 'MEAN'
  | 1
  | 'SUM'
  | 2

export type _painters_v1_Accumulate_Rule__Output = typeof _painters_v1_Accumulate_Rule[keyof typeof _painters_v1_Accumulate_Rule]

export interface Accumulate {
  'rule'?: (_painters_v1_Accumulate_Rule);
  'sum'?: (number);
  'base'?: (number);
  'branches'?: (number)[];
  'divideBy'?: (number);
  'isLast'?: (boolean);
  '_sum'?: "sum";
  '_base'?: "base";
  '_divideBy'?: "divideBy";
}

export interface Accumulate__Output {
  'rule': (_painters_v1_Accumulate_Rule__Output);
  'sum'?: (number);
  'base'?: (number);
  'branches': (number)[];
  'divideBy'?: (number);
  'isLast': (boolean);
  '_sum'?: "sum";
  '_base'?: "base";
  '_divideBy'?: "divideBy";
}
