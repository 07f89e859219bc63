import { describe, expect, test, vi } from "vitest";
import { type ChannelOptions, NamedChannel } from "../src/data/channel.ts";
import { person, tie } from "./fake-data-channel.ts";
import { bytes, listen, MB, outgoing, pair, parts, plain, turns, until } from "./in-channels.ts";

describe("large messages", () => {
  test("are read and buffered by the piece, and both sides see how far they are", async () => {
    const { a, b, near } = pair();
    const channel = outgoing(near);
    await until(() => channel.readyState === "open");
    const file = new File([bytes(8 * MB)], "large");
    const slices = vi.spyOn(file, "slice");
    const [sent, received]: [number[], number[]] = [[], []];
    b.channel.on("incoming", (transfer) => transfer.on("progress", ({ received: now }) => received.push(now)));
    channel.hold = true;
    const sending = a.channel.send(file, { onProgress: ({ peer, sent: now, size }) => sent.push(peer.name === "bob" && size === file.size ? now : NaN) });
    await turns();
    channel.hold = false;
    channel.flow();
    await until(() => received.length > 0);
    channel.hold = true; // a slow line
    await turns(100);
    expect(slices.mock.calls.length).toBeLessThan(10);
    channel.hold = false;
    channel.flow();
    expect(await sending).toEqual(["bob"]);
    expect(channel.most).toBeLessThanOrEqual(1.25 * MB);
    expect(Math.max(...slices.mock.calls.map(([from, to]) => to! - from!))).toBeLessThanOrEqual(262_144);
    for (const seen of [sent, received]) {
      expect(seen).toEqual(seen.toSorted((x, y) => x - y));
      expect(seen.at(-1)).toBe(file.size);
      expect(seen.length).toBeGreaterThan(30);
    }
    expect(await plain(b.data()[0])).toBe(await plain(file));
  });

  test("have frames no larger than the other side takes", async () => {
    const { a, b, near } = pair();
    near.sctp.maxMessageSize = 16_384;
    await a.channel.send(bytes(40_000));
    await until(() => b.messages.length === 1);
    expect(Math.max(...outgoing(near).sent.map((data) => (typeof data === "string" ? data.length : data.byteLength)))).toBe(16_384);
    expect(await plain(b.data()[0])).toBe(await plain(bytes(40_000)));
  });

  test("whose sender aborts are forgotten, and the next one comes", async () => {
    const { a, b } = pair();
    const [first, second] = [new AbortController(), new AbortController()];
    const sending = a.channel.send(bytes(4 * MB), { signal: first.signal });
    const waiting = a.channel.send("waits behind it", { signal: second.signal });
    const next = a.channel.send(bytes(100_000));
    await until(() => b.transfers[0] && b.transfers[0].received > 0);
    const cancelled = vi.fn();
    b.transfers[0]!.on("cancelled", cancelled);
    second.abort();
    first.abort();
    await expect(sending).rejects.toMatchObject({ reason: "aborted" });
    await expect(waiting).rejects.toMatchObject({ reason: "aborted" });
    expect(await next).toEqual(["bob"]);
    expect(cancelled).toHaveBeenCalledOnce();
    expect(await plain(b.data()[0])).toBe(await plain(bytes(100_000)));
    expect([b.messages.length, b.transfers.length]).toEqual([1, 2]);
    await expect(a.channel.send("late", { signal: first.signal })).rejects.toMatchObject({ reason: "aborted" });
  });

  test("whose sender aborts while it reads send nothing of what it reads", async () => {
    const { a, b, near } = pair();
    const abort = new AbortController();
    const file = new Blob([bytes(MB)]);
    let read = (_: ArrayBuffer): void => {};
    vi.spyOn(file, "slice").mockReturnValue({ arrayBuffer: () => new Promise((resolve) => (read = resolve)) } as Blob);
    const sending = a.channel.send(file, { signal: abort.signal });
    await until(() => vi.mocked(file.slice).mock.calls.length === 1);
    abort.abort();
    await expect(sending).rejects.toMatchObject({ reason: "aborted" });
    read(bytes(1_000).buffer);
    await a.channel.send("next");
    await until(() => b.messages.length > 0);
    expect(b.data()).toEqual(["next"]);
    expect(parts(outgoing(near))).toBe(0);
  });

  test("that the receiver refuses, at once or in the midst, are sent no further, and what was on its way is not taken for messages", async () => {
    const { a, b, near } = pair();
    b.channel.on("incoming", (transfer) => {
      if (transfer.size === 3 * MB) transfer.cancel();
      else if (transfer.size === 4 * MB) transfer.on("progress", ({ received }) => received > 500_000 && transfer.cancel());
      else if (transfer.size === 5 * MB) transfer.on("progress", ({ received }) => received === 5 * MB && transfer.cancel());
    });
    const all = [3, 4, 5, 2].map((size) => a.channel.send(bytes(size * MB)));
    expect(await Promise.all(all)).toEqual([[], [], [], ["bob"]]);
    expect(await plain(b.data()[0])).toBe(await plain(bytes(2 * MB)));
    expect(b.messages).toHaveLength(1);
    expect(parts(outgoing(near))).toBeLessThan(10.5 * MB);
  });

  test("larger than one takes are refused, with an error", async () => {
    const { bob, a, b } = pair({ maxSize: 100_000 });
    expect(await a.channel.send(bytes(100_001))).toEqual([]);
    expect(await a.channel.send(bytes(100_000))).toEqual(["bob"]);
    expect(b.messages).toHaveLength(1);
    expect(bob.errors).toMatchObject([{ reason: "too-large" }]);
  });

  test("that are put together in memory may be smaller than those that may lie on disk, unless one says otherwise", () => {
    const sizes = (options: ChannelOptions) => (["json", "binary", "blob"] as const).map((kind) => new NamedChannel("any", options, () => {}).maxSize(kind));
    expect(sizes({})).toEqual([64 * 2 ** 20, 64 * 2 ** 20, 2 ** 30]);
    expect(sizes({ maxSize: 5 })).toEqual([5, 5, 5]);
  });

  test("that cannot be read reject, and are forgotten", async () => {
    const { a, b } = pair();
    const file = new Blob([bytes(MB)]);
    const slice = file.slice.bind(file);
    vi.spyOn(file, "slice").mockImplementation((from, to) => {
      if (from! > 0) throw new DOMException("changed on the disk", "NotReadableError");
      return slice(from, to);
    });
    await expect(a.channel.send(file)).rejects.toMatchObject({ reason: "aborted", cause: { name: "NotReadableError" } });
    expect(await a.channel.send("next")).toEqual(["bob"]);
    await until(() => b.messages.length === 1);
  });

  test("go on where they were when the connection is made anew, however often", async () => {
    const { ada, bob, a, b, near } = pair();
    const data = bytes(6 * MB);
    const lines = [near];
    const sending = a.channel.send(data);
    const behind = a.channel.send("behind it");
    for (const share of [1, 2, 3, 4]) {
      await until(() => (b.transfers[0]?.received ?? 0) >= share * MB);
      lines.push(tie(ada, bob).near);
    }
    expect(await Promise.all([sending, behind])).toEqual([["bob"], ["bob"]]);
    await until(() => b.messages.length === 2);
    expect(await plain(b.data()[0])).toBe(await plain(data));
    expect(b.transfers).toHaveLength(1);
    const total = lines.reduce((sum, line) => sum + parts(outgoing(line)), 0);
    expect(total).toBeLessThan(12 * MB); // what was on its way is sent again, not what had come
  });

  test("that were there when the connection broke are not doubled", async () => {
    const { ada, bob, a, b, near } = pair();
    await until(() => outgoing(near).far.readyState === "open");
    const answers = outgoing(near).far;
    b.channel.on("message", () => (answers.hold = true)); // whose answer gets lost
    const sending = a.channel.send(bytes(100_000));
    await until(() => b.messages.length === 1);
    await turns();
    const second = tie(ada, bob).near;
    expect(await sending).toEqual(["bob"]);
    expect(parts(outgoing(second))).toBe(0);
    expect(b.messages).toHaveLength(1);
  });

  test("begin anew with who has reloaded the page", async () => {
    const { ada, bob, a, b } = pair();
    const data = bytes(4 * MB);
    const sending = a.channel.send(data);
    await until(() => (b.transfers[0]?.received ?? 0) > MB);
    bob.mesh.go("ada");
    const reloaded = person("bob");
    const c = listen(reloaded);
    tie(ada, reloaded);
    expect(await sending).toEqual(["bob"]);
    expect(await plain(c.data()[0])).toBe(await plain(data));
    expect(b.messages).toEqual([]);
  });

  test("that are aborted while there is no connection are forgotten once there is one", async () => {
    const { ada, bob, a, b } = pair();
    const abort = new AbortController();
    const sending = a.channel.send(bytes(4 * MB), { signal: abort.signal });
    await until(() => (b.transfers[0]?.received ?? 0) > MB);
    const cancelled = vi.fn();
    b.transfers[0]!.on("cancelled", cancelled);
    const { near } = tie(ada, bob, false);
    abort.abort();
    await expect(sending).rejects.toMatchObject({ reason: "aborted" });
    near.connect();
    await until(() => cancelled.mock.calls.length === 1);
  });

  test.each(["leaves", "closes its channel", "fails"])("end when the other side %s", async (how) => {
    const { ada, bob, a, b } = pair();
    const cancelled = vi.fn();
    b.channel.on("incoming", (transfer) => transfer.on("cancelled", cancelled));
    const sending = a.channel.send(bytes(4 * MB));
    await until(() => (b.transfers[0]?.received ?? 0) > MB);
    if (how === "closes its channel") b.channel.close();
    else {
      if (how === "leaves") ada.mesh.go("bob");
      else ada.mesh.peers.get("bob")!.link.become("failed");
      bob.mesh.go("ada");
    }
    expect(await sending).toEqual([]);
    await until(() => cancelled.mock.calls.length === 1);
    expect(b.messages).toEqual([]);
  });

  test("end when the sender closes the channel, which can be had anew", async () => {
    const { ada, a, b } = pair();
    const cancelled = vi.fn();
    b.channel.on("incoming", (transfer) => transfer.on("cancelled", cancelled));
    const sending = a.channel.send(bytes(4 * MB));
    await until(() => (b.transfers[0]?.received ?? 0) > MB);
    a.channel.close();
    expect(await sending).toEqual([]);
    expect(await a.channel.send("too late")).toEqual([]);
    const again = ada.channels.channel("files");
    expect(again).not.toBe(a.channel);
    expect(await again.send(bytes(100_000))).toEqual(["bob"]);
    expect(cancelled).toHaveBeenCalledOnce();
    expect(b.messages).toHaveLength(1);
  });
});
