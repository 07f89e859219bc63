import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { RosterEntry } from "../src/index.ts";
import { settle } from "./fake-socket.ts";
import { bob, error, joined, seated } from "./seated.ts";

const now = 1_700_000_000_000;
beforeEach(() => {
  vi.useFakeTimers({ now });
  vi.spyOn(Math, "random").mockReturnValue(1);
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

const lost = (rev: number, until: number) => ({ type: "peer-lost", room: "tea", rev, peer: "bob", until });
const back = (rev: number, over: object = {}) => ({ ...bob, type: "peer-back", room: "tea", rev, address: `b${rev}`, ...over });

/** A room whose server lists bob as lost until it is told otherwise. */
async function withBob(until: number) {
  const server = { bob: { ...bob, lost: until } as RosterEntry | undefined, rev: 6 };
  const roster = () => ({ type: "roster", room: "tea", rev: server.rev, peers: server.bob ? [server.bob] : [] });
  return { server, ...(await seated({ roster })) };
}

describe("a lost peer", () => {
  test("is told as such, stays in peers, and is back at its new address", async () => {
    const { room, log, last } = await seated();
    const told = vi.fn();
    room.on("peer-lost", told);
    last().say(lost(6, now + 30_000));
    expect(told).toHaveBeenCalledWith({ peer: "bob", until: now + 30_000 });
    expect(room.peers.get("bob")).toMatchObject({ lost: now + 30_000 });
    last().say(back(7));
    expect(log).toEqual(["?bob", "!bob"]);
    expect(room.peers.get("bob")).toEqual({ ...bob, address: "b7" });
    await vi.advanceTimersByTimeAsync(60_000);
    expect(log).toHaveLength(2);
  });

  test("that comes back with other data is told to be changed, too", async () => {
    const { log, last } = await seated();
    last().say(lost(6, now + 30_000));
    last().say(back(7, { data: { n: 2 } }));
    expect(log).toEqual(["?bob", "!bob", "~bob"]);
  });

  test("is known from the answer to a join", async () => {
    const { room, log, last } = await seated({ join: () => joined({ peers: [{ ...bob, lost: now + 9_000 }] }) });
    expect(room.peers.get("bob")).toMatchObject({ lost: now + 9_000 });
    last().say(back(6));
    expect(log).toEqual(["!bob"]);
  });

  test("that was lost, or came back, while we were away is told then", async () => {
    let peers: RosterEntry[] = [bob];
    const { log, loseAndReopen } = await seated({ join: () => joined({ peers }) });
    peers = [{ ...bob, lost: now + 30_000 }];
    await loseAndReopen();
    peers = [bob];
    await loseAndReopen();
    expect(log).toEqual(["away", "joined", "?bob", "away", "joined", "!bob"]);
  });

  test("has left when its time is over and the server does not list it any more", async () => {
    const { server, log, last } = await withBob(now + 30_000);
    last().say(lost(6, now + 30_000));
    await vi.advanceTimersByTimeAsync(29_999);
    expect(log).toEqual(["?bob"]);
    server.bob = undefined;
    await vi.advanceTimersByTimeAsync(2);
    expect(log).toEqual(["?bob", "-bob lost"]);
  });

  test("has left when its time is over and nobody can be asked", async () => {
    const { log, last } = await seated({ roster: () => error("internal", true) });
    last().say(lost(6, now + 30_000));
    await vi.advanceTimersByTimeAsync(30_001);
    expect(log).toEqual(["?bob", "-bob lost"]);
    last().say(back(7));
    expect(log.at(-1)).toBe("+bob");
  });

  test.each([
    ["five minutes fast", -300_000],
    ["two hours fast", -7_200_000],
    ["five minutes slow", 300_000],
    ["two hours slow, or the server's jumped", 7_200_000],
  ])("is there neither too short nor too long when one's clock is %s", async (_, skew) => {
    const { server, log, last } = await withBob(now + 30_000 + skew);
    last().say(lost(6, now + 30_000 + skew));
    await vi.advanceTimersByTimeAsync(29_900); // the server still keeps the seat
    expect(log).toEqual(["?bob"]);
    server.bob = undefined;
    await vi.advanceTimersByTimeAsync(30_200);
    expect(log).toEqual(["?bob", "-bob lost"]);
  });

  test("that the server still lists is waited for again", async () => {
    const { log, last } = await withBob(now + 30_000);
    last().say(lost(6, now + 30_000));
    await vi.advanceTimersByTimeAsync(45_000);
    expect(log).toEqual(["?bob"]);
    expect(last().of("roster").length).toBe(2);
    last().say(back(7));
    await vi.advanceTimersByTimeAsync(600_000);
    expect(last().of("roster").length).toBe(2);
  });
});

test("who was not lost and has another connection is no news", async () => {
  const { room, log, last } = await seated();
  last().say(back(6));
  await settle();
  expect(log).toEqual([]);
  expect(room.peers.get("bob")?.address).toBe("b6");
});
