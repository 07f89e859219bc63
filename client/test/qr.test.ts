import { describe, expect, test } from "vitest";
import { qr, qrPath } from "../../web/src/qr.ts";

type Grid = readonly (readonly boolean[])[];

// A reader, for codes without damage: it knows of the standard what a reader has to, and nothing of how ours are made.
const blocks: Readonly<Record<number, readonly [check: number, ...data: number[]]>> = {
  1: [10, 16], 3: [26, 44], 4: [18, 32, 32], 6: [16, 27, 27, 27, 27], 8: [22, 38, 38, 39, 39], 10: [26, 43, 43, 43, 43, 44],
};
const centres: Readonly<Record<number, readonly number[]>> = { 1: [], 3: [6, 22], 4: [6, 26], 6: [6, 34], 8: [6, 24, 42], 10: [6, 28, 50] };

function read(grid: Grid): string {
  const size = grid.length;
  const version = (size - 17) / 4;
  const bit = (x: number, y: number): number => (grid[y]![x] ? 1 : 0);
  const corners = [[0, 0], [size - 7, 0], [0, size - 7]] as const;
  for (const [x, y] of corners) {
    const rows = Array.from({ length: 7 }, (_, dy) => Array.from({ length: 7 }, (_, dx) => bit(x + dx, y + dy)).join(""));
    expect(rows).toEqual(["1111111", "1000001", "1011101", "1011101", "1011101", "1000001", "1111111"]);
  }
  const one = [[8, 0], [8, 1], [8, 2], [8, 3], [8, 4], [8, 5], [8, 7], [8, 8], [7, 8], [5, 8], [4, 8], [3, 8], [2, 8], [1, 8], [0, 8]] as const;
  const format = one.reduce((sum, [x, y], i) => sum | (bit(x, y) << i), 0);
  const other = Array.from({ length: 15 }, (_, i) => (i < 8 ? bit(size - 1 - i, 8) : bit(8, size - 15 + i)) << i).reduce((a, b) => a | b, 0);
  expect(format).toBe(other);
  const [level, mask] = [((format ^ 0x5412) >> 13) & 3, ((format ^ 0x5412) >> 10) & 7];
  expect(level, "error correction M").toBe(0);
  let rest = format ^ 0x5412;
  for (let i = 14; i >= 10; i--) if ((rest >> i) & 1) rest ^= 0x537 << (i - 10);
  expect(rest, "the check of the format").toBe(0);

  const near = (x: number, y: number): boolean => {
    const at = centres[version]!;
    const around = (cx: number, cy: number): boolean => Math.abs(x - cx) <= 2 && Math.abs(y - cy) <= 2;
    return at.some((cx) => at.some((cy) => !((cx === 6 && (cy === 6 || cy === size - 7)) || (cx === size - 7 && cy === 6)) && around(cx, cy)));
  };
  const kept = (x: number, y: number): boolean =>
    x === 6 || y === 6 || (x < 9 && y < 9) || (x > size - 9 && y < 9) || (x < 9 && y > size - 9) || near(x, y) ||
    (version >= 7 && ((x > size - 12 && y < 6) || (y > size - 12 && x < 6)));
  const flips = [
    (x: number, y: number) => (y + x) % 2, (_: number, y: number) => y % 2, (x: number) => x % 3, (x: number, y: number) => (x + y) % 3,
    (x: number, y: number) => (Math.floor(y / 2) + Math.floor(x / 3)) % 2, (x: number, y: number) => ((x * y) % 2) + ((x * y) % 3),
    (x: number, y: number) => (((x * y) % 2) + ((x * y) % 3)) % 2, (x: number, y: number) => (((x + y) % 2) + ((x * y) % 3)) % 2,
  ];
  const bits: number[] = [];
  const columns = Array.from({ length: (size - 1) / 2 }, (_, i) => size - 1 - 2 * i - (size - 1 - 2 * i <= 6 ? 1 : 0));
  columns.forEach((right, i) => {
    for (let n = 0; n < size; n++) {
      const y = i % 2 === 0 ? size - 1 - n : n;
      for (const x of [right, right - 1]) if (!kept(x, y)) bits.push(bit(x, y) ^ (flips[mask]!(x, y) === 0 ? 1 : 0));
    }
  });
  const words = Array.from({ length: bits.length >> 3 }, (_, i) => parseInt(bits.slice(i * 8, i * 8 + 8).join(""), 2));

  const [check, ...lengths] = blocks[version]!;
  const data = lengths.map((): number[] => []);
  for (let i = 0; i < Math.max(...lengths); i++) lengths.forEach((length, b) => i < length && data[b]!.push(words.shift()!));
  for (let i = 0; i < check; i++) data.forEach((block) => block.push(words.shift()!));
  for (const block of data) expect(syndromes(block, check), "what checks the words").toEqual(Array(check).fill(0));
  const stream = data.flatMap((block, b) => block.slice(0, lengths[b])).map((word) => word.toString(2).padStart(8, "0")).join("");
  expect(stream.slice(0, 4), "byte mode").toBe("0100");
  const wide = version < 10 ? 8 : 16;
  const length = parseInt(stream.slice(4, 4 + wide), 2);
  const bytes = Array.from({ length }, (_, i) => parseInt(stream.slice(4 + wide + i * 8, 12 + wide + i * 8), 2));
  return new TextDecoder().decode(new Uint8Array(bytes));
}

function multiply(a: number, b: number): number {
  let product = 0;
  for (; b; b >>= 1, a = a & 128 ? (a << 1) ^ 0x11d : a << 1) if (b & 1) product ^= a;
  return product;
}

function syndromes(words: readonly number[], count: number): number[] {
  let at = 1;
  return Array.from({ length: count }, () => {
    const value = words.reduce((sum, word) => multiply(sum, at) ^ word, 0);
    at = multiply(at, 2);
    return value;
  });
}

describe("the demo's QR code", () => {
  test("says what it was made of, at every size", () => {
    const sizes: number[] = [];
    for (const length of [3, 14, 40, 60, 100, 150, 213]) {
      const text = "https://calls.example/?room=é".padEnd(length - 1, "-calm-otter").slice(0, length - 1);
      const code = qr(text)!;
      expect(read(code)).toBe(text);
      sizes.push(code.length);
    }
    expect(sizes).toEqual([21, 21, 29, 33, 41, 49, 57]);
  });

  test("is left out where the text is too long", () => {
    expect(qr("x".repeat(666))).toHaveLength(97);
    expect(qr("x".repeat(667))).toBeUndefined();
  });

  test("is drawn within a quiet margin", () => {
    expect(qrPath([[true, false], [false, true]])).toBe("M4 4h1v1h-1zM5 5h1v1h-1z");
  });
});
