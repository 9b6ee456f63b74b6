// Token rows: what one document becomes before it meets the model, and the
// micro-batches they travel in. A row is a two-level token tree laid out flat.

/**
 * A prefix all branches share, then the branches one after another. A branch's token attends to
 * the prefix and to its own branch up to itself; its position ids go on from the prefix.
 */
export interface TokenRow {
  /** prefix ++ branch 0 ++ branch 1 ... */
  readonly tokens: readonly number[];
  readonly prefixLength: number;
  readonly branchLengths: readonly number[];
  /** Of an encoder's row the type of every token, all 0 if absent; a decoder has none. */
  readonly tokenTypes?: readonly number[];
  /**
   * The row's tokens are the next of a sequence, `past` of whose tokens went through before; their keys and values
   * are kept. Such a row has no branches and scores nothing: the head answers with its next token.
   */
  readonly cached?: CachedTokens;
  /** What is scored, in request order. */
  readonly scored: readonly ScoredToken[];
}

export interface CachedTokens {
  readonly sequence: number;
  /** Tokens that went through before, those of `base` included. */
  readonly past: number;
  /** Another sequence that this one goes on from: the prompt of several. Its keys and values are read, never added to. */
  readonly base?: number;
}

/**
 * The log-probability wanted of `target` after the row's token at `index`. Of an encoder's row, whose `index` is 0: output
 * `target` of its head, the classifier's logits first and then the pooler's features.
 */
export interface ScoredToken {
  /** The request of the document it counts for, 0-based. */
  readonly request: number;
  readonly index: number;
  readonly target: number;
}

/**
 * log p(continuation | context) of one request, natural log; greedy: every token was the argmax. Of an encoder a
 * request is a class, and this its logit; greedy: it is the largest.
 */
export interface RequestScore {
  readonly logLikelihood: number;
  readonly isGreedy: boolean;
}
