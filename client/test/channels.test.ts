import { describe, expect, onTestFinished, test, vi } from "vitest";
import { Channels } from "../src/data/channels.ts";
import type { Sendable } from "../src/index.ts";
import { person, tie } from "./fake-data-channel.ts";
import { bytes, listen, MB, outgoing, pair, plain, turns, until } from "./in-channels.ts";

describe("messages", () => {
  const large = "é\u{1F375}\"\\".repeat(30_000);
  test.each<[string, Sendable, unknown]>([
    ["text", "tea", "string"],
    ["no text", "", "string"],
    ["much text", large, "string"],
    ["JSON", { deep: [1, null, { tea: true }] }, "object"],
    ["null", null, "object"],
    ["much JSON", { large }, "object"],
    ["bytes", bytes(10).buffer, ArrayBuffer],
    ["no bytes", new ArrayBuffer(0), ArrayBuffer],
    ["a view of bytes", bytes(10).subarray(2, 5), ArrayBuffer],
    ["a frame of bytes", bytes(65_536).buffer, ArrayBuffer],
    ["one more", bytes(65_537).buffer, ArrayBuffer],
    ["many bytes", bytes(2 * MB + 3), ArrayBuffer],
    ["an empty Blob", new Blob([]), Blob],
    ["a Blob", new Blob([bytes(300_000)], { type: "image/png" }), Blob],
    ["a File", new File([bytes(70_000)], "tea.txt", { type: "text/plain" }), File],
  ])("%s arrives as it was, between others that were sent before and after", async (_, data, type) => {
    const { a, b } = pair();
    const all = await Promise.all([a.channel.send("before"), a.channel.send(data), a.channel.send("after")]);
    expect(all).toEqual([["bob"], ["bob"], ["bob"]]);
    await until(() => b.messages.length === 3);
    expect(await Promise.all(b.data().map(plain))).toEqual(["before", await plain(data), "after"]);
    const got = b.messages[1]!;
    if (typeof type === "string") expect(typeof got.data).toBe(type);
    else expect(got.data).toBeInstanceOf(type as typeof Blob);
    expect(got.peer.name).toBe("ada");
    const { name, type: kind } = data instanceof Blob ? (data as File) : ({} as File);
    expect([got.name, got.type]).toEqual([name || undefined, kind || undefined]);
    if (got.data instanceof File) expect([got.data.name, got.data.type]).toEqual([name, kind]);
  });

  test("go to those named, or to all, both ways; who is not there is left out of those it was handed to", async () => {
    const [ada, bob, cyd] = [person("ada"), person("bob"), person("cyd")];
    tie(ada, bob);
    tie(ada, cyd);
    const [a, b, c] = [listen(ada), listen(bob), listen(cyd)];
    expect(await a.channel.send("all")).toEqual(["bob", "cyd"]);
    expect(await a.channel.send("bob's", { to: "bob" })).toEqual(["bob"]);
    expect(await a.channel.send("cyd's", { to: ["dan", "cyd", "cyd"] })).toEqual(["cyd"]);
    expect(await b.channel.send("back")).toEqual(["ada"]);
    await until(() => a.messages.length === 1 && b.messages.length === 2 && c.messages.length === 2);
    expect([a.data(), b.data(), c.data()]).toEqual([["back"], ["all", "bob's"], ["all", "cyd's"]]);
  });

  test("are refused at once by what can be no channel, also where nobody is there", () => {
    const alone = person("ada");
    for (const options of [{ maxRetransmits: 1, maxPacketLifeTime: 1 }, { maxRetransmits: -1 }, { maxPacketLifeTime: 65_536 }, { maxRetransmits: 0.5 }]) {
      expect(() => new Channels(alone.mesh as never, () => {}).channel("tea", options)).toThrow(expect.objectContaining({ reason: "bad-request" }));
    }
    expect(new Channels(alone.mesh as never, () => {}).channel("tea", { maxRetransmits: 0 }).name).toBe("tea");
  });

  test("wait for who is not connected yet, and not for who has failed or left", async () => {
    const { ada, bob, a, b, near } = pair(undefined, false);
    const early = a.channel.send("early");
    near.connect();
    expect(await early).toEqual(["bob"]);
    await until(() => b.messages.length === 1);
    tie(ada, bob, false);
    const waiting = a.channel.send("in vain");
    ada.mesh.peers.get("bob")!.link.become("failed");
    expect(await waiting).toEqual([]);
    expect(await a.channel.send("in vain")).toEqual([]);
    ada.mesh.peers.get("bob")!.link.become("connecting");
    const further = a.channel.send("in vain");
    ada.mesh.go("bob");
    expect(await further).toEqual([]);
    expect(b.data()).toEqual(["early"]);
  });

  test("are not waited for with who closes the channel, which is tried again with the next ones", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    onTestFinished(() => void vi.useRealTimers());
    const { ada, bob, a, b, near } = pair();
    await until(() => near.opened[0]!.readyState === "open");
    for (const turn of [1, 2]) {
      near.opened.at(-1)!.far.close();
      await until(() => near.opened.at(-1)!.readyState === "closed");
      const waiting = a.channel.send("in vain");
      await vi.advanceTimersByTimeAsync(2_000);
      expect(await waiting).toEqual([]);
      expect(await a.channel.send(`again ${turn}`)).toEqual(["bob"]);
      await until(() => b.messages.length === turn);
    }
    const member = ada.mesh.peers.get("bob")!;
    member.link.state = "reconnecting"; // it is not the channel alone: what waits goes on when the connection is made anew
    near.opened.at(-1)!.far.close();
    await until(() => near.opened.at(-1)!.readyState === "closed");
    const waiting = a.channel.send("late");
    await vi.advanceTimersByTimeAsync(10_000);
    tie(ada, bob);
    expect(await waiting).toEqual(["bob"]);
  });

  test("have a channel each, that opens with the connection and closes with it", async () => {
    const { ada, bob, a, near } = pair(undefined, false);
    const told: string[] = [];
    for (const name of ["open", "close"] as const) a.channel.on(name, ({ peer }) => told.push(`${name} ${peer.name}`));
    expect(a.channel).toBe(ada.channels.channel("files", { ordered: false }));
    near.connect();
    await until(() => told.length === 1);
    tie(ada, bob);
    await until(() => told.length === 3);
    ada.mesh.go("bob");
    expect(told).toEqual(["open bob", "close bob", "open bob", "close bob"]);
    expect(near.opened.map(({ label, protocol, ordered }) => [label, protocol, ordered])).toEqual([["parley:files", "parley.1", true]]);
  });

  test("without order or reliability are one frame each", async () => {
    for (const options of [{ ordered: false }, { maxRetransmits: 0 }, { maxPacketLifeTime: 100 }]) {
      const { a, b, near } = pair(options);
      const { label, protocol, ...rest } = outgoing(near);
      expect(rest).toMatchObject({ ordered: true, maxRetransmits: null, maxPacketLifeTime: null, ...options });
      expect(await a.channel.send(bytes(65_536))).toEqual(["bob"]);
      for (const data of [bytes(65_537), new Blob([]), "x".repeat(65_536)]) await expect(a.channel.send(data)).rejects.toMatchObject({ reason: "too-large" });
      await until(() => b.messages.length === 1);
    }
    expect(() => person("ada").channels.channel("x".repeat(257))).toThrow("name");
  });
});

describe("what nobody has asked for", () => {
  function unasked() {
    const [ada, bob] = [person("ada"), person("bob")];
    tie(ada, bob);
    return { ada, bob, a: listen(ada), other: ada.channels.channel("other") };
  }

  test("is held, and comes in its order once somebody asks; large messages are not sent before", async () => {
    const { bob, a } = unasked();
    const all = ["one", { two: 2 }, bytes(3), bytes(300_000), "five"].map((data) => a.channel.send(data));
    await turns(50);
    const b = listen(bob);
    expect(b.messages).toEqual([]);
    expect(await Promise.all(all)).toEqual(Array.from({ length: 5 }, () => ["bob"]));
    await until(() => b.messages.length === 5);
    expect(await Promise.all(b.data().map(plain))).toEqual(["one", { two: 2 }, await plain(bytes(3)), await plain(bytes(300_000)), "five"]);
    expect(bob.errors).toEqual([]);
  });

  test.each([["messages", 70, 1, 64], ["bytes", 20, 65_536, 16]])("is dropped when there are too many %s from one person, with one error", async (_, count, size, kept) => {
    const { ada, bob, a, other } = unasked();
    for (let i = 0; i < count / 2; i++) for (const channel of [a.channel, other]) await channel.send(bytes(size, i));
    await turns(200);
    expect(bob.errors).toMatchObject([{ reason: "queue-full" }]);
    const [b, c] = [listen(bob), listen(bob, "other")];
    await until(() => b.messages.length + c.messages.length === kept);
    await a.channel.send("next");
    await until(() => b.data().at(-1) === "next");
    expect(b.messages.length + c.messages.length).toBe(kept + 1);
    // Those that were taken make room for others.
    const third = ada.channels.channel("third");
    for (let i = 0; i < kept; i++) await third.send(bytes(size, i));
    await turns(200);
    const d = listen(bob, "third");
    await until(() => d.messages.length === kept);
  });

  test("includes what no channel of ours is: it is let alone, and a flood of names is closed", async () => {
    const [ada, bob] = [person("ada"), person("bob")];
    const { near } = tie(ada, bob);
    const own = [near.createDataChannel("own"), near.createDataChannel("parley:other", { protocol: "own" })];
    const many = Array.from({ length: 300 }, (_, i) => near.createDataChannel(`parley:${i}`, { protocol: "parley.1" }));
    await until(() => many.at(-1)!.readyState === "closed");
    expect(own.map(({ readyState, far }) => [readyState, far.onmessage])).toEqual([["open", null], ["open", null]]);
    expect(many.filter(({ readyState }) => readyState === "open")).toHaveLength(256);
  });
});
