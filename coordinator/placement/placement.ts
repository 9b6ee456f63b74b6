// Who holds what. A place is one device of one worker; a group is a set of
// places that together hold the whole model and run injections of their own.

/** An index into the places of an epoch. */
export type PlaceIndex = number;

/** One compute thread (a GPU, or some CPU cores) of a worker. */
export interface Place {
  readonly worker: string;
  /** 0-based within the worker. */
  readonly device: number;
}

/** What a worker offers, as it says in its hello or as a file for a dry run says. */
export interface WorkerSpec {
  readonly name: string;
  readonly devices: number;
  /**
   * For weights and hidden states together, bytes. The devices of a worker map the same weight files,
   * so a part that several of them hold counts once.
   */
  readonly memoryBytes: number;
  /** Of one device, float32. */
  readonly flopsPerSecond: number;
  /** To other workers; places of one worker hand over in memory. */
  readonly linkBytesPerSecond: number;
}

/** Which places of a group hold a part; a visit of it may run on any of them. */
export interface PlacementGroup {
  readonly embed: readonly PlaceIndex[];
  /** [layer][holder] */
  readonly layers: readonly (readonly PlaceIndex[])[];
  readonly head: readonly PlaceIndex[];
}

export interface Placement {
  readonly places: readonly Place[];
  /** Replicas of each other: an injection runs in one of them. */
  readonly groups: readonly PlacementGroup[];
}

/** `throughput`: most documents a second. `latency`: one micro-batch as fast as can be, merges spread. */
export type Objective = "throughput" | "latency";
