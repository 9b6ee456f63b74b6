// Original file: proto/painters.proto

import type { Welcome as _painters_v1_Welcome, Welcome__Output as _painters_v1_Welcome__Output } from '../../painters/v1/Welcome.js';
import type { OpenEpoch as _painters_v1_OpenEpoch, OpenEpoch__Output as _painters_v1_OpenEpoch__Output } from '../../painters/v1/OpenEpoch.js';
import type { Plan as _painters_v1_Plan, Plan__Output as _painters_v1_Plan__Output } from '../../painters/v1/Plan.js';
import type { Inject as _painters_v1_Inject, Inject__Output as _painters_v1_Inject__Output } from '../../painters/v1/Inject.js';
import type { AbortEpoch as _painters_v1_AbortEpoch, AbortEpoch__Output as _painters_v1_AbortEpoch__Output } from '../../painters/v1/AbortEpoch.js';
import type { CloseEpoch as _painters_v1_CloseEpoch, CloseEpoch__Output as _painters_v1_CloseEpoch__Output } from '../../painters/v1/CloseEpoch.js';
import type { Goodbye as _painters_v1_Goodbye, Goodbye__Output as _painters_v1_Goodbye__Output } from '../../painters/v1/Goodbye.js';
import type { Forget as _painters_v1_Forget, Forget__Output as _painters_v1_Forget__Output } from '../../painters/v1/Forget.js';

export interface ToWorker {
  'welcome'?: (_painters_v1_Welcome | null);
  'openEpoch'?: (_painters_v1_OpenEpoch | null);
  'plan'?: (_painters_v1_Plan | null);
  'inject'?: (_painters_v1_Inject | null);
  'abortEpoch'?: (_painters_v1_AbortEpoch | null);
  'closeEpoch'?: (_painters_v1_CloseEpoch | null);
  'goodbye'?: (_painters_v1_Goodbye | null);
  'forget'?: (_painters_v1_Forget | null);
  'message'?: "welcome"|"openEpoch"|"plan"|"inject"|"abortEpoch"|"closeEpoch"|"goodbye"|"forget";
}

export interface ToWorker__Output {
  'welcome'?: (_painters_v1_Welcome__Output | null);
  'openEpoch'?: (_painters_v1_OpenEpoch__Output | null);
  'plan'?: (_painters_v1_Plan__Output | null);
  'inject'?: (_painters_v1_Inject__Output | null);
  'abortEpoch'?: (_painters_v1_AbortEpoch__Output | null);
  'closeEpoch'?: (_painters_v1_CloseEpoch__Output | null);
  'goodbye'?: (_painters_v1_Goodbye__Output | null);
  'forget'?: (_painters_v1_Forget__Output | null);
  'message'?: "welcome"|"openEpoch"|"plan"|"inject"|"abortEpoch"|"closeEpoch"|"goodbye"|"forget";
}
