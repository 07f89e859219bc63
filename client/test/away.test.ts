import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { inCall } from "./in-call.ts";

const now = 1_700_000_000_000;
beforeEach(() => {
  vi.useFakeTimers({ now });
  vi.spyOn(Math, "random").mockReturnValue(1);
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

const lost = { type: "peer-lost", peer: "bob", until: now + 30_000 };
const back = { type: "peer-back", peer: "bob", address: "b2", data: { hat: "red" } };

describe("a peer in a call whose connection to the server is lost", () => {
  test("is away and back, and its media go on", async () => {
    const { call, log, connections, next } = await inCall();
    connections.last().become("connected");
    next(lost);
    expect(call.peers.get("bob")).toMatchObject({ away: true, state: "connected" });
    next(back);
    expect(call.peers.get("bob")).toMatchObject({ away: false, state: "connected" });
    expect(log.slice(1)).toEqual(["bob connected", "away bob", "back bob"]);
    expect(connections.all).toHaveLength(1);
  });

  test("is called anew when it is back and the media were lost, too", async () => {
    const { log, connections, next } = await inCall();
    connections.last().become("connected");
    next(lost);
    connections.last().become("disconnected");
    next(back);
    expect(log.slice(1)).toEqual(["bob connected", "away bob", "bob reconnecting", "bob connecting", "back bob"]);
    expect(connections.all).toHaveLength(2);
  });

  test("is there, and away, for who comes meanwhile", async () => {
    const { call, log, sockets } = await inCall([{ peer: "bob", lost: now + 9_000 }]);
    expect(log).toEqual(["peer bob undefined"]);
    expect(call.peers.get("bob")?.away).toBe(true);
    expect(sockets.last().of("signal")).toHaveLength(1); // the offer waits for it
  });

  test("is gone as soon as its page is seen to be", async () => {
    for (const first of ["socket", "page"] as const) {
      const { call, log, connections, next } = await inCall();
      connections.last().become("connected");
      connections.last().channel.open();
      if (first === "socket") next(lost);
      connections.last().channel.onclose?.();
      if (first === "page") next(lost);
      expect(log.at(-1)).toBe("left bob lost");
      expect(call.peers.size).toBe(0);
      next(back); // a new page
      expect(log.at(-1)).toBe('peer bob {"hat":"red"}');
    }
  });

  test("leaves when its time is over and its media are gone", async () => {
    const { log, connections, next } = await inCall();
    connections.last().become("connected");
    next(lost);
    connections.last().become("disconnected");
    await vi.advanceTimersByTimeAsync(30_001);
    expect(log.at(-1)).toBe("left bob lost");
  });
});

describe("a connection between browsers that fails while the server lists the peer", () => {
  test("is reported after a moment, once a loss", async () => {
    const { connections, sockets } = await inCall();
    const reports = () => sockets.last().of("report");
    connections.last().become("connected");
    connections.last().become("disconnected");
    await vi.advanceTimersByTimeAsync(1_999);
    expect(reports()).toHaveLength(0);
    await vi.advanceTimersByTimeAsync(1);
    expect(reports()).toMatchObject([{ room: "tea", peer: "bob" }]);
    await vi.advanceTimersByTimeAsync(90_000);
    expect(reports()).toHaveLength(1);
    connections.last().become("connected");
    connections.last().become("disconnected");
    await vi.advanceTimersByTimeAsync(2_000);
    expect(reports()).toHaveLength(2);
  });

  test("is not, when it is there again at once, or the server knows", async () => {
    const { connections, sockets, next } = await inCall();
    connections.last().become("connected");
    connections.last().become("disconnected");
    await vi.advanceTimersByTimeAsync(1_000);
    connections.last().become("connected");
    await vi.advanceTimersByTimeAsync(10_000);
    next(lost);
    connections.last().become("disconnected");
    await vi.advanceTimersByTimeAsync(10_000);
    expect(sockets.last().of("report")).toHaveLength(0);
  });

  test("is reported when the other page closed it, unless it says goodbye", async () => {
    const { connections, sockets, next } = await inCall([{ peer: "bob" }, { peer: "cyd" }]);
    for (const connection of connections.all) {
      connection.become("connected");
      connection.channel.open();
      connection.channel.onclose?.();
    }
    await vi.advanceTimersByTimeAsync(1_000);
    next({ type: "peer-left", peer: "cyd", reason: "left" });
    await vi.advanceTimersByTimeAsync(1_000);
    expect(sockets.last().of("report")).toMatchObject([{ peer: "bob" }]);
  });
});

test("a call renews its connection", async () => {
  const { call, log, sockets } = await inCall([], "r");
  const renewing = call.renew();
  await vi.advanceTimersByTimeAsync(1);
  sockets.last().open();
  await renewing;
  expect(sockets.sockets).toHaveLength(2);
  expect(sockets.last().of("join")).toMatchObject([{ resume: "r" }]);
  expect(log).toEqual([]);
});
