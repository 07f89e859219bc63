import { expect, test } from "vitest";
import { label } from "../../../localdev/console/src/frame.ts";
import { byFrame } from "../../../localdev/console/src/speech.ts";

const huge = "x".repeat(128 * 1024);
const frames: Readonly<Record<string, string>> = {
  "a huge verb": JSON.stringify({ action: huge, to: huge, from: huge, room: huge, peer: huge }),
  "many topics": JSON.stringify({ type: "subscribe", topics: Array.from({ length: 9000 }, () => huge.slice(0, 12)) }),
  "a deep one": `{"data":${"[".repeat(60_000)}`,
  "a deep one that is whole": `{"type":"x","data":${"[".repeat(4000)}${"]".repeat(4000)}}`,
  "huge arguments": `42["x",${JSON.stringify([huge, { [huge]: 1, [`${huge}y`]: 2 }, [huge], huge])}]`,
  "many huge arguments": `42["x",${Array.from({ length: 3 }, (_, i) => JSON.stringify({ [`${huge}${i}`]: 1, [`y${huge}`]: 2, [`z${huge}`]: 3 })).join()}]`,
  "a huge event": `42["${huge}"]`,
  "a huge event that is cut off": `42["${huge}`,
  "a huge acknowledgement": `42${"9".repeat(100_000)}["x"]`,
  "a huge namespace": `42/${huge},["x"]`,
  "huge binary": `b${huge}`,
  "a huge request": `INVITE sip:${huge} SIP/2.0\r\n`,
  "a huge reason": `SIP/2.0 200 ${huge}\r\n`,
  "many headers": `SIP/2.0 200 OK\r\n${"CSeq: ".repeat(20_000)}`,
  "huge fields": `INVITE sip:b SIP/2.0\r\nFrom: "${"\\\\".repeat(9000)}<sip:${huge}\r\nTo: <sip:${huge}@${huge}>\r\nCall-ID: ${huge}\r\n`,
  "long fields": `INVITE sip:b SIP/2.0\r\nFrom: <sip:${huge.slice(0, 3000)}\u202e@h>\r\nTo: <sip:\u0007${huge.slice(0, 3000)}>\r\nCall-ID: \u001b${huge.slice(0, 3000)}\r\nCSeq: 1 X\r\nRefer-To: <sip:${huge.slice(0, 3000)}>\r\n\r\n`,
  "many folded lines": `INVITE sip:b SIP/2.0\r\nFrom: ${"\r\n ".repeat(20_000)}`,
  "many quotes": `{"${'\\"'.repeat(60_000)}`,
  "many members": `{${'"a":"b",'.repeat(16_000)}`,
  "blanks": " ".repeat(128 * 1024),
  "line feeds": "\r\n".repeat(64 * 1024),
  "control characters": JSON.stringify({ type: "a\u0000\u0007\u001b[31m\n\tb", to: "\u202egnp.exe", room: "\ud800" }),
};

test.each(Object.keys(frames))("%s is a short line, or none", (name) => {
  for (const speaks of [undefined, "socket.io"]) {
    const words = label(frames[name]!, speaks);
    expect(words?.length ?? 0).toBeLessThan(200);
    expect(words ?? "").not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}]/u);
  }
  expect(byFrame(frames[name]!)?.length ?? 0).toBeLessThan(64);
});

test("what looks like HTML is what it is", () => {
  expect(label('{"action":"<script>alert(1)</script>"}')).toBe("<script>alert(1)</script>");
  expect(label('42["<img src=x>"]')).toBe("EVENT <img src=x>");
  expect(label("INVITE sip:<b> SIP/2.0\r\n")).toBe("INVITE sip:<b>");
});
