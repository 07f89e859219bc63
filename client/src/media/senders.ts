/**
 * What one RTCPeerConnection sends. A sender that has had a track is given the next one of its kind: adding and removing would add a
 * section to each description for ever, since a sender that was removed is never used again by the browser.
 */
export class Senders {
  readonly #pc: RTCPeerConnection;
  readonly #fail: (cause: unknown) => void;
  #own: RTCRtpTransceiver[] = [];
  #home: MediaStream | undefined; // the one stream that the other side sees, whatever streams the tracks come from
  #replacing = false;
  #next: (() => void) | undefined;

  constructor(pc: RTCPeerConnection, fail: (cause: unknown) => void) {
    this.#pc = pc;
    this.#fail = fail;
  }

  /** Makes the tracks of `stream` the ones that are sent. Negotiates only if there are more or fewer of a kind than before. */
  setStream(stream: MediaStream | undefined): void {
    // A sender has its former track until the new one is in place; of what is wanted meanwhile the last counts.
    if (this.#replacing) return void (this.#next = () => this.setStream(stream));
    this.#home ??= stream;
    const wanted = new Set(stream?.getTracks());
    this.#own = this.#own.filter(({ direction }) => direction !== "stopped"); // the other side refused them
    const free = this.#own.filter(({ sender: { track } }) => !track || !wanted.delete(track));
    free.sort((a, b) => Number(!a.sender.track) - Number(!b.sender.track)); // for those that send nothing has to be negotiated
    const replaced: Promise<void>[] = [];
    for (const track of wanted) {
      const at = free.findIndex(({ receiver }) => receiver.track.kind === track.kind);
      if (at < 0) {
        this.#add(track);
        continue;
      }
      const [transceiver] = free.splice(at, 1) as [RTCRtpTransceiver];
      replaced.push(transceiver.sender.replaceTrack(track));
      transceiver.direction = "sendrecv";
    }
    for (const { sender } of free) if (sender.track) this.#pc.removeTrack(sender);
    if (replaced.length > 0) void this.#settle(replaced);
  }

  /** Not addTransceiver(), whose sections would not be matched with those that the other side has for us. */
  #add(track: MediaStreamTrack): void {
    const sender = this.#pc.addTrack(track, this.#home!);
    this.#own.push(this.#pc.getTransceivers().find((transceiver) => transceiver.sender === sender)!);
  }

  async #settle(replaced: Promise<void>[]): Promise<void> {
    this.#replacing = true;
    for (const result of await Promise.allSettled(replaced)) if (result.status === "rejected") this.#fail(result.reason);
    this.#replacing = false;
    const next = this.#next;
    this.#next = undefined;
    if (this.#pc.signalingState !== "closed") next?.();
  }
}
