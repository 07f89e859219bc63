/** Which tile is to be large. */
export interface Scene {
  /** Chosen by hand; null where all are to be alike. */
  readonly chosen: string | null | undefined;
  /** Those that can be chosen. */
  readonly tiles: readonly string[];
  /** Those that show another's screen, the newest last. */
  readonly screens: readonly string[];
  /** The others in the call, who spoke last first. */
  readonly people: readonly string[];
  readonly view: View;
}

export type View = "grid" | "speaker";

export function largeOf({ chosen, tiles, screens, people, view }: Scene): string | undefined {
  if (chosen === null) return undefined;
  if (chosen !== undefined && tiles.includes(chosen)) return chosen;
  return screens.at(-1) ?? (view === "speaker" ? people[0] : undefined);
}

/** A cough is shorter, in ms. */
export const patience = 1_200;

/** Who spoke last, and for long enough. */
export class Floor {
  #order: string[] = [];
  #speaking: { name: string; since: number } | undefined;

  get order(): readonly string[] {
    return this.#order;
  }

  enter(name: string): void {
    if (!this.#order.includes(name)) this.#order.push(name);
  }

  leave(name: string): void {
    this.#order = this.#order.filter((one) => one !== name);
    if (this.#speaking?.name === name) this.#speaking = undefined;
  }

  /** Takes note of who is the loudest now, if anybody is; returns whether the order has changed. */
  hear(name: string | undefined, now: number): boolean {
    if (name === undefined || !this.#order.includes(name)) {
      this.#speaking = undefined;
      return false;
    }
    if (this.#speaking?.name !== name) this.#speaking = { name, since: now };
    if (this.#order[0] === name || now - this.#speaking.since < patience) return false;
    this.#order = [name, ...this.#order.filter((one) => one !== name)];
    return true;
  }
}
