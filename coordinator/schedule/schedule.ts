// The algebra. A layer is a function hidden -> hidden, and so is a schedule:
// everything here is immutable data that denotes such a function.

/** What to compute between the embedding and the head. Layers are 0-based. */
export type Schedule = Layer | Sequence | Merge | Loop;

/** A whole layer, or one half of it with its own residual: `attn` is h + attention(norm(h)), `mlp` h + MLP(norm(h)). */
export interface Layer {
  readonly kind: "layer";
  readonly layer: number;
  /** Absent: the whole layer. */
  readonly sublayer?: Sublayer;
}

export type Sublayer = "attn" | "mlp";

/** Applies its items one after another; the empty sequence is the identity. */
export interface Sequence {
  readonly kind: "sequence";
  readonly items: readonly Schedule[];
}

/**
 * Applies every branch to the same input h and joins the outputs elementwise:
 * `mean` is their average (paper, section 3.5: whole outputs, residual included),
 * `sum` is h plus every branch's delta, h + sum(branch(h) - h).
 * The order of the branches is part of a merge's identity: it fixes the rounding.
 */
export interface Merge {
  readonly kind: "merge";
  readonly rule: MergeRule;
  readonly branches: readonly Schedule[];
}

export type MergeRule = "mean" | "sum";

/** Applies its body `times` times. With damping a, each time h <- h + a (body(h) - h). */
export interface Loop {
  readonly kind: "loop";
  readonly times: number;
  readonly body: Schedule;
  readonly damping?: number;
}

/** A schedule with the name it goes by in tables and folders, and the variant that built it. */
export interface NamedSchedule {
  /** Unique in a sweep, for example `reverse(start=3)` or the text the user gave. */
  readonly name: string;
  readonly method: Method;
  /** The numbers that pick one schedule of the method, for the columns of tables. */
  readonly parameters: Readonly<Partial<Record<VariantParameter, number>>>;
  readonly schedule: Schedule;
}

/** The paper's methods (section 3 and its code), and `custom` for schedules given as text. */
export type Method =
  | "baseline"
  | "skip"
  | "middle_repeat"
  | "reverse"
  | "random"
  | "parallel"
  | "loop_parallel"
  | "skip_idx"
  | "switch_idx"
  | "custom";

export type VariantParameter = "start" | "seed" | "loops" | "index";
