// One part of a model loaded into ONNX Runtime (only models/runtime touches
// onnxruntime-node). Its run() blocks the calling thread, so sessions live on
// device threads (worker/device.ts).
import { InferenceSession, Tensor } from "onnxruntime-node";

export { Tensor };

export interface SessionOptions {
  /** Folder the graph's external weights are relative to. */
  readonly weightsDir: string;
  readonly threads: number;
}

export class PartSession {
  readonly #session: InferenceSession;

  private constructor(session: InferenceSession) {
    this.#session = session;
  }

  static async load(graph: Uint8Array, options: SessionOptions): Promise<PartSession> {
    const session = await InferenceSession.create(graph, {
      executionProviders: ["cpu"],
      intraOpNumThreads: options.threads,
      interOpNumThreads: 1,
      // Many small sessions: an arena each would keep memory that none of them uses.
      enableCpuMemArena: false,
      logSeverityLevel: 3,
      extra: {
        session: {
          model_external_initializers_file_folder_path: options.weightsDir,
          // Prepacking copies every weight; without it sessions map the file and share its pages.
          disable_prepacking: "1",
          intra_op: { allow_spinning: "0" },
        },
      },
    });
    return new PartSession(session);
  }

  async run(feeds: Readonly<Record<string, Tensor>>): Promise<Readonly<Record<string, Tensor>>> {
    return this.#session.run(feeds);
  }

  async release(): Promise<void> {
    await this.#session.release();
  }
}
