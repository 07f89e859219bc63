import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Json } from "../src/index.ts";
import { cut, Parcels } from "../src/room/parcel.ts";
import type { Frame } from "./fake-socket.ts";
import { bob, joined, left, seated } from "./seated.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const sdp = (length: number): string => "a=rtpmap:111 opus/48000/2\r\n".repeat(Math.ceil(length / 27)).slice(0, length);
const bytes = (value: unknown): number => new TextEncoder().encode(JSON.stringify(value)).length;

function parcels() {
  const failures: string[] = [];
  let away = false;
  const all = new Parcels({ fail: (from, why) => failures.push(`${from} ${why}`), away: () => away });
  return { all, failures, leave: (now: boolean) => void (away = now) };
}

const part = (part: unknown, of: unknown, text: unknown = "1"): Json => ({ parley: { part, of, text } }) as Json;

describe("what is cut", () => {
  test.each<[string, Json, number]>([
    ["a description of 60 KB", { description: { type: "offer", sdp: sdp(60_000) } }, 3],
    ["a description of 100 KB", { description: { type: "offer", sdp: sdp(100_000) } }, 4],
    ["quotes and backslashes, which are escaped twice", ['"\\'.repeat(10_000)], 3],
    ["letters of two, three and four bytes", ["ü€🙂".repeat(5_000)], 2],
    ["half a letter", ["\ud83d".repeat(9_000)], 3],
    ["control characters", ["\u0001".repeat(10_000)], 3],
    ["what needs no cutting", [1], 1],
  ])("is put together again: %s", (_, data, count) => {
    const parts = cut(data);
    expect(parts).toHaveLength(count);
    // With the longest names, numbers and addresses.
    const frame = { action: "signal", room: "r".repeat(128), to: "t".repeat(128), address: "a".repeat(1_024), n: Number.MAX_SAFE_INTEGER, id: "zzzzzz" };
    for (const data of parts) expect(bytes({ ...frame, data })).toBeLessThanOrEqual(32_768);
    const { all, failures } = parcels();
    for (const part of parts.slice(0, -1)) expect(all.take("bob", part)).toBeUndefined();
    expect(all.take("bob", parts.at(-1))).toEqual({ data });
    expect(failures).toEqual([]);
  });

  test("is never cut inside a letter", () => {
    for (const shift of [0, 1, 2, 3]) {
      for (const data of cut(`${"x".repeat(shift)}${"🙂".repeat(20_000)}`)) expect(JSON.stringify(data)).not.toMatch(/\\ud/);
    }
  });

  test("has eight parts at most", () => {
    expect(cut("x".repeat(8 * 30_000 - 6))).toHaveLength(8); // the two quotes count twice
    expect(() => cut("x".repeat(8 * 30_000))).toThrow(expect.objectContaining({ reason: "too-large" }));
  });
});

describe("parts", () => {
  test("of several senders do not mix, and what is no part passes", () => {
    const { all, failures } = parcels();
    expect(all.take("ada", part(1, 2, "[1,"))).toBeUndefined();
    expect(all.take("bob", part(1, 2, "[3,"))).toBeUndefined();
    expect(all.take("cyd", { a: 1 })).toEqual({ data: { a: 1 } });
    expect(all.take("cyd", undefined)).toEqual({});
    expect(all.take("ada", part(2, 2, "2]"))).toEqual({ data: [1, 2] });
    expect(all.take("bob", part(2, 2, "4]"))).toEqual({ data: [3, 4] });
    expect(all.take("cyd", { parley: { something: "new" } })).toBeUndefined();
    expect(failures).toEqual([]);
  });

  test.each<[string, Json[], string]>([
    ["a beginning that is missing", [part(2, 3), part(3, 3)], "do not fit together"],
    ["a middle that is missing", [part(1, 4), part(3, 4), part(4, 4)], "do not fit together"],
    ["one that comes twice", [part(1, 3), part(1, 3), part(3, 3)], "was broken off|do not fit together"],
    ["another total", [part(1, 3), part(2, 4), part(3, 4)], "do not fit together"],
    ["too many", [part(1, 9), part(2, 9)], "do not fit together"],
    ["none", [part(1, 0)], "do not fit together"],
    ["halves", [part(1.5, 3)], "do not fit together"],
    ["a number that is none", [part("1", 2), part("2", 2)], "do not fit together"],
    ["a text that is none", [part(1, 2, 7)], "do not fit together"],
    ["a text that is too long", [part(1, 2, "x".repeat(30_001))], "do not fit together"],
    ["no JSON", [part(1, 2, "[1,"), part(2, 2, "2")], "no JSON"],
    ["JSON that is nested too deeply", [part(1, 1, "[".repeat(129) + "]".repeat(129))], "no JSON"],
    ["something else in between", [part(1, 2), { a: 1 }, part(2, 2)], "was broken off|do not fit together"],
  ])("that are of no use are told once and let go: %s", (_, parts, why) => {
    const { all, failures } = parcels();
    const taken = parts.map((data) => all.take("bob", data)).filter((said) => said !== undefined);
    expect(taken).toEqual(parts.filter((data) => !("parley" in (data as object))).map((data) => ({ data })));
    expect(failures).toEqual(why.split("|").map((part) => expect.stringContaining(part) as string));
    expect(all.take("ada", part(1, 1, "2"))).toEqual({ data: 2 });
    expect(all.take("bob", part(1, 1, "3"))).toEqual({ data: 3 }); // it can begin again
  });

  test("deep within a text are no nesting", () => {
    const { all, failures } = parcels();
    const data = { text: `\\"${"[{".repeat(500)}` };
    expect(all.take("bob", part(1, 1, JSON.stringify(data)))).toEqual({ data });
    expect(failures).toEqual([]);
  });

  test("that never come are waited for a minute, not counting absences", () => {
    const { all, failures, leave } = parcels();
    all.take("bob", part(1, 3));
    vi.advanceTimersByTime(59_000);
    all.take("bob", part(2, 3));
    leave(true);
    vi.advanceTimersByTime(300_000);
    expect(failures).toEqual([]);
    leave(false);
    vi.advanceTimersByTime(60_000);
    expect(failures).toEqual(["bob never came whole"]);
    expect(all.take("bob", part(3, 3))).toBeUndefined();
    expect(failures).toHaveLength(1);
  });
});

describe("in a room", () => {
  const big = { description: { type: "offer", sdp: sdp(100_000) } };

  test("a large signal goes as several, one after the other, and resolves when all are taken", async () => {
    const { room, last } = await seated();
    await room.signal("bob", big);
    await room.signal("bob", "small");
    const sent = last().of("signal");
    expect(sent.map(({ data, n }) => [(data as { parley?: { part: number } }).parley?.part, (n as number) % 2 ** 20])).toEqual([[1, 1], [2, 2], [3, 3], [4, 4], [undefined, 5]]);
    for (const frame of sent) expect(bytes(frame)).toBeLessThanOrEqual(32_768);
  });

  test("one that fits into a frame stays whole, but for the longest address", async () => {
    const { room, last } = await seated();
    await room.signal("bob", "x".repeat(31_000));
    await room.signal("bob", "x".repeat(32_000));
    expect(last().of("signal").map(({ data }) => typeof data)).toEqual(["string", "object", "object"]);
  });

  test("takes part in the queue whole or not at all", async () => {
    const { room } = await seated({ signal: () => undefined });
    for (let i = 0; i < 8 + 253; i++) room.signal("bob", i).catch(() => {});
    await expect(room.signal("bob", big)).rejects.toMatchObject({ reason: "queue-full" });
    room.signal("bob", { description: { sdp: sdp(60_000) } }).catch(() => {});
    await expect(room.signal("bob", 0)).rejects.toMatchObject({ reason: "queue-full" });
  });

  test("what comes in parts is delivered once, in its order, however they come", async () => {
    const { room, last, errors } = await seated();
    const heard: unknown[] = [];
    room.on("signal", ({ data, n }) => heard.push([data, n]));
    const frames = [...cut(big), "after"].map((data, i): Frame => ({ type: "signal", room: "tea", from: "bob", data, n: 2 ** 20 + 1 + i }));
    for (const frame of [...frames].reverse()) last().say(frame);
    for (const frame of frames) last().say(frame);
    expect(heard).toEqual([[big, 2 ** 20 + 4], ["after", 2 ** 20 + 5]]);
    expect(errors).toEqual([]);
  });

  test("is an error event when it is of no use, and others are heard all the same", async () => {
    const { room, last, errors } = await seated({ join: () => joined({ peers: [bob, { peer: "cyd" }] }) });
    const heard: unknown[] = [];
    room.on("signal", ({ from, data }) => heard.push([from, data]));
    const say = (from: string, n: number, data: Json): void => last().say({ type: "signal", room: "tea", from, data, n: 2 ** 20 + n });
    say("cyd", 1, part(1, 2, "[1,"));
    say("bob", 1, part(1, 2));
    say("bob", 2, part(7, 2));
    say("cyd", 2, part(2, 2, "2]"));
    say("bob", 3, "well");
    expect(heard).toEqual([["cyd", [1, 2]], ["bob", "well"]]);
    expect(errors).toMatchObject([{ reason: "bad-signal", message: "a signal of bob that came in parts has parts that do not fit together" }]);
    last().say({ type: "signal", room: "tea", from: "bob", data: part(1, 1, "4") }); // without a number
    expect(heard).toHaveLength(2);
  });

  test("is let go without a word when its sender leaves", async () => {
    const { last, errors } = await seated();
    last().say({ type: "signal", room: "tea", from: "bob", data: part(1, 2), n: 2 ** 20 + 1 });
    last().say(left(6, "bob"));
    await vi.advanceTimersByTimeAsync(120_000);
    expect(errors).toEqual([]);
  });
});
