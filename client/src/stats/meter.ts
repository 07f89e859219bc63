/** How loud a track of one's own is: for the mark of a preview, and for who is alone or has not been heard yet. */
export class Meter {
  readonly track: MediaStreamTrack;
  readonly #context = new AudioContext();
  readonly #analyser = this.#context.createAnalyser();
  readonly #samples = new Float32Array((this.#analyser.fftSize = 4_096)); // 85 ms

  constructor(track: MediaStreamTrack) {
    this.track = track;
    try {
      this.#context.createMediaStreamSource(new MediaStream([track])).connect(this.#analyser);
    } catch (error) {
      this.close(); // of contexts there may be few
      throw error;
    }
  }

  /** Of this moment, 0 to 1; 0 as long as the page may make no sound, which it may from the first click on. */
  get level(): number {
    if (this.#context.state !== "running" && navigator.userActivation?.isActive !== false) {
      this.#context.resume().catch(() => {});
    }
    this.#analyser.getFloatTimeDomainData(this.#samples);
    return Math.sqrt(this.#samples.reduce((sum, sample) => sum + sample * sample, 0) / this.#samples.length);
  }

  close(): void {
    void this.#context.close();
  }
}
