// The command line that this process was started with, as a shell takes it.

export function commandLine(args: readonly string[] = process.argv.slice(2)): string {
  return ["painters", ...args.map(shellWord)].join(" ");
}

function shellWord(text: string): string {
  return /^[\w./:=,@%+-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
