// `painters watch`: the progress of a coordinator's sweep until it ends.
import type { CommandModule } from "yargs";
import type { SweepProgress } from "../../proto/sweep-words.js";
import { addConnectionFlags, type ConnectionFlags, readConnection } from "./connection.js";

interface WatchFlags extends ConnectionFlags {
  readonly id: string;
  readonly json: boolean | undefined;
}

/** Without a terminal and without news, a line so often. */
const lineMs = 5000;

export const watchCommand: CommandModule<object, WatchFlags> = {
  builder: (yargs) =>
    addConnectionFlags(
      yargs.positional("id", {
        type: "string",
        demandOption: true,
        describe: "As submitted, such as sweep-3",
      }),
    )
      .option("json", { type: "boolean", describe: "Print a line of JSON for every change" })
      .example(
        "$0 watch sweep-3 --coordinator 127.0.0.1:7070",
        "until it ends; exits 1 if it came to nothing",
      )
      .epilogue("Ctrl-C stops watching, not the sweep."),
  handler: async (flags) => {
    const [
      { defaultPatienceMs, followSweep },
      { describeProgress, SweepView },
      { RemoteSweepError, whyNoResults },
    ] = await Promise.all([
      import("./follow-sweep.js"),
      import("./sweep-view.js"),
      import("./remote-sweep.js"),
    ]);
    const connection = await readConnection(flags);
    const isTerminal = process.stdout.isTTY && process.stderr.isTTY;
    const tell = (text: string): void => void process.stderr.write(`painters: ${text}\n`);
    const view = new SweepView(tell);
    let [lastNews, lastMs] = ["", Number.NEGATIVE_INFINITY];
    const show = (progress: SweepProgress): void => {
      const news = `${progress.state} ${progress.message}`;
      if (flags.json) process.stdout.write(`${JSON.stringify(progress)}\n`);
      else if (isTerminal && progress.state === "running") view.show(progress);
      else if (news !== lastNews || performance.now() - lastMs > lineMs) {
        [lastNews, lastMs] = [news, performance.now()];
        view.stop();
        process.stdout.write(`${describeProgress(progress)}\n`);
      }
    };
    const leaving = new AbortController();
    process.once("SIGINT", () => leaving.abort()).once("SIGTERM", () => leaving.abort());
    try {
      const end = await followSweep(flags.id, {
        connection,
        signal: leaving.signal,
        patienceMs: defaultPatienceMs,
        onProgress: show,
        say: tell,
      });
      if (end && end.state !== "done") throw new RemoteSweepError(whyNoResults(end));
    } finally {
      view.stop();
      connection.credentials.close();
    }
  },
};
