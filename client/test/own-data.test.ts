import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Call, type Json, Room, Transport } from "../src/index.ts";
import { fakePeerConnections, fakeStream } from "./fake-peer-connection.ts";
import { type FakeSocket, fakeSockets, type Frame, settle } from "./fake-socket.ts";
import { bob, error, joined, seated, left } from "./seated.ts";

beforeEach(() => {
  vi.useFakeTimers();
  vi.spyOn(Math, "random").mockReturnValue(1);
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

const said = (socket: FakeSocket, action: string): unknown[] => socket.of(action).map(({ data }) => data);
const answer = (socket: FakeSocket, action: string, frame: Frame): void => socket.say({ id: socket.of(action).at(-1)!["id"], ...frame });

describe("what changes while the first join is under way", () => {
  test("is said after it, and only then", async () => {
    for (const changed of [true, false]) {
      const { WebSocket, last } = fakeSockets((frame) => (frame["action"] === "join" ? undefined : { type: "ok" }));
      const transport = new Transport("wss://x.test", { WebSocket });
      const opening = transport.open();
      last().open();
      await opening;
      let data: Json = { camera: false };
      const joining = Room.join(transport, { room: "tea", data: () => data });
      if (changed) data = { camera: true };
      answer(last(), "join", joined());
      await joining;
      await settle();
      expect(said(last(), "join")).toEqual([{ camera: false }]);
      expect(said(last(), "update")).toEqual(changed ? [{ camera: true }] : []);
    }
  });

  test("reaches those who are there already, the stream too", async () => {
    const { WebSocket, last } = fakeSockets((frame) => (frame["action"] === "join" ? undefined : { type: "ok" }));
    const connections = fakePeerConnections();
    let stream: MediaStream | undefined;
    const joining = Call.join({
      url: "wss://x.test",
      room: "tea",
      stream: () => stream,
      data: () => ({ camera: stream !== undefined }),
      WebSocket,
      RTCPeerConnection: connections.RTCPeerConnection,
    });
    last().open();
    await settle();
    stream = fakeStream("video");
    answer(last(), "join", joined({ peers: [bob] }));
    await joining;
    await settle();
    expect(said(last(), "update")).toEqual([{ camera: true }]);
    expect(connections.last().getSenders().map(({ track }) => track)).toEqual(stream.getTracks());
  });
});

describe("what changes while the connection is lost", () => {
  test("is said once the seat is taken again, the last of it", async () => {
    const { room, last, loseAndReopen } = await seated();
    last().lose();
    const settled: string[] = [];
    void room.update(1).then(() => settled.push("1"));
    void room.update(2).then(() => settled.push("2"));
    await settle();
    expect(settled).toEqual([]);
    await vi.advanceTimersByTimeAsync(500);
    last().open();
    await settle();
    expect(said(last(), "join")).toEqual([{ hi: 1 }]);
    expect(said(last(), "update")).toEqual([2]);
    expect(settled).toEqual(["1", "2"]);
    await loseAndReopen();
    expect(said(last(), "join")).toEqual([2]);
    expect(said(last(), "update")).toEqual([]);
  });

  test("is said too if it changes while the seat is being taken", async () => {
    let seats = 0;
    const { room, last, loseAndReopen } = await seated({ join: () => (++seats === 1 ? joined() : undefined) });
    await loseAndReopen();
    void room.update({ hi: 2 });
    await settle();
    expect(said(last(), "update")).toEqual([]);
    answer(last(), "join", joined());
    await settle();
    expect(said(last(), "update")).toEqual([{ hi: 2 }]);
  });

  test("cannot keep the seat from being taken if the server does not want it", async () => {
    const { room, log, last } = await seated({ update: () => error("too-large") });
    last().lose();
    const refused = expect(room.update("x".repeat(5_000))).rejects.toMatchObject({ reason: "too-large" });
    await vi.advanceTimersByTimeAsync(500);
    last().open();
    await refused;
    expect(log).toEqual(["away", "joined"]);
    expect(said(last(), "join")).toEqual([{ hi: 1 }]);
  });
});

describe("update", () => {
  test("tells us its revision, so that what comes after it is no gap", async () => {
    const { room, last, log } = await seated({ update: () => ({ type: "ok", rev: 6 }) });
    await room.update(1);
    last().say(left(7, "bob"));
    expect(log).toEqual(["-bob left"]);
    await vi.advanceTimersByTimeAsync(1_000);
    expect([last().of("update")[0]!["rev"], last().of("roster")]).toEqual([5, []]);
  });

  test("goes one at a time, and leaves out what is old before it could be said", async () => {
    const { room, last } = await seated({ update: () => undefined });
    const settled: number[] = [];
    for (const n of [1, 2, 3]) void room.update(n).then(() => settled.push(n));
    expect(said(last(), "update")).toEqual([1]);
    answer(last(), "update", { type: "ok" });
    await settle();
    expect(settled).toEqual([1]);
    expect(said(last(), "update")).toEqual([1, 3]);
    answer(last(), "update", { type: "ok" });
    await settle();
    expect(settled).toEqual([1, 2, 3]);
  });

  test("that had no answer is sent again, since it may or may not have been carried out", async () => {
    const { room, last, loseAndReopen } = await seated({ update: (_, socket) => (socket.of("update").length === 1 ? undefined : { type: "ok" }) });
    const updated = room.update(1);
    await vi.advanceTimersByTimeAsync(1_400);
    await updated;
    expect(said(last(), "update")).toEqual([1, 1]);
    void room.update(2);
    await loseAndReopen();
    expect(said(last(), "join")).toEqual([1]);
    expect(said(last(), "update")).toEqual([2]);
  });

  test("that is refused rejects, and what was before stays", async () => {
    let refuse = false;
    const { room, last, loseAndReopen } = await seated({ update: () => (refuse ? error("too-large") : { type: "ok" }) });
    await room.update(1);
    refuse = true;
    await expect(room.update(2)).rejects.toMatchObject({ reason: "too-large" });
    await loseAndReopen();
    expect(said(last(), "join")).toEqual([1]);
    expect(said(last(), "update")).toEqual([]);
  });

  test("rejects when the seat is given up, on its way or not", async () => {
    const { room, last } = await seated({ update: () => undefined });
    const updates = [1, 2].map((n) => expect(room.update(n)).rejects.toMatchObject({ reason: "not-in-room" }));
    void room.leave();
    last().lose();
    await Promise.all(updates);
    await expect(room.update(3)).rejects.toMatchObject({ reason: "not-in-room" });
  });
});
