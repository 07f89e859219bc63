import { expect, test } from "vitest";
import { sipLabel } from "../../../localdev/console/src/sip.ts";

const headers = "Via: SIP/2.0/WSS x;branch=z9hG4bK1\r\nCall-ID: 1\r\nCSeq: 2 INVITE\r\nContent-Length: 0\r\n\r\n";

test.each([
  [`INVITE sip:bob@example.org SIP/2.0\r\n${headers}`, "INVITE sip:bob@example.org"],
  [`ACK sip:bob@example.org;transport=ws SIP/2.0\r\n${headers}`, "ACK sip:bob@example.org;transport=ws"],
  [`MESSAGE tel:+15550100 SIP/2.0\r\n${headers}`, "MESSAGE tel:+15550100"],
  [`SIP/2.0 100 Trying\r\n${headers}`, "SIP/2.0 100 Trying (INVITE)"],
  [`SIP/2.0 180 Ringing\r\n${headers}`, "SIP/2.0 180 Ringing (INVITE)"],
  ["SIP/2.0 200 OK\r\nVia: x\r\n\r\n", "SIP/2.0 200 OK"],
  ["SIP/2.0 486 \r\n\r\n", "SIP/2.0 486"],
  ["\r\n\r\n", "SIP keep-alive"],
  ["\r\n", "SIP keep-alive"],
])("%j", (frame, want) => expect(sipLabel(frame)).toBe(want));

test.each(["", "\n\n\n", " ", "INVITE sip:bob@example.org", "invite sip:b SIP/2.0\r\n", "GET / HTTP/1.1\r\n", "SIP/2.0 9999 X\r\n", "SIP/3.0 200 OK\r\n", '{"type":"SIP/2.0 200 OK"}'])("says nothing of %j", (frame) =>
  expect(sipLabel(frame)).toBeUndefined(),
);
