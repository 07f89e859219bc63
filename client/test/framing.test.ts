import { describe, expect, test } from "vitest";
import { parseFrame } from "../src/data/framing.ts";
import { pack } from "../src/data/message.ts";

describe("parseFrame", () => {
  test.each([
    { json: "" },
    { json: "tea" },
    { json: null },
    { json: { deep: [1] } },
    { id: 0, at: 0 },
    { id: 7, at: 9_000_000_000 },
    { id: 7, cancel: true },
    { id: 7, kind: "blob", size: 0 },
    { id: 7, kind: "json", size: 1, name: "n".repeat(256), type: "" },
  ])("takes %j", (frame) => {
    expect(parseFrame(JSON.stringify({ ...frame, later: "unknown" }))).toEqual(frame);
  });

  test.each([
    "", "{", "null", "7", "[]", '"text"', "{}",
    '{"text":"tea"}',
    '{"id":"7","at":0}',
    '{"id":7}',
    '{"id":-1,"at":0}',
    '{"id":7,"at":1.5}',
    '{"id":1e300,"cancel":true}',
    '{"id":7,"cancel":1}',
    '{"id":7,"kind":"other","size":1}',
    '{"id":7,"kind":"blob","size":-1}',
    '{"id":7,"kind":"blob"}',
    '{"id":7,"kind":"blob","size":1,"name":7}',
    `{"id":7,"kind":"blob","size":1,"name":"${"n".repeat(257)}"}`,
  ])("refuses %s", (text) => {
    expect(parseFrame(text)).toBeUndefined();
  });
});

describe("pack", () => {
  test("one frame takes 64 KB, quotes, escapes and letters of several bytes counted", () => {
    const frames = (data: string) => pack(data).frame !== undefined;
    const room = 65_536 - '{"json":""}'.length;
    expect([frames("a".repeat(room)), frames("a".repeat(room + 1))]).toEqual([true, false]);
    expect([frames('"'.repeat(room / 2)), frames('"'.repeat(room / 2 + 1))]).toEqual([true, false]);
    expect([frames("é".repeat(room / 2)), frames("é".repeat(room / 2 + 1))]).toEqual([true, false]);
    expect([pack(new ArrayBuffer(65_536)).frame, pack(new ArrayBuffer(65_537)).frame].map(Boolean)).toEqual([true, false]);
  });

  test("what is neither JSON nor bytes is refused", () => {
    for (const data of [undefined, () => {}, Symbol("tea"), 10n]) {
      expect(() => pack(data as never)).toThrow(expect.objectContaining({ reason: "bad-request" }));
    }
  });

  test.each([10, 100_000])("bytes are taken as they are then (%i)", async (size) => {
    const bytes = new Uint8Array(size + 2).fill(1);
    const { frame, body } = pack(bytes.subarray(1, size + 1));
    bytes.fill(2);
    const got = frame ?? (await body().arrayBuffer());
    expect(new Uint8Array(got as ArrayBuffer)).toEqual(new Uint8Array(size).fill(1));
  });
});
