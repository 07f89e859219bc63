const loud = 0.02; // linear: -34 dBov
const quiet = 0.01;
const together = 600; // ms: a single knock is no speech
const pause = 800; // ms: people breathe

/** Tells from levels, ten or so a second, whether somebody speaks. */
export class Voice {
  #speaking = false;
  #heard = -Infinity;
  #volume = 0;

  get speaking(): boolean {
    return this.#speaking;
  }

  /** How loud it has been for the last second or so. */
  get volume(): number {
    return this.#volume;
  }

  /** Takes a level, 0 to 1, of this moment in ms; whether that changed who speaks. */
  hear(level: number, now: number): boolean {
    const before = this.#speaking;
    this.#volume += (level - this.#volume) / 10;
    if (level > (before ? quiet : loud)) {
      this.#speaking ||= now - this.#heard < together;
      this.#heard = now;
    } else if (now - this.#heard > pause) this.#speaking = false;
    return this.#speaking !== before;
  }
}

const clearly = 1.5;

/** Who speaks, the loudest first; but who is first stays so until another is clearly louder. Returns `before` itself when nothing has changed. */
export function order(before: readonly string[], voices: ReadonlyMap<string, Voice>): readonly string[] {
  const speak = [...voices].filter(([, { speaking }]) => speaking).map(([name]) => name);
  const sorted = [...before.filter((name) => speak.includes(name)), ...speak.filter((name) => !before.includes(name))];
  for (let at = 1; at < sorted.length; at++) {
    const [ahead, behind] = [sorted[at - 1]!, sorted[at]!];
    if (voices.get(behind)!.volume > clearly * voices.get(ahead)!.volume) sorted.splice(at - 1, 2, behind, ahead);
  }
  return sorted.length === before.length && sorted.every((name, at) => name === before[at]) ? before : sorted;
}
