import { describe, expect, test } from "vitest";
import { parsePeerSignal } from "../src/index.ts";

const offer = { session: "a.1", description: { type: "offer", sdp: "v=0" } };
const candidate = { candidate: "candidate:1 1 udp 1 192.0.2.1 9 typ host", sdpMid: "0", sdpMLineIndex: 0, usernameFragment: "u" };

describe("parsePeerSignal", () => {
  test("reads descriptions and candidates, and keeps nothing else", () => {
    expect(parsePeerSignal({ ...offer, for: "b.1", extra: 1 })).toEqual({ ...offer, for: "b.1" });
    expect(parsePeerSignal({ ...offer, offer: 2 })).toEqual({ ...offer, offer: 2 });
    expect(parsePeerSignal({ ...offer, offer: "2" })).toEqual(offer);
    expect(parsePeerSignal({ session: "a.1", candidates: [{ ...candidate, extra: 1 }, { candidate: "", sdpMid: null }] })).toEqual({
      session: "a.1",
      candidates: [candidate, { candidate: "", sdpMid: null }],
    });
  });

  test.each([
    ["nothing", undefined],
    ["null", null],
    ["a text", "offer"],
    ["a list", [offer]],
    ["no session", { description: offer.description }],
    ["a session that is no text", { ...offer, session: 1 }],
    ["an endless session", { ...offer, session: "x".repeat(257) }],
    ["a wrong for", { ...offer, for: {} }],
    ["neither", { session: "a.1" }],
    ["both", { ...offer, candidates: [] }],
    ["a rollback, which is nobody else's business", { session: "a.1", description: { type: "rollback", sdp: "" } }],
    ["a provisional answer", { session: "a.1", description: { type: "pranswer", sdp: "v=0" } }],
    ["no sdp", { session: "a.1", description: { type: "offer" } }],
    ["a huge sdp", { session: "a.1", description: { type: "offer", sdp: "x".repeat(240_001) } }],
    ["candidates that are no list", { session: "a.1", candidates: { length: 1 } }],
    ["too many candidates", { session: "a.1", candidates: Array.from({ length: 257 }, () => candidate) }],
    ["a huge candidate", { session: "a.1", candidates: [{ ...candidate, candidate: "x".repeat(2_049) }] }],
    ["a wrong index", { session: "a.1", candidates: [{ ...candidate, sdpMLineIndex: -1 }] }],
    ["a wrong mid", { session: "a.1", candidates: [{ ...candidate, sdpMid: 0 }] }],
    ["one bad among good", { session: "a.1", candidates: [candidate, 7] }],
  ])("refuses %s", (_, data) => {
    expect(parsePeerSignal(data)).toBeUndefined();
  });
});
