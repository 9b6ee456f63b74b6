// What the tests of links share: plain credentials, a hello, and a queue of
// events to await instead of sleeping.
import { type Credentials, loadCredentials } from "../../proto/credentials.js";
import { type Hello, protocolVersion } from "../../proto/messages.js";

export const plain: Credentials = await loadCredentials({ tls: null, insecure: false });

export const helloOf = (name: string): Hello => ({
  kind: "hello",
  protocolVersion,
  name,
  incarnation: "first",
  dataAddress: "127.0.0.1:1",
  devices: 1,
  memoryBytes: 2 ** 33,
  flopsPerSecond: 1e9,
  linkBytesPerSecond: 1e9,
  numericsId: "cpu",
  models: ["fingerprint"],
});

/** Silent peers are noticed after half a second. */
export const quickKeepalive = { timeMs: 250, timeoutMs: 250 };

/** What callbacks report, to be awaited in order. */
export class Events<Event> {
  readonly #past: Event[] = [];
  readonly #waiting: ((event: Event) => void)[] = [];

  readonly add = (event: Event): void => {
    const next = this.#waiting.shift();
    if (next) next(event);
    else this.#past.push(event);
  };

  next(): Promise<Event> {
    if (this.#past.length > 0) return Promise.resolve(this.#past.shift()!);
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** Events that nobody awaited. */
  get left(): number {
    return this.#past.length;
  }
}
