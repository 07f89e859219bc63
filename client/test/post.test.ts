import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { RosterEntry } from "../src/index.ts";
import { runSpan } from "../src/room/sequence.ts";
import type { Frame } from "./fake-socket.ts";
import { bob, error, joined, left, seated } from "./seated.ts";

const now = 1_700_000_000_000;
beforeEach(() => {
  vi.useFakeTimers({ now });
  vi.spyOn(Math, "random").mockReturnValue(1);
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

const run = 5 * runSpan; // seated() joins at revision 5
const from = (n: number, data: unknown = n - run): Frame => ({ type: "signal", room: "tea", from: "bob", data, n });
const sync = (parley: object): Frame => ({ type: "signal", room: "tea", from: "bob", data: { parley } });
const isSync = ({ data }: Frame): boolean => typeof data === "object" && data !== null && "parley" in data;
const signals = (frames: Frame[]): unknown[] => frames.filter((frame) => !isSync(frame)).map(({ n, data }) => [(n as number) - run, data]);
const syncs = (frames: Frame[]): unknown[] => frames.filter(isSync).map(({ data }) => (data as { parley: unknown }).parley);

describe("signals", () => {
  test("are numbered for each peer, above all numbers of a former page", async () => {
    const { room, last } = await seated({ join: () => joined({ peers: [bob, { peer: "cyd" }] }) });
    await Promise.all([room.signal("bob", "a"), room.signal("cyd", "b"), room.signal("bob", "c")]);
    expect(last().of("signal")).toMatchObject([{ to: "bob", n: run + 1 }, { to: "cyd", n: run + 1 }, { to: "bob", n: run + 2 }]);
  });

  test("wait for the connection, and go out again with their numbers until they are answered", async () => {
    let silent = true;
    const { room, sockets, last, loseAndReopen } = await seated({ signal: () => (silent ? undefined : { type: "ok" }) });
    const sent = Promise.all([room.signal("bob", "a"), room.signal("bob", "b")]);
    const taken = vi.fn();
    void sent.then(taken);
    silent = false;
    last().lose();
    const third = room.signal("bob", "c");
    await vi.advanceTimersByTimeAsync(500);
    last().open();
    await vi.advanceTimersByTimeAsync(1);
    await Promise.all([sent, third]);
    expect(signals(sockets[0]!.of("signal"))).toEqual([[1, "a"], [2, "b"]]);
    expect(signals(last().of("signal"))).toEqual([[1, "a"], [2, "b"], [3, "c"]]);
    await loseAndReopen();
    expect(signals(last().of("signal"))).toEqual([]);
  });

  test.each([["internal"], ["mail-full"], ["rate-limited"], ["timeout"]])("are tried again after %s", async (code) => {
    let tries = 0;
    const answer = () => (code === "timeout" ? undefined : error(code, true));
    const { room, last } = await seated({ signal: () => (++tries < 4 ? answer() : { type: "ok" }), ping: () => ({ type: "pong" }) });
    const sent = room.signal("bob", "a");
    await vi.advanceTimersByTimeAsync(20_000);
    await sent;
    expect(signals(last().of("signal"))).toEqual([[1, "a"], [1, "a"], [1, "a"], [1, "a"]]);
  });

  test("fail when the room is left, when the peer has left, and at once when they are too large", async () => {
    const { room, last } = await seated({ signal: () => undefined });
    const gone = expect(room.signal("bob", "a")).rejects.toMatchObject({ reason: "no-such-peer" });
    last().say(left(6, "bob"));
    await gone;
    await expect(room.signal("bob", "x".repeat(250_000))).rejects.toMatchObject({ reason: "too-large" });
    const end = expect(room.signal("cyd", "a")).rejects.toMatchObject({ reason: "not-in-room" });
    void room.leave();
    await end;
    await expect(room.signal("bob", "a")).rejects.toMatchObject({ reason: "not-in-room" });
  });

  test("wait in a queue that has an end", async () => {
    const { room } = await seated({ signal: () => undefined });
    for (let i = 0; i < 8 + 256; i++) room.signal("bob", i).catch(() => {});
    await expect(room.signal("", "to nobody")).rejects.toMatchObject({ reason: "no-such-peer" });
    await expect(room.signal("bob", "more")).rejects.toMatchObject({ reason: "queue-full", retry: true });
  });

  test("to a lost peer go by name: an address is of a socket", async () => {
    const { room, last } = await seated();
    last().say({ type: "peer-lost", room: "tea", rev: 6, peer: "bob", until: now + 30_000 });
    await room.signal("bob", "a");
    expect(last().of("signal")[0]).not.toHaveProperty("address");
  });

  test("that the server knows no seat for: it is taken again", async () => {
    let known = false;
    const { room, last } = await seated({
      join: () => {
        known = true;
        return joined();
      },
      signal: () => (known ? { type: "ok" } : error("not-in-room")),
    });
    known = false;
    const sent = room.signal("bob", "a");
    await vi.advanceTimersByTimeAsync(1_000);
    await sent;
    expect(last().of("join")).toHaveLength(2);
  });

  test("to a name that left and came again have numbers above those before, though no revision was seen between", async () => {
    const { room, last } = await seated({ roster: () => error("internal", true) });
    await room.signal("bob", "a");
    last().say({ type: "peer-lost", room: "tea", rev: 6, peer: "bob", until: now + 100 });
    await vi.advanceTimersByTimeAsync(200);
    expect(room.peers.size).toBe(0);
    await room.signal("bob", "b");
    expect(last().of("signal").map(({ n }) => n)).toEqual([run + 1, run + runSpan + 1]);
  });
});

describe("broadcasts", () => {
  test("are numbered and go out until they are answered", async () => {
    let silent = true;
    const { room, last } = await seated({ broadcast: () => (silent ? undefined : { type: "ok" }) });
    const sent = room.broadcast("a");
    silent = false;
    last().lose();
    await vi.advanceTimersByTimeAsync(500);
    last().open();
    await sent;
    expect(last().of("broadcast")).toMatchObject([{ data: "a", n: run + 1, rev: 5 }]);
  });

  test("are put in order and come once, apart from signals", async () => {
    const { room, last } = await seated();
    const heard: unknown[] = [];
    room.on("broadcast", ({ data }) => heard.push(data));
    const cast = (n: number) => last().say({ ...from(run + n), type: "broadcast" });
    cast(2);
    cast(1);
    last().say(from(run + 1, "signal"));
    cast(1);
    cast(4);
    await vi.advanceTimersByTimeAsync(2_000);
    expect(heard).toEqual([1, 2, 4]);
    expect(syncs(last().of("signal"))).toEqual([]);
  });
});

describe("after a loss", () => {
  test("one says what has come, and gets again what the server lost", async () => {
    const { room, log, last, loseAndReopen } = await seated();
    last().say(from(run + 1));
    await room.signal("bob", "mine");
    await loseAndReopen();
    await vi.advanceTimersByTimeAsync(399);
    expect(last().of("signal")).toEqual([]);
    await vi.advanceTimersByTimeAsync(2);
    expect(syncs(last().of("signal"))).toEqual([{ seat: 5, got: run + 1, first: run + 1, ask: true }]);
    last().say(sync({ seat: 3, got: run + 1, first: run + 2 }));
    last().say(from(run + 3));
    last().say(from(run + 2));
    expect(log.filter((entry) => entry.startsWith("bob"))).toEqual(["bob: 1", "bob: 2", "bob: 3"]);
    await loseAndReopen(); // nothing of ours is in doubt any more
    await vi.advanceTimersByTimeAsync(2_000);
    expect(syncs(last().of("signal"))).toEqual([{ seat: 5, got: run + 3, first: run + 2 }]);
  });

  test("who never said anything to each other stay silent", async () => {
    const { last, loseAndReopen } = await seated();
    await loseAndReopen();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(last().of("signal")).toEqual([]);
  });

  test("what a peer lacks is sent again, in order, with the same numbers", async () => {
    const { room, last } = await seated();
    for (const data of ["a", "b", "c"]) await room.signal("bob", data);
    last().say(sync({ seat: 3, got: run + 1, first: 0 }));
    await vi.advanceTimersByTimeAsync(1);
    expect(signals(last().of("signal")).slice(3)).toEqual([[2, "b"], [3, "c"]]);
    await vi.advanceTimersByTimeAsync(1_000);
    last().say(sync({ seat: 3, got: run + 1, before: run + 3, first: 0 }));
    await vi.advanceTimersByTimeAsync(1);
    expect(signals(last().of("signal")).slice(5)).toEqual([[2, "b"]]);
    last().say(sync({ seat: 3, got: run + 3, first: 0 }));
    last().say(sync({ seat: 3, got: 0, first: 0 })); // a late word
    await vi.advanceTimersByTimeAsync(1);
    expect(last().of("signal")).toHaveLength(6);
  });

  test("but not to a page that came after it was sent", async () => {
    const { room, last } = await seated();
    await room.signal("bob", "for the former page");
    last().say(sync({ seat: 6, got: 0, first: 0 }));
    await vi.advanceTimersByTimeAsync(1);
    expect(last().of("signal")).toHaveLength(1);
  });

  test("who says it all the time does not have everything sent again each time", async () => {
    const { room, last } = await seated();
    await room.signal("bob", "a");
    for (let i = 0; i < 100; i++) {
      last().say(sync({ seat: 3, got: 0, first: 0 }));
      await vi.advanceTimersByTimeAsync(20);
    }
    expect(signals(last().of("signal")).length).toBeLessThan(4);
  });

  test("a peer without numbers is left in peace", async () => {
    const { last, loseAndReopen } = await seated();
    last().say({ type: "signal", room: "tea", from: "bob", data: "hello" });
    await loseAndReopen();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(last().of("signal")).toEqual([]);
  });

  test("of a peer, it is asked what it has, unless it says so by itself", async () => {
    for (const speaks of [true, false]) {
      const { room, last } = await seated();
      await room.signal("bob", "a");
      last().say({ type: "peer-back", room: "tea", rev: 6, peer: "bob", address: "b2" });
      await vi.advanceTimersByTimeAsync(1_000);
      if (speaks) last().say(sync({ seat: 3, got: run + 1, first: 0 }));
      await vi.advanceTimersByTimeAsync(1_000);
      expect(syncs(last().of("signal"))).toEqual(speaks ? [] : [{ seat: 5, got: 0, first: run + 1, ask: true }]);
    }
  });

  test("a question is answered once, and none is passed on to the application", async () => {
    const { log, last } = await seated();
    last().say(sync({ seat: 3, got: 0, first: 0, ask: true }));
    last().say(sync({ seat: 3, got: 0, first: 0, ask: true }));
    last().say(sync({ from: "the future" }));
    await vi.advanceTimersByTimeAsync(5_000);
    expect(syncs(last().of("signal"))).toEqual([{ seat: 5, got: 0, first: 0 }]);
    expect(log).toEqual([]);
  });

  test("a gap is asked for, and filled or given up by what the sender says", async () => {
    const { log, last } = await seated();
    last().say(from(run + 1));
    last().say(from(run + 4));
    await vi.advanceTimersByTimeAsync(501);
    expect(syncs(last().of("signal"))).toEqual([{ seat: 5, got: run + 1, before: run + 4, first: 0, ask: true }]);
    last().say(from(run + 2));
    last().say(sync({ seat: 3, got: 0, first: run + 4 }));
    expect(log).toEqual(["bob: 1", "bob: 2", "bob: 4"]);
  });

  test("who sends much without a break asks now and then, and lets nothing go that an answering peer may lack", async () => {
    const { room, last } = await seated();
    last().say(sync({ seat: 3, got: 0, first: 0 }));
    for (let i = 0; i < 264; i++) void room.signal("bob", i).catch(() => {});
    await vi.advanceTimersByTimeAsync(8_000);
    const sent = signals(last().of("signal")).length;
    expect(sent).toBe(256);
    expect(syncs(last().of("signal")).at(-1)).toMatchObject({ ask: true });
    last().say(sync({ seat: 3, got: run + sent, first: 0 }));
    await vi.advanceTimersByTimeAsync(1);
    expect(signals(last().of("signal"))).toHaveLength(264);
  });

  test("a peer that listens but never answers is reported", async () => {
    const { room, last } = await seated();
    last().say(sync({ seat: 3, got: 0, first: 0 }));
    for (let i = 0; i < 264; i++) void room.signal("bob", i).catch(() => {});
    await vi.advanceTimersByTimeAsync(20_000);
    expect(last().of("report")).toMatchObject([{ peer: "bob" }]);
  });
});

test("a room that was forgotten and counts anew: so do the numbers of who comes anew", async () => {
  let rev = 50;
  const { log, last, loseAndReopen } = await seated({ join: () => joined({ rev, peers: [bob] as RosterEntry[] }) });
  last().say(from(40 * runSpan + 1, "old"));
  rev = 3;
  await loseAndReopen();
  last().say(from(2 * runSpan + 1, "new"));
  expect(log.filter((entry) => entry.startsWith("bob"))).toEqual(["bob: old", "bob: new"]);
});

test("a plain counter under a name that counted in runs before is heard", async () => {
  const { log, last } = await seated();
  last().say(from(run + 1, "by our SDK"));
  last().say(left(6, "bob"));
  last().say({ type: "peer-joined", room: "tea", rev: 7, peer: "bob", address: "b7" });
  last().say(from(2, "two"));
  last().say(from(1, "one"));
  expect(log.filter((entry) => entry.startsWith("bob"))).toEqual(["bob: by our SDK", "bob: one", "bob: two"]);
});
