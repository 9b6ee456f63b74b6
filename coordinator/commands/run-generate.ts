// `painters generate`, from the flags to what is printed: here or by a coordinator, which is the only difference.
import type { GenerateFlags } from "./generate-request.js";
import { readGenerateRequest } from "./generate-request.js";
import { GenerationView } from "./generation-view.js";
import { InterruptedError } from "./until-interrupted.js";

export async function runGenerate(argv: Readonly<Record<string, unknown>> & GenerateFlags): Promise<void> {
  const { generateLocally } = await import("./local-generate.js");
  const asked = await readGenerateRequest(argv);
  const view = new GenerationView({ prompts: asked.request.prompt, json: asked.options.json });
  try {
    const end = await generateLocally(asked, view);
    if (end.outcome === "cancelled") throw new InterruptedError("interrupted");
    view.end(end);
  } finally {
    view.stop();
  }
}
