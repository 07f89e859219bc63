import type { Member, RemotePeer } from "../call/member.ts";
import { Emitter } from "../emitter.ts";
import { abortError, ParleyError } from "../errors.ts";
import { type Head, isReliable, maxFrame } from "./framing.ts";
import type { Sink } from "./inlet.ts";
import { pack, type Sendable } from "./message.ts";
import { Outlet } from "./outlet.ts";
import type { Received, Transfer } from "./transfer.ts";

/** Each side's own: all but `maxSize` for what it sends. */
export interface ChannelOptions {
  /** Whether messages come in the order in which they were sent. Default true. */
  readonly ordered?: boolean;
  /** How often a message is sent again before it is given up. Without this and `maxPacketLifeTime`, of which one is allowed, none is. */
  readonly maxRetransmits?: number;
  /** For how long a message is sent again, in ms. */
  readonly maxPacketLifeTime?: number;
  /** The largest message to take, in bytes; larger ones are refused. Default 1 GiB for Blobs, which may lie on disk, else 64 MiB. */
  readonly maxSize?: number;
}

export interface SendOptions {
  /** Only to them; without it, to everybody in the call. */
  readonly to?: string | readonly string[];
  /** Aborts what is not handed over yet. Who has got a part of it forgets that. */
  readonly signal?: AbortSignal;
  /** For messages too large for one frame. */
  readonly onProgress?: (progress: { readonly peer: RemotePeer; readonly sent: number; readonly size: number }) => void;
}

export interface ChannelEvents {
  /** A message is there, whole. `name` and `type` are those of a File or Blob. */
  message: { peer: RemotePeer; data: Received; name?: string | undefined; type?: string | undefined };
  /** A message too large for one frame begins to come. */
  incoming: Transfer;
  /** Messages to this peer go out at once from now on, or wait. */
  open: { peer: RemotePeer };
  close: { peer: RemotePeer };
}

/** Messages of a name, from browser to browser. */
export interface Channel extends Pick<Emitter<ChannelEvents>, "on"> {
  readonly name: string;
  /**
   * Resolves with the names of those it was handed over to: a large message, when they have all of it. Waits for who is not connected yet;
   * leaves out who has left, failed or refused. Rejects with `too-large`, and as `signal` says.
   */
  send(data: Sendable, options?: SendOptions): Promise<string[]>;
  /** Sends and takes nothing any more. */
  close(): void;
}

export class NamedChannel extends Emitter<ChannelEvents> implements Channel, Sink {
  readonly name: string;
  readonly outlets = new Map<string, Outlet>();
  readonly #options: ChannelOptions;
  readonly #closed: () => void;

  constructor(name: string, options: ChannelOptions, closed: () => void) {
    super();
    this.name = name;
    this.#options = options;
    this.#closed = closed;
  }

  async send(data: Sendable, { to, signal, onProgress }: SendOptions = {}): Promise<string[]> {
    if (signal?.aborted) throw abortError(signal);
    const message = pack(data);
    if (message.frame === undefined && !isReliable(this.#options)) {
      throw new ParleyError("too-large", `a message of this channel may have ${maxFrame} bytes`);
    }
    const names = to === undefined ? [...this.outlets.keys()] : [...new Set([to].flat())];
    const handed = await Promise.all(
      names.map((name) => {
        const outlet = this.outlets.get(name);
        if (!outlet || outlet.member.state === "failed") return false;
        return outlet.send(message, signal, onProgress && ((sent, size) => onProgress({ peer: outlet.member, sent, size })));
      }),
    );
    if (signal?.aborted && handed.includes(false)) throw abortError(signal);
    return names.filter((_, i) => handed[i]);
  }

  close(): void {
    this.#closed();
    for (const name of this.outlets.keys()) this.remove(name);
  }

  add(member: Member): void {
    const outlet = new Outlet(member, this.name, this.#options, (open) => this.emit(open ? "open" : "close", { peer: member }));
    this.outlets.set(member.name, outlet);
    if (member.connection) outlet.attach(member.connection);
  }

  remove(name: string): void {
    this.outlets.get(name)?.close();
    this.outlets.delete(name);
  }

  take(peer: RemotePeer, data: Received, transfer?: Transfer): void {
    this.emit("message", { peer, data, name: transfer?.name, type: transfer?.type });
  }

  maxSize(kind: Head["kind"]): number {
    return this.#options.maxSize ?? (kind === "blob" ? 1_073_741_824 : 67_108_864);
  }

  begin(transfer: Transfer): void {
    this.emit("incoming", transfer);
  }
}
