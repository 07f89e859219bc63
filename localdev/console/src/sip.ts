import { clip } from "./format.ts";
import { word } from "./words.ts";

const request = /^([A-Z]{1,32}) (\S{1,512}) SIP\/2\.0\r?\n/;
const response = /^SIP\/2\.0 (\d{3}) ([^\r\n]{0,256})\r?\n/;
const headed = 16 * 1024; // characters in which fields are looked for
const described = 4; // media of a description that are named

/** What of a SIP message is worth a line. All of it is as somebody sent it, and may be of any length. */
export interface SipMessage {
  /** Its method, or its status and what that is an answer to. */
  readonly start: string;
  readonly isRequest: boolean;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly sequence?: string | undefined;
  readonly callID?: string | undefined;
  /** What it carries or asks for, in short: the media of a description, whom a transfer is to. */
  readonly about?: string | undefined;
}

/** Reads a message of SIP as far as it can be read; undefined if it is none. */
export function readSip(frame: string): SipMessage | undefined {
  const [, method, uri] = request.exec(frame) ?? [];
  const [, status, reason] = response.exec(frame) ?? [];
  if (!method && !status) return undefined;
  const [head = "", ...body] = frame.slice(0, headed).split(/\r?\n\r?\n/);
  const lines = head.replace(/\r?\n[ \t]+/g, " ").split(/\r?\n/);
  const field = (name: RegExp): string | undefined => {
    const line = lines.find((one) => name.test(one));
    return line?.slice(line.indexOf(":") + 1).trim();
  };
  const [, sequence, asked] = /^(\d{1,10})[ \t]+([A-Z]{1,32})/.exec(field(/^CSeq[ \t]*:/i) ?? "") ?? [];
  const from = userOf(field(/^(?:From|f)[ \t]*:/i));
  const start = method ?? [status, word(reason ?? "").trim(), asked && `to ${asked}`].filter(Boolean).join(" ");
  return {
    start: method && !from ? `${method} ${word(uri ?? "", 40)}` : start, // whom else it is for, From and To say
    isRequest: !!method,
    from,
    to: userOf(field(/^(?:To|t)[ \t]*:/i)),
    sequence,
    callID: field(/^(?:Call-ID|i)[ \t]*:/i) || undefined,
    about: referred(userOf(field(/^(?:Refer-To|r)[ \t]*:/i))) ?? media(field(/^(?:Content-Type|c)[ \t]*:/i), body.join("\n\n")),
  };
}

/** A SIP message in a line: what it is, between whom, of which transaction and call, and the media it is about. */
export function sipLabel(frame: string): string | undefined {
  if (/^(?:\r?\n){1,2}$/.test(frame)) return "SIP keep-alive";
  const message = readSip(frame);
  if (!message) return undefined;
  const { start, from, to, sequence, callID, about } = message;
  const between = from && to && (from === to ? from : `${from} → ${to}`);
  const details = [about, sequence && `CSeq ${sequence}`, callID && `call ${shortCall(callID)}`];
  return [[start, between].filter(Boolean).join(" "), ...details].filter(Boolean).join(" · ");
}

/** The part of a Call-ID by which people tell calls apart. */
export const shortCall = (callID: string): string => clip(word(callID, 64), 7);

/** The user of an address, or the host of one that has none. */
function userOf(field: string | undefined): string | undefined {
  const address = field?.replace(/^"(?:[^"\\]|\\.)*"/, "") ?? ""; // a display name may look like an address
  const uri = /<([^>]*)>/.exec(address)?.[1] ?? address.split(";")[0] ?? "";
  const [, user, host] = /^\s*[a-z][a-z\d+.-]{0,15}:(?:([^@]*)@)?(\[[^\]]*\]|[^:;?]*)/i.exec(uri) ?? [];
  const name = user?.split(":")[0] || host;
  return name && word(name, 24);
}

const referred = (user: string | undefined): string | undefined => user && `to ${user}`;

/** Which media a description has, and which way they flow where that is not both. */
function media(type: string | undefined, body: string): string | undefined {
  if (!/^application\/sdp\b/i.test(type ?? "")) return undefined;
  const [session = "", ...sections] = body.split(/\r?\nm=/, described + 2);
  const common = direction(session);
  const named = sections.slice(0, described).map((section) => {
    const [, kind, port] = /^([a-z]{1,16}) (\d{1,5})/.exec(section) ?? [];
    return kind && [kind, port === "0" ? "off" : direction(section) ?? common].filter(Boolean).join(" ");
  });
  return [...named.filter(Boolean), sections.length > described && "more"].filter(Boolean).join(", ") || undefined;
}

const direction = (section: string): string | undefined => /^a=(sendonly|recvonly|inactive)\r?$/m.exec(section)?.[1];
