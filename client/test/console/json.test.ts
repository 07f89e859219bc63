import { expect, test } from "vitest";
import { jsonLabel } from "../../../localdev/console/src/json.ts";

test.each([
  ["parley.v1, a join", { action: "join", room: "atelier", peer: "ada" }, "join ada in atelier"],
  ["parley.v1, an offer", { action: "signal", room: "atelier", to: "bob", data: { description: { type: "offer", sdp: "v=0…" } } }, "signal offer → bob in atelier"],
  ["parley.v1, a candidate", { type: "signal", room: "atelier", from: "ada", data: { candidate: { candidate: "…" } } }, "signal candidate from ada in atelier"],
  ["parley.v1, an error", { type: "error", id: "7", action: "join", code: "room-full" }, "join room-full"],
  ["PeerJS, of a client", { type: "OFFER", payload: { sdp: {}, type: "media", connectionId: "mc_1" }, dst: "alice" }, "OFFER media → alice"],
  ["PeerJS, to one", { type: "ANSWER", src: "bob", dst: "alice", payload: { type: "data" } }, "ANSWER data → alice from bob"],
  ["PeerJS, a heartbeat", { type: "HEARTBEAT" }, "HEARTBEAT"],
  ["y-webrtc, to hear of topics", { type: "subscribe", topics: ["notes", "board", "chat"] }, "subscribe in notes +2"],
  ["y-webrtc, who is there", { type: "publish", topic: "notes", data: { type: "announce", from: "7c" } }, "publish announce in notes"],
  ["y-webrtc, an offer", { type: "publish", topic: "notes", data: { to: "7c", type: "signal", signal: { type: "offer" } } }, "publish signal offer in notes"],
  ["y-webrtc with a password", { type: "publish", topic: "notes", data: "c2VhbGVk" }, "publish in notes"],
  ["a tracker", { action: "announce", info_hash: "x" }, "announce"],
  ["KVS", { action: "SDP_OFFER", recipientClientId: "viewer" }, "SDP_OFFER → viewer"],
  ["matchbox", "KeepAlive", "KeepAlive"],
  ["Nostr", ["REQ", "1", {}], "REQ"],
  ["API Gateway itself", { message: "Internal server error", connectionId: "a", requestId: "b" }, "API Gateway: Internal server error"],
])("%s", (_, frame, want) => expect(jsonLabel(JSON.stringify(frame))).toBe(want));

test.each(["", "hello", "{", "{}", "[]", "7", "null", "[[1]]", '{"type":7}', '{"type":{"type":"x"}}', '{"type":"a",}', '{"__proto__":{"type":"x"}}'])("says nothing of %s", (frame) =>
  expect(jsonLabel(frame)).toBeUndefined(),
);

test("reads the beginning of what is cut off", () => {
  const whole = JSON.stringify({ type: "publish", topic: 'a "quoted" one', data: { type: "signal", sdp: "x".repeat(9000) } });
  expect(jsonLabel(whole.slice(0, 8192))).toBe('publish in a "quoted" one');
  expect(jsonLabel('{"payload":{"sdp":"v=0')).toBeUndefined();
});
