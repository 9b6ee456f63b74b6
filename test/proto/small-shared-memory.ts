// A program: sends frames of 1 MiB over an outlet to an assembler, and tells how many came as they were sent, and
// how many of them by shared memory.
import { execFileSync } from "node:child_process";
import { ConsumerOutlet } from "../../proto/data-outlet.js";
import type { Chunk } from "../../proto/frame.js";
import { FrameAssembler } from "../../proto/frame-assembler.js";
import { chunkBytes } from "../../proto/limits.js";
import { SharedInbox, SharedOutbox } from "../../proto/shared-memory.js";

const chunks: Chunk[] = [];
const outlet = new ConsumerOutlet({
  write(chunk, written) {
    chunks.push(chunk);
    written();
    return true;
  },
  once: () => undefined,
});
const shared = SharedOutbox.create()!;
outlet.share(shared);
outlet.grant(2 ** 40);
const assembler = new FrameAssembler();
assembler.shared = SharedInbox.open(shared.offer);
const sent = Array.from({ length: 8 }, (_, i) => new Float32Array(chunkBytes / 4).fill(i));
for (const [state, payload] of sent.entries()) {
  const shape = [1, 1, payload.length];
  const header = { epoch: 1, injection: 1, state, from: 0, to: 1, shape, isRunningSum: false };
  void outlet.send({ ...header, begin: 0, payload });
}
const frames = chunks.flatMap((chunk) => assembler.take(chunk) ?? []);
const equal = frames.filter(({ payload }, i) => payload.every((value, at) => value === sent[i]![at]));
const byMemory = chunks.filter((chunk) => chunk.shared !== null);
// Another process makes room.
execFileSync("mount", ["-o", "remount,size=16m", "/dev/shm"]);
void outlet.send({ ...frames[0]!, payload: new Float32Array(chunkBytes / 4) });
const sharedLater = chunks.at(-1)!.shared !== null;
process.stdout.write(
  JSON.stringify({ frames: frames.length, equal: equal.length, shared: byMemory.length, sharedLater }),
);
