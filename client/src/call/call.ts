import type { Channel, ChannelOptions } from "../data/channel.ts";
import { Channels } from "../data/channels.ts";
import { Emitter } from "../emitter.ts";
import type { Json, Knock, Role } from "../room/protocol.ts";
import type { Room } from "../room/room.ts";
import type { Publication, PublishOptions } from "../media/publication.ts";
import { shareScreen } from "../media/screen.ts";
import { Transport } from "../room/transport.ts";
import type { CallEvents, CallState } from "./call-events.ts";
import { type CallOptions, enter, isUnsure } from "./invitation.ts";
import type { RemotePeer } from "./member.ts";
import { Mesh } from "./mesh.ts";

const meshEvents = [
  "peer", "peer-state", "peer-updated", "peer-left", "peer-away", "peer-back", "stream", "channel", "message", "error",
  "track", "track-removed", "track-muted",
] as const;

const linger = 250; // the goodbye gets to the server before the end of the connection, which says the same and keeps the seat
const patience = 3_000; // a join that was given up is answered meanwhile, and then the transport gives back the seat

/** A mesh call: everybody in the room is connected to everybody else. */
export class Call extends Emitter<CallEvents> {
  readonly #transport: Transport;
  readonly #own: boolean; // so is the transport
  readonly #close: () => void; // the transport, if it is our own
  readonly #room: Room;
  readonly #mesh: Mesh;
  readonly #channels: Channels;
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
    let room: Room | undefined;
    try {
      room = await enter(transport, options);
      return new Call(transport, room, options, close);
    } catch (error) {
      void room?.leave({ quiet: true }); // the page's own function for the stream has failed
      if (room || isUnsure(error)) setTimeout(close, patience);
      else close();
      throw error;
    }
  }

  private constructor(transport: Transport, room: Room, options: CallOptions, close: () => void) {
    super();
    this.#own = !options.transport;
    this.#close = close;
    this.#transport = transport;
    this.#room = room;
    const { stream, uplink, RTCPeerConnection } = options;
    const present = [...room.peers.values()];
    const waiting = [...room.lobby.waiting.values()];
    const begin = (): void => {
      if (room.state === "left") return;
      for (const entry of present.splice(0)) this.#mesh.call(entry);
      for (const knock of waiting.splice(0)) this.emit("knock", knock);
    };
    // After the caller's own code, which still has its listeners to add; before anything that happens in the room.
    setTimeout(begin);
    for (const name of ["peer-joined", "peer-left", "peer-lost", "peer-back", "peer-updated", "signal", "broadcast"] as const) room.on(name, begin);
    for (const name of ["knock", "knock-left"] as const) room.lobby.on(name, begin);
    this.#mesh = new Mesh(room, { stream: typeof stream === "function" ? stream() : stream, uplink, RTCPeerConnection });
    this.#channels = new Channels(this.#mesh, (error) => this.emit("error", error));
    this.relay(this.#mesh, ...meshEvents);
    this.relay(this.#mesh.publications, "published", "unpublished");
    this.relay(room, "custom", "locked", "role", "kicked", "error");
    this.relay(room.lobby, "knock", "knock-left");
    room.on("broadcast", ({ from, data }) => {
      const peer = this.#mesh.peers.get(from);
      if (peer) this.emit("broadcast", { peer, data });
    });
    room.on("state", (state) => this.#roomChanged(state));
  }

  get state(): CallState {
    return this.#state;
  }

  /** One's own name. */
  get name(): string {
    return this.#room.self;
  }

  /** One's own: hosts may moderate. Who has none is as a guest. */
  get role(): Role | undefined {
    return this.#room.role;
  }

  get room(): string {
    return this.#room.name;
  }

  /** How many may be in the room; 0 when the server does not say. */
  get seats(): number {
    return this.#room.seats;
  }

  /** Whether nobody comes in without being let in by a host. */
  get locked(): boolean {
    return this.#room.locked;
  }

  /** The others, by name. */
  get peers(): ReadonlyMap<string, RemotePeer> {
    return this.#mesh.peers;
  }

  /** For hosts: who waits to be let in, by name, in the order in which they came. */
  get waiting(): ReadonlyMap<string, Knock> {
    return this.#room.lobby.waiting;
  }

  /** What one sends, by name. */
  get publications(): ReadonlyMap<string, Publication> {
    return this.#mesh.publications.all;
  }

  /** Sends a track more, under a name. One that is sent already stays as it is. Throws `name-taken`. */
  publish(track: MediaStreamTrack, options?: PublishOptions): Publication {
    return this.#mesh.publications.publish(track, options);
  }

  unpublish(what: Publication | MediaStreamTrack): void {
    this.#mesh.publications.unpublish(what);
  }

  /**
   * Asks for a screen, a window or a tab and sends it, with its sound where there is one, until it is unpublished or the person ends it.
   * Rejects as `openMedia` does.
   */
  shareScreen(constraints: DisplayMediaStreamOptions = { video: true, audio: true }): Promise<Publication[]> {
    return shareScreen(this.#mesh.publications, constraints);
  }

  /**
   * Sends other cameras and microphones, or none, from now on. What is muted stays so. The others keep the MediaStream that they have of
   * you, with other tracks in it.
   */
  setStream(stream: MediaStream | undefined): void {
    this.#mesh.publications.setStream(stream);
  }

  /** Sends a line of text, from browser to browser. Returns the names of those it went out to. Throws `too-large`. */
  send(text: string): string[] {
    return [...this.#mesh.peers.values()].filter(({ link }) => link.sendMessage(text)).map(({ name }) => name);
  }

  /** Has the server tell everybody something, also those to whom there is no connection. Rejects as `Room.broadcast` does. */
  broadcast(data: Json): Promise<void> {
    return this.#room.broadcast(data);
  }

  /**
   * The channel of that name, from browser to browser, for messages of any kind and size: the options count when it is first asked for.
   * Listeners added right after the call miss nothing.
   */
  channel(name: string, options?: ChannelOptions): Channel {
    return this.#channels.channel(name, options);
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

  /** Asks who is here and who waits. Happens by itself when it has to. */
  refresh(): Promise<void> {
    return this.#room.refresh();
  }

  /** Begins anew with one peer, for a button beside a connection that failed. */
  retry(name: string): void {
    this.#mesh.peers.get(name)?.link.renew();
  }

  /** Moves to a new connection to the server without a gap. Happens by itself when it has to. One that is lost is tried again at once. */
  renew(): Promise<void> {
    return this.#transport.renew();
  }

  /** Says goodbye and closes everything. Never rejects; can be left unawaited when the page goes away. */
  async leave(): Promise<void> {
    if (this.#state === "left") return;
    this.#leaving = true;
    await this.#room.leave({ quiet: this.#own }); // which tells #roomChanged("left") at once
    if (this.#own) await new Promise((resolve) => setTimeout(resolve, linger));
    this.#close();
  }

  #roomChanged(state: Room["state"]): void {
    this.#setState(state === "away" ? "reconnecting" : state);
    if (state === "left" && !this.#leaving) this.#close();
  }

  #setState(state: CallState): void {
    if (this.#state === state || this.#state === "left") return;
    this.#state = state;
    this.emit("state", state);
  }
}
