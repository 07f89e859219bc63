import { ParleyError } from "../errors.ts";
import { tooDeep } from "./json.ts";
import { isCount, isObject, type Json } from "./protocol.ts";

/** A piece of what is too large for one frame, as the `data` of a numbered signal of its own: {"parley": {"part": 1, "of": 3, "text": "…"}}. */
interface Part {
  readonly part: number;
  readonly of: number;
  /** A piece of the JSON text of the whole. */
  readonly text: string;
}

const maxParts = 8;
const maxText = 30_000; // bytes of a text as it is in a frame: the rest of 32 KB is for names, the address and the number
const patience = 60_000;

/** Cuts `data` into as few parts as it takes, each the `data` of a signal of its own, in this order. Throws `too-large`. */
export function cut(data: Json): Json[] {
  const texts: string[] = [];
  let text = "";
  let size = 0;
  // By code points: half of a pair of surrogates is no text for everybody.
  for (const point of JSON.stringify(data)) {
    const more = point === '"' || point === "\\" ? 2 : sizeOf(point.codePointAt(0)!);
    if (size + more > maxText) {
      texts.push(text);
      text = "";
      size = 0;
    }
    text += point;
    size += more;
  }
  texts.push(text);
  if (texts.length > maxParts) throw new ParleyError("too-large", `a signal may have ${maxParts * maxText} bytes`);
  return texts.map((text, i) => ({ parley: { part: i + 1, of: texts.length, text } }));
}

/** In UTF-8. */
function sizeOf(codePoint: number): number {
  return codePoint < 0x80 ? 1 : codePoint < 0x800 ? 2 : codePoint < 0x10000 ? 3 : 4;
}

/** Undefined when it is none; `unknown` is what a newer SDK says to its own kind, `broken` a part that cannot be. */
function readPart(data: unknown): Part | "unknown" | "broken" | undefined {
  if (!isObject(data) || !isObject(data["parley"])) return undefined;
  const { part, of, text } = data["parley"];
  if (part === undefined) return "unknown";
  const fits = isCount(part) && isCount(of) && part > 0 && part <= of && of <= maxParts && typeof text === "string" && text.length <= maxText;
  return fits ? { part, of, text } : "broken";
}

interface Parcel {
  readonly of: number;
  readonly texts: string[];
  timer: ReturnType<typeof setTimeout>;
}

export interface ParcelsOptions {
  /** What came from that peer was let go. */
  readonly fail: (from: string, why: string) => void;
  /** Whether the rest cannot come just now. */
  readonly away: (from: string) => boolean;
}

/** Puts parts together again that come in order: one parcel a sender at a time, and nothing of one that does not fit. */
export class Parcels {
  readonly #options: ParcelsOptions;
  /** `broken`: the rest of its parts is of no use, and was told to be so. */
  readonly #open = new Map<string, Parcel | "broken">();

  constructor(options: ParcelsOptions) {
    this.#options = options;
  }

  /** What a numbered signal says: its own data, or the whole when it was the last part. Otherwise undefined. */
  take(from: string, data: Json | undefined): { data?: Json } | undefined {
    const part = readPart(data);
    if (part === "unknown") return undefined;
    const parcel = this.#open.get(from);
    if (part === undefined || (part !== "broken" && part.part === 1)) {
      this.forget(from);
      if (parcel && parcel !== "broken") this.#options.fail(from, "was broken off");
      if (part) return this.#begin(from, part);
      return data === undefined ? {} : { data };
    }
    if (parcel === "broken") return undefined;
    if (part === "broken" || !parcel || part.of !== parcel.of || part.part !== parcel.texts.length + 1) {
      this.forget(from);
      this.#open.set(from, "broken");
      this.#options.fail(from, "has parts that do not fit together");
      return undefined;
    }
    parcel.texts.push(part.text);
    return this.#advance(from, parcel);
  }

  forget(from: string): void {
    const parcel = this.#open.get(from);
    if (parcel && parcel !== "broken") clearTimeout(parcel.timer);
    this.#open.delete(from);
  }

  clear(): void {
    for (const from of [...this.#open.keys()]) this.forget(from);
  }

  #begin(from: string, { of, text }: Part): { data?: Json } | undefined {
    const parcel = { of, texts: [text], timer: this.#wait(from) };
    this.#open.set(from, parcel);
    return this.#advance(from, parcel);
  }

  #advance(from: string, parcel: Parcel): { data?: Json } | undefined {
    clearTimeout(parcel.timer);
    if (parcel.texts.length < parcel.of) {
      parcel.timer = this.#wait(from);
      return undefined;
    }
    this.#open.delete(from);
    const text = parcel.texts.join("");
    try {
      if (!tooDeep(text)) return { data: JSON.parse(text) as Json };
    } catch {
      // told below
    }
    this.#options.fail(from, "is no JSON that can be taken");
    return undefined;
  }

  #wait(from: string): ReturnType<typeof setTimeout> {
    return setTimeout(() => {
      const parcel = this.#open.get(from) as Parcel;
      if (this.#options.away(from)) {
        parcel.timer = this.#wait(from);
        return;
      }
      this.#open.set(from, "broken");
      this.#options.fail(from, "never came whole");
    }, patience);
  }
}
