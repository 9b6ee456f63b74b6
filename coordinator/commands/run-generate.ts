// `painters generate`, from the flags to what is printed: on this machine or by a coordinator, which differ in nothing
// else.
import { type ConnectionFlags, refuseFlags, securityFlagNames } from "./connection.js";
import { type GenerateFlags, readGenerateRequest } from "./generate-request.js";
import { GenerationView } from "./generation-view.js";
import { machineFlags } from "./run-flags.js";

/** What a coordinator and its workers decide. */
const refused = {
  names: [...Object.keys(machineFlags), "verbose"],
  why: "is for texts generated on this machine; with --coordinator its workers decide that",
} as const;

export async function runGenerate(
  argv: Readonly<Record<string, unknown>> & GenerateFlags & ConnectionFlags,
): Promise<void> {
  const isRemote = argv.coordinator !== undefined;
  if (!isRemote) refuseFlags(argv, securityFlagNames, "goes with --coordinator HOST:PORT");
  const asked = await readGenerateRequest(argv, isRemote ? refused : undefined);
  const { prompt: prompts, kv, stop: stops } = asked.request;
  const view = new GenerationView({ prompts, kv, stops, json: asked.options.json });
  try {
    if (isRemote) {
      const { generateRemotely } = await import("./remote-generate.js");
      view.end(await generateRemotely(asked.request, argv, view));
    } else {
      const { generateLocally } = await import("./local-generate.js");
      view.end(await generateLocally(asked, view));
    }
  } finally {
    view.stop();
  }
}
