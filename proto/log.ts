// Log lines of the long-running processes, on stderr: text for people at a
// terminal, JSON lines for whoever collects them.
import pino from "pino";

export type Log = (text: string, fields?: Readonly<Record<string, string | number>>) => void;

/** @param process `coordinator` or a worker's name */
export function createLog(process_: string): Log {
  if (process.stderr.isTTY) {
    return (text) =>
      void process.stderr.write(`${new Date().toISOString().slice(11, 19)} ${process_}: ${text}\n`);
  }
  const logger = pino({ base: { process: process_ } }, pino.destination({ dest: 2, sync: true }));
  return (text, fields = {}) => logger.info(fields, text);
}
