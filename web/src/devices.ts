import { openMedia, ParleyError } from "../../client/src/index.ts";

const constraints = {
  audio: { echoCancellation: true, noiseSuppression: true },
  video: { width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 30, max: 30 } },
};

/** One's own camera and microphone: one stream whose tracks come and go. A camera that is off is let go, and its light goes out. */
export class Devices {
  readonly stream = new MediaStream();
  /** Why something is not there, if so. */
  problem: ParleyError | undefined;
  readonly #changed: () => void;

  constructor(changed: () => void) {
    this.#changed = changed;
  }

  /** Which kinds there are, on or off. */
  readonly usable = { mic: false, camera: false };

  get mic(): boolean {
    return this.stream.getAudioTracks().some((track) => track.enabled);
  }

  get camera(): boolean {
    return this.stream.getVideoTracks().length > 0;
  }

  /** Asks for both, or for the one that can be had. Never rejects: `problem` says what is missing. */
  async open(): Promise<void> {
    this.problem = undefined;
    try {
      this.#take(await openMedia(constraints));
    } catch (error) {
      this.problem = error as ParleyError;
      // A person who said no is not asked twice. A missing or busy device need not spoil the other one.
      if (this.problem.reason === "media-missing" || this.problem.reason === "media-busy") {
        for (const kind of ["audio", "video"] as const) {
          await openMedia({ [kind]: constraints[kind] }).then((stream) => this.#take(stream), () => {});
        }
      }
    }
    this.#changed();
  }

  toggleMic(): void {
    for (const track of this.stream.getAudioTracks()) track.enabled = !track.enabled;
    this.#changed();
  }

  async toggleCamera(): Promise<void> {
    const tracks = this.stream.getVideoTracks();
    if (tracks.length > 0) {
      for (const track of tracks) this.#drop(track);
    } else {
      try {
        this.#take(await openMedia({ video: constraints.video }));
        this.problem = undefined;
      } catch (error) {
        this.problem = error as ParleyError;
      }
    }
    this.#changed();
  }

  #take(stream: MediaStream): void {
    for (const track of stream.getTracks()) {
      this.stream.addTrack(track);
      this.usable[track.kind === "audio" ? "mic" : "camera"] = true;
      // Unplugged, or permission withdrawn.
      track.addEventListener("ended", () => {
        this.#drop(track);
        if (track.kind === "audio") this.usable.mic = false;
        this.#changed();
      });
    }
  }

  #drop(track: MediaStreamTrack): void {
    track.stop();
    this.stream.removeTrack(track);
  }
}
