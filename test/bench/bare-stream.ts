// The floor of bench `hop`: chunks of the same size over a gRPC server stream, with nothing of ours. The bytes
// are written from one buffer and dropped on arrival.
import { once } from "node:events";
import { Client, credentials, type MethodDefinition, Server, ServerCredentials } from "@grpc/grpc-js";
import { channelOptions, chunkBytes, keepalive, maxChunkMessageBytes } from "../../proto/limits.js";

const same = (bytes: Buffer): Buffer => bytes;
const pull: MethodDefinition<Buffer, Buffer> = {
  path: "/bench.Bare/Pull",
  requestStream: false,
  responseStream: true,
  requestSerialize: same,
  requestDeserialize: same,
  responseSerialize: same,
  responseDeserialize: same,
};

/** @returns its address */
export async function serveBare(): Promise<string> {
  const server = new Server();
  const chunk = Buffer.alloc(chunkBytes, 1);
  server.addService(
    { Pull: pull },
    {
      Pull(call: NodeJS.WritableStream & { readonly request: Buffer }) {
        let left = Number(call.request);
        const pump = (): void => {
          while (left > 0) {
            const bytes = chunk.subarray(0, left);
            left -= bytes.length;
            if (!call.write(bytes)) {
              call.once("drain", pump);
              return;
            }
          }
          call.end();
        };
        pump();
      },
    },
  );
  return await new Promise((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, port) =>
      error ? reject(error) : resolve(`127.0.0.1:${port}`),
    );
  });
}

export class BareConsumer {
  readonly #client: Client;

  constructor(address: string) {
    this.#client = new Client(
      address,
      credentials.createInsecure(),
      channelOptions(keepalive, maxChunkMessageBytes),
    );
  }

  async receive(bytes: number): Promise<void> {
    const call = this.#client.makeServerStreamRequest(pull.path, same, same, Buffer.from(String(bytes)));
    call.on("data", () => {});
    await once(call, "end");
  }

  close(): void {
    this.#client.close();
  }
}
