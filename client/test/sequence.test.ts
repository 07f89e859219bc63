import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Sequence } from "../src/sequence.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function recorded() {
  const got: string[] = [];
  return { got, sequence: new Sequence<string>((value) => got.push(value), 500) };
}

describe("Sequence", () => {
  test("puts messages in order and drops repeats", () => {
    const { got, sequence } = recorded();
    sequence.push(2, "b");
    sequence.push(3, "c");
    sequence.push(2, "b again");
    expect(got).toEqual([]);
    sequence.push(1, "a");
    sequence.push(1, "a again");
    sequence.push(4, "d");
    expect(got).toEqual(["a", "b", "c", "d"]);
  });

  test("gives up on a missing one after a while", () => {
    const { got, sequence } = recorded();
    sequence.push(1, "a");
    sequence.push(3, "c");
    sequence.push(5, "e");
    vi.advanceTimersByTime(499);
    expect(got).toEqual(["a"]);
    vi.advanceTimersByTime(1);
    expect(got).toEqual(["a", "c"]);
    sequence.push(2, "too late");
    vi.advanceTimersByTime(500);
    expect(got).toEqual(["a", "c", "e"]);
  });

  test("holds no more than it may", () => {
    const { got, sequence } = recorded();
    for (let n = 2; n < 60; n++) sequence.push(n, String(n));
    expect(got).toHaveLength(58);
    expect(got[0]).toBe("2");
  });

  test("lets through what is not numbered, and nothing that is numbered wrongly", () => {
    const { got, sequence } = recorded();
    sequence.push(undefined, "x");
    for (const n of [0, -1, 1.5, Number.NaN]) sequence.push(n, "wrong");
    expect(got).toEqual(["x"]);
  });

  test("delivers nothing after close()", () => {
    const { got, sequence } = recorded();
    sequence.push(2, "b");
    sequence.close();
    vi.advanceTimersByTime(1_000);
    expect(got).toEqual([]);
  });
});
