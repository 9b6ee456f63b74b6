// Original file: proto/painters.proto

import type { Row as _painters_v1_Row, Row__Output as _painters_v1_Row__Output } from '../../painters/v1/Row.js';

export interface Inject {
  'epoch'?: (number);
  'injection'?: (number);
  'plan'?: (number);
  'rows'?: (_painters_v1_Row)[];
}

export interface Inject__Output {
  'epoch': (number);
  'injection': (number);
  'plan': (number);
  'rows': (_painters_v1_Row__Output)[];
}
