import { openMedia, ParleyError } from "../../client/src/index.ts";

const constraints = {
  audio: { echoCancellation: true, noiseSuppression: true },
  video: { width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 30, max: 30 } },
};

type Kind = keyof typeof constraints;
const kinds = Object.keys(constraints) as Kind[];

/**
 * One's own camera and microphone: one stream whose tracks come and go. A camera that is off is let
 * go, and its light goes out. A device takes its time to open, and what is wanted may change
 * meanwhile: the last wish counts.
 */
export class Devices {
  readonly stream = new MediaStream();
  /** Why something is not there, if so. */
  problem: ParleyError | undefined;
  readonly #changed: () => void;
  readonly #wanted: Record<Kind, boolean> = { audio: false, video: false };
  #opening = false;

  constructor(changed: () => void) {
    this.#changed = changed;
  }

  /** Which kinds there are, on or off. */
  readonly usable = { mic: false, camera: false };

  get mic(): boolean {
    return this.stream.getAudioTracks().some((track) => track.enabled);
  }

  get camera(): boolean {
    return this.#has("video");
  }

  /** Whether the camera is on, or will be once it has opened. */
  get cameraWanted(): boolean {
    return this.#wanted.video;
  }

  /** Asks for both, or for the one that can be had. Never rejects: `problem` says what is missing. */
  open(): Promise<void> {
    for (const kind of kinds) this.#wanted[kind] = true;
    return this.#open();
  }

  toggleMic(): void {
    for (const track of this.stream.getAudioTracks()) track.enabled = !track.enabled;
    this.#changed();
  }

  async toggleCamera(): Promise<void> {
    this.#wanted.video = !this.#wanted.video;
    if (!this.#wanted.video) for (const track of this.stream.getVideoTracks()) this.#drop(track);
    this.#changed();
    await this.#open();
  }

  #has(kind: Kind): boolean {
    return this.stream.getTracks().some((track) => track.kind === kind);
  }

  #missing(): Kind[] {
    return kinds.filter((kind) => this.#wanted[kind] && !this.#has(kind));
  }

  /**
   * Opens what is wanted. One request at a time, so that nobody is asked twice for the same; wishes
   * that come meanwhile are seen to after it.
   */
  async #open(): Promise<void> {
    if (this.#opening) return;
    this.#opening = true;
    for (let missing = this.#missing(); missing.length > 0; missing = this.#missing()) {
      try {
        await this.#take(missing);
        this.problem = undefined;
      } catch (error) {
        const { reason } = error as ParleyError;
        if (missing.some((kind) => this.#wanted[kind])) this.problem = error as ParleyError;
        // A person who said no is not asked twice. A missing or busy device need not spoil the
        // other one.
        if (missing.length > 1 && (reason === "media-missing" || reason === "media-busy")) {
          for (const kind of missing) await this.#take([kind]).catch(() => {});
        }
      }
      for (const kind of missing) this.#wanted[kind] = this.#has(kind);
      this.#changed();
    }
    this.#opening = false;
  }

  async #take(wanted: readonly Kind[]): Promise<void> {
    const stream = await openMedia(Object.fromEntries(wanted.map((kind) => [kind, constraints[kind]])));
    for (const track of stream.getTracks()) {
      const kind = track.kind as Kind;
      const name = kind === "audio" ? "mic" : "camera";
      this.usable[name] = true;
      if (!this.#wanted[kind]) {
        track.stop();
        continue;
      }
      this.stream.addTrack(track);
      // Unplugged, or permission withdrawn.
      track.addEventListener("ended", () => {
        this.#drop(track);
        this.#wanted[kind] = false;
        if (kind === "audio") this.usable.mic = false;
        this.#changed();
      });
    }
  }

  #drop(track: MediaStreamTrack): void {
    track.stop();
    this.stream.removeTrack(track);
  }
}
