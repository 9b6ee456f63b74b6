// Original file: proto/painters.proto


// Original file: proto/painters.proto

export const _painters_v1_Probe_Measure = {
  MEASURE_UNSPECIFIED: 'MEASURE_UNSPECIFIED',
  GRAM: 'GRAM',
  STATES: 'STATES',
} as const;

export type _painters_v1_Probe_Measure =
  | 'MEASURE_UNSPECIFIED'
  | 0
  | 'GRAM'
  | 1
  | 'STATES'
  | 2

export type _painters_v1_Probe_Measure__Output = typeof _painters_v1_Probe_Measure[keyof typeof _painters_v1_Probe_Measure]

export interface Probe {
  'probe'?: (number);
  'measure'?: (_painters_v1_Probe_Measure);
  'inputs'?: (number)[];
}

export interface Probe__Output {
  'probe': (number);
  'measure': (_painters_v1_Probe_Measure__Output);
  'inputs': (number)[];
}
