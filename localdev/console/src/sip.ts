import { word } from "./words.ts";

const request = /^([A-Z]{1,32}) (\S{1,512}) SIP\/2\.0\r?\n/;
const response = /^SIP\/2\.0 (\d{3}) ([^\r\n]{0,256})\r?\n/;
const sequence = /\r?\nCSeq[ \t]*:[ \t]*\d{1,10}[ \t]+([A-Z]{1,32})/i;

/** The start line of a SIP message, and what it answers. */
export function sipLabel(frame: string): string | undefined {
  const [, method, uri] = request.exec(frame) ?? [];
  if (method && uri) return `${method} ${word(uri, 40)}`;
  const [, status, reason] = response.exec(frame) ?? [];
  if (status) return [`SIP/2.0 ${status}`, word(reason ?? "", 28), answered(frame)].filter(Boolean).join(" ");
  return /^(?:\r?\n){1,2}$/.test(frame) ? "SIP keep-alive" : undefined;
}

function answered(frame: string): string | undefined {
  const method = sequence.exec(frame)?.[1];
  return method && `(${method})`;
}
