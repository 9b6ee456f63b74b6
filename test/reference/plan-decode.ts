// Greedy decoding by compiled plans, all places in one process: each with the program and the keys and values that a
// worker's device has, one model for all, frames handed over at once.

import type { SweepGraph, VisitId } from "../../coordinator/graph/sweep-graph.js";
import { compileGroup } from "../../coordinator/placement/compile.js";
import type { PlaceIndex, PlacementGroup } from "../../coordinator/placement/placement.js";
import { KeyValueCache } from "../../models/runtime/key-value-cache.js";
import type { ModelRuntime } from "../../models/runtime/model-runtime.js";
import type { TokenRow } from "../../models/token-row.js";
import { type Computation, modelComputation } from "../../worker/compute.js";
import type { State } from "../../worker/merge.js";
import { PlaceProgram } from "../../worker/place-program.js";

interface Place {
  readonly program: PlaceProgram<State>;
  readonly cache: KeyValueCache;
}

export class PlanDecoder {
  readonly #model: ModelRuntime;
  readonly #places: ReadonlyMap<PlaceIndex, Place>;
  #injections = 0;

  constructor(model: ModelRuntime, graph: SweepGraph, head: VisitId, group: PlacementGroup) {
    this.#model = model;
    this.#places = new Map(
      [...compileGroup(graph, [head], group)].map(([place, { steps, receives }]) => {
        const program = new PlaceProgram<State>();
        program.openEpoch(0);
        raise(program.definePlan(0, 0, steps, receives));
        return [place, { program, cache: new KeyValueCache() }];
      }),
    );
  }

  /** Of all places. */
  get cacheBytes(): number {
    return [...this.#places.values()].reduce((sum, { cache }) => sum + cache.bytes, 0);
  }

  /** One token of each prompt a step, all prompts at once. @returns what follows each */
  async decode(
    prompts: readonly (readonly number[])[],
    count: number,
  ): Promise<readonly (readonly number[])[]> {
    const found: number[][] = prompts.map(() => []);
    for (let token = 0; token < count; token++) {
      const next = await this.#step(
        prompts.map((prompt, sequence) => {
          const tokens = token === 0 ? prompt : [found[sequence]!.at(-1)!];
          const past = token === 0 ? 0 : prompt.length + token - 1;
          return {
            tokens,
            prefixLength: tokens.length,
            branchLengths: [],
            scored: [],
            cached: { sequence, past },
          };
        }),
      );
      for (const [sequence, id] of next.entries()) found[sequence]!.push(id);
    }
    return found;
  }

  async #step(rows: readonly TokenRow[]): Promise<Int32Array> {
    const injection = this.#injections++;
    const computations = new Map<PlaceIndex, Computation>();
    for (const [place, { program, cache }] of this.#places) {
      computations.set(place, modelComputation(this.#model, this.#model.prepare(rows), rows, cache));
      raise(program.inject(0, injection, 0, rows[0]!.cached!.past > 0 ? rows.length : 0));
    }
    let tokens: Int32Array | null = null;
    let finished = 0;
    while (finished < this.#places.size) {
      let fired = false;
      for (const [place, { program }] of this.#places) {
        const firing = program.next();
        if (!firing) continue;
        fired = true;
        const { operation, id } = firing.step;
        const computation = computations.get(place)!;
        const stateOf = (state: number): State => firing.inputs.get(state)!;
        let output: State | null = null;
        if (operation.kind === "probe") throw new Error("nothing is probed");
        if (operation.kind === "head") tokens = await computation.next(stateOf(operation.input));
        else output = await computation.run(operation, stateOf, id);
        const completion = program.completed(output);
        for (const { to, state, payload } of completion.sends) {
          raise(this.#places.get(to)!.program.arrived(0, injection, state, payload.slice()));
        }
        if (completion.finished) finished++;
      }
      if (!fired) throw new Error("no place can go on");
    }
    return tokens!;
  }
}

function raise(error: Error | null): void {
  if (error) throw error;
}
