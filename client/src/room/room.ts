import { Absences } from "./absence.ts";
import { Emitter } from "../emitter.ts";
import { ParleyError } from "../errors.ts";
import { ICELease } from "./ice.ts";
import { Lobby } from "./lobby.ts";
import { type OrLater, OwnData } from "./own-data.ts";
import { type Bypassed, Post } from "./post.ts";
import { type ClientFrame, type ICEFrame, isObject, type JoinedFrame, type Json, type KickedFrame, type Role, type RosterEntry, type RosterFrame, type ServerFrame } from "./protocol.ts";
import type { RoomEvents, RoomState } from "./room-events.ts";
import { Roster, type RosterChange } from "./roster.ts";
import { Seat } from "./seat.ts";
import { Strangers } from "./strangers.ts";
import type { Transport } from "./transport.ts";

export interface RoomOptions {
  readonly room: string;
  /** Your name; the server makes one up when absent. */
  readonly peer?: string | undefined;
  /** What the others see about you, at most 4 KB of JSON, or what returns it: it is asked again once you are in. */
  readonly data?: OrLater<Json> | undefined;
  /** From `knock`: passes a lock or a lobby. It is good on the connection that it was got on, for five minutes. */
  readonly pass?: string | undefined;
  /** Takes the seat that the page before this one had in its tab, and no other. Where it is gone, that is `resume-expired`. */
  readonly resumeOnly?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

const refreshRetry = 2_000;
const gapPatience = 250; // late frames usually fill a gap within this

/** One's seat in a room: who else is there, and ways to reach them. Comes back under its name when the connection does. */
export class Room extends Emitter<RoomEvents> {
  readonly name: string;
  /** For hosts: who waits to be let in, as the server tells the room. */
  readonly lobby: Lobby;
  readonly #transport: Transport;
  readonly #roster = new Roster();
  readonly #strangers = new Strangers();
  readonly #absences = new Absences((peer) => this.#stillLost(peer));
  readonly #ice = new ICELease(() => this.#askForICE(), (servers) => this.emit("ice", servers));
  readonly #post: Post;
  readonly #data: OwnData;
  readonly #seat: Seat;
  readonly #end = new AbortController();
  #role: Role | undefined;
  #seats = 0;
  #state: RoomState = "away";
  #refreshTimer: ReturnType<typeof setTimeout> | undefined;
  #refreshing: Promise<boolean> | undefined;
  #rev = 0; // the last one known, also while away

  /** Takes a seat. Rejects with what the server said, or with the transport's reasons. */
  static async join(transport: Transport, options: RoomOptions): Promise<Room> {
    const room = new Room(transport, options);
    try {
      await room.#seat.take(options);
    } catch (error) {
      room.#stop();
      throw error;
    }
    return room;
  }

  private constructor(transport: Transport, options: RoomOptions) {
    super();
    this.name = options.room;
    this.lobby = new Lobby(transport, this.name, () => this.self);
    this.#transport = transport;
    const joined = (): boolean => this.#state === "joined";
    const { signal } = this.#end;
    this.#data = new OwnData({ data: options.data, send: (data) => this.#update(data), joined });
    this.#post = new Post({
      room: this.name,
      request: (frame) => this.#request(frame),
      post: (frame) => transport.post({ ...frame, room: this.name }),
      deliver: (frame) => this.emit(frame.type, frame),
      fail: (error) => this.emit("error", error),
      peers: () => this.#roster.peers,
      rev: () => this.#rev,
      joined,
      refresh: () => this.refresh(),
      silent: (peer) => void this.report(peer).catch(() => {}),
    });
    this.#seat = new Seat({
      transport,
      room: this.name,
      data: this.#data,
      joined,
      taken: (answer) => this.#taken(answer),
      lost: (error) => {
        this.#stop();
        this.emit("error", error);
      },
      signal,
    });
    transport.on("frame", (frame) => this.#receive(frame), { signal });
    transport.on("error", (error) => this.emit("error", error), { signal });
    transport.on("refused", () => this.#post.doubtAll(), { signal });
    transport.on("state", (state) => {
      if (state === "closed") this.#stop();
      else if (state !== "open") this.#away();
    }, { signal });
  }

  get state(): RoomState {
    return this.#state;
  }

  /** One's own name. */
  get self(): string {
    return this.#seat.peer;
  }

  get role(): Role | undefined {
    return this.#role;
  }

  /** How many may be in the room; 0 when the server does not say. */
  get seats(): number {
    return this.#seats;
  }

  /** Whether nobody joins without being let in by a host. */
  get locked(): boolean {
    return this.#roster.locked;
  }

  /** The others, by name, in the order they joined. */
  get peers(): ReadonlyMap<string, RosterEntry> {
    return this.#roster.peers;
  }

  get ice(): readonly RTCIceServer[] {
    return this.#ice.servers;
  }

  /**
   * Sends `data` to one peer: in order, once, over losses of connections on both sides. Resolves when the server has taken it; until
   * then it is sent again, after a reconnection too. What does not fit one frame goes in several, up to 240,000 bytes. Rejects when
   * that is in vain: `no-such-peer`, `not-in-room`, `too-large`, `bad-request`, `queue-full`.
   *
   * With `quiet` it may be confirmed by the peer, past the server, as `bypass()` has it: then the server is asked for no answer, which
   * is a message less. What is not confirmed within ten seconds is sent again, and then answered.
   */
  async signal(to: string, data: Json, { quiet = false } = {}): Promise<void> {
    if (this.#state === "left") throw hasLeft();
    await this.#post.signal(to, data, quiet);
  }

  /**
   * Has quiet signals to a peer go by `send` while that returns true, such as over a data channel, in one order with those that go by
   * the server. The other side hands what comes to `passed()`.
   */
  bypass(peer: string, send?: (frame: Bypassed) => boolean): void {
    this.#post.bypass(peer, send);
  }

  /** Takes what the `send` of that peer's `bypass()` was given. */
  passed(peer: string, frame: unknown): void {
    if (isObject(frame) && this.#roster.peers.has(peer)) this.#post.passed(peer, frame);
  }

  /** Sends `data` to everybody else who is not lost: in order, once, but whose connection breaks just then may miss it. */
  async broadcast(data: Json): Promise<void> {
    if (this.#state === "left") throw hasLeft();
    await this.#post.broadcast(data);
  }

  /**
   * Replaces what the others see about you. Resolves when the server has it, or something later of yours: while the connection is
   * lost it waits for the next. Rejects when the server refuses it (`too-large`), and then what was before stays.
   */
  async update(data: Json): Promise<void> {
    if (this.#state === "left") throw hasLeft();
    await this.#data.set(data);
  }

  /** Asks for an action that is the service's own, and returns what the answer says. */
  async act(action: string, fields: { readonly [field: string]: Json } = {}): Promise<{ readonly [field: string]: Json }> {
    const answer = await this.#request({ ...fields, action });
    return answer.type === "ok" ? (answer.fields ?? {}) : {};
  }

  async #update(data: Json): Promise<void> {
    const answer = await this.#request({ action: "update", data, rev: this.#rev });
    const rev = answer.type === "ok" ? answer.fields?.["rev"] : undefined;
    if (typeof rev === "number") this.#tell(this.#roster.apply({ type: "own", rev }));
  }

  /** Removes somebody. For hosts; others get `forbidden`. */
  async kick(peer: string, reason?: string): Promise<void> {
    await this.#request({ action: "kick", peer, reason });
    this.#tell(this.#roster.dismiss(peer));
    this.#refreshSoon(gapPatience); // should they be back already; and there is a revision that we were not told of
  }

  /** Says that you cannot reach somebody, so that the server finds out whether the connection is gone. */
  async report(peer: string): Promise<void> {
    await this.#request({ action: "report", peer });
  }

  /** Moves to a new connection without a gap; nobody sees it. Happens by itself when it has to. */
  renew(): Promise<void> {
    return this.#transport.renew();
  }

  /** Locks the room against further joins, or unlocks it. For hosts; others get `forbidden`. */
  async lock(locked = true): Promise<void> {
    await this.#request({ action: locked ? "lock" : "unlock" });
    this.#roster.locked = locked; // the server tells the others only
  }

  /** Asks who is here. Called by itself when a frame about it was lost, or no host is left that we know of. */
  async refresh(): Promise<void> {
    await this.#ask();
  }

  /**
   * Gives the seat back, and asks again, for a minute or so, while the server refuses that for the moment. Never rejects: who cannot say goodbye, such as
   * while the connection is lost, is noticed by the server all the same. `quiet` asks for no answer: for who does nothing more on the
   * transport.
   */
  async leave({ quiet = false } = {}): Promise<void> {
    if (this.#state === "left") return;
    const here = this.#state === "joined";
    if (here && quiet) this.#transport.post({ action: "leave", room: this.name })?.();
    const goodbye = here && !quiet && this.#transport.giveBack(this.name);
    this.#stop();
    await goodbye;
  }

  async #request(frame: Omit<ClientFrame, "room"> | { readonly action: string; readonly [field: string]: Json }): Promise<ServerFrame> {
    if (this.#state === "left") throw hasLeft();
    try {
      return await this.#transport.request({ ...frame, room: this.name });
    } catch (error) {
      if (error instanceof ParleyError && error.reason === "not-in-room") this.#seat.missing();
      throw error;
    }
  }

  /** Whether there was an answer. */
  #ask(): Promise<boolean> {
    clearTimeout(this.#refreshTimer);
    this.#refreshTimer = undefined;
    this.#refreshing ??= (async () => {
      const answer = await this.#request({ action: "roster" });
      if (answer.type !== "roster") return false;
      this.#hear(answer);
      for (const peer of this.#roster.peers.keys()) this.#post.doubt(peer);
      return true;
    })().finally(() => (this.#refreshing = undefined));
    return this.#refreshing;
  }

  /** An absence may be over. */
  async #stillLost(peer: string): Promise<boolean> {
    const answered = await this.#ask().catch(() => false);
    if (!answered && this.#state === "joined") this.#tell(this.#roster.giveUp(peer));
    return this.#roster.peers.get(peer)?.lost !== undefined;
  }

  #taken(answer: JoinedFrame): void {
    this.#seats = answer.seats;
    if (this.#rev === 0) this.#role = answer.role;
    this.#ice.set(answer.ice);
    const lastRev = this.#rev;
    this.#rev = answer.rev;
    this.#setState("joined");
    this.#hear(answer);
    this.#post.joined(answer.rev, lastRev);
    this.#data.seated();
  }

  #hear({ rev, peers, locked, role, waiting }: JoinedFrame | RosterFrame): void {
    this.#tell(this.#roster.replace(rev, peers, locked));
    if (this.#roster.gap) this.#refreshSoon(gapPatience);
    this.#setRole(role);
    this.lobby.see(waiting);
  }

  #away(): void {
    if (this.#state !== "joined") return;
    this.#roster.suspend();
    this.#absences.stop();
    this.#strangers.clear();
    clearTimeout(this.#refreshTimer);
    this.#refreshTimer = undefined;
    this.#setState("away");
    this.#post.doubtAll();
  }

  #stop(): void {
    this.#end.abort();
    this.lobby.close();
    clearTimeout(this.#refreshTimer);
    this.#ice.stop();
    this.#absences.stop();
    this.#strangers.clear();
    this.#setState("left");
    this.#post.close(hasLeft());
    this.#data.close(hasLeft());
  }

  #receive(frame: ServerFrame): void {
    if (!("room" in frame) || frame.room !== this.name) return;
    if ("rev" in frame && !("peers" in frame)) {
      this.#tell(this.#roster.apply(frame));
      if (this.#roster.gap) this.#refreshSoon(gapPatience);
      return;
    }
    switch (frame.type) {
      case "kicked":
        return this.#kicked(frame);
      case "signal":
      case "broadcast":
        if (this.#roster.peers.has(frame.from)) this.#post.receive(frame);
        else if (this.#strangers.hold(frame) && this.#state === "joined") this.#refreshSoon(gapPatience);
        return;
      case "custom":
        this.emit("custom", frame.frame);
    }
  }

  /**
   * The seat is gone, whatever becomes of the socket. Coming back by oneself would make a kick worth nothing, and two pages would take
   * the seat from each other for ever.
   */
  #kicked({ by, reason }: KickedFrame): void {
    const replaced = by === this.#seat.peer && reason === "replaced";
    this.#stop();
    if (!replaced) this.emit("kicked", { by, reason });
    this.emit("error", replaced
      ? new ParleyError("replaced", "a newer page of yours has taken the seat")
      : new ParleyError("kicked", `${by} removed you${reason ? `: ${reason}` : ""}`));
  }

  #tell(changes: readonly RosterChange[]): void {
    this.#rev = this.#roster.rev ?? this.#rev;
    this.#absences.watch(this.#roster.peers);
    for (const change of changes) this.#tellOne(change);
    for (const frame of this.#strangers.take(this.#roster.peers)) this.#post.receive(frame);
  }

  #tellOne(change: RosterChange): void {
    switch (change.kind) {
      case "joined":
        this.#post.arrived(change.entry.peer);
        return this.emit("peer-joined", change.entry);
      case "updated":
        return this.emit("peer-updated", change.entry);
      case "left":
        this.#post.left(change.peer);
        if (change.role === "host" && !this.#hasHost()) this.#refreshSoon(gapPatience); // who comes after it, the server does not tell
        return this.emit("peer-left", { peer: change.peer, reason: change.reason });
      case "lost":
        return this.emit("peer-lost", { peer: change.peer, until: change.until });
      case "back":
        this.emit("peer-back", change.entry);
        return this.#post.back(change.entry.peer);
      case "moved":
        return this.#post.back(change.entry.peer);
      case "locked":
        return this.emit("locked", { locked: change.locked, by: change.by });
    }
  }

  #refreshSoon(ms: number): void {
    if (this.#state !== "joined" || this.#refreshTimer !== undefined) return;
    this.#refreshTimer = setTimeout(() => {
      this.refresh().catch((error: unknown) => {
        if (error instanceof ParleyError && error.retry && error.reason !== "socket-closed") this.#refreshSoon(refreshRetry);
      });
    }, ms);
  }

  #hasHost(): boolean {
    return this.#role === "host" || [...this.#roster.peers.values()].some(({ role }) => role === "host");
  }

  #setRole(role: Role | undefined): void {
    if (this.#role === role) return;
    this.#role = role;
    this.emit("role", role);
  }

  async #askForICE(): Promise<ICEFrame> {
    const answer = await this.#request({ action: "ice" });
    if (answer.type !== "ice") throw new ParleyError("bad-frame", `the server answered ice with ${answer.type}`);
    return answer;
  }

  #setState(state: RoomState): void {
    if (this.#state === state || this.#state === "left") return;
    this.#state = state;
    this.emit("state", state);
  }
}

function hasLeft(): ParleyError {
  return new ParleyError("not-in-room", "you have left the room");
}
