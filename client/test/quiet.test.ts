import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { runSpan } from "../src/room/sequence.ts";
import type { Frame } from "./fake-socket.ts";
import { inCall } from "./in-call.ts";
import { error, left, seated } from "./seated.ts";

beforeEach(() => {
  vi.useFakeTimers({ now: 1_700_000_000_000 });
  vi.spyOn(Math, "random").mockReturnValue(1);
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

const run = 5 * runSpan; // seated() joins at revision 5
const sync = (parley: object): Frame => ({ type: "signal", room: "tea", from: "bob", data: { parley } });
const asked = (frames: Frame[]): unknown[] => frames.map(({ n, id }) => [(n as number) - run, id !== undefined]);

/** A quiet signal to bob, and whether it is settled. */
async function quiet(answers?: Parameters<typeof seated>[0]) {
  const at = await seated({ ping: () => ({ type: "pong" }), signal: ({ id }) => (id === undefined ? undefined : { type: "ok" }), ...answers });
  const settled = vi.fn();
  const send = (data: string): void => void at.room.signal("bob", data, { quiet: true }).then(settled, settled);
  send("a");
  await vi.advanceTimersByTimeAsync(1);
  return { ...at, settled, send, signals: () => asked(at.sockets.flatMap((socket) => socket.of("signal"))) };
}

describe("a quiet signal", () => {
  test("asks for no answer, and goes out once when the peer confirms it", async () => {
    const { room, settled, signals, last } = await quiet();
    expect(settled).not.toHaveBeenCalled();
    room.passed("bob", { got: run + 1 });
    await vi.advanceTimersByTimeAsync(60_000);
    expect(settled).toHaveBeenCalledWith(undefined);
    expect(signals()).toEqual([[1, false]]);
    expect(last().of("ping")).toEqual([]); // that nothing was heard of the server is no suspicion
  });

  test("that is not confirmed is sent again, for an answer", async () => {
    const { settled, signals } = await quiet();
    await vi.advanceTimersByTimeAsync(9_998);
    expect(signals()).toEqual([[1, false]]);
    await vi.advanceTimersByTimeAsync(2);
    expect(settled).toHaveBeenCalledWith(undefined);
    expect(signals()).toEqual([[1, false], [1, true]]);
  });

  test("over a cable that was cut is found as any other", async () => {
    const { sockets } = await quiet({ ping: () => undefined });
    await vi.advanceTimersByTimeAsync(499);
    expect(sockets[0]!.of("ping")).toHaveLength(1); // half of the timeout of this transport
    await vi.advanceTimersByTimeAsync(1_000);
    expect(sockets[0]!.closed).toBe(true);
  });

  test.each([
    ["is refused, whatever the reason: the error is not for the application", error("rate-limited", true), 0],
    ["may be what API Gateway failed at", { message: "Internal server error" }, 1],
  ])("that %s: it is sent again at once", async (_, frame, told) => {
    const { signals, errors, last, settled } = await quiet();
    last().say({ ...frame, ...("code" in frame ? { action: "signal" } : {}) });
    await vi.advanceTimersByTimeAsync(1);
    expect(signals()).toEqual([[1, false], [1, true]]);
    expect(settled).toHaveBeenCalledWith(undefined);
    expect(errors).toHaveLength(told);
  });

  test("on a connection that is lost goes out again on the next, for an answer; a new one does not", async () => {
    const { signals, loseAndReopen, send } = await quiet();
    await loseAndReopen();
    expect(signals()).toEqual([[1, false], [1, true]]);
    send("b");
    await vi.advanceTimersByTimeAsync(1);
    expect(signals()).toEqual([[1, false], [1, true], [2, false]]);
  });

  test("to a peer that has another connection now is sent again at once", async () => {
    const { signals, last } = await quiet();
    last().say({ type: "peer-back", room: "tea", rev: 6, peer: "bob", address: "b2" });
    await vi.advanceTimersByTimeAsync(1);
    expect(signals()).toEqual([[1, false], [1, true]]);
  });

  test("that the peer says it lacks is sent again, and one that it has is not", async () => {
    const { signals, last, send } = await quiet();
    send("b");
    await vi.advanceTimersByTimeAsync(1);
    last().say(sync({ seat: 3, got: run + 1, first: 0 }));
    await vi.advanceTimersByTimeAsync(60_000);
    expect(signals()).toEqual([[1, false], [2, false], [2, true]]);
  });

  test("to a peer that leaves is not sent again", async () => {
    const { signals, last, settled } = await quiet();
    last().say(left(6, "bob"));
    await vi.advanceTimersByTimeAsync(60_000);
    expect(settled).toHaveBeenCalledWith(expect.objectContaining({ reason: "no-such-peer" }));
    expect(signals()).toEqual([[1, false]]);
  });

  test("to a lost peer, whose mail it has to wait in, is answered from the first", async () => {
    const { room, last } = await seated();
    last().say({ type: "peer-lost", room: "tea", rev: 6, peer: "bob", until: Date.now() + 30_000 });
    await room.signal("bob", "a", { quiet: true });
    expect(asked(last().of("signal"))).toEqual([[1 + runSpan, true]]);
  });
});

describe("a bypass", () => {
  /** Ada's room, and what went past the server. */
  async function bypassed() {
    const at = await seated();
    const past: unknown[] = [];
    const line = { open: true };
    at.room.bypass("bob", (frame) => line.open && past.push(frame) > 0);
    const said: string[] = [];
    const send = (data: string): void => void at.room.signal("bob", data, { quiet: true }).then(() => said.push(data), (cause: Error) => said.push(cause.message));
    return { ...at, past, line, said, send };
  }

  test("takes quiet signals, which the server never sees", async () => {
    const { send, past, said, room, last } = await bypassed();
    send("a");
    await vi.advanceTimersByTimeAsync(1);
    expect(past).toEqual([{ n: run + 1, data: "a" }]);
    room.passed("bob", { got: run + 1 });
    await vi.advanceTimersByTimeAsync(60_000);
    expect([said, last().of("signal")]).toEqual([["a"], []]);
  });

  test("that swallows a signal costs three seconds; one that is closed, nothing", async () => {
    const { send, line, said, last } = await bypassed();
    send("a");
    await vi.advanceTimersByTimeAsync(2_999);
    expect(last().of("signal")).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(asked(last().of("signal"))).toEqual([[1, true]]);
    line.open = false;
    send("b");
    await vi.advanceTimersByTimeAsync(1);
    expect(asked(last().of("signal"))).toEqual([[1, true], [2, false]]);
    expect(said).toEqual(["a"]);
  });

  test("that ends gives what it may have lost to the server", async () => {
    const { send, room, last } = await bypassed();
    send("a");
    room.bypass("bob");
    await vi.advanceTimersByTimeAsync(1);
    expect(asked(last().of("signal"))).toEqual([[1, true]]);
  });

  test("works while the server is away", async () => {
    const { send, said, past, room, last } = await bypassed();
    last().lose();
    send("a");
    await vi.advanceTimersByTimeAsync(1);
    expect(past).toEqual([{ n: run + 1, data: "a" }]);
    room.passed("bob", { got: run + 1 });
    await vi.advanceTimersByTimeAsync(1);
    expect(said).toEqual(["a"]);
  });

  test("brings signals in one order with those of the server, each once, and has them confirmed", async () => {
    const { room, log, past, last } = await bypassed();
    const by = (n: number) => last().say({ type: "signal", room: "tea", from: "bob", data: n, n: run + n });
    room.passed("bob", { n: run + 2, data: 2 });
    by(1);
    by(2);
    room.passed("bob", { n: run + 1, data: 1 });
    room.passed("bob", { n: run + 3, data: 3 });
    expect(log).toEqual(["bob: 1", "bob: 2", "bob: 3"]);
    expect(past.at(-1)).toEqual({ got: run + 3 });
  });

  test("says what had come before when it opens", async () => {
    const { room, last } = await seated();
    last().say({ type: "signal", room: "tea", from: "bob", data: 1, n: run + 1 });
    const past: unknown[] = [];
    room.bypass("bob", (frame) => past.push(frame) > 0);
    expect(past).toEqual([{ got: run + 1 }]);
  });

  test("brings nothing that is no signal, and nothing of strangers", async () => {
    const { room, log } = await seated();
    for (const frame of [undefined, null, 7, [], "x", {}, { n: "1" }, { n: 1, data: "plain" }, { n: -1 }, { n: 1e300 }, { got: {} }, { got: NaN }]) {
      room.passed("bob", frame);
    }
    room.passed("mallory", { n: run + 1, data: "hi" });
    expect(log).toEqual([]);
  });
});

test("a call of two costs a side: a join, what it has to say, a goodbye, each frame once", async () => {
  const { call, sockets, connections, say } = await inCall();
  const [pc] = connections.all;
  const frames = () => sockets.last().sent.map(({ action, id, data }) => `${action}${id === undefined ? "" : "?"} ${Object.keys((data as object) ?? {}).slice(1)}`);
  const session = { session: "page.1" };
  say({ type: "signal", from: "bob", n: 2 ** 20 + 1, data: { ...session, description: { type: "answer", sdp: `v=0 answer key99 ufrag99` } } });
  await vi.advanceTimersByTimeAsync(10);
  pc!.gather("late");
  pc!.gather(null);
  pc!.become("connected");
  pc!.control.open();
  pc!.control.onmessage?.({ data: JSON.stringify({ type: "signal", got: 2 ** 20 + 2 }) });
  expect(pc!.control.sent.map((text) => JSON.parse(text) as unknown)).toEqual([{ type: "signal", got: 2 ** 20 + 1 }]);
  await vi.advanceTimersByTimeAsync(60_000);
  call.setStream(undefined);
  await vi.advanceTimersByTimeAsync(1);
  expect(JSON.parse(pc!.control.sent.at(-1)!)).toMatchObject({ type: "signal", n: 2 ** 20 + 3, data: { description: { type: "offer" } } });
  pc!.control.onmessage?.({ data: JSON.stringify({ type: "signal", got: 2 ** 20 + 3 }) });
  void call.leave();
  await vi.advanceTimersByTimeAsync(1_000);
  expect(frames()).toEqual(["join? ", "signal description,offer,tracks,rev", "signal for,candidates", "leave "]);
});
