import { backoff, sleep } from "./backoff.ts";
import { Emitter } from "./emitter.ts";
import { ParleyError } from "./errors.ts";
import { iceExpiry } from "./ice.ts";
import type { ClientFrame, CustomFrame, JoinedFrame, Json, LeaveReason, RelayFrame, RosterEntry, ServerFrame } from "./protocol.ts";
import { Roster, type RosterChange } from "./roster.ts";
import type { Transport } from "./transport.ts";

export interface RoomOptions {
  readonly room: string;
  /** Your name; the server makes one up when absent. */
  readonly peer?: string;
  /** What the others see about you, at most 4 KB of JSON. */
  readonly data?: Json;
  readonly signal?: AbortSignal;
}

/** `joined`; `away` while the connection is lost or the seat not yet taken again; `left` for good. */
export type RoomState = "joined" | "away" | "left";

export interface RoomEvents {
  state: RoomState;
  "peer-joined": RosterEntry;
  "peer-updated": RosterEntry;
  "peer-left": { peer: string; reason: LeaveReason };
  /** A host locked the room, or unlocked it. */
  locked: { locked: boolean; by: string };
  signal: RelayFrame;
  broadcast: RelayFrame;
  /** A frame of a type that this SDK does not know: what an action that is the service's own tells. */
  custom: CustomFrame;
  ice: readonly RTCIceServer[];
  /** What went wrong with no call to reject. After one with the reason of a failed rejoin, the state is `left`. */
  error: ParleyError;
}

// The former socket of a page that was reloaded, or of one that lost its network, holds the name until the server knows it is dead.
const firstPatience = 3_000;
const rejoinPatience = 45_000;
const joinRetry = { first: 400, most: 4_000 };
const sendRetry = { first: 300, most: 2_000 };
const sendAttempts = 4;
const gapPatience = 250; // late frames usually fill a gap within this
const strangerPatience = 2_000; // how long a signal waits for the arrival of who sent it
const maxStrangers = 64;

/** One's seat in a room: who else is there, and ways to reach them. Comes back under its name when the connection does. */
export class Room extends Emitter<RoomEvents> {
  readonly name: string;
  readonly #transport: Transport;
  readonly #roster = new Roster();
  readonly #end = new AbortController();
  #round = new AbortController(); // ends with the connection on which a join is being tried
  #self = "";
  #resume: string | undefined; // takes the seat back, once
  #seats = 0;
  #data: Json | undefined;
  #ice: readonly RTCIceServer[] = [];
  #state: RoomState = "away";
  #iceTimer: ReturnType<typeof setTimeout> | undefined;
  #refreshTimer: ReturnType<typeof setTimeout> | undefined;
  #strangers: RelayFrame[] = [];

  /** Takes a seat. Rejects with what the server said, or with the transport's reasons. */
  static async join(transport: Transport, options: RoomOptions): Promise<Room> {
    const room = new Room(transport, options);
    try {
      room.#resume = take(options.room, options.peer);
      await room.#join(options.peer, firstPatience, options.signal);
    } catch (error) {
      room.#stop();
      throw error;
    }
    return room;
  }

  private constructor(transport: Transport, options: RoomOptions) {
    super();
    this.name = options.room;
    this.#transport = transport;
    this.#data = options.data;
    transport.on("frame", (frame) => this.#receive(frame), { signal: this.#end.signal });
    globalThis.addEventListener?.("pagehide", () => this.#keep(), { signal: this.#end.signal });
    transport.on("error", (error) => this.emit("error", error), { signal: this.#end.signal });
    transport.on("state", (state) => {
      this.#round.abort();
      this.#round = new AbortController();
      if (state === "open") void this.#rejoin();
      else this.#away();
    }, { signal: this.#end.signal });
  }

  get state(): RoomState {
    return this.#state;
  }

  /** One's own name. */
  get self(): string {
    return this.#self;
  }

  /** How many may be in the room; 0 when the server does not say. */
  get seats(): number {
    return this.#seats;
  }

  /** The others, by name, in the order they joined. */
  get peers(): ReadonlyMap<string, RosterEntry> {
    return this.#roster.peers;
  }

  get ice(): readonly RTCIceServer[] {
    return this.#ice;
  }

  /**
   * Sends `data` to one peer and waits until the server took it. `n` counts the sender's signals to that peer, so that the receiver
   * can put them in order and drop repeats: what may succeed later is tried again under the same `n`, a few times.
   */
  async signal(to: string, data: Json, n?: number): Promise<void> {
    let byName = false;
    for (let attempt = 0; ; attempt++) {
      const address = byName ? undefined : this.#roster.peers.get(to)?.address;
      try {
        await this.#request({ action: "signal", to, data, ...(address ? { address } : {}), ...(n === undefined ? {} : { n }) });
        return;
      } catch (error) {
        if (!(error instanceof ParleyError)) throw error;
        if (error.reason === "forbidden" && address && !byName) {
          // The address was made for a connection that one of us no longer has.
          byName = true;
          await this.refresh();
        } else if (error.retry && error.reason !== "socket-closed" && attempt + 1 < sendAttempts) {
          await sleep(backoff(attempt, sendRetry), this.#end.signal);
        } else {
          if (error.reason === "no-such-peer") this.#refreshSoon(0);
          throw error;
        }
      }
    }
  }

  /** Sends `data` to everybody else. */
  async broadcast(data: Json): Promise<void> {
    await this.#request({ action: "broadcast", data });
  }

  /** Replaces what the others see about you. Kept over a reconnection. */
  async update(data: Json): Promise<void> {
    await this.#request({ action: "update", data });
    this.#data = data;
  }

  /** Asks for an action that is the service's own, and returns what the answer says. */
  async act(action: string, fields: { readonly [field: string]: Json } = {}): Promise<{ readonly [field: string]: Json }> {
    const answer = await this.#request({ ...fields, action });
    return answer.type === "ok" ? (answer.fields ?? {}) : {};
  }

  /** Removes somebody and closes their connection. For hosts; others get `forbidden`. */
  async kick(peer: string, reason?: string): Promise<void> {
    await this.#request({ action: "kick", peer, ...(reason === undefined ? {} : { reason }) });
  }

  /** Locks the room against further joins, or unlocks it. For hosts; others get `forbidden`. */
  async lock(locked = true): Promise<void> {
    await this.#request({ action: locked ? "lock" : "unlock" });
  }

  /** Asks who is here. Called by itself when a frame about it was lost. */
  async refresh(): Promise<void> {
    clearTimeout(this.#refreshTimer);
    this.#refreshTimer = undefined;
    const answer = await this.#request({ action: "roster" });
    if (answer.type !== "roster") return;
    this.#tell(this.#roster.replace(answer.rev, answer.peers));
    if (this.#roster.gap) this.#refreshSoon(gapPatience);
  }

  /** Gives the seat back. Never rejects: who cannot say goodbye is noticed by the server all the same. */
  async leave(): Promise<void> {
    if (this.#state === "left") return;
    const goodbye = this.#state === "joined" ? this.#request({ action: "leave" }) : Promise.resolve();
    this.#stop();
    await goodbye.catch(() => {});
  }

  #request(frame: Omit<ClientFrame, "room"> | { readonly action: string; readonly [field: string]: Json }): Promise<ServerFrame> {
    if (this.#state === "left") return Promise.reject(new ParleyError("not-in-room", "you have left the room"));
    return this.#transport.request({ ...frame, room: this.name });
  }

  /** Joins, again and again for `patience` ms while the name or the seat may still be held by one's own dead socket. */
  async #join(peer: string | undefined, patience: number, signal?: AbortSignal): Promise<void> {
    const giveUp = Date.now() + patience;
    const stop = AbortSignal.any([this.#round.signal, this.#end.signal, ...(signal ? [signal] : [])]);
    const data = this.#data;
    for (let attempt = 0; ; attempt++) {
      const resume = this.#resume;
      try {
        const answer = await this.#transport.request(
          { action: "join", room: this.name, ...(peer ? { peer } : {}), ...(data === undefined ? {} : { data }), ...(resume ? { resume } : {}) },
          { signal: stop },
        );
        if (answer.type !== "joined") throw new ParleyError("bad-frame", `the server answered join with ${answer.type}`);
        return this.#seat(answer);
      } catch (error) {
        if (resume && error instanceof ParleyError && (error.reason === "resume-expired" || error.reason === "forbidden")) {
          this.#resume = undefined; // used, too old, or of another user: join anew, at once
          continue;
        }
        const again =
          error instanceof ParleyError &&
          error.reason !== "socket-closed" &&
          (error.retry || error.reason === "name-taken" || (error.reason === "room-full" && patience === rejoinPatience));
        if (!again || Date.now() >= giveUp) throw error;
      }
      await sleep(backoff(attempt, joinRetry), stop).catch(() => {
        throw new ParleyError("aborted", "joining was aborted");
      });
    }
  }

  async #rejoin(): Promise<void> {
    try {
      await this.#join(this.#self, rejoinPatience);
    } catch (error) {
      // Lost again: the next `open` of the transport starts over.
      if (!(error instanceof ParleyError) || error.reason === "socket-closed" || error.reason === "aborted") return;
      this.#stop();
      this.emit("error", error);
    }
  }

  #seat(answer: JoinedFrame): void {
    if (this.#end.signal.aborted) return;
    this.#self = answer.peer;
    this.#resume = answer.resume;
    this.#seats = answer.seats;
    this.#setICE(answer.ice, undefined);
    this.#setState("joined");
    this.#tell(this.#roster.replace(answer.rev, answer.peers));
    if (this.#roster.gap) this.#refreshSoon(gapPatience);
  }

  #away(): void {
    if (this.#state !== "joined") return;
    this.#roster.suspend();
    this.#strangers = [];
    clearTimeout(this.#refreshTimer);
    this.#refreshTimer = undefined;
    this.#setState("away");
  }

  #stop(): void {
    this.#end.abort();
    clearTimeout(this.#iceTimer);
    clearTimeout(this.#refreshTimer);
    this.#strangers = [];
    this.#setState("left");
  }

  #receive(frame: ServerFrame): void {
    if (!("room" in frame) || frame.room !== this.name) return;
    switch (frame.type) {
      case "peer-joined":
      case "peer-updated":
      case "peer-left":
      case "room-locked":
      case "room-unlocked":
        this.#tell(this.#roster.apply(frame));
        if (this.#roster.gap) this.#refreshSoon(gapPatience);
        return;
      case "kicked":
        // Coming back by oneself would make a kick worth nothing.
        this.#stop();
        this.emit("error", new ParleyError("kicked", `${frame.by} removed you${frame.reason ? `: ${frame.reason}` : ""}`));
        return;
      case "signal":
      case "broadcast":
        if (this.#roster.peers.has(frame.from)) this.emit(frame.type, frame);
        else this.#hold(frame);
        return;
      case "custom":
        this.emit("custom", frame.frame);
    }
  }

  /** A frame from a name that is not in the roster: it may be a moment early, or its sender has left and is not to be heard. */
  #hold(frame: RelayFrame): void {
    if (this.#strangers.length >= maxStrangers) return;
    this.#strangers.push(frame);
    setTimeout(() => {
      this.#strangers = this.#strangers.filter((held) => held !== frame);
    }, strangerPatience);
    if (this.#state === "joined" && this.#strangers.length === 1) this.#refreshSoon(gapPatience);
  }

  #tell(changes: readonly RosterChange[]): void {
    for (const change of changes) {
      if (change.kind === "left") {
        this.emit("peer-left", { peer: change.peer, reason: change.reason });
        continue;
      }
      if (change.kind === "locked") {
        this.emit("locked", { locked: change.locked, by: change.by });
        continue;
      }
      this.emit(change.kind === "joined" ? "peer-joined" : "peer-updated", change.entry);
    }
    const known = this.#strangers.filter((frame) => this.#roster.peers.has(frame.from));
    this.#strangers = this.#strangers.filter((frame) => !this.#roster.peers.has(frame.from));
    for (const frame of known) this.emit(frame.type, frame);
  }

  #refreshSoon(ms: number): void {
    if (this.#state !== "joined" || this.#refreshTimer !== undefined) return;
    this.#refreshTimer = setTimeout(() => {
      this.refresh().catch((error: unknown) => {
        if (error instanceof ParleyError && error.retry && error.reason !== "socket-closed") this.#refreshSoon(sendRetry.most);
      });
    }, ms);
  }

  #setICE(servers: readonly RTCIceServer[], expires: number | undefined): void {
    this.#ice = servers;
    clearTimeout(this.#iceTimer);
    const end = expires ?? iceExpiry(servers);
    if (end === undefined) return;
    // Early enough that a call set up from the old ones in the last moment still has a credential; never in a hot loop,
    // should the clocks of server and browser disagree.
    const wait = Math.min(Math.max(end * 1000 - Date.now() - 120_000, 60_000), 2 ** 31 - 1);
    this.#iceTimer = setTimeout(() => void this.#refreshICE(), wait);
  }

  async #refreshICE(): Promise<void> {
    try {
      const answer = await this.#transport.request({ action: "ice", room: this.name });
      if (answer.type !== "ice" || this.#end.signal.aborted) return;
      this.#setICE(answer.servers, answer.expires);
      this.emit("ice", this.#ice);
    } catch {
      // While the connection is lost there is nobody to ask, and joining again brings new ones. Otherwise in a minute.
      if (this.#state === "joined") this.#iceTimer = setTimeout(() => void this.#refreshICE(), 60_000);
    }
  }

  /** Leaves the way back for the page that a reload brings. Only while the page goes: a copy of the tab would take the seat. */
  #keep(): void {
    if (this.#resume) store()?.setItem(keyOf(this.name), JSON.stringify([this.#self, this.#resume]));
  }

  #setState(state: RoomState): void {
    if (this.#state === state || this.#state === "left") return;
    this.#state = state;
    this.emit("state", state);
  }
}

const keyOf = (room: string): string => `parley.resume.${room}`;

/** The storage of this tab, if it has one and the page may use it. */
function store(): Storage | undefined {
  try {
    return globalThis.sessionStorage;
  } catch {
    return undefined;
  }
}

/** Takes what the former page of this tab left behind, if it had the name that is asked for. */
function take(room: string, peer: string | undefined): string | undefined {
  const kept = store()?.getItem(keyOf(room));
  if (!kept) return undefined;
  store()?.removeItem(keyOf(room));
  try {
    const [name, resume] = JSON.parse(kept) as [unknown, unknown];
    return typeof resume === "string" && (peer === undefined || peer === name) ? resume : undefined;
  } catch {
    return undefined;
  }
}
