// Counts how often the data link between two workers broke, and says whom to do
// without when it keeps breaking.

/** A pair that failed so often is not put into one group again. */
const failuresAllowed = 3;

interface Pair {
  readonly later: string;
  readonly earlier: string;
  readonly failures: number;
}

export class LinkFailures {
  readonly #pairs = new Map<string, Pair>();

  /** Once for each break. */
  count(reporter: string, other: string): void {
    const [earlier, later] = [reporter, other].sort() as [string, string];
    const key = JSON.stringify([earlier, later]);
    this.#pairs.set(key, { earlier, later, failures: (this.#pairs.get(key)?.failures ?? 0) + 1 });
  }

  /** The later name of every pair that failed too often, with the other's name. */
  excluded(): ReadonlyMap<string, string> {
    const bad = [...this.#pairs.values()].filter(({ failures }) => failures >= failuresAllowed);
    return new Map(bad.map(({ earlier, later }) => [later, earlier]));
  }
}
