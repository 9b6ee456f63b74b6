// Imports argv's checkpoint into argv's store and stops dead at a given
// fraction of the bytes, so that the test can kill it there.
import { writeSync } from "node:fs";
import { importCheckpoint } from "../../../models/store/import-checkpoint.js";

const [checkpoint = "", store = "", fraction = "1"] = process.argv.slice(2);
await importCheckpoint(checkpoint, store, {
  onProgress: (done, total) => {
    if (done < total * Number(fraction)) return;
    writeSync(1, "stopped\n");
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  },
});
