// Original file: proto/painters.proto

import type { Step as _painters_v1_Step, Step__Output as _painters_v1_Step__Output } from '../../painters/v1/Step.js';
import type { Receive as _painters_v1_Receive, Receive__Output as _painters_v1_Receive__Output } from '../../painters/v1/Receive.js';

export interface Plan {
  'epoch'?: (number);
  'plan'?: (number);
  'place'?: (number);
  'steps'?: (_painters_v1_Step)[];
  'receives'?: (_painters_v1_Receive)[];
}

export interface Plan__Output {
  'epoch': (number);
  'plan': (number);
  'place': (number);
  'steps': (_painters_v1_Step__Output)[];
  'receives': (_painters_v1_Receive__Output)[];
}
