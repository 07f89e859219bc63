import { describe, expect, test } from "vitest";
import { parsePeerSignal } from "../src/index.ts";
import { readAnnouncement } from "../src/media/announcement.ts";
import { seeded } from "./localdev/random.ts";

const camera = { name: "camera", kind: "camera", muted: false };

describe("what a peer says about its tracks", () => {
  test("comes beside a description, and nothing else of it is kept", () => {
    const description = { type: "offer", sdp: "v=0" };
    const said = { tracks: { 1: { ...camera, hat: "red" } }, rev: 3 };
    expect(parsePeerSignal({ session: "a.1", description, ...said, hat: "red" })).toEqual({ session: "a.1", description, tracks: { 1: camera }, rev: 3 });
    expect(parsePeerSignal({ session: "a.1", description, tracks: "all" })).toEqual({ session: "a.1", description });
  });

  test.each([
    ["no tracks", { rev: 1 }],
    ["a list of tracks", { tracks: [camera], rev: 1 }],
    ["no revision", { tracks: { 0: camera } }],
    ["half a revision", { tracks: { 0: camera }, rev: 0.5 }],
    ["no name", { tracks: { 0: { ...camera, name: "" } }, rev: 1 }],
    ["a name too long", { tracks: { 0: { ...camera, name: "x".repeat(65) } }, rev: 1 }],
    ["a kind that is no word", { tracks: { 0: { ...camera, kind: 7 } }, rev: 1 }],
    ["a track that is none", { tracks: { 0: null }, rev: 1 }],
    ["too many tracks", { tracks: Object.fromEntries(Array.from({ length: 257 }, (_, mid) => [mid, camera])), rev: 1 }],
  ])("is not taken with %s", (_, fields) => expect(readAnnouncement(fields)).toBeUndefined());

  test("may be anything, and is taken whole or not at all", () => {
    const random = seeded(1);
    const pick = <T>(...values: T[]): T => values[Math.floor(random() * values.length)]!;
    for (let n = 0; n < 2_000; n++) {
      const any = (): unknown => pick<unknown>(null, 1, -1, 1e300, NaN, "x", "", {}, [], true, undefined, camera, "__proto__", "y".repeat(70));
      const tracks = Object.fromEntries(Array.from({ length: Math.floor(random() * 3) }, () => [String(any()), { name: any(), kind: any(), muted: any() }]));
      const read = readAnnouncement({ tracks: pick<unknown>(tracks, any()), rev: pick<unknown>(1, any()) });
      for (const info of Object.values(read?.tracks ?? {})) {
        expect([typeof info.name, typeof info.kind, typeof info.muted]).toEqual(["string", "string", "boolean"]);
        expect(Object.keys(info)).toHaveLength(3);
      }
    }
  });
});
