// Original file: proto/painters.proto

import type { Embed as _painters_v1_Embed, Embed__Output as _painters_v1_Embed__Output } from '../../painters/v1/Embed.js';
import type { Layer as _painters_v1_Layer, Layer__Output as _painters_v1_Layer__Output } from '../../painters/v1/Layer.js';
import type { Accumulate as _painters_v1_Accumulate, Accumulate__Output as _painters_v1_Accumulate__Output } from '../../painters/v1/Accumulate.js';
import type { Damp as _painters_v1_Damp, Damp__Output as _painters_v1_Damp__Output } from '../../painters/v1/Damp.js';
import type { Head as _painters_v1_Head, Head__Output as _painters_v1_Head__Output } from '../../painters/v1/Head.js';
import type { Probe as _painters_v1_Probe, Probe__Output as _painters_v1_Probe__Output } from '../../painters/v1/Probe.js';
import type { Store as _painters_v1_Store, Store__Output as _painters_v1_Store__Output } from '../../painters/v1/Store.js';

export interface Step {
  'id'?: (number);
  'sendTo'?: (number)[];
  'depth'?: (number);
  'embed'?: (_painters_v1_Embed | null);
  'layer'?: (_painters_v1_Layer | null);
  'accumulate'?: (_painters_v1_Accumulate | null);
  'damp'?: (_painters_v1_Damp | null);
  'head'?: (_painters_v1_Head | null);
  'probe'?: (_painters_v1_Probe | null);
  'store'?: (_painters_v1_Store | null);
  'operation'?: "embed"|"layer"|"accumulate"|"damp"|"head"|"probe"|"store";
}

export interface Step__Output {
  'id': (number);
  'sendTo': (number)[];
  'depth': (number);
  'embed'?: (_painters_v1_Embed__Output | null);
  'layer'?: (_painters_v1_Layer__Output | null);
  'accumulate'?: (_painters_v1_Accumulate__Output | null);
  'damp'?: (_painters_v1_Damp__Output | null);
  'head'?: (_painters_v1_Head__Output | null);
  'probe'?: (_painters_v1_Probe__Output | null);
  'store'?: (_painters_v1_Store__Output | null);
  'operation'?: "embed"|"layer"|"accumulate"|"damp"|"head"|"probe"|"store";
}
