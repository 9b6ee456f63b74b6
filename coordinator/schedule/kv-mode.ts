// Which keys and values a decoded token attends to: part of what a generated text is, beside its schedule.

/**
 * `own`: every application of a layer keeps its own, so that decoding is full recomputation. `paper`: the layers of a
 * mean that are applied side by side to one state share one cache, the mean of their keys and values, as the paper's
 * code does for parallel and looped parallel; its decoding is no recomputation.
 */
export type KvMode = "own" | "paper";

export const KV_MODES: readonly KvMode[] = ["own", "paper"];
