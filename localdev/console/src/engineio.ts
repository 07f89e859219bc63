import { object, parse } from "./json.ts";
import { word } from "./words.ts";

const engine: Readonly<Record<string, string>> = { "1": "close", "2": "ping", "3": "pong", "5": "upgrade", "6": "noop" };
const packets = ["CONNECT", "DISCONNECT", "EVENT", "ACK", "CONNECT_ERROR", "BINARY_EVENT", "BINARY_ACK"];
const base64 = /^b(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=|[A-Za-z0-9+/]{4})$/;

/**
 * A packet of Engine.IO, and of Socket.IO in it, in a few words. Some look like anything else, so those count only where the
 * connection is `known` to speak it.
 */
export function engineLabel(frame: string, known: boolean): string | undefined {
  if (known) {
    const kind = engine[frame.slice(0, 1)];
    if (kind && (frame.length === 1 || frame.slice(1) === "probe")) return `Engine.IO ${kind}`;
    if (base64.test(frame)) return `Engine.IO binary, ${Math.floor(((frame.length - 1) * 3) / 4) - (/=*$/.exec(frame)?.[0].length ?? 0)} B`;
  }
  if (frame.startsWith("0{") && /"sid"\s*:/.test(frame.slice(0, 256))) return "Engine.IO open";
  return socketLabel(frame, known);
}

/** 4, the packet's type, attachments and "-", the namespace and ",", the acknowledgement's number, JSON. */
const packet = /^4([0-6])(?:(\d{1,4})-)?(?:(\/[^,[{]{0,256}),?)?(\d{1,15})?([[{"].*)?$/s;

function socketLabel(frame: string, known: boolean): string | undefined {
  const [, type, attachments, namespace, id, data] = packet.exec(frame) ?? [];
  if (type === undefined || (!known && data === undefined && namespace === undefined)) return undefined;
  const words = [packets[Number(type)], payload(type, data), attachments && `+${attachments} binary`, id && `#${id}`, namespace && `in ${word(namespace)}`];
  return words.filter(Boolean).join(" ");
}

/** The event's name, or what is wrong; the arguments stand below. */
function payload(type: string, data = ""): string | undefined {
  if (type === "2" || type === "5") {
    const value = parse(data);
    const name: unknown = Array.isArray(value) ? value[0] : /^\[\s*"((?:[^"\\]|\\.){0,128})"/.exec(data)?.[1]; // it may be cut off
    return typeof name === "string" || typeof name === "number" ? word(String(name)) : undefined;
  }
  if (type !== "4") return undefined;
  const message = object(parse(data))?.["message"];
  return typeof message === "string" ? word(message) : undefined;
}
