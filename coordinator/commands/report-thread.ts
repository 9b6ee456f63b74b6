// The thread that a sweep's report is drawn in.
import { workerData } from "node:worker_threads";
import { writeReport } from "./report-file.js";

const { dir, file } = workerData as { readonly dir: string; readonly file: string };
await writeReport(dir, file);
