// Original file: proto/painters.proto

import type { Hello as _painters_v1_Hello, Hello__Output as _painters_v1_Hello__Output } from '../../painters/v1/Hello.js';
import type { Heartbeat as _painters_v1_Heartbeat, Heartbeat__Output as _painters_v1_Heartbeat__Output } from '../../painters/v1/Heartbeat.js';
import type { EpochReady as _painters_v1_EpochReady, EpochReady__Output as _painters_v1_EpochReady__Output } from '../../painters/v1/EpochReady.js';
import type { EpochFailed as _painters_v1_EpochFailed, EpochFailed__Output as _painters_v1_EpochFailed__Output } from '../../painters/v1/EpochFailed.js';
import type { Scored as _painters_v1_Scored, Scored__Output as _painters_v1_Scored__Output } from '../../painters/v1/Scored.js';
import type { Finished as _painters_v1_Finished, Finished__Output as _painters_v1_Finished__Output } from '../../painters/v1/Finished.js';
import type { LinkBroken as _painters_v1_LinkBroken, LinkBroken__Output as _painters_v1_LinkBroken__Output } from '../../painters/v1/LinkBroken.js';
import type { Draining as _painters_v1_Draining, Draining__Output as _painters_v1_Draining__Output } from '../../painters/v1/Draining.js';
import type { Probed as _painters_v1_Probed, Probed__Output as _painters_v1_Probed__Output } from '../../painters/v1/Probed.js';
import type { Generated as _painters_v1_Generated, Generated__Output as _painters_v1_Generated__Output } from '../../painters/v1/Generated.js';

export interface ToCoordinator {
  'hello'?: (_painters_v1_Hello | null);
  'heartbeat'?: (_painters_v1_Heartbeat | null);
  'epochReady'?: (_painters_v1_EpochReady | null);
  'epochFailed'?: (_painters_v1_EpochFailed | null);
  'scored'?: (_painters_v1_Scored | null);
  'finished'?: (_painters_v1_Finished | null);
  'linkBroken'?: (_painters_v1_LinkBroken | null);
  'draining'?: (_painters_v1_Draining | null);
  'probed'?: (_painters_v1_Probed | null);
  'generated'?: (_painters_v1_Generated | null);
  'message'?: "hello"|"heartbeat"|"epochReady"|"epochFailed"|"scored"|"finished"|"linkBroken"|"draining"|"probed"|"generated";
}

export interface ToCoordinator__Output {
  'hello'?: (_painters_v1_Hello__Output | null);
  'heartbeat'?: (_painters_v1_Heartbeat__Output | null);
  'epochReady'?: (_painters_v1_EpochReady__Output | null);
  'epochFailed'?: (_painters_v1_EpochFailed__Output | null);
  'scored'?: (_painters_v1_Scored__Output | null);
  'finished'?: (_painters_v1_Finished__Output | null);
  'linkBroken'?: (_painters_v1_LinkBroken__Output | null);
  'draining'?: (_painters_v1_Draining__Output | null);
  'probed'?: (_painters_v1_Probed__Output | null);
  'generated'?: (_painters_v1_Generated__Output | null);
  'message'?: "hello"|"heartbeat"|"epochReady"|"epochFailed"|"scored"|"finished"|"linkBroken"|"draining"|"probed"|"generated";
}
