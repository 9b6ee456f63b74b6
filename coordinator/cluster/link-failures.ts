// Counts how often the data link between two workers broke, and says whom to do
// without when it keeps breaking.

/** A pair that failed so often is not put into one group again. */
const failuresAllowed = 3;

interface Pair {
  readonly later: string;
  readonly earlier: string;
  failures: number;
  reporter: string;
  /** The newest epoch when it was reported. */
  epoch: number;
}

export class LinkFailures {
  readonly #pairs = new Map<string, Pair>();

  /**
   * Both ends may report one break. The second report is told by this: its reporter is the other one,
   * and has acknowledged no epoch since.
   * @returns false: it is the same break again
   */
  report(reporter: string, other: string, newestEpoch: number, acknowledgedEpoch: number): boolean {
    const [earlier, later] = [reporter, other].sort() as [string, string];
    const key = JSON.stringify([earlier, later]);
    const pair = this.#pairs.get(key);
    if (!pair) {
      this.#pairs.set(key, { earlier, later, failures: 1, reporter, epoch: newestEpoch });
      return true;
    }
    if (pair.reporter !== reporter && acknowledgedEpoch <= pair.epoch) return false;
    pair.failures++;
    pair.reporter = reporter;
    pair.epoch = newestEpoch;
    return true;
  }

  /** The later name of every pair that failed too often, with the other's name. */
  excluded(): ReadonlyMap<string, string> {
    const bad = [...this.#pairs.values()].filter(({ failures }) => failures >= failuresAllowed);
    return new Map(bad.map(({ earlier, later }) => [later, earlier]));
  }
}
