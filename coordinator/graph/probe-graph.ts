// Schedules -> a graph whose outputs are probes: each schedule's hidden states compared
// with each other, and some of them wanted as they are. For similarity and capture.
import type { Layer, Schedule, Sublayer } from "../schedule/schedule.js";
import { simplify } from "../schedule/simplify.js";
import { GraphBuilder } from "./build-graph.js";
import type { SweepGraph, VisitId } from "./sweep-graph.js";

/** A layer by its number, or half of one as schedules write it: `4.attn`. */
export type Reader = number | `${number}.${Sublayer}`;

/** A state whose values are wanted: the inputs of a layer or of half of one, or the last output. */
export type Captured = Reader | "out";

export interface ProbeGraph {
  readonly graph: SweepGraph;
  /** In the order of the schedules. */
  readonly schedules: readonly ProbedSchedule[];
}

export interface ProbedSchedule {
  /** The probe that compares the states; schedules equal by law share it. */
  readonly gram: VisitId;
  /** In the order of the probe. */
  readonly states: readonly ProbedState[];
  readonly captures: readonly CapturedState[];
}

/**
 * A state that is the input of a layer application, or the schedule's output: those are compared. What
 * several branches of a merge begin with is one state; states within a branch count where a layer reads them.
 */
export interface ProbedState {
  readonly visit: VisitId;
  /** The layers and halves of layers that read it, in order; empty: the output. */
  readonly layers: readonly Reader[];
}

export interface CapturedState {
  readonly state: Captured;
  /** 0-based among the inputs that the layer has in this schedule. */
  readonly occurrence: number;
  readonly probe: VisitId;
}

/** A comparison is quadratic in the states of a schedule. */
export const maxProbedStates = 1000;

/** The schedule has more states than are compared with each other. */
export class TooManyStatesError extends Error {
  override readonly name = "TooManyStatesError";
  readonly exitCode = 2;
  constructor(readonly states: number) {
    super(
      `a schedule has ${states} hidden states to compare; at most ${maxProbedStates} are compared with each other`,
    );
  }
}

/** @throws TooManyStatesError */
export function buildProbeGraph(
  schedules: readonly Schedule[],
  captured: readonly Captured[] = [],
): ProbeGraph {
  const builder = new GraphBuilder();
  const states = schedules.map((schedule) => statesOf(builder, schedule));
  // Probes come last, so that the first reader of a state is what is computed from it.
  const probed = states.map((own): ProbedSchedule => {
    const gram = builder.addProbe(
      "gram",
      own.map(({ visit }) => visit),
    );
    const captures = captured.flatMap((state) =>
      own
        .filter(({ layers }) => (state === "out" ? layers.length === 0 : layers.includes(state)))
        .map(({ visit }, occurrence) => ({
          state,
          occurrence,
          probe: builder.addProbe("states", [visit]),
        })),
    );
    return { gram, states: own, captures };
  });
  return { graph: { visits: builder.visits, heads: [] }, schedules: probed };
}

function statesOf(builder: GraphBuilder, schedule: Schedule): readonly ProbedState[] {
  const readers = new Map<VisitId, Reader[]>();
  const output = builder.add(simplify(schedule), 0, (layer, input) => {
    const layers = readers.get(input);
    if (layers) layers.push(readerOf(layer));
    else readers.set(input, [readerOf(layer)]);
  });
  if (readers.size >= maxProbedStates) throw new TooManyStatesError(readers.size + 1);
  return [...[...readers].map(([visit, layers]) => ({ visit, layers })), { visit: output, layers: [] }];
}

function readerOf({ layer, sublayer }: Layer): Reader {
  return sublayer === undefined ? layer : `${layer}.${sublayer}`;
}
