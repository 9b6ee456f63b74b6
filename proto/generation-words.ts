// What the coordinator says to a client that has it generate, as plain data.

export type GenerationNews = WaitsNews | StartNews | PieceNews | EndNews;

export interface WaitsNews {
  readonly kind: "waits";
  /** For people; empty: for nothing any more. */
  readonly reason: string;
}

/** Before any piece. */
export interface StartNews {
  readonly kind: "start";
  readonly model: string;
  /** Names, each once. */
  readonly schedules: readonly string[];
}

/** How a text differs from what was said of it before (text-piece.ts of the commands). */
export interface PieceNews {
  readonly kind: "piece";
  /** Indices of the schedule and the prompt. */
  readonly schedule: number;
  readonly prompt: number;
  /** UTF-16 code units of it that stay; `added` replaces the rest. */
  readonly kept: number;
  readonly added: string;
  readonly isOver: boolean;
  /** All, once it is over. */
  readonly tokens: readonly number[];
}

/** Nothing follows it. */
export interface EndNews {
  readonly kind: "end";
  /** Prompts that were given up, and why. */
  readonly failed: readonly string[];
  readonly timing: GenerationTiming;
}

export interface GenerationTiming {
  /** From one token of a text to its next: median, milliseconds; null: none had two. */
  readonly tokenMs: number | null;
  /** Of a layer, in steps after the prompt: mean, milliseconds. */
  readonly visitMs: number | null;
  /** How many `visitMs` is the mean of. */
  readonly visits: number;
  /** From the beginning, local workers' start included, to the first token. */
  readonly promptMs: number | null;
}
