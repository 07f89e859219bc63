import type { Json } from "../../client/src/index.ts";

/** One stroke of the pen. Points lie from 0 to 1 both ways, the width is in thousandths of the board's. */
export interface Stroke {
  readonly points: readonly (readonly [number, number])[];
  readonly color: string;
  readonly width: number;
}

/** Reads a stroke as the server tells it; undefined when it is none. */
export function readStroke(value: unknown): Stroke | undefined {
  const { points, color, width } = (value ?? {}) as Record<string, unknown>;
  if (!Array.isArray(points) || points.length === 0 || !points.every(isPoint)) return undefined;
  if (typeof color !== "string" || !/^#[0-9a-f]{6}$/.test(color) || typeof width !== "number") return undefined;
  return { points, color, width };
}

function isPoint(value: unknown): value is [number, number] {
  return Array.isArray(value) && value.length === 2 && value.every((one) => typeof one === "number");
}

/** For the server. */
export function strokeFields({ points, color, width }: Stroke): { [field: string]: Json } {
  return { points: points.map(([x, y]) => [x, y]), color, width };
}

/**
 * What is on the board. The server counts the changes: they are applied in that order, whatever the order of arrival, and
 * what comes after a gap waits for it to be filled, by a late change or by the whole board.
 */
export class Drawing {
  #strokes: Stroke[] = [];
  #n: number | undefined; // the last change applied; undefined until the board is known
  readonly #ahead = new Map<number, Stroke>();

  get strokes(): readonly Stroke[] {
    return this.#strokes;
  }

  /** Whether the board is known. */
  get known(): boolean {
    return this.#n !== undefined;
  }

  /** Whether changes wait for others that have not come. */
  get gap(): boolean {
    return this.known && this.#ahead.size > 0;
  }

  /** Takes note of a stroke, which was change number `n`. */
  add(n: number, stroke: Stroke): void {
    if (this.#n === undefined || n > this.#n) this.#ahead.set(n, stroke);
    this.#advance();
  }

  /** Sets the whole board as of change `n`; an older one than what is known changes nothing. A board that was wiped is empty. */
  replace(n: number, strokes: readonly Stroke[]): void {
    if (this.#n !== undefined && n < this.#n) return;
    this.#n = n;
    this.#strokes = [...strokes];
    for (const one of [...this.#ahead.keys()]) if (one <= n) this.#ahead.delete(one);
    this.#advance();
  }

  /** Forgets what is known, but not what is shown: changes may have been missed. */
  doubt(): void {
    this.#n = undefined;
    this.#ahead.clear();
  }

  #advance(): void {
    if (this.#n === undefined) return;
    for (let next = this.#ahead.get(this.#n + 1); next !== undefined; next = this.#ahead.get(this.#n + 1)) {
      this.#ahead.delete(++this.#n);
      this.#strokes.push(next);
    }
  }
}
