import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { type Json, knock, Room } from "../src/index.ts";
import { seated } from "./seated.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const nested = (levels: number): Json => JSON.parse("[".repeat(levels) + "]".repeat(levels)) as Json;

test("what is nested too deep for the server is refused here, which would not say whose answer that is", async () => {
  const { room, transport, last } = await seated();
  const before = last().sent.length;
  const deep = nested(128); // and the frame is a level more
  const refused = [
    room.signal("bob", deep),
    room.signal("bob", deep, { quiet: true }),
    room.signal("bob", [deep, "x".repeat(40_000)]),
    room.broadcast(deep),
    room.update(deep),
    room.act("stroke", { points: deep }),
    knock(transport, { room: "coffee", data: deep }),
    Room.join(transport, { room: "coffee", data: deep }),
  ];
  const reasons = refused.map((one) => expect(one).rejects.toMatchObject({ reason: "bad-request" }));
  await vi.advanceTimersByTimeAsync(60_000);
  await Promise.all(reasons);
  expect(last().sent.slice(before)).toEqual([]);
  await room.signal("bob", nested(127));
  await room.update({ text: "[".repeat(500) });
  expect(last().sent.slice(before).map(({ action }) => action)).toEqual(["signal", "update"]);
});

test("what has no JSON is refused", async () => {
  const { room } = await seated();
  await expect(room.signal("bob", 10n as never)).rejects.toMatchObject({ reason: "bad-request" });
  await expect(room.act("stroke", { points: 10n as never })).rejects.toMatchObject({ reason: "bad-request" });
});
