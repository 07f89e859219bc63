import { describe, expect, test } from "vitest";
import { Speech, byFrame, byHandshake } from "../../../localdev/console/src/speech.ts";
import type { Span } from "../../../localdev/console/src/types.ts";

const query = (text: string): Parameters<typeof byHandshake>[0] => ({ queryStringParameters: Object.fromEntries(new URLSearchParams(text)) });
const offers = (text: string, name = "Sec-WebSocket-Protocol"): Parameters<typeof byHandshake>[0] => ({ headers: { [name]: text } });

describe("a handshake shows", () => {
  test.each([
    ["PeerJS", query("key=peerjs&id=alice&token=t&version=1.5.5"), "peerjs"],
    ["PeerJS under a stage's path", query("p=/peerjs?key=peerjs&id=alice&token=t&version=1.5.5"), "peerjs"],
    ["Socket.IO", query("EIO=4&transport=websocket"), "socket.io"],
    ["KVS", query("X-Amz-ChannelARN=arn&X-Amz-Algorithm=x"), "kvs"],
    ["what it selects", query("dialect=y-webrtc&token=t"), "y-webrtc"],
    ["SIP", offers("sip"), "sip"],
    ["parley.v1", offers("parley.v1, parley.token.SECRET"), "parley.v1"],
    ["parley.v1, after its token", offers("parley.token.SECRET, parley.v1", "sec-websocket-protocol"), "parley.v1"],
    ["any other subprotocol", offers("graphql-transport-ws"), "graphql-transport-ws"],
    ["no secret", offers("parley.token.SECRET"), undefined],
    ["nothing huge", offers("x".repeat(4000)), undefined],
    ["nothing", query("token=t&id=7"), undefined],
    ["nothing where there is no event", undefined, undefined],
  ])("%s", (_, event, want) => expect(byHandshake(event)).toBe(want));
});

describe("a frame shows", () => {
  test.each([
    ['{"type":"subscribe","topics":["a"]}', "y-webrtc"],
    ['{"type":"publish","topic":"a","data":{"type":"announce"}}', "y-webrtc"],
    ['{"type":"OFFER","dst":"bob"}', "peerjs"],
    ['{"type":"HEARTBEAT"}', "peerjs"],
    ['42["join","r"]', "socket.io"],
    ["REGISTER sip:example.org SIP/2.0\r\nVia: x\r\n\r\n", "sip"],
    ['{"action":"join","room":"r"}', undefined],
    ['{"type":"publish"}', undefined],
    ["\r\n\r\n", undefined],
    ["2", undefined],
    ["hello", undefined],
  ])("%s", (frame, want) => expect(byFrame(frame)).toBe(want));
});

const span = (kind: Span["kind"], connection: string, event: unknown): Span => ({
  id: 1, kind, api: "", connection, route: "$default", requestId: "", at: 0, took: 0, bytes: 0, steps: [], wru: 0, rru: 0, usd: 0,
  event: event as NonNullable<Span["event"]>,
});

test("a connection is what its handshake said, and else what a frame shows first", () => {
  const speech = new Speech();
  speech.hear([
    span("connect", "a", query("EIO=4&transport=websocket")),
    span("message", "a", { body: '{"type":"subscribe","topics":[]}' }),
    span("connect", "b", query("")),
    span("message", "b", { body: "hello" }),
    span("message", "b", { body: '{"type":"subscribe","topics":[]}' }),
    span("message", "b", { body: '{"type":"OFFER"}' }),
    span("post", "c", { body: '{"type":"OFFER"}' }),
  ]);
  expect(["a", "b", "c"].map((one) => speech.of(one))).toEqual(["socket.io", "y-webrtc", undefined]);
});

test("the oldest of very many are forgotten", () => {
  const speech = new Speech();
  speech.hear(Array.from({ length: 2001 }, (_, i) => span("connect", `c${i}`, offers("sip"))));
  expect([speech.of("c0"), speech.of("c1"), speech.of("c2000")]).toEqual([undefined, "sip", "sip"]);
});
