import { backoff, sleep } from "./backoff.ts";
import { ParleyError } from "../errors.ts";
import type { ClientFrame, Json, ServerFrame } from "./protocol.ts";

export interface JoinOptions {
  readonly room: string;
  readonly peer: string | undefined;
  readonly data: Json | undefined;
  readonly resume: string | undefined;
  /** Passes a lock or a lobby. */
  readonly pass: string | undefined;
  /** It is a seat that one had a moment ago. */
  readonly again: boolean;
  readonly request: (frame: ClientFrame) => Promise<ServerFrame>;
  readonly signal: AbortSignal;
}

const retry = { first: 400, most: 4_000 };
export const slowly = { first: 400, most: 20_000 };
// The former socket of a page that was reloaded, or of one that lost its network, holds the name until the server knows it is dead.
// Who comes for the first time, without a string, has to be told soon that somebody else has it.
const strangersPatience = 500;
const firstPatience = 3_000;
const patience = 45_000;
// A socket that took the seat and broke before it had the answer holds it until API Gateway finds it idle: then the string counts again.
export const lockedOut = 11 * 60_000;

/** Joins, again and again while the name or the seat may still be held by one's own dead socket. Resolves with the answer. */
export async function takeSeat({ room, peer, data, resume, pass, again, request, signal }: JoinOptions): Promise<ServerFrame> {
  const began = Date.now();
  let expired = false; // so said the last answer
  for (let attempt = 0; ; attempt++) {
    const string: string | undefined = expired ? undefined : resume;
    try {
      return await request({ action: "join", room, peer: peer || undefined, data, resume: string, pass });
    } catch (error) {
      if (!(error instanceof ParleyError)) throw error;
      if (string && error.reason === "forbidden") resume = undefined; // of another user
      expired = string !== undefined && error.reason === "resume-expired";
      if (string && (expired || error.reason === "forbidden")) continue; // anew, at once
      if (Date.now() - began >= patienceWith(error, again, resume !== undefined)) throw error;
    }
    await sleep(backoff(attempt, Date.now() - began < patience ? retry : slowly), signal).catch(() => {
      throw new ParleyError("aborted", "joining was aborted");
    });
  }
}

/** For how long it makes sense to try again after that. */
function patienceWith(error: ParleyError, again: boolean, resumable: boolean): number {
  if (error.reason === "socket-closed" || (error.reason === "room-locked" && !again)) return 0; // a lock is no matter of seconds
  // A server in trouble is waited for when one had a seat, as one that cannot be reached is.
  if (again && ["timeout", "internal", "rate-limited"].includes(error.reason)) return Infinity;
  if (error.reason === "name-taken") return again && resumable ? lockedOut : again || resumable ? patience : strangersPatience;
  if (error.retry || (again && error.reason === "room-full")) return again ? patience : firstPatience;
  return 0;
}
