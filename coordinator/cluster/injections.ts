// What is missing, cut into injections: documents that lack the same heads of a
// wave form micro-batches of similar length. Pure.
import type { TokenRow } from "../../models/token-row.js";
import { compilePlan, type Plan } from "../graph/plan.js";
import type { SweepGraph, VisitId } from "../graph/sweep-graph.js";

/** A document as the model sees it. */
export interface RowDocument {
  readonly rows: readonly TokenRow[];
}

/** One micro-batch through one plan. */
export interface Injection {
  /** Index into the plans. */
  readonly plan: number;
  /** Indices of the documents, their rows one after another. */
  readonly documents: readonly number[];
}

export interface InjectionOptions {
  /** Padded tokens a micro-batch holds at most, if the rows allow. */
  readonly batchTokens: number;
  /** Bytes that the hidden states of one injection may take at once. */
  readonly stateBytes: number;
  readonly hiddenSize: number;
}

export interface Injections {
  readonly plans: readonly Plan[];
  readonly injections: readonly Injection[];
}

/**
 * @param waves heads that run together, each head in one wave
 * @param isMissing whether a head's record of a document is still to be computed
 */
export function cutInjections(
  graph: SweepGraph,
  waves: readonly (readonly VisitId[])[],
  documents: readonly RowDocument[],
  isMissing: (head: VisitId, document: number) => boolean,
  options: InjectionOptions,
): Injections {
  const plans: Plan[] = [];
  const injections: Injection[] = [];
  for (const wave of waves) {
    for (const { heads, members } of groupByMissing(wave, documents.length, isMissing)) {
      const plan = compilePlan(graph, heads);
      const stateTokens = Math.floor(options.stateBytes / (plan.peakStates * options.hiddenSize * 4));
      const budget = Math.min(options.batchTokens, stateTokens);
      for (const batch of batchBySize(members, documents, budget)) {
        injections.push({ plan: plans.length, documents: batch });
      }
      plans.push(plan);
    }
  }
  return { plans, injections };
}

interface MissingGroup {
  readonly heads: readonly VisitId[];
  readonly members: readonly number[];
}

function groupByMissing(
  wave: readonly VisitId[],
  documentCount: number,
  isMissing: (head: VisitId, document: number) => boolean,
): readonly MissingGroup[] {
  const groups = new Map<string, { heads: readonly VisitId[]; members: number[] }>();
  for (let document = 0; document < documentCount; document++) {
    const heads = wave.filter((head) => isMissing(head, document));
    if (heads.length === 0) continue;
    const signature = heads.join();
    const group = groups.get(signature);
    if (group) group.members.push(document);
    else groups.set(signature, { heads, members: [document] });
  }
  return [...groups.values()];
}

/** Longest first, so that rows of a batch are alike and the long batches do not come last. */
function batchBySize(
  members: readonly number[],
  documents: readonly RowDocument[],
  budgetTokens: number,
): readonly (readonly number[])[] {
  const longestRow = (document: number): number =>
    documents[document]!.rows.reduce((length, row) => Math.max(length, row.tokens.length), 0);
  const sized = members
    .map((document) => ({ document, length: longestRow(document), rows: documents[document]!.rows.length }))
    .sort((a, b) => b.length - a.length || a.document - b.document);
  const batches: number[][] = [];
  let rows = 0;
  let width = 0;
  for (const { document, length, rows: added } of sized) {
    const fits = batches.length > 0 && (rows + added) * width <= budgetTokens;
    if (fits) {
      batches.at(-1)!.push(document);
      rows += added;
    } else {
      batches.push([document]);
      rows = added;
      width = length;
    }
  }
  return batches;
}
