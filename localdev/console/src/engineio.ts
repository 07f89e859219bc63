import { size } from "./format.ts";
import { object, parse } from "./json.ts";
import { summaries } from "./summary.ts";
import { word } from "./words.ts";

const engine: Readonly<Record<string, string>> = { "1": "close", "2": "ping", "3": "pong", "5": "upgrade", "6": "noop" };
const packets = ["CONNECT", "DISCONNECT", "EVENT", "ACK", "CONNECT_ERROR", "BINARY_EVENT", "BINARY_ACK"];

/** "b", with clients 2.x "4", and base64, whose length says which it is. */
const binary = /^b(?:4(?=(?:.{4})*$))?((?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?)$/;

/**
 * A packet of Engine.IO, and of Socket.IO in it, in a few words. Some look like anything else, so those count only where the
 * connection is `known` to speak it.
 */
export function engineLabel(frame: string, known: boolean): string | undefined {
  if (known) {
    const kind = engine[frame.slice(0, 1)];
    if (kind && (frame.length === 1 || frame.slice(1) === "probe")) return `Engine.IO ${kind}`;
    const base64 = binary.exec(frame)?.[1];
    if (base64 !== undefined) return `Engine.IO binary, ${size((base64.length * 3) / 4 - (/=*$/.exec(base64)?.[0].length ?? 0))}`;
  }
  if (frame.startsWith("0{") && /"sid"\s*:/.test(frame.slice(0, 256))) return opened(frame);
  return socketLabel(frame, known);
}

/** How often there are to be pings, and how long each may take. */
function opened(frame: string): string {
  const { pingInterval, pingTimeout } = object(parse(frame.slice(1))) ?? {};
  const seconds = (ms: unknown): string | false => typeof ms === "number" && `${ms / 1000} s`;
  const words = ["Engine.IO open", seconds(pingInterval) && `ping every ${seconds(pingInterval)}`, seconds(pingTimeout) && `within ${seconds(pingTimeout)}`];
  return words.filter(Boolean).join(", ");
}

/** 4, the packet's type, attachments and "-", the namespace and ",", the acknowledgement's number, JSON. */
const packet = /^4([0-6])(?:(\d{1,4})-)?(?:(\/[^,[{]{0,256}),?)?(\d{1,15})?([[{"].*)?$/s;

function socketLabel(frame: string, known: boolean): string | undefined {
  const [, type, attachments, namespace, id, data] = packet.exec(frame) ?? [];
  if (type === undefined || (!known && data === undefined && namespace === undefined)) return undefined;
  const { name, rest } = payload(Number(type), data);
  const words = [packets[Number(type)], name, attachments && `+${attachments} binary`, id && `#${id}`, namespace && `in ${word(namespace)}`];
  return words.filter(Boolean).join(" ") + (rest ? `: ${rest}` : "");
}

/** The packet as it is, with its JSON laid out; undefined for what is none. */
export function layOut(frame: string): string | undefined {
  const data = packet.exec(frame)?.[5];
  if (data === undefined) return undefined;
  try {
    return `${frame.slice(0, frame.length - data.length)}\n${JSON.stringify(JSON.parse(data), null, 2)}`;
  } catch {
    return undefined;
  }
}

interface Payload {
  readonly name?: string; // the event's, or what is wrong
  readonly rest?: string;
}

function payload(type: number, data: string | undefined): Payload {
  if (data === undefined) return {};
  const value = parse(data);
  const members = object(value);
  switch (packets[type]) {
    case "EVENT":
    case "BINARY_EVENT": {
      const name: unknown = Array.isArray(value) ? value[0] : /^\[\s*"((?:[^"\\]|\\.){0,128})"/.exec(data)?.[1]; // it may be cut off
      if (typeof name !== "string" && typeof name !== "number") return {};
      return { name: word(String(name)), rest: summaries(Array.isArray(value) ? value.slice(1) : []) };
    }
    case "ACK":
    case "BINARY_ACK":
      return Array.isArray(value) ? { rest: summaries(value) } : {};
    case "CONNECT_ERROR": {
      const message = typeof value === "string" ? value : members?.["message"]; // clients 2.x get a string
      return typeof message === "string" ? { name: word(message) } : {};
    }
    case "CONNECT": // the server's answer, or what the client wants to be let in with, which is nobody's to read
      if (typeof members?.["sid"] === "string") return { name: `as ${word(members["sid"])}` };
      if (typeof members?.["pid"] === "string") return { name: "again" };
      return members ? { rest: summaries([members]) } : {};
  }
  return {};
}
