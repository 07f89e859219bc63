import { describe, expect, test } from "vitest";
import { Floor, largeOf } from "../../web/src/focus.ts";

describe("the demo's large tile", () => {
  const people = ["bob", "cyd"];
  const tiles = [...people, "bob screen"];

  test("is nobody's where all are shown alike, a screen's where there is one, and the speaker's where that is wished", () => {
    expect(largeOf({ chosen: undefined, tiles, screens: [], people, view: "grid" })).toBeUndefined();
    expect(largeOf({ chosen: undefined, tiles, screens: [], people, view: "speaker" })).toBe("bob");
    expect(largeOf({ chosen: undefined, tiles, screens: ["cyd screen", "bob screen"], people, view: "speaker" })).toBe("bob screen");
    expect(largeOf({ chosen: undefined, tiles, screens: [], people: [], view: "speaker" })).toBeUndefined();
  });

  test("is the one that was chosen, as long as it is there", () => {
    expect(largeOf({ chosen: "cyd", tiles, screens: ["bob screen"], people, view: "grid" })).toBe("cyd");
    expect(largeOf({ chosen: "dot", tiles, screens: ["bob screen"], people, view: "grid" })).toBe("bob screen");
    expect(largeOf({ chosen: null, tiles, screens: ["bob screen"], people, view: "speaker" })).toBeUndefined();
  });
});

describe("the demo's floor", () => {
  test("goes to who speaks for more than a moment, and to nobody else", () => {
    const floor = new Floor();
    for (const name of ["bob", "cyd", "dot"]) floor.enter(name);
    expect(floor.hear("cyd", 0)).toBe(false);
    expect(floor.hear("cyd", 500)).toBe(false);
    expect(floor.hear(undefined, 600)).toBe(false); // a cough
    expect(floor.hear("cyd", 1_000)).toBe(false);
    expect(floor.hear("cyd", 2_300)).toBe(true);
    expect(floor.order).toEqual(["cyd", "bob", "dot"]);
    expect(floor.hear("dot", 2_400)).toBe(false);
    expect(floor.hear("dot", 4_000)).toBe(true);
    expect(floor.order).toEqual(["dot", "cyd", "bob"]);
    floor.leave("dot");
    expect(floor.hear("dot", 9_000)).toBe(false);
    expect(floor.order).toEqual(["cyd", "bob"]);
  });
});
