// SweepGraph + wanted heads + group of places -> a PlacePlan for every place: the
// graph cut along the placement. Workers run the plans; nothing is decided later.
import type { SweepGraph, VisitId } from "../graph/sweep-graph.js";
import { assignVisits } from "./assign.js";
import { boundStates } from "./bound.js";
import { SharedSlots } from "./mean-kept.js";
import { cutRuns, gatherRuns } from "./merge-runs.js";
import { neededVisits } from "./needed.js";
import { inputsOf, type Operation, type PlacePlan, type PlaceStep, type StateId } from "./place-plan.js";
import type { PlaceIndex, PlacementGroup } from "./placement.js";
import { type StepCosts, unitCosts } from "./step-costs.js";

/** A step and where it runs, before it is known who reads its state. */
export interface PlacedStep {
  readonly place: PlaceIndex;
  readonly id: StateId;
  readonly operation: Operation;
}

/**
 * The plans of the wanted heads or probes and their ancestors, nothing else. Places without steps have no plan.
 * A state goes by its visit's id; the partial sums of a merge that is spread have ids beyond the graph's, and so has what
 * a place makes of a merge for itself alone (mean-kept.ts).
 * Values do not depend on the group: additions are in branch order, as on one place.
 * @param among heads with a plan of which the wanted ones shall agree about who runs what: with that plan their keys
 * and values were kept
 * @param gathers branches of merges gather at few places, rather than their sum going through all; which layers run where
 * does not depend on it, but how many states a place holds does
 */
export function compileGroup(
  graph: SweepGraph,
  wantedHeads: readonly VisitId[],
  group: PlacementGroup,
  costs: StepCosts = unitCosts(group.layers.length),
  among: readonly VisitId[] = wantedHeads,
  gathers = false,
): ReadonlyMap<PlaceIndex, PlacePlan> {
  const steps = placeSteps(graph, wantedHeads, group, costs, among, gathers);
  const makerPlace = new Map(steps.map(({ id, place }) => [id, place]));
  const sendTo = new Map<StateId, Set<PlaceIndex>>(steps.map(({ id }) => [id, new Set()]));
  const depths = new Map<StateId, number>();
  for (const { id, place, operation } of steps) {
    let depth = 0;
    for (const input of inputsOf(operation)) {
      depth = Math.max(depth, depths.get(input)! + 1);
      if (makerPlace.get(input) !== place) sendTo.get(input)!.add(place);
    }
    depths.set(id, depth);
  }
  const plans = new Map<
    PlaceIndex,
    { steps: PlaceStep[]; receives: { state: StateId; from: PlaceIndex }[] }
  >();
  for (const place of [...new Set(steps.map((step) => step.place))].sort((a, b) => a - b)) {
    plans.set(place, { steps: [], receives: [] });
  }
  for (const { id, place, operation } of steps) {
    const readers = [...sendTo.get(id)!].sort((a, b) => a - b);
    plans.get(place)!.steps.push({ id, operation, sendTo: readers, depth: depths.get(id)! });
    for (const reader of readers) plans.get(reader)!.receives.push({ state: id, from: place });
  }
  const bounds = boundStates(steps);
  return new Map([...plans].map(([place, plan]) => [place, { ...plan, ...bounds.get(place)! }] as const));
}

/** All steps of all places in topological order. */
function placeSteps(
  graph: SweepGraph,
  wantedHeads: readonly VisitId[],
  group: PlacementGroup,
  costs: StepCosts,
  among: readonly VisitId[],
  gathers: boolean,
): readonly PlacedStep[] {
  const needed = neededVisits(graph, wantedHeads);
  const placeOf = assignVisits(graph, neededVisits(graph, among), group, costs);
  const steps: PlacedStep[] = [];
  const shared = new SharedSlots(graph, needed);
  let nextId = graph.visits.length;
  const freshId = (): StateId => nextId++;
  for (const id of needed) {
    const visit = graph.visits[id]!;
    const place = placeOf.get(id)!;
    const stateOf = (input: VisitId): StateId => shared.stateAt(input, place);
    switch (visit.kind) {
      case "embed":
        steps.push({ place, id, operation: { kind: "embed" } });
        break;
      case "layer": {
        const { group: _, ...layer } = visit;
        const operation: Operation = { ...layer, input: stateOf(visit.input), ...shared.slotOf(id) };
        steps.push({ place, id, operation });
        break;
      }
      case "damp":
        steps.push({
          place,
          id,
          operation: { ...visit, base: stateOf(visit.base), input: stateOf(visit.input) },
        });
        break;
      case "head":
        steps.push({ place, id, operation: { kind: "head", head: id, input: stateOf(visit.input) } });
        break;
      case "probe":
        steps.push({
          place,
          id,
          operation: { kind: "probe", probe: id, measure: visit.measure, inputs: visit.inputs.map(stateOf) },
        });
        break;
      case "merge": {
        const cut = cutRuns(visit.branches, placeOf);
        const runs = gathers ? gatherRuns(cut) : cut;
        const isShared = shared.isShared(visit);
        let sum: StateId | null = null;
        for (const [i, run] of runs.entries()) {
          const isLast = i === runs.length - 1;
          const runId: StateId = isLast && !isShared ? id : freshId();
          const base = visit.rule === "sum" ? shared.stateAt(visit.base, run.place) : null;
          const divideBy = isLast && visit.rule === "mean" ? visit.branches.length : null;
          const { rule } = visit;
          const branches = run.branches.map((branch) => shared.stateAt(branch, run.place));
          steps.push({
            place: run.place,
            id: runId,
            operation: { kind: "accumulate", rule, sum, base, branches, divideBy, isLast },
          });
          sum = runId;
        }
        if (isShared) {
          const places = visit.branches.map((branch) => placeOf.get(branch)!);
          steps.push(...shared.store(id, sum!, runs.at(-1)!.place, places, freshId));
        }
        break;
      }
    }
  }
  return steps;
}
