// A process that tests start, and kill, beside themselves. `hold FILE` opens a ledger and waits;
// `record FILE FROM` records document after document and says so on stdout after each transaction.
import { writeSync } from "node:fs";
import { Ledger } from "../../coordinator/results/ledger.js";
import { exampleContext, exampleKey, exampleScores } from "./ledger-example.js";

const [mode = "", file = "", from = "0"] = process.argv.slice(2);

const ledger = Ledger.open(file);
const context = ledger.context(exampleContext);
writeSync(1, "open\n");
if (mode === "record") {
  for (let first = Number(from); ; first += 3) {
    const numbers = [first, first + 1, first + 2];
    ledger.record(numbers.map((n) => ({ context, document: exampleKey(n), scores: exampleScores(n) })));
    writeSync(1, `${numbers.join("\n")}\n`);
  }
}
setInterval(() => {}, 1000);
