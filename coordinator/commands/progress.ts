// Progress on a terminal: a bar on stderr, and nothing at all where stdout or
// stderr is no terminal.
import { Presets, SingleBar } from "cli-progress";

export interface Progress {
  /** With a total where it was not known before. */
  update(done: number, total?: number, note?: string): void;
  stop(): void;
}

export type StartProgress = (label: string, total: number, unit: string) => Progress;

const silent: Progress = { update: () => {}, stop: () => {} };

/** For processes whose progress is watched from elsewhere. */
export const noProgress: StartProgress = () => silent;

/**
 * The bar appears with the first update: what has nothing to do shows nothing.
 * @param unit what is counted, for example `scores`
 */
export function startProgress(label: string, total: number, unit: string): Progress {
  if (!process.stdout.isTTY || !process.stderr.isTTY) return silent;
  const bar = new SingleBar(
    {
      format: `${label} {bar} {percentage}%  {value}/{total} ${unit}  {duration_formatted}, {eta_formatted} to go  {note}`,
      hideCursor: true,
      clearOnComplete: true,
      etaBuffer: 200,
      stream: process.stderr,
    },
    Presets.shades_classic,
  );
  return {
    update(done, newTotal, note = "") {
      if (!bar.isActive) bar.start(newTotal ?? total, done, { note });
      bar.update(done, { note });
    },
    stop: () => bar.stop(),
  };
}
