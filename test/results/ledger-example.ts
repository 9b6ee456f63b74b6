// Records that a test and a child process make alike, document number by document number.
import type { DocumentKey } from "../../coordinator/results/document-key.js";
import { documentKey } from "../../coordinator/results/document-key.js";
import type { RecordContext } from "../../coordinator/results/ledger.js";
import type { RequestScore, TokenRow } from "../../models/token-row.js";

export const exampleContext: RecordContext = {
  numericsId: "cpu-avx2-f32",
  modelFingerprint: "f00d",
  schedule: "0..4",
};

export function exampleRow(number: number): TokenRow {
  return {
    tokens: [1, number, 2],
    prefixLength: 1,
    branchLengths: [1, 1],
    scored: [
      { request: 0, index: 0, target: number },
      { request: 1, index: 0, target: 2 },
    ],
  };
}

export function exampleKey(number: number): DocumentKey {
  return documentKey([exampleRow(number)]);
}

export function exampleScores(number: number): readonly RequestScore[] {
  return [
    { logLikelihood: -Math.sqrt(number + 0.1), isGreedy: number % 2 === 0 },
    { logLikelihood: number % 5 === 0 ? Number.NEGATIVE_INFINITY : -number / 3, isGreedy: false },
  ];
}
