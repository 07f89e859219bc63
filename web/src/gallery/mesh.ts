import type { DataConnection, MediaConnection, Peer } from "peerjs";

/** What pages say to each other over their data connections. */
type Line =
  | { readonly type: "welcome"; readonly others: readonly string[] }
  | { readonly type: "declined" }
  | { readonly type: "text"; readonly text: string };

export type LinkState = "connecting" | "connected" | "declined" | "failed" | "gone";

export interface MeshEvents {
  /** Somebody calls, or has given up, while one is in no call. */
  ringing(): void;
  state(id: string, state: LinkState): void;
  stream(id: string, stream: MediaStream | undefined): void;
  text(id: string, text: string): void;
}

interface Link {
  readonly data: DataConnection;
  readonly ours: boolean; // we called
  connected: boolean;
  sent?: MediaConnection;
  received?: MediaConnection;
}

const mostOthers = 8; // of whom one page tells another
const longest = 2_000; // characters of a text

/**
 * A call of several by PeerJS, which knows pairs only. Two pages have a data connection; over it the
 * one that was called says who else is there, and the newcomer calls those too. Each page that has a
 * picture calls the others with it and is answered without one, so that pictures come and go singly.
 */
export class Mesh {
  readonly #peer: Peer;
  readonly #on: MeshEvents;
  readonly #links = new Map<string, Link>();
  readonly #ringing = new Map<string, DataConnection>();
  #stream: MediaStream | undefined;

  constructor(peer: Peer, on: MeshEvents) {
    this.#peer = peer;
    this.#on = on;
    peer.on("connection", (data) => data.on("open", () => this.#called(data)));
    peer.on("call", (call) => this.#receive(call));
  }

  /** Who calls, the first first. */
  get caller(): string | undefined {
    return this.#ringing.keys().next().value;
  }

  get size(): number {
    return this.#links.size;
  }

  call(id: string): void {
    if (this.#links.has(id) || id === this.#peer.id) return;
    if (this.#ringing.has(id)) return this.answer();
    const data = this.#peer.connect(id, { reliable: true }) as DataConnection | undefined;
    if (data) this.#add(data, true); // else the peer has said why not
  }

  /** Lets in whoever calls. */
  answer(): void {
    for (const data of this.#ringing.values()) this.#welcome(data);
    this.#ringing.clear();
    this.#on.ringing();
  }

  /** Turns away who calls first. */
  decline(): void {
    const id = this.caller;
    if (id === undefined) return;
    const data = this.#ringing.get(id)!;
    this.#ringing.delete(id);
    tell(data, { type: "declined" });
    this.#on.ringing();
  }

  hangUp(): void {
    for (const [id, link] of [...this.#links]) this.#drop(id, link, "gone");
  }

  /** Says that nobody has the id after all, if it is being called. */
  unavailable(message: string): void {
    for (const [id, link] of this.#links) {
      if (!link.connected && message.endsWith(` ${id}`)) this.#drop(id, link, "gone");
    }
  }

  /** One's own picture from now on, for everybody here and to come. */
  setStream(stream: MediaStream | undefined): void {
    this.#stream = stream;
    for (const [id, link] of this.#links) if (link.connected) this.#send(id, link);
  }

  /** Sends a text to everybody; returns to how many. */
  say(text: string): number {
    const here = [...this.#links.values()].filter(({ connected }) => connected);
    for (const { data } of here) tell(data, { type: "text", text });
    return here.length;
  }

  #called(data: DataConnection): void {
    const id = data.peer;
    const link = this.#links.get(id);
    if (link?.ours && this.#peer.id < id) return data.close(); // both called: of the two, this one stays for both
    if (link) this.#drop(id, link, "gone");
    if (link || this.#links.size > 0) return this.#welcome(data);
    data.on("close", () => {
      if (this.#ringing.get(id) !== data) return;
      this.#ringing.delete(id);
      this.#on.ringing();
    });
    this.#ringing.set(id, data);
    this.#on.ringing();
  }

  #welcome(data: DataConnection): void {
    const others = [...this.#links].filter(([, { connected }]) => connected).map(([id]) => id);
    const link = this.#add(data, false);
    tell(data, { type: "welcome", others: others.slice(0, mostOthers) });
    this.#connect(data.peer, link);
  }

  #add(data: DataConnection, ours: boolean): Link {
    const id = data.peer;
    const link: Link = { data, ours, connected: false };
    this.#links.set(id, link);
    data.on("data", (said) => this.#hear(id, link, said));
    data.on("error", () => this.#drop(id, link, "failed"));
    data.on("close", () => this.#drop(id, link, "gone"));
    this.#on.state(id, "connecting");
    return link;
  }

  #connect(id: string, link: Link): void {
    link.connected = true;
    this.#on.state(id, "connected");
    this.#send(id, link);
  }

  #hear(id: string, link: Link, said: unknown): void {
    if (this.#links.get(id) !== link || typeof said !== "object" || said === null) return;
    const { type, others, text } = said as Record<string, unknown>;
    if (type === "text" && typeof text === "string") this.#on.text(id, text.slice(0, longest));
    if (!link.ours || link.connected) return;
    if (type === "declined") this.#drop(id, link, "declined");
    if (type !== "welcome") return;
    this.#connect(id, link);
    if (!Array.isArray(others)) return;
    for (const other of others.slice(0, mostOthers)) if (typeof other === "string") this.call(other);
  }

  #send(id: string, link: Link): void {
    link.sent?.close();
    delete link.sent;
    if (!this.#stream) return;
    const call = this.#peer.call(id, this.#stream) as MediaConnection | undefined;
    if (!call) return;
    call.on("error", () => {}); // the data connection tells what is wrong
    link.sent = call;
  }

  #receive(call: MediaConnection): void {
    const link = this.#links.get(call.peer);
    if (!link) return call.close(); // nobody who was let in
    link.received?.close();
    link.received = call;
    call.on("stream", (stream) => this.#on.stream(call.peer, stream));
    call.on("close", () => {
      if (link.received === call) this.#on.stream(call.peer, undefined);
    });
    call.on("error", () => {});
    call.answer();
  }

  #drop(id: string, link: Link, state: LinkState): void {
    if (this.#links.get(id) !== link) return;
    this.#links.delete(id);
    link.sent?.close();
    link.received?.close();
    link.data.close();
    this.#on.state(id, state);
  }
}

function tell(data: DataConnection, line: Line): void {
  void data.send(line);
}
