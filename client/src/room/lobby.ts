import { backoff, sleep } from "./backoff.ts";
import { Emitter } from "../emitter.ts";
import { abortError, ParleyError } from "../errors.ts";
import { lockedOut, slowly } from "./join.ts";
import type { Json, Knock, ServerFrame } from "./protocol.ts";
import type { Transport } from "./transport.ts";

export interface KnockOptions {
  readonly room: string;
  /** The name to come in with, unless your token gives one. */
  readonly peer?: string | undefined;
  /** What the hosts see about you, at most 4 KB of JSON. */
  readonly data?: Json | undefined;
  /** Ends the waiting. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Asks the hosts of a room to be let in, and waits until one decides: resolves with the pass for `Room.join`, or rejects with
 * `denied`, or with what the server said at once. Knocks again when the connection was lost meanwhile.
 */
export async function knock(transport: Transport, { room, peer, data, signal }: KnockOptions): Promise<string> {
  if (signal?.aborted) throw abortError(signal);
  const end = new AbortController();
  // The server knows who knocks by the connection.
  const alight = transport.carry({ room, canMove: () => false, move: () => Promise.resolve() });
  try {
    return await new Promise<string>((resolve, reject) => {
      let heard = false;
      let rounds = 0;
      const leave = (): void => void transport.request({ action: "leave", room }).catch(() => {}); // nobody waits any more, also for the hosts
      const knock = async (): Promise<void> => {
        const began = Date.now();
        const round = ++rounds;
        for (let attempt = 0; round === rounds; attempt++) {
          try {
            await transport.request({ action: "knock", room, peer: peer || undefined, data }, { signal: end.signal });
            heard = true;
            return;
          } catch (error) {
            const { reason } = error as ParleyError;
            if (reason === "socket-closed") return; // the transport heals it, and then this asks anew
            if (reason === "timeout") leave();
            // By the connection that was lost one may wait still, under one's name.
            if (reason !== "name-taken" || !heard || Date.now() - began > lockedOut) throw error;
          }
          await sleep(backoff(attempt, slowly), end.signal);
        }
      };
      const ask = (): void => void knock().catch(reject);
      const receive = (frame: ServerFrame): void => {
        if (frame.type === "admitted" && frame.room === room && frame.pass) resolve(frame.pass);
        if (frame.type === "denied" && frame.room === room && frame.peer === undefined) {
          reject(new ParleyError("denied", `${frame.by} does not let you in${frame.reason ? `: ${frame.reason}` : ""}`));
        }
      };
      transport.on("frame", receive, { signal: end.signal });
      transport.on("state", (state) => {
        if (state === "open") ask();
        if (state === "closed") reject(new ParleyError("aborted", "the transport was closed"));
      }, { signal: end.signal });
      signal?.addEventListener("abort", () => {
        reject(abortError(signal));
        leave();
      }, { once: true, signal: end.signal });
      if (transport.state === "idle" || transport.state === "closed") reject(new ParleyError("socket-closed", "not connected to the server", { retry: true }));
      else if (transport.state === "open") ask();
    });
  } finally {
    alight();
    end.abort();
  }
}

export interface LobbyEvents {
  /** Somebody waits to be let in, or says something else about themselves. */
  knock: Knock;
  /** They wait no more: a host, or oneself, has decided (`by`), or they have gone. */
  "knock-left": { peer: string; by?: string | undefined };
}

const patience = { tries: 5, pause: 1_000 };

/** Who waits to be let into a room, as its hosts see them. For a connection that has a host's seat in it. */
export class Lobby extends Emitter<LobbyEvents> {
  readonly #transport: Transport;
  readonly #room: string;
  readonly #self: (() => string) | undefined;
  readonly #waiting = new Map<string, Knock>();
  readonly #end = new AbortController();

  /** `self` is one's own name, of the seat whose owner tells it by `see()` who waits: without it, it asks on each new connection. */
  constructor(transport: Transport, room: string, self?: () => string) {
    super();
    this.#transport = transport;
    this.#room = room;
    transport.on("frame", (frame) => this.#receive(frame), { signal: this.#end.signal });
    this.#self = self;
    if (self) return;
    transport.on("state", (state) => {
      if (state === "open") void this.#catchUp();
    }, { signal: this.#end.signal });
    void this.#catchUp();
  }

  /** Those who wait, by name, in the order in which they came. */
  get waiting(): ReadonlyMap<string, Knock> {
    return this.#waiting;
  }

  /** Lets somebody in. Rejects with `no-such-peer` if they wait no more, with `forbidden` if you are no host. */
  async admit(peer: string): Promise<void> {
    await this.#decide({ action: "admit", peer });
  }

  /** Sends somebody away. Rejects as `admit` does. */
  async deny(peer: string, reason?: string): Promise<void> {
    await this.#decide({ action: "deny", peer, reason });
  }

  /** Asks who waits. Needed only by who has become host because another left. */
  async refresh(): Promise<void> {
    const answer = await this.#transport.request({ action: "roster", room: this.#room }, { signal: this.#end.signal });
    if (answer.type === "roster") this.see(answer.waiting);
  }

  /** Takes these for all who wait, as an answer of the server says it. */
  see(waiting: readonly Knock[]): void {
    for (const peer of [...this.#waiting.keys()]) {
      if (!waiting.some((knock) => knock.peer === peer)) this.#gone(peer);
    }
    for (const knock of waiting) {
      if (JSON.stringify(this.#waiting.get(knock.peer)) !== JSON.stringify(knock)) this.#came(knock);
    }
  }

  /** Stops watching. */
  close(): void {
    this.#end.abort();
  }

  async #decide(frame: { action: "admit" | "deny"; peer: string; reason?: string | undefined }): Promise<void> {
    try {
      await this.#transport.request({ ...frame, room: this.#room });
    } catch (error) {
      if (error instanceof ParleyError && error.reason === "no-such-peer") this.#gone(frame.peer);
      throw error;
    }
    this.#gone(frame.peer, this.#self?.());
  }

  /** On a new connection the seat may not be taken again yet: until then there is no roster to be had. */
  async #catchUp(): Promise<void> {
    for (let attempt = 0; attempt < patience.tries && !this.#end.signal.aborted; attempt++) {
      try {
        return await this.refresh();
      } catch {
        await new Promise((resolve) => setTimeout(resolve, patience.pause));
      }
    }
  }

  #receive(frame: ServerFrame): void {
    if (!("room" in frame) || frame.room !== this.#room) return;
    const { type, room, ...who } = frame;
    if (frame.type === "knocked") this.#came(who as Knock);
    else if (frame.type === "knock-left") this.#gone(frame.peer);
    else if ((frame.type === "admitted" || frame.type === "denied") && frame.peer !== undefined) this.#gone(frame.peer, frame.by);
  }

  #came(knock: Knock): void {
    this.#waiting.set(knock.peer, knock);
    this.emit("knock", knock);
  }

  #gone(peer: string, by?: string): void {
    if (this.#waiting.delete(peer)) this.emit("knock-left", { peer, by });
  }
}
