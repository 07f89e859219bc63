import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { runSpan, Sequence } from "../src/room/sequence.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function recorded() {
  const got: string[] = [];
  const asked: number[] = [];
  const sender = { answers: false, away: false };
  const sequence = new Sequence<string>({
    deliver: (value) => got.push(value),
    patience: [500, 2_000, 4_000],
    ask: (before) => asked.push(before),
    answers: () => sender.answers,
    paused: () => sender.away,
  });
  const push = (n: number | undefined, text: string) => sequence.push(n, text, () => text);
  return { got, asked, sender, sequence, push };
}

describe("plain numbers", () => {
  test("are put in order, repeats dropped", () => {
    const { got, push } = recorded();
    push(2, "b");
    push(3, "c");
    push(2, "b");
    expect(got).toEqual([]);
    push(1, "a");
    push(1, "a");
    push(4, "d");
    expect(got).toEqual(["a", "b", "c", "d"]);
  });

  test("that are missing are given up after a while, also when more come all the time", () => {
    const { got, asked, push } = recorded();
    push(1, "a");
    push(3, "c");
    vi.advanceTimersByTime(400);
    push(5, "e");
    vi.advanceTimersByTime(99);
    expect(got).toEqual(["a"]);
    vi.advanceTimersByTime(1);
    expect(got).toEqual(["a", "c"]);
    push(2, "too late");
    vi.advanceTimersByTime(500);
    expect(got).toEqual(["a", "c", "e"]);
    expect(asked).toEqual([]);
  });

  test("may start at 0", () => {
    const { got, push } = recorded();
    push(0, "z");
    push(1, "a");
    expect(got).toEqual(["z", "a"]);
  });

  test("start over when number 1 has another content: the sender's page is a new one", () => {
    const { got, push } = recorded();
    push(1, "a");
    push(2, "b");
    push(1, "new a");
    push(2, "new b");
    push(1, "new a");
    expect(got).toEqual(["a", "b", "new a", "new b"]);
  });

  test("are held no more than they may", () => {
    const { got, push } = recorded();
    for (let n = 2; n < 400; n++) push(n, String(n));
    expect(got).toHaveLength(398);
    expect(got[0]).toBe("2");
  });

  test("wrong ones are dropped, and what has none passes", () => {
    const { got, push } = recorded();
    push(undefined, "x");
    for (const n of [-1, 1.5, Number.NaN, 2 ** 60]) push(n, "wrong");
    expect(got).toEqual(["x"]);
  });
});

describe("runs", () => {
  const run = 7 * runSpan;

  test("a newer one begins at once, and nothing of an older one comes after it", () => {
    const { got, push, sequence } = recorded();
    push(run + 1, "a");
    push(run + 3, "c");
    push(run + runSpan + 1, "new a");
    push(run + 2, "late b");
    push(run + runSpan + 2, "new b");
    expect(got).toEqual(["a", "c", "new a", "new b"]);
    expect(sequence.got).toBe(run + runSpan + 2);
  });

  test("what is missing is asked for, and given up where nobody answers", () => {
    const { got, asked, push } = recorded();
    push(run + 1, "a");
    push(run + 4, "d");
    vi.advanceTimersByTime(500);
    expect(asked).toEqual([run + 4]);
    vi.advanceTimersByTime(2_000);
    expect(asked).toHaveLength(2);
    vi.advanceTimersByTime(3_999);
    expect(got).toEqual(["a"]);
    vi.advanceTimersByTime(1);
    expect(got).toEqual(["a", "d"]);
  });

  test("is waited for as long as it takes where the sender answers, or is away", () => {
    for (const why of ["answers", "away"] as const) {
      const { got, sender, push } = recorded();
      push(run + 1, "a");
      push(run + 3, "c");
      sender[why] = true;
      vi.advanceTimersByTime(120_000);
      expect(got).toEqual(["a"]);
      push(run + 2, "b");
      expect(got).toEqual(["a", "b", "c"]);
    }
  });

  test("the sender says what it has no more", () => {
    const { got, push, sequence } = recorded();
    push(run + 1, "a");
    push(run + 3, "c");
    push(run + 6, "f");
    sequence.skipTo(run + 6);
    expect(got).toEqual(["a", "c", "f"]);
    sequence.skipTo(run + 2); // an older word
    push(run + 7, "g");
    expect(got.at(-1)).toBe("g");
  });

  test("one that is joined in its middle begins where the sender says", () => {
    const { got, asked, push, sequence } = recorded();
    push(run + 58, "b");
    expect(sequence.got).toBe(0);
    vi.advanceTimersByTime(500);
    expect(asked).toEqual([run + 58]);
    sequence.skipTo(run + 57);
    push(run + 57, "a");
    expect(got).toEqual(["a", "b"]);
  });

  test("nothing is delivered after close()", () => {
    const { got, push, sequence } = recorded();
    push(run + 2, "b");
    sequence.close();
    vi.advanceTimersByTime(60_000);
    expect(got).toEqual([]);
  });
});
