import { isCount, isObject, type Json } from "./protocol.ts";

/**
 * What two SDKs tell each other after a loss, as the `data` of a `signal` without `n`: {"parley": {…}}. An `ok` of the server is no
 * proof that its message arrived: API Gateway takes messages for sockets that are already broken.
 */
export interface Sync {
  /** The room's revision when this page took its seat: what is older was meant for a page before it. */
  readonly seat: number;
  /** Everything of yours up to this number has come; 0 when nothing of the present run has. */
  readonly got: number;
  /** With `got`: only what is below this is missing as far as is known. */
  readonly before?: number | undefined;
  /** The lowest number that I can still send. */
  readonly first: number;
  /** Answer with a sync of yours. */
  readonly ask: boolean;
}

export function writeSync({ seat, got, before, first, ask }: Sync): Json {
  return { parley: { seat, got, ...(before === undefined ? {} : { before }), first, ...(ask ? { ask } : {}) } };
}

/** Undefined when it is none; `unknown` is one of a newer SDK, which is not for the application either. */
export function readSync(data: unknown): Sync | "unknown" | undefined {
  if (!isObject(data) || !isObject(data["parley"])) return undefined;
  const { seat, got, before, first, ask } = data["parley"];
  if (!isCount(seat) || !isCount(got) || !isCount(first)) return "unknown";
  return { seat, got, first, ask: ask === true, before: isCount(before) ? before : undefined };
}
