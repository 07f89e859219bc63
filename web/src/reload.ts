import type { View } from "./focus.ts";

/** A call as somebody has it on their page. */
export interface Kept {
  readonly room: string;
  readonly name: string;
  readonly mic: boolean;
  readonly camera: boolean;
  readonly chat: boolean;
  readonly board: boolean;
  readonly view: View;
  /** They had asked to be let in, and were not in yet. */
  readonly outside?: boolean;
}

const key = "parley.call";
const longest = 120_000; // ms: a browser that opens yesterday's tabs puts nobody on the air

/** Leaves the call to the page that takes this one's place in the tab. Only while this one goes: a copy of the tab would find it too. */
export function keepCall(call: Kept): void {
  try {
    sessionStorage.setItem(key, JSON.stringify({ ...call, at: Date.now() }));
  } catch {
    // the browser keeps nothing for this page: then one joins anew
  }
}

/** Takes the call that the page before has left in this tab, once. */
export function takeCall(room: string): Kept | undefined {
  try {
    const kept = JSON.parse(sessionStorage.getItem(key) ?? "{}") as Partial<Kept & { at: number }>;
    if (kept.room !== room) return undefined;
    sessionStorage.removeItem(key);
    return Date.now() - kept.at! < longest ? (kept as Kept) : undefined;
  } catch {
    return undefined;
  }
}
