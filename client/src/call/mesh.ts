import { Emitter } from "../emitter.ts";
import { ParleyError } from "../errors.ts";
import type { Json, LeaveReason, RosterEntry } from "../room/protocol.ts";
import type { Room } from "../room/room.ts";
import type { CallEvents } from "./call-events.ts";
import { Publications } from "../media/publications.ts";
import type { Outgoing } from "../media/senders.ts";
import { Uplink } from "../media/uplink.ts";
import { Link } from "./link.ts";
import { Member } from "./member.ts";
import type { PeerConnectionConstructor } from "./peer.ts";
import type { PeerSignal } from "./signal.ts";
import { Watch } from "./watch.ts";

export interface MeshOptions {
  readonly stream?: MediaStream | undefined;
  /** Bits per second that may be sent, to all together. */
  readonly uplink?: number | undefined;
  readonly RTCPeerConnection?: PeerConnectionConstructor | undefined;
}

export type MeshEvents = Pick<
  CallEvents,
  | "peer" | "peer-state" | "peer-updated" | "peer-left" | "peer-away" | "peer-back"
  | "stream" | "track" | "track-removed" | "track-muted" | "channel" | "message" | "error"
>;

/** A Link to everybody in a room: who comes, who goes, who is lost and who is back, by what the server says and what the media show. */
export class Mesh extends Emitter<MeshEvents> {
  readonly #room: Room;
  readonly #options: MeshOptions;
  readonly #peers = new Map<string, Member>();
  readonly #page = randomName();
  readonly #told = new Set<string>();
  readonly #uplink: Uplink;
  #sessions = 0;
  /** What one sends to everybody. */
  readonly publications = new Publications((one) => this.#publish(one));

  constructor(room: Room, options: MeshOptions) {
    super();
    this.#room = room;
    this.#options = options;
    this.#uplink = new Uplink(
      () => [...this.#peers].map(([name, { link }]) => [name, link] as const),
      () => this.publications.all.values(),
      options.uplink,
    );
    this.publications.setStream(options.stream);
    room.on("peer-joined", (entry) => this.#joined(entry));
    room.on("peer-left", ({ peer, reason }) => this.#left(peer, reason));
    room.on("peer-lost", ({ peer }) => this.#lost(peer));
    room.on("peer-back", (entry) => this.#back(entry));
    room.on("peer-updated", (entry) => this.#updated(entry));
    room.on("signal", ({ from, data }) => this.#peers.get(from)?.link.receive(data));
    room.on("ice", (servers) => this.#setICE(servers));
    room.on("state", (state) => {
      if (state === "left") {
        for (const member of [...this.#peers.values()]) this.#remove(member, "left");
        this.publications.close();
      }
      if (state !== "joined") return;
      this.#setICE(room.ice);
      for (const { link } of this.#peers.values()) link.restart();
    });
  }

  get peers(): ReadonlyMap<string, Member> {
    return this.#peers;
  }

  /** Calls somebody who was there first. */
  call(entry: RosterEntry): void {
    this.#add(entry, false);
  }

  /** Rejects if somebody cannot be sent `one`. */
  async #publish(one?: Outgoing): Promise<void> {
    const all = [...this.publications.all.values()];
    const without: string[] = [];
    await Promise.all([...this.#peers.values()].map(async ({ name, link }) => {
      for (const refused of await link.publish(all)) if (refused === one) without.push(name);
    }));
    this.#uplink.apply();
    if (without.length > 0) throw new ParleyError("bad-signal", `${without.join(", ")} cannot be sent that track`);
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
    member.role = entry.role;
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
      published: [...this.publications.all.values()],
      send: (signal) => this.#send(name, signal),
      ...(RTCPeerConnection ? { RTCPeerConnection } : {}),
    });
    const watch = new Watch(() => this.#report(member));
    const member = new Member(entry, link, watch);
    this.#peers.set(name, member);
    this.emit("peer", member);
    link.on("state", (state) => {
      watch.see(state);
      this.#uplink.apply();
      if (member.departed && state !== "connected") this.#remove(member, "lost");
      else if (state !== "closed") this.emit("peer-state", member);
    });
    link.on("stream", (stream) => this.emit("stream", { peer: member, stream }));
    for (const name of ["track", "track-removed", "track-muted"] as const) {
      link.on(name, (track) => this.emit(name, { peer: member, track }));
    }
    link.on("message", (text) => this.emit("message", { peer: member, text }));
    let reached = false;
    const reach = (open: boolean): void => {
      if (reached === open) return;
      reached = open;
      this.emit("channel", { peer: member, open });
    };
    link.on("channel", (open) => {
      reach(open);
      // The surest and quickest sign that the other page is gone, or has started afresh.
      member.pageGone = !open;
      if (open) return;
      if (member.departed || member.away) this.#remove(member, "lost");
      else watch.see("reconnecting"); // who said goodbye is told to have left in a moment
    });
    link.on("connection", () => {
      this.#room.bypass(name);
      reach(false); // the one before is closed, which says nothing of the page
    });
    link.on("control", (open) => {
      this.#room.bypass(name, open ? (frame) => member.state === "connected" && link.sendFrame({ type: "signal", ...frame }) : undefined);
    });
    link.on("frame", (frame) => frame["type"] === "signal" && this.#room.passed(name, frame));
    link.on("error", (error) => this.#failed(error));
  }

  #remove(member: Member, reason: LeaveReason): void {
    if (this.#peers.get(member.name) !== member) return;
    this.#peers.delete(member.name);
    member.watch.reset();
    member.link.close();
    this.#room.bypass(member.name);
    this.emit("peer-left", { peer: member, reason });
  }

  /** The media say that somebody is gone who is still listed: the server can find out. */
  #report(member: Member): void {
    if (member.away || member.departed || this.#peers.get(member.name) !== member) return;
    this.#room.report(member.name).catch(() => {}); // then it is found out in another way
  }

  #send(to: string, signal: PeerSignal): void {
    this.#room.signal(to, signal as unknown as Json, { quiet: true }).catch((error: unknown) => {
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
}

/** Names this page. Not crypto.randomUUID(), which pages without https lack: they may still watch. */
function randomName(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(9)), (byte) => byte.toString(36).padStart(2, "0")).join("");
}
