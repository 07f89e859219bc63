import type { CallState } from "../call/call-events.ts";
import type { RemotePeer } from "../call/member.ts";
import { ParleyError, type Reason } from "../errors.ts";
import { mediaError } from "../media/open.ts";
import { isObject } from "../room/protocol.ts";
import { type Diagnosis, explain } from "./explain.ts";
import type { Facts } from "./facts.ts";
import { observe, probe, servers } from "./observe.ts";

export interface DiagnoseOptions {
  /** Whose connection; without it the one that is worst. */
  readonly peer?: string;
  /** Of the service: it is asked whether it is there at all. */
  readonly url?: string;
  /** The JSON Web Token that was used, or what returns one: when it ends is read here, and it goes nowhere. */
  readonly token?: string | (() => string | Promise<string>);
  /** How long STUN, TURN and the service may take to answer, in ms. Default 6 s; within 3 s silence tells nothing. */
  readonly timeout?: number;
}

type Subject = { readonly state: CallState; readonly peers: ReadonlyMap<string, RemotePeer> };

const badness = { closed: 0, connected: 0, connecting: 1, reconnecting: 2, failed: 3 } as const;

/**
 * Why a call does not work, in one sentence. `subject` is a Call, or the error that joining, or opening a device, was refused with.
 * Never rejects.
 */
export async function diagnose(subject: unknown, options: DiagnoseOptions = {}): Promise<Diagnosis> {
  const online = globalThis.navigator?.onLine !== false;
  if (isCall(subject)) {
    const { state, peers } = subject;
    const others = [...peers.values()].some((peer) => peer.state === "connected");
    return explain(await ofCall(subject, options, { online: online || state === "joined", call: state, others })); // a socket is better evidence
  }
  return explain(await ofServer(await reasonOf(subject), options, { online }));
}

function isCall(subject: unknown): subject is Subject {
  return isObject(subject) && subject["peers"] instanceof Map;
}

async function reasonOf(error: unknown): Promise<Reason | undefined> {
  if (error instanceof ParleyError) return error.reason;
  const media = error instanceof DOMException && /^Not(Allowed|Found|Readable)Error$/.test(error.name);
  return media ? (await mediaError(error, ["camera", "microphone"])).reason : undefined;
}

async function ofCall({ state, peers }: Subject, options: DiagnoseOptions, facts: Facts): Promise<Facts> {
  const timeout = options.timeout ?? 6_000;
  const named = options.peer === undefined ? undefined : peers.get(options.peer);
  const peer = named ?? [...peers.values()].sort((a, b) => badness[b.state] - badness[a.state])[0];
  if (state === "reconnecting" && peer?.state !== "connected") return ofServer("socket-closed", options, facts);
  if (!peer) return facts;
  const trouble = peer.state !== "connected" && peer.connection;
  if (!trouble) return { ...facts, peer: await observe(peer) };
  const { checks } = await observe(peer); // of which nothing is left if the next attempt begins meanwhile
  const probed = await probe(servers(trouble), timeout).catch(() => undefined);
  const now = await observe(peer);
  return { ...facts, peer: { ...now, checks: checks.sent > now.checks.sent ? checks : now.checks, ...(probed ? { probe: probed } : {}) } };
}

async function ofServer(reason: Reason | undefined, { url, token, timeout = 6_000 }: DiagnoseOptions, facts: Facts): Promise<Facts> {
  const asks = facts.online && url !== undefined && (reason === "socket-closed" || reason === "timeout");
  const said = typeof token === "function" ? await Promise.resolve().then(token).catch(() => undefined) : token;
  return {
    ...facts,
    ...(reason ? { reason } : {}),
    ...(asks ? { server: await reach(url, timeout) } : {}),
    ...(said === undefined ? {} : { token: readToken(said) }),
  };
}

/** A browser does not tell a page why a handshake failed. Whether anybody is there it does, by a request without an answer to read. */
async function reach(url: string, timeout: number): Promise<"answers" | "silent"> {
  try {
    await fetch(url.replace(/^ws/i, "http"), { mode: "no-cors", cache: "no-store", credentials: "omit", signal: AbortSignal.timeout(timeout) });
    return "answers";
  } catch {
    return "silent";
  }
}

function readToken(token: string): NonNullable<Facts["token"]> {
  try {
    const claims: unknown = JSON.parse(atob(token.split(".")[1]!.replaceAll("-", "+").replaceAll("_", "/")));
    const { exp, nbf } = isObject(claims) ? claims : {};
    const now = Date.now() / 1000;
    return typeof exp === "number" && exp <= now ? "expired" : typeof nbf === "number" && nbf > now ? "early" : "valid";
  } catch {
    return "unreadable";
  }
}
