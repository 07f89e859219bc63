import { describe, expect, test } from "vitest";
import { order, Voice } from "../src/stats/voice.ts";

/** Hears each level for 100 ms; returns when that changed something, in ms. */
function hear(voice: Voice, ...levels: number[]): number[] {
  return levels.flatMap((level, at) => (voice.hear(level, at * 100) ? [at * 100] : []));
}
const times = (n: number, level: number): number[] => Array(n).fill(level);

describe("Voice", () => {
  test("speaks from the second loud moment on, until nothing was heard for longer than a breath", () => {
    expect(hear(new Voice(), 0, 0.1, 0.1, ...times(8, 0), 0.1, ...times(10, 0))).toEqual([200, 2000]);
  });

  test("takes a knock for no speech, nor two that are apart", () => {
    expect(hear(new Voice(), 0.9, ...times(6, 0), 0.9, 0)).toEqual([]);
  });

  test("hears what is said low after it was loud, and not what begins low", () => {
    expect(hear(new Voice(), ...times(5, 0.015))).toEqual([]);
    expect(hear(new Voice(), 0.1, 0.1, ...times(20, 0.015))).toEqual([100]);
  });
});

describe("order", () => {
  const voice = (level: number): Voice => {
    const made = new Voice();
    for (let at = 0; at < 30; at++) made.hear(level, at * 100);
    return made;
  };

  test("has who speaks, the loudest first", () => {
    expect(order([], new Map([["ada", voice(0.1)], ["bob", voice(0)], ["cyd", voice(0.4)]]))).toEqual(["cyd", "ada"]);
  });

  test("leaves first who is first, unless another is clearly louder", () => {
    expect(order(["ada", "bob"], new Map([["ada", voice(0.2)], ["bob", voice(0.25)]]))).toEqual(["ada", "bob"]);
    expect(order(["ada", "bob"], new Map([["ada", voice(0.2)], ["bob", voice(0.5)]]))).toEqual(["bob", "ada"]);
  });

  test("returns what was when nothing has changed, and not when somebody is silent or gone", () => {
    const before = ["ada", "bob"];
    const voices = new Map([["ada", voice(0.2)], ["bob", voice(0.2)]]);
    expect(order(before, voices)).toBe(before);
    voices.delete("ada");
    expect(order(before, voices)).toEqual(["bob"]);
  });
});
