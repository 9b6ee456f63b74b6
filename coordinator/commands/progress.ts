// Progress on a terminal: a bar on stderr, and nothing at all where stdout or
// stderr is no terminal.
import { Presets, SingleBar } from "cli-progress";

export interface Progress {
  update(done: number): void;
  stop(): void;
}

const silent: Progress = { update: () => {}, stop: () => {} };

/** @param unit what is counted, for example `layer visits` */
export function startProgress(label: string, total: number, unit: string): Progress {
  if (!process.stdout.isTTY || !process.stderr.isTTY || total === 0) return silent;
  const bar = new SingleBar(
    {
      format: `${label} {bar} {percentage}%  {value}/{total} ${unit}  {duration_formatted}, {eta_formatted} to go`,
      hideCursor: true,
      etaBuffer: 200,
      stream: process.stderr,
    },
    Presets.shades_classic,
  );
  bar.start(total, 0);
  return { update: (done) => bar.update(done), stop: () => bar.stop() };
}
