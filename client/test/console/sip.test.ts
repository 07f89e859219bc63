import { expect, test } from "vitest";
import { sipLabel } from "../../../localdev/console/src/sip.ts";

const headers = "Via: SIP/2.0/WSS x;branch=z9hG4bK1\r\nCall-ID: 1\r\nCSeq: 2 INVITE\r\nContent-Length: 0\r\n\r\n";

const described = "INVITE sip:b@h SIP/2.0\r\nFrom: <sip:a@h>\r\nTo: <sip:b@h>\r\nc: application/sdp\r\n\r\n";

test.each([
  [`INVITE sip:bob@example.org SIP/2.0\r\n${headers}`, "INVITE sip:bob@example.org · CSeq 2 · call 1"],
  [`ACK sip:bob@example.org;transport=ws SIP/2.0\r\n${headers}`, "ACK sip:bob@example.org;transport=ws · CSeq 2 · call 1"],
  [`MESSAGE tel:+15550100 SIP/2.0\r\n${headers}`, "MESSAGE tel:+15550100 · CSeq 2 · call 1"],
  [`SIP/2.0 100 Trying\r\n${headers}`, "100 Trying to INVITE · CSeq 2 · call 1"],
  ["SIP/2.0 200 OK\r\nVia: x\r\n\r\n", "200 OK"],
  ["SIP/2.0 486 \r\n\r\n", "486"],
  ["REGISTER sip:h SIP/2.0\r\nTo: <sip:a@h>\r\nFrom: <sip:a@h>;tag=1\r\nCSeq: 7 REGISTER\r\n\r\n", "REGISTER a · CSeq 7"],
  ["OPTIONS sip:h SIP/2.0\r\nf: sip:a@h;tag=<sip:no@h>1\r\nt: sips:[::1]:5061\r\n\r\n", "OPTIONS no → [::1]"],
  ['INVITE sip:b@h SIP/2.0\r\nFrom:\r\n "x <sip:evil@h>\\"" <sip:a:secret@h>\r\nTo: tel:+15550100\r\ni: 0123456789@h\r\n\r\n', "INVITE a → +15550100 · call 012345…"],
  ["REFER sip:b@h SIP/2.0\r\nFrom: <sip:a@h>\r\nTo: <sip:b@h>\r\nRefer-To: <sip:c@h>\r\n\r\n", "REFER a → b · to c"],
  [`${described}v=0\r\na=sendonly\r\nm=audio 9 X 1\r\nm=video 0 X 2\r\nm=text 9 X 3\r\na=recvonly\r\n`, "INVITE a → b · audio sendonly, video off, text recvonly"],
  [`${described}v=0\r\n${"m=audio 9 X\r\n".repeat(6)}`, "INVITE a → b · audio, audio, audio, audio, more"],
  ["\r\n\r\n", "SIP keep-alive"],
  ["\r\n", "SIP keep-alive"],
])("%j", (frame, want) => expect(sipLabel(frame)).toBe(want));

test.each(["", "\n\n\n", " ", "INVITE sip:bob@example.org", "invite sip:b SIP/2.0\r\n", "GET / HTTP/1.1\r\n", "SIP/2.0 9999 X\r\n", "SIP/3.0 200 OK\r\n", '{"type":"SIP/2.0 200 OK"}'])("says nothing of %j", (frame) =>
  expect(sipLabel(frame)).toBeUndefined(),
);
