// Schedules -> SweepGraph: all schedules of a sweep in one graph, each visit once.
// Schedules that begin alike share their beginnings; nothing knows of variants.
import type { Layer, Schedule, Sublayer } from "../schedule/schedule.js";
import { simplify } from "../schedule/simplify.js";
import type { Measure, SweepGraph, Visit, VisitId } from "./sweep-graph.js";

/** Builds the graph of `schedules`, which need not be simplified; schedules equal by law share a head. */
export function buildGraph(schedules: readonly Schedule[]): SweepGraph {
  const builder = new GraphBuilder();
  const heads = schedules.map((schedule) => builder.addHead(simplify(schedule)));
  return { visits: builder.visits, heads };
}

/** What a visit does, its operands apart. A number is the factor of a damped round. */
type Operation = "layer" | Sublayer | "mean" | "sum" | "head" | Measure | number;

// Keys pack two integers below 2^26 into one that a double holds exactly.
const KEY_STEP = 2 ** 26;

export class GraphBuilder {
  readonly visits: Visit[] = [{ kind: "embed" }];
  private readonly operations = new Map<Operation, number>();
  /** A trie of (operation, operand, operand, ..): edge (path, operand) -> path. */
  private readonly paths = new Map<number, number>();
  private readonly visitAtPath = new Map<number, VisitId>();
  private pathCount = 0;

  addHead(canonical: Schedule): VisitId {
    const input = this.add(canonical, 0);
    return this.intern("head", [input], { kind: "head", input });
  }

  /** The states in this order are the probe's identity. */
  addProbe(measure: Measure, inputs: readonly VisitId[]): VisitId {
    return this.intern(measure, inputs, { kind: "probe", measure, inputs });
  }

  /**
   * The visit whose output is that of `canonical` applied to the output of `input`.
   * @param applied called for every layer application, in the order of the schedule
   */
  add(canonical: Schedule, input: VisitId, applied?: (layer: Layer, input: VisitId) => void): VisitId {
    switch (canonical.kind) {
      case "layer": {
        const { layer, sublayer = "layer" } = canonical;
        applied?.(canonical, input);
        return this.intern(sublayer, [input, layer], { ...canonical, input });
      }
      case "sequence":
        return canonical.items.reduce((output, item) => this.add(item, output, applied), input);
      case "merge": {
        const { rule } = canonical;
        const branches = canonical.branches.map((branch) => this.add(branch, input, applied));
        return this.intern(rule, [input, ...branches], { kind: "merge", rule, base: input, branches });
      }
      case "loop": {
        if (canonical.times !== 1 || canonical.damping === undefined) {
          throw new Error("a canonical loop has one damped round");
        }
        const output = this.add(canonical.body, input, applied);
        const factor = canonical.damping;
        return this.intern(factor, [input, output], { kind: "damp", factor, base: input, input: output });
      }
    }
  }

  private intern(operation: Operation, operands: readonly number[], visit: Visit): VisitId {
    let path = this.operations.get(operation);
    if (path === undefined) {
      path = this.pathCount++;
      this.operations.set(operation, path);
    }
    for (const operand of operands) path = this.step(path, operand);
    const known = this.visitAtPath.get(path);
    if (known !== undefined) return known;
    this.visits.push(visit);
    this.visitAtPath.set(path, this.visits.length - 1);
    return this.visits.length - 1;
  }

  private step(path: number, operand: number): number {
    const key = path * KEY_STEP + operand;
    const known = this.paths.get(key);
    if (known !== undefined) return known;
    if (this.pathCount >= KEY_STEP) throw new Error("the sweep's graph has too many visits");
    this.paths.set(key, this.pathCount);
    return this.pathCount++;
  }
}
