// Links to the workers whose hidden states this one reads. A link outlives epochs.
// An epoch that needs one has it dialled again and again until it is open.
import { setTimeout as sleep } from "node:timers/promises";
import { backoffMs } from "../proto/backoff.js";
import type { Credentials } from "../proto/credentials.js";
import { type DataLink, openDataLink } from "../proto/data-client.js";
import type { Frame } from "../proto/frame.js";

export interface PeerLinksSettings {
  readonly self: string;
  readonly credentials: Credentials;
  readonly sharesMemory: boolean;
  readonly frame: (frame: Frame) => void;
  /** A link that was open broke: frames were lost, so the epochs that use it are. */
  readonly broken: (peer: string, reason: string) => void;
}

interface Peer {
  readonly address: string;
  readonly link: Promise<DataLink>;
  /** null: not open yet. */
  opened: DataLink | null;
}

/** Between two tries: a peer that starts again is there in a second or two. */
const redial = { minMs: 100, maxMs: 1000 };
/** Fewer failures than these are not told: the peer may be on its way out, or not quite in. */
const failuresBorne = 3;

export class PeerLinks {
  readonly #settings: PeerLinksSettings;
  readonly #peers = new Map<string, Peer>();

  constructor(settings: PeerLinksSettings) {
    this.#settings = settings;
  }

  /**
   * Resolves when links to all of them are open, or are wanted no more.
   * @param failed called for a peer that could not be reached some times in a row, and after each further try
   */
  async open(
    peers: ReadonlyMap<string, string>,
    isWanted: () => boolean,
    failed: (peer: string, reason: string) => void,
  ): Promise<void> {
    await Promise.all(
      Array.from(peers, async ([peer, address]) => {
        for (let failures = 1; isWanted(); failures++) {
          try {
            await this.#open(peer, address);
            return;
          } catch (error) {
            if (failures >= failuresBorne && isWanted()) failed(peer, (error as Error).message);
          }
          await sleep(backoffMs(failures, Math.random(), redial));
        }
      }),
    );
  }

  /** The open ones. */
  get links(): readonly DataLink[] {
    return [...this.#peers.values()].flatMap(({ opened }) => opened ?? []);
  }

  close(): void {
    for (const peer of [...this.#peers.keys()]) this.#drop(peer);
  }

  async #open(peer: string, address: string): Promise<void> {
    const known = this.#peers.get(peer);
    if (known?.address === address) {
      await known.link;
      return;
    }
    if (known) this.#drop(peer);
    const { self, credentials, sharesMemory, frame, broken } = this.#settings;
    const link = openDataLink(
      { address, credentials, self, producer: peer, sharesMemory },
      {
        frame,
        closed: (error) => {
          this.#forget(peer, link);
          if (error) broken(peer, error.message);
        },
      },
    );
    const dialled: Peer = { address, link, opened: null };
    this.#peers.set(peer, dialled);
    try {
      dialled.opened = await link;
    } catch (error) {
      this.#forget(peer, link);
      throw error;
    }
  }

  #forget(peer: string, link: Promise<DataLink>): void {
    if (this.#peers.get(peer)?.link === link) this.#peers.delete(peer);
  }

  #drop(peer: string): void {
    const known = this.#peers.get(peer);
    this.#peers.delete(peer);
    known?.link.then((link) => link.close()).catch(() => undefined);
  }
}
