/** What a line does to what goes over it, in one direction. */
export interface Weather {
  /** Bits per second that it takes; what comes faster waits. */
  readonly rate?: number;
  /** How long a packet may wait for its turn before it is dropped, in ms. */
  readonly queue?: number;
  /** How long the way is, in ms. */
  readonly delay?: number;
  /** Which fraction is lost. */
  readonly loss?: number;
  /** Nothing passes. */
  readonly cut?: boolean;
}

const heads = 28; // bytes of IP and UDP that a packet has beside its own

/** One direction of a line, in order. */
export class Lane {
  /** Bytes that went through, and packets that did not. */
  passed = 0;
  dropped = 0;
  readonly #random: () => number;
  #weather: Weather = {};
  #free = 0; // when the last packet has left
  #way: { at: number; go: () => void }[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(random: () => number) {
    this.#random = random;
  }

  set weather(weather: Weather) {
    this.#weather = weather;
    this.#free = 0;
    if (weather.cut) this.#way = [];
  }

  send(bytes: number, go: () => void): void {
    const { rate, queue = 200, delay = 0, loss = 0, cut = false } = this.#weather;
    const now = performance.now();
    const turn = Math.max(now, this.#free);
    if (cut || turn - now > queue || (loss > 0 && this.#random() < loss)) return void this.dropped++;
    if (rate) this.#free = turn + ((bytes + heads) * 8_000) / rate;
    this.#way.push({ at: (rate ? this.#free : now) + delay, go: () => ((this.passed += bytes), go()) });
    this.#drain();
  }

  close(): void {
    this.weather = { cut: true };
    clearTimeout(this.#timer);
  }

  #drain(): void {
    clearTimeout(this.#timer);
    while (this.#way.length > 0 && this.#way[0]!.at <= performance.now()) this.#way.shift()!.go();
    const next = this.#way[0];
    if (next) this.#timer = setTimeout(() => this.#drain(), next.at - performance.now());
  }
}
