// Links to the workers whose hidden states this one reads. A link outlives epochs;
// a broken one is dialled again as long as an open epoch needs it.
import type { Credentials } from "../proto/credentials.js";
import { type DataLink, openDataLink } from "../proto/data-client.js";
import type { Frame } from "../proto/frame.js";

export interface PeerLinksSettings {
  readonly self: string;
  readonly credentials: Credentials;
  readonly frame: (frame: Frame) => void;
  /** A link that was open broke: frames were lost, so the epochs that use it are. */
  readonly broken: (peer: string, reason: string) => void;
}

interface Peer {
  readonly address: string;
  readonly link: Promise<DataLink>;
}

export class PeerLinks {
  readonly #settings: PeerLinksSettings;
  readonly #peers = new Map<string, Peer>();

  constructor(settings: PeerLinksSettings) {
    this.#settings = settings;
  }

  /** Resolves when links to all of them are open. Rejects with the first LinkError. */
  async open(peers: ReadonlyMap<string, string>): Promise<void> {
    await Promise.all(Array.from(peers, ([peer, address]) => this.#open(peer, address)));
  }

  /** Bytes of hidden states received over all links that are open. */
  async receivedBytes(): Promise<number> {
    const links = await Promise.allSettled([...this.#peers.values()].map(({ link }) => link));
    return links.reduce((sum, one) => sum + (one.status === "fulfilled" ? one.value.receivedBytes : 0), 0);
  }

  close(): void {
    for (const peer of [...this.#peers.keys()]) this.#drop(peer);
  }

  async #open(peer: string, address: string): Promise<void> {
    const known = this.#peers.get(peer);
    if (known && known.address !== address) this.#drop(peer);
    if (known?.address === address) {
      await known.link;
      return;
    }
    const { self, credentials, frame, broken } = this.#settings;
    const link = openDataLink(
      { address, credentials, self, producer: peer },
      {
        frame,
        closed: (error) => {
          if (this.#peers.get(peer)?.link === link) this.#peers.delete(peer);
          if (error) broken(peer, error.message);
        },
      },
    );
    this.#peers.set(peer, { address, link });
    try {
      await link;
    } catch (error) {
      if (this.#peers.get(peer)?.link === link) this.#peers.delete(peer);
      throw error;
    }
  }

  #drop(peer: string): void {
    const known = this.#peers.get(peer);
    this.#peers.delete(peer);
    known?.link.then((link) => link.close()).catch(() => undefined);
  }
}
