import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Lane } from "./browser/lane.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function lane() {
  const lane = new Lane(() => 0.5);
  const passed: number[] = [];
  const send = (count: number) => {
    for (let n = 0; n < count; n++) lane.send(972, () => passed.push(performance.now())); // 8,000 bits with their heads
  };
  return { lane, passed, send };
}

test("a lane with nothing in the way passes everything at once", () => {
  const { lane: free, passed, send } = lane();
  send(3);
  expect([passed.length, free.passed, free.dropped]).toEqual([3, 3 * 972, 0]);
});

test("one with a rate passes so many bits a second, in order, and drops what would wait too long", async () => {
  const { lane: thin, passed, send } = lane();
  const start = performance.now();
  thin.weather = { rate: 80_000, queue: 450, delay: 30 };
  send(10);
  await vi.advanceTimersByTimeAsync(2_000);
  expect(passed.map((at) => Math.round(at - start))).toEqual([130, 230, 330, 430, 530]);
  expect(thin.dropped).toBe(5);
});

test("one that is cut passes nothing, not even what is on its way, until it is mended", async () => {
  const { lane: broken, passed, send } = lane();
  broken.weather = { delay: 50 };
  send(1);
  broken.weather = { cut: true };
  send(1);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(passed).toEqual([]);
  broken.weather = { loss: 0.4 };
  send(1);
  broken.weather = { loss: 0.6 };
  send(1);
  expect(passed).toHaveLength(1);
});
