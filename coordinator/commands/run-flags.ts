// Flags that `generate` and `similarity` share, of the same names as a sweep's: which model, under which schedules, and
// how this machine computes. Defaults are stated in the texts only: an options schema fills them in.

export const word = { string: true, requiresArg: true } as const;
export const texts = { ...word, array: true, nargs: 1 } as const;

export const modelFlag = {
  model: { ...word, describe: "Hugging Face checkpoint folder, imported model, or `demo` [default: demo]" },
} as const;

export const scheduleFlag = {
  schedule: {
    ...texts,
    describe:
      'A variant, "reverse(start=3)", or text, "0..4, mean(4..28), 28..32"; may be repeated [default: baseline]',
  },
} as const;

export const machineFlags = {
  store: { ...word, describe: "Folder of imported models" },
  workers: { ...word, describe: "Worker processes on this machine [default: 1]" },
  devices: { ...word, describe: "Compute threads of each worker [default: cores / workers]" },
  "threads-per-device": { ...word, describe: "Threads of one matrix product [default: 1]" },
} as const;

export const runFlags = {
  placement: { ...word, describe: "YAML file that says who holds what (README, Placement)" },
  verbose: { boolean: true, describe: "Say on stderr what the coordinator and the workers do" },
} as const;
