import type { Member } from "../src/call/member.ts";
import type { Mesh } from "../src/call/mesh.ts";
import { Channels } from "../src/data/channels.ts";
import { Emitter, type ParleyError } from "../src/index.ts";

type Data = string | ArrayBuffer;

/** One end of an RTCDataChannel, whose messages wait at `hold` and count as buffered until they are on their way. */
export class FakeDataChannel {
  readonly label: string;
  readonly protocol: string;
  readonly ordered: boolean;
  readonly maxRetransmits: number | null;
  readonly maxPacketLifeTime: number | null;
  readyState: RTCDataChannelState = "connecting";
  binaryType = "blob";
  bufferedAmount = 0;
  bufferedAmountLowThreshold = 0;
  onopen: (() => void) | null = null;
  onclose: (() => void) | null = null;
  onbufferedamountlow: (() => void) | null = null;
  onmessage: ((event: { data: unknown }) => void) | null = null;
  readonly sent: Data[] = [];
  most = 0; // that was ever buffered
  hold = false;
  far!: FakeDataChannel;
  #queue: Data[] = [];
  #scheduled = false;

  constructor(label: string, { protocol = "", ordered = true, maxRetransmits, maxPacketLifeTime }: RTCDataChannelInit = {}) {
    this.label = label;
    this.protocol = protocol;
    this.ordered = ordered;
    this.maxRetransmits = maxRetransmits ?? null;
    this.maxPacketLifeTime = maxPacketLifeTime ?? null;
  }

  send(data: Data | Uint8Array<ArrayBuffer>): void {
    if (this.readyState !== "open") throw new DOMException("not open", "InvalidStateError");
    const copy = data instanceof Uint8Array ? data.slice().buffer : data instanceof ArrayBuffer ? data.slice(0) : data;
    this.sent.push(copy);
    this.#queue.push(copy);
    this.bufferedAmount += size(copy);
    this.most = Math.max(this.most, this.bufferedAmount);
    this.flow();
  }

  open(): void {
    if (this.readyState !== "connecting") return;
    this.readyState = "open";
    this.onopen?.();
  }

  close(): void {
    if (this.readyState === "closed") return;
    this.readyState = "closed";
    setImmediate(() => this.far.lost());
  }

  lost(): void {
    if (this.readyState === "closed") return;
    this.readyState = "closed";
    this.onclose?.();
  }

  /** Delivers what is buffered, a message a turn. */
  flow(): void {
    if (this.#scheduled || this.hold) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      const data = this.#queue.shift();
      if (data === undefined) return;
      const before = this.bufferedAmount;
      this.bufferedAmount -= size(data);
      const blob = typeof data !== "string" && this.far.binaryType === "blob";
      if (this.far.readyState === "open") this.far.onmessage?.({ data: blob ? new Blob([data]) : data });
      const threshold = this.bufferedAmountLowThreshold;
      if (before > threshold && this.bufferedAmount <= threshold) this.onbufferedamountlow?.();
      if (this.#queue.length > 0) this.flow();
    });
  }
}

const size = (data: Data): number => (typeof data === "string" ? Buffer.byteLength(data) : data.byteLength);

/** An RTCPeerConnection as far as data channels go. */
export class FakeConnection {
  readonly opened: FakeDataChannel[] = []; // by this side
  sctp = { maxMessageSize: 262_144 };
  connected = false;
  far!: FakeConnection;
  ondatachannel: ((channel: FakeDataChannel) => void) | undefined;

  createDataChannel(label: string, options?: RTCDataChannelInit): FakeDataChannel {
    const [near, far] = [new FakeDataChannel(label, options), new FakeDataChannel(label, options)];
    near.far = far;
    far.far = near;
    this.opened.push(near);
    if (this.connected) this.#open(near);
    return near;
  }

  connect(): void {
    for (const side of [this, this.far]) {
      side.connected = true;
      for (const channel of side.opened) side.#open(channel);
    }
  }

  /** Both sides lose it; what is on its way is lost too. */
  close(): void {
    this.connected = false;
    for (const channel of this.opened) for (const end of [channel, channel.far]) end.lost();
  }

  #open(near: FakeDataChannel): void {
    setImmediate(() => {
      if (!this.connected || near.readyState !== "connecting") return;
      near.far.readyState = "open";
      this.far.ondatachannel?.(near.far);
      near.open();
    });
  }
}

class FakeLink extends Emitter<{ connection: unknown; state: string; datachannel: unknown }> {
  connection: FakeConnection | undefined;
  state = "connecting";
  become(state: string): void {
    this.state = state;
    this.emit("state", state);
  }
  attach(connection: FakeConnection): void {
    this.connection = connection;
    connection.ondatachannel = (channel) => this.emit("datachannel", channel);
    this.emit("connection", connection);
  }
}

export class FakeMesh extends Emitter<{ peer: unknown; "peer-left": unknown }> {
  readonly peers = new Map<string, { name: string; link: FakeLink; readonly state: string }>();
  come(name: string): FakeLink {
    const link = new FakeLink();
    const member = {
      name,
      link,
      get state() {
        return link.state;
      },
      get connection() {
        return link.connection;
      },
    };
    this.peers.set(name, member);
    this.emit("peer", member as unknown as Member);
    return link;
  }
  go(name: string): void {
    const peer = this.peers.get(name)!;
    this.peers.delete(name);
    peer.link.connection?.close();
    this.emit("peer-left", { peer });
  }
}

export function person(name: string) {
  const mesh = new FakeMesh();
  const errors: ParleyError[] = [];
  return { name, mesh, errors, channels: new Channels(mesh as unknown as Mesh, (error) => errors.push(error)) };
}
export type Person = ReturnType<typeof person>;

/** Ties two people by a new connection, in place of the one they had. */
export function tie(a: Person, b: Person, connected = true): { near: FakeConnection; far: FakeConnection } {
  const [near, far] = [new FakeConnection(), new FakeConnection()];
  near.far = far;
  far.far = near;
  for (const [one, other, connection] of [[a, b, near], [b, a, far]] as const) {
    const link = one.mesh.peers.get(other.name)?.link ?? one.mesh.come(other.name);
    link.connection?.close();
    link.attach(connection);
    if (connected) link.become("connected");
  }
  if (connected) near.connect();
  return { near, far };
}
