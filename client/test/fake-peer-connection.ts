import type { PeerConnectionConstructor } from "../src/index.ts";

type Description = { type: "offer" | "answer"; sdp: string };
type Listener = (event: never) => void;

export class FakeChannel {
  readyState = "connecting";
  readonly sent: string[] = [];
  onopen: (() => void) | null = null;
  onclose: (() => void) | null = null;
  onmessage: ((event: { data: unknown }) => void) | null = null;
  send(text: string): void {
    this.sent.push(text);
  }
  open(): void {
    this.readyState = "open";
    this.onopen?.();
  }
}

class FakeSender {
  track: MediaStreamTrack | null;
  streams: readonly MediaStream[];
  readonly #isClosed: () => boolean;
  parameters = { transactionId: "", encodings: [{ active: true }] as RTCRtpEncodingParameters[], degradationPreference: "balanced" };
  constructor(track: MediaStreamTrack, streams: readonly MediaStream[], isClosed: () => boolean) {
    this.track = track;
    this.streams = streams;
    this.#isClosed = isClosed;
  }
  async replaceTrack(track: MediaStreamTrack): Promise<void> {
    await Promise.resolve();
    if (this.#isClosed()) await new Promise(() => {});
    this.track = track;
  }
  getParameters() {
    return structuredClone(this.parameters);
  }
  async setParameters(parameters: FakeSender["parameters"]): Promise<void> {
    this.parameters = parameters;
  }
}

class FakeTransceiver {
  readonly sender: FakeSender;
  mid: string | null = null;
  currentDirection: string | null = null;
  hasSent = false;
  readonly receiver: { track: { kind: string } };
  readonly #need: () => void;
  #direction = "sendrecv";
  constructor(sender: FakeSender, kind: string, need: () => void) {
    this.sender = sender;
    this.receiver = { track: { kind } };
    this.#need = need;
  }
  codecs: { mimeType: string }[] | undefined;
  setCodecPreferences(codecs: { mimeType: string }[]): void {
    this.codecs = codecs;
  }
  get direction(): string {
    return this.#direction;
  }
  set direction(direction: string) {
    if (this.#direction === direction) return;
    this.#direction = direction;
    this.#need();
  }
}

/**
 * An RTCPeerConnection as far as negotiation goes: the states of the JSEP machine, implicit rollback, negotiationneeded only when stable,
 * descriptions and candidates tied to one side by a user name fragment, refusal of what does not fit. No media, no network.
 */
export class FakePeerConnection {
  static #count = 0;
  readonly configurations: RTCConfiguration[] = [];
  /** What this side has opened, by label. */
  readonly channels = new Map<string, FakeChannel>();
  readonly candidates: string[] = [];
  readonly id = ++FakePeerConnection.#count;
  signalingState = "stable";
  connectionState = "new";
  iceGatheringState = "complete"; // there is nothing to be found, unless a test says otherwise
  localDescription: Description | null = null;
  remoteDescription: Description | null = null;
  restarts = 0;
  onnegotiationneeded: (() => void) | null = null;
  onicecandidate: Listener | null = null;
  onconnectionstatechange: (() => void) | null = null;
  ontrack: Listener | null = null;
  ondatachannel: Listener | null = null;
  #transceivers: FakeTransceiver[] = [];
  #generation = 0;
  #needed = false;
  #peerKey = "";
  #rolledBack = ""; // the section for data in a first offer that was taken back: Chromium wants it where it was
  #stable: { local: Description | null; remote: Description | null } = { local: null, remote: null };

  constructor(configuration?: RTCConfiguration) {
    if (configuration) this.setConfiguration(configuration);
  }

  get fragment(): string {
    return `ufrag${this.id}.${this.#generation}`;
  }

  /** The text channel. */
  get channel(): FakeChannel {
    return this.channels.get("parley")!;
  }

  get control(): FakeChannel {
    return this.channels.get("parley.control")!;
  }

  createDataChannel(label: string): FakeChannel {
    if (this.channels.size === 0) this.#need(); // further ones have the section that is there
    const channel = new FakeChannel();
    this.channels.set(label, channel);
    return channel;
  }

  getTransceivers(): FakeTransceiver[] {
    return this.#transceivers;
  }

  getSenders(): FakeSender[] {
    return this.#transceivers.map(({ sender }) => sender);
  }

  addTrack(track: MediaStreamTrack, ...streams: MediaStream[]): FakeSender {
    this.#mustBeOpen();
    if (this.getSenders().some((sender) => sender.track === track)) throw new DOMException("sent already", "InvalidAccessError");
    const unused = this.#transceivers.find(
      ({ sender, receiver, hasSent, direction }) => !sender.track && receiver.track.kind === track.kind && !hasSent && direction !== "stopped",
    );
    if (unused) {
      Object.assign(unused.sender, { track, streams });
      unused.direction = "sendrecv";
      return unused.sender;
    }
    const sender = new FakeSender(track, streams, () => this.signalingState === "closed");
    this.#transceivers.push(new FakeTransceiver(sender, track.kind, () => this.#need()));
    this.#need();
    return sender;
  }

  removeTrack(sender: FakeSender): void {
    sender.track = null;
    this.#transceivers.find((transceiver) => transceiver.sender === sender)!.direction = "recvonly";
  }

  restartIce(): void {
    this.restarts++;
    this.#generation++;
    this.#need();
  }

  setConfiguration(configuration: RTCConfiguration): void {
    configuration.iceServers?.forEach(validate);
    this.configurations.push(configuration);
  }

  async setLocalDescription(): Promise<void> {
    await this.#turns(10); // slow enough for a signal to come in between
    this.#needed = false;
    if (this.signalingState === "have-remote-offer") {
      const taken = section(this.remoteDescription);
      if (this.#rolledBack && taken && this.#rolledBack !== taken) {
        throw new DOMException("Failed to start SCTP transport", "OperationError");
      }
      this.localDescription = { type: "answer", sdp: this.#sdp("answer") };
      this.#becomeStable();
    } else {
      this.localDescription = { type: "offer", sdp: this.#sdp("offer") };
      this.signalingState = "have-local-offer";
      this.#transceivers.forEach((transceiver, at) => (transceiver.mid ??= String(at + 1)));
    }
  }

  async setRemoteDescription(description: Description): Promise<void> {
    await this.#turns(1);
    const key = /key(\d+)/.exec(description.sdp)?.[1] ?? "";
    if (!key) throw new DOMException("no fingerprint", "InvalidAccessError");
    if (this.#peerKey && this.#peerKey !== key) throw new DOMException("another fingerprint", "InvalidAccessError");
    if (description.type === "answer") {
      if (this.signalingState !== "have-local-offer") throw new DOMException(`answer in ${this.signalingState}`, "InvalidStateError");
      this.remoteDescription = description;
      this.#peerKey = key;
      this.#becomeStable();
      return;
    }
    if (this.signalingState === "have-local-offer") {
      if (!this.#stable.local) this.#rolledBack = section(this.localDescription);
      this.localDescription = this.#stable.local; // implicit rollback
    }
    this.remoteDescription = description;
    this.#peerKey = key;
    this.signalingState = "have-remote-offer";
  }

  async addIceCandidate(candidate: RTCIceCandidateInit): Promise<void> {
    await this.#turns(1);
    if (!this.remoteDescription) throw new DOMException("no remote description", "InvalidStateError");
    const fragment = candidate.usernameFragment ?? "";
    if (!this.remoteDescription.sdp.includes(fragment)) throw new DOMException("unknown ufrag", "OperationError");
    this.candidates.push(candidate.candidate ?? "");
  }

  async getStats(): Promise<RTCStatsReport> {
    return new Map() as unknown as RTCStatsReport;
  }

  close(): void {
    this.signalingState = "closed";
  }

  /** The browser found a way to be reached, which `described` puts into the description as a browser does; null when it is done looking. */
  gather(candidate: string | null, described = false): void {
    const init = { candidate, usernameFragment: this.fragment };
    if (described) {
      init.candidate = `candidate:${candidate} 1 udp 1 192.0.2.1 9 typ host ufrag ${this.fragment}`;
      const { type, sdp } = this.localDescription!;
      this.localDescription = { type, sdp: `${sdp}\r\na=candidate:${candidate} 1 udp 1 192.0.2.1 9 typ host` };
    }
    this.onicecandidate?.({ candidate: candidate === null ? null : { ...init, toJSON: () => init } } as never);
  }

  become(state: RTCPeerConnectionState): void {
    this.connectionState = state;
    this.onconnectionstatechange?.();
  }

  #sdp(type: string): string {
    return `v=0 ${type} key${this.id} ${this.fragment} data${this.#transceivers.length}`;
  }

  #becomeStable(): void {
    this.signalingState = "stable";
    for (const transceiver of this.#transceivers) {
      if (transceiver.mid === null) continue;
      transceiver.currentDirection = transceiver.direction;
      transceiver.hasSent ||= transceiver.direction === "sendrecv";
    }
    this.#stable = { local: this.localDescription, remote: this.remoteDescription };
    if (this.#needed) this.#fire();
  }

  #need(): void {
    this.#needed = true;
    if (this.signalingState === "stable") this.#fire();
  }

  /** As the browser does: in a task of its own, and only if it is still called for. */
  #fire(): void {
    setTimeout(() => {
      if (this.#needed && this.signalingState === "stable") this.onnegotiationneeded?.();
    });
  }

  /** As the browser's operations are: refused by what is closed, never settled by what is closed meanwhile. */
  async #turns(count: number): Promise<void> {
    this.#mustBeOpen();
    for (let turn = 0; turn < count; turn++) await Promise.resolve();
    if (this.signalingState === "closed") await new Promise(() => {});
  }

  #mustBeOpen(): void {
    if (this.signalingState === "closed") throw new DOMException("closed", "InvalidStateError");
  }
}

function section(description: Description | null): string {
  return /data\d+/.exec(description?.sdp ?? "")?.[0] ?? "";
}

/** Refuses what a browser refuses (the WebRTC specification, section 4.4.1.6). */
function validate({ urls, username, credential }: RTCIceServer): void {
  const all = [urls].flat();
  if (all.length === 0) throw new DOMException("no URLs", "SyntaxError");
  for (const url of all) {
    if (!/^(stun|turn)s?:/.test(url)) throw new DOMException("unknown scheme", "SyntaxError");
    if (url.startsWith("turn") && (username === undefined || credential === undefined)) {
      throw new DOMException("username and credential are required", "InvalidAccessError");
    }
  }
}

/** A constructor for the SDK, and the connections it has made. */
export function fakePeerConnections() {
  const all: FakePeerConnection[] = [];
  const fakes = { all, last: (): FakePeerConnection => all.at(-1)!, refuse: false };
  class Recorded extends FakePeerConnection {
    constructor(configuration?: RTCConfiguration) {
      if (fakes.refuse) throw new DOMException("too many", "UnknownError");
      super(configuration);
      all.push(this);
    }
  }
  return Object.assign(fakes, { RTCPeerConnection: Recorded as unknown as PeerConnectionConstructor });
}

export function fakeTrack(kind: string): MediaStreamTrack {
  const settings = { width: 1280, height: 720 };
  const track = Object.assign(new EventTarget(), {
    kind,
    enabled: true,
    readyState: "live",
    getSettings: () => settings,
    clone: () => fakeTrack(kind),
    stop: () => void (track.readyState = "ended"),
  });
  return track as unknown as MediaStreamTrack;
}

/** A stream with such tracks. */
export function fakeStream(...kinds: string[]): MediaStream {
  const tracks = kinds.map(fakeTrack);
  return Object.assign(new EventTarget(), {
    getTracks: () => tracks,
    getAudioTracks: () => tracks.filter(({ kind }) => kind === "audio"),
    getVideoTracks: () => tracks.filter(({ kind }) => kind === "video"),
  }) as unknown as MediaStream;
}
