import type { CallEvents, CallState } from "./call-events.ts";
import { Emitter } from "./emitter.ts";
import { ParleyError } from "./errors.ts";
import { type CallOptions, enter } from "./invitation.ts";
import { Link } from "./link.ts";
import { Member, type RemotePeer } from "./member.ts";
import type { Json, Knock, LeaveReason, RosterEntry } from "./protocol.ts";
import type { Room } from "./room.ts";
import type { PeerSignal } from "./signal.ts";
import { Transport } from "./transport.ts";
import { Watch } from "./watch.ts";

/** A mesh call: everybody in the room is connected to everybody else. */
export class Call extends Emitter<CallEvents> {
  readonly #transport: Transport;
  readonly #close: () => void; // the transport, if it is our own
  readonly #room: Room;
  readonly #options: CallOptions;
  readonly #peers = new Map<string, Member>();
  readonly #page = randomName();
  readonly #told = new Set<string>();
  #sessions = 0;
  #stream: MediaStream | undefined;
  #state: CallState = "joined";
  #leaving = false;

  /**
   * Connects, takes a seat, and begins to call everybody there. Rejects with what is in the way (`socket-closed`, `name-taken`,
   * `room-full`, …). Listeners added right after the await miss nothing.
   */
  static async join(options: CallOptions): Promise<Call> {
    const transport = options.transport ?? new Transport(options.url, options);
    const close = (): void => (options.transport ? undefined : transport.close());
    if (!options.transport) await transport.open(options.signal);
    try {
      return new Call(transport, await enter(transport, options), options, close);
    } catch (error) {
      close();
      throw error;
    }
  }

  private constructor(transport: Transport, room: Room, options: CallOptions, close: () => void) {
    super();
    this.#close = close;
    this.#transport = transport;
    this.#room = room;
    this.#options = options;
    this.#stream = typeof options.stream === "function" ? options.stream() : options.stream;
    const present = [...room.peers.values()];
    const waiting = [...room.lobby.waiting.values()];
    const begin = (): void => {
      for (const entry of present.splice(0)) this.#add(entry, false);
      for (const knock of waiting.splice(0)) this.emit("knock", knock);
    };
    // After the caller's own code, which still has its listeners to add; before anything that happens in the room.
    setTimeout(begin);
    room.on("peer-joined", (entry) => {
      begin();
      this.#joined(entry);
    });
    room.on("peer-left", ({ peer, reason }) => {
      begin();
      this.#left(peer, reason);
    });
    room.on("peer-lost", ({ peer }) => {
      begin();
      this.#lost(peer);
    });
    room.on("peer-back", (entry) => {
      begin();
      this.#back(entry);
    });
    room.on("peer-updated", (entry) => {
      begin();
      this.#updated(entry);
    });
    room.on("signal", ({ from, data }) => {
      begin();
      this.#peers.get(from)?.link.receive(data);
    });
    for (const name of ["custom", "locked", "kicked", "error"] as const) room.on(name, (value) => this.emit(name, value as never));
    for (const name of ["knock", "knock-left"] as const) {
      room.lobby.on(name, (value) => {
        begin();
        this.emit(name, value as never);
      });
    }
    room.on("ice", (servers) => this.#setICE(servers));
    room.on("state", (state) => this.#roomChanged(state));
  }

  get state(): CallState {
    return this.#state;
  }

  /** One's own name. */
  get name(): string {
    return this.#room.self;
  }

  get room(): string {
    return this.#room.name;
  }

  /** The others, by name. */
  get peers(): ReadonlyMap<string, RemotePeer> {
    return this.#peers;
  }

  /** For hosts: who waits to be let in, by name, in the order in which they came. */
  get waiting(): ReadonlyMap<string, Knock> {
    return this.#room.lobby.waiting;
  }

  /** Sends something else, or nothing, from now on. The others keep the MediaStream that they have of you, with other tracks in it. */
  setStream(stream: MediaStream | undefined): void {
    this.#stream = stream;
    for (const { link } of this.#peers.values()) link.setStream(stream);
  }

  /** Sends a line of text, from browser to browser. Returns the names of those it went out to. Throws `too-large`. */
  send(text: string): string[] {
    return [...this.#peers.values()].filter(({ link }) => link.sendMessage(text)).map(({ name }) => name);
  }

  /** Replaces what the others see about you; while the server is away, as soon as it is back. Rejects as `Room.update` does. */
  update(data: Json): Promise<void> {
    return this.#room.update(data);
  }

  /** Asks the server for an action of its own, such as a whiteboard's, and returns what the answer says. */
  act(action: string, fields?: { readonly [field: string]: Json }): Promise<{ readonly [field: string]: Json }> {
    return this.#room.act(action, fields);
  }

  // For hosts; others get `forbidden`.

  /** Lets in somebody who waits. Rejects with `no-such-peer` if they wait no more. */
  admit(peer: string): Promise<void> {
    return this.#room.lobby.admit(peer);
  }

  /** Sends away somebody who waits. Rejects as `admit` does. */
  deny(peer: string, reason?: string): Promise<void> {
    return this.#room.lobby.deny(peer, reason);
  }

  /** Removes somebody from the room. They may come back, unless it is locked. */
  kick(peer: string, reason?: string): Promise<void> {
    return this.#room.kick(peer, reason);
  }

  /** Nobody comes in any more without being let in. */
  lock(): Promise<void> {
    return this.#room.lock();
  }

  unlock(): Promise<void> {
    return this.#room.lock(false);
  }

  /** Asks who is here and who waits. Needed only by who has become host because another left. */
  refresh(): Promise<void> {
    return this.#room.refresh();
  }

  /** Begins anew with one peer, for a button beside a connection that failed. */
  retry(name: string): void {
    this.#peers.get(name)?.link.renew();
  }

  /** Moves to a new connection to the server without a gap. Happens by itself when it has to. */
  renew(): Promise<void> {
    return this.#transport.renew();
  }

  /** Says goodbye and closes everything. Never rejects; can be left unawaited when the page goes away. */
  async leave(): Promise<void> {
    if (this.#state === "left") return;
    this.#leaving = true;
    await this.#room.leave(); // which tells #roomChanged("left") at once, and waits for the server
    this.#close();
  }

  #roomChanged(state: Room["state"]): void {
    if (state === "left") {
      for (const member of [...this.#peers.values()]) this.#remove(member, "left");
      this.#setState("left");
      if (!this.#leaving) this.#close();
    } else if (state === "away") {
      this.#setState("reconnecting");
    } else {
      this.#setICE(this.#room.ice);
      this.#setState("joined");
      for (const { link } of this.#peers.values()) link.restart();
    }
  }

  #joined(entry: RosterEntry): void {
    const member = this.#peers.get(entry.peer);
    if (!member) return this.#add(entry, true);
    member.departed = false;
    this.#renewed(member);
    this.#updated(entry);
  }

  #lost(name: string): void {
    const member = this.#peers.get(name);
    if (!member) return;
    if (member.pageGone) return this.#remove(member, "lost");
    member.away = true;
    this.emit("peer-away", member);
  }

  #back(entry: RosterEntry): void {
    const member = this.#peers.get(entry.peer);
    if (!member) return this.#add(entry, true); // its page was gone, and a new one has the seat
    this.#renewed(member);
    this.emit("peer-back", member);
  }

  #renewed(member: Member): void {
    member.away = member.pageGone = false;
    member.watch.reset();
    member.link.rejoined();
  }

  #updated(entry: RosterEntry): void {
    const member = this.#peers.get(entry.peer);
    if (!member) return;
    member.data = entry.data;
    this.emit("peer-updated", member);
  }

  #left(name: string, reason: LeaveReason): void {
    const member = this.#peers.get(name);
    if (!member) return;
    // Its socket is gone, or ours was; that says nothing about the media. While they flow, the person is there.
    if (reason === "lost" && member.state === "connected") member.departed = true;
    else this.#remove(member, reason);
  }

  #add(entry: RosterEntry, wait: boolean): void {
    const name = entry.peer;
    const { RTCPeerConnection } = this.#options;
    const link = new Link({
      polite: this.#room.self < name,
      wait,
      session: () => `${this.#page}.${++this.#sessions}`,
      ice: this.#room.ice,
      stream: this.#stream,
      send: (signal) => this.#send(name, signal),
      ...(RTCPeerConnection ? { RTCPeerConnection } : {}),
    });
    const watch = new Watch(() => this.#report(member));
    const member = new Member(entry, link, watch);
    this.#peers.set(name, member);
    this.emit("peer", member);
    link.on("state", (state) => {
      watch.see(state);
      if (member.departed && state !== "connected") this.#remove(member, "lost");
      else if (state !== "closed") this.emit("peer-state", member);
    });
    link.on("stream", (stream) => this.emit("stream", { peer: member, stream }));
    link.on("message", (text) => this.emit("message", { peer: member, text }));
    link.on("channel", (open) => {
      this.emit("channel", { peer: member, open });
      // The surest and quickest sign that the other page is gone, or has started afresh.
      member.pageGone = !open;
      if (open) return;
      if (member.departed || member.away) this.#remove(member, "lost");
      else watch.suspect();
    });
    link.on("error", (error) => this.#failed(error));
  }

  #remove(member: Member, reason: LeaveReason): void {
    if (this.#peers.get(member.name) !== member) return;
    this.#peers.delete(member.name);
    member.watch.reset();
    member.link.close();
    this.emit("peer-left", { peer: member, reason });
  }

  /** The media say that somebody is gone who is still listed: the server can find out. */
  #report(member: Member): void {
    if (member.away || member.departed || this.#peers.get(member.name) !== member) return;
    this.#room.report(member.name).catch(() => {}); // then it is found out in another way
  }

  #send(to: string, signal: PeerSignal): void {
    this.#room.signal(to, signal as unknown as Json).catch((error: unknown) => {
      // Lost connections and departures are told in other ways, and then there is nobody to negotiate with.
      const expected = ["socket-closed", "aborted", "not-in-room", "no-such-peer"];
      if (error instanceof ParleyError && !expected.includes(error.reason)) this.emit("error", error);
    });
  }

  /** What is wrong with servers or browser, each connection finds out anew: it is told once. */
  #failed(error: ParleyError): void {
    const common = error.reason === "bad-ice" || error.reason === "no-webrtc";
    if (common && this.#told.has(error.message)) return;
    if (common) this.#told.add(error.message);
    this.emit("error", error);
  }

  #setICE(servers: readonly RTCIceServer[]): void {
    for (const { link } of this.#peers.values()) link.setICE(servers);
  }

  #setState(state: CallState): void {
    if (this.#state === state || this.#state === "left") return;
    this.#state = state;
    this.emit("state", state);
  }
}

/** Names this page. Not crypto.randomUUID(), which pages without https lack: they may still watch. */
function randomName(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(9)), (byte) => byte.toString(36).padStart(2, "0")).join("");
}
