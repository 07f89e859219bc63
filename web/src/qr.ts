// QR codes (ISO/IEC 18004) of texts: byte mode, error correction M, versions 1 to 20. That is 666 bytes.

const checkWords = [10, 16, 26, 18, 24, 16, 18, 22, 22, 26, 30, 22, 22, 24, 24, 28, 28, 26, 26, 26]; // of each block, by version
const blockCounts = [1, 1, 1, 2, 2, 4, 4, 4, 5, 5, 5, 8, 9, 9, 10, 10, 11, 13, 14, 16];

// Powers of 2 in GF(256) modulo x^8 + x^4 + x^3 + x^2 + 1, and their logarithms.
const powers: number[] = [];
const logs: number[] = [];
for (let i = 0, x = 1; i < 255; i++, x = x & 128 ? (x << 1) ^ 0x11d : x << 1) {
  powers[i] = x;
  logs[x] = i;
}
const times = (a: number, b: number): number => (a && b ? powers[(logs[a]! + logs[b]!) % 255]! : 0);

const masks: readonly ((x: number, y: number) => boolean)[] = [
  (x, y) => (x + y) % 2 === 0,
  (_, y) => y % 2 === 0,
  (x) => x % 3 === 0,
  (x, y) => (x + y) % 3 === 0,
  (x, y) => (Math.floor(y / 2) + Math.floor(x / 3)) % 2 === 0,
  (x, y) => ((x * y) % 2) + ((x * y) % 3) === 0,
  (x, y) => (((x * y) % 2) + ((x * y) % 3)) % 2 === 0,
  (x, y) => (((x + y) % 2) + ((x * y) % 3)) % 2 === 0,
];

type Grid = boolean[][]; // rows of dark modules

/** The modules of a text's code, row by row, dark or not; undefined where the text is too long. */
export function qr(text: string): Grid | undefined {
  const bytes = new TextEncoder().encode(text);
  const version = blockCounts.findIndex((_, i) => dataWords(i + 1) * 8 >= 4 + lengthBits(i + 1) + bytes.length * 8) + 1;
  if (version === 0) return undefined;
  const words = interleave(version, wordsOf(bytes, version));
  const { grid, fixed } = frame(version);
  fill(grid, fixed, words);
  const drawn = masks.map((_, mask) => masked(grid, fixed, mask));
  return drawn.reduce((best, one) => (penalty(one) < penalty(best) ? one : best));
}

const lengthBits = (version: number): number => (version < 10 ? 8 : 16);

/** How many words of 8 bits a code has in all. */
function allWords(version: number): number {
  let modules = (16 * version + 128) * version + 64;
  if (version >= 2) {
    const aligned = Math.floor(version / 7) + 2;
    modules -= (25 * aligned - 10) * aligned - 55;
    if (version >= 7) modules -= 36;
  }
  return Math.floor(modules / 8);
}

const dataWords = (version: number): number => allWords(version) - checkWords[version - 1]! * blockCounts[version - 1]!;

function wordsOf(bytes: Uint8Array, version: number): number[] {
  const bits: number[] = [];
  const put = (value: number, length: number): void => {
    for (let i = length - 1; i >= 0; i--) bits.push((value >> i) & 1);
  };
  put(4, 4); // byte mode
  put(bytes.length, lengthBits(version));
  for (const byte of bytes) put(byte, 8);
  const room = dataWords(version) * 8;
  put(0, Math.min(4, room - bits.length));
  while (bits.length % 8) bits.push(0);
  for (let pad = 0xec; bits.length < room; pad ^= 0xec ^ 0x11) put(pad, 8);
  return Array.from({ length: bits.length / 8 }, (_, i) => bits.slice(i * 8, i * 8 + 8).reduce((word, bit) => word * 2 + bit, 0));
}

/** Cuts the words into blocks, checks each, and takes from the blocks in turn. */
function interleave(version: number, words: number[]): number[] {
  const blocks = blockCounts[version - 1]!;
  const short = Math.floor(words.length / blocks);
  const longer = words.length % blocks; // blocks at the end that have one more
  const data: number[][] = [];
  for (let at = 0, i = 0; i < blocks; i++) data.push(words.slice(at, (at += short + (i < blocks - longer ? 0 : 1))));
  const check = data.map((block) => remainder(block, checkWords[version - 1]!));
  return [data, check].flatMap((lists) => {
    const longest = Math.max(...lists.map((list) => list.length));
    return Array.from({ length: longest }, (_, i) => lists.flatMap((list) => (i < list.length ? [list[i]!] : []))).flat();
  });
}

/** Reed and Solomon: what remains of the words, divided by (x - 2^0)(x - 2^1)… of that degree. */
function remainder(words: readonly number[], degree: number): number[] {
  let divisor = [1];
  for (let i = 0; i < degree; i++) {
    divisor = [...divisor, 0].map((one, j) => one ^ times(divisor[j - 1] ?? 0, powers[i]!));
  }
  const rest = [...words, ...Array<number>(degree).fill(0)];
  for (let i = 0; i < words.length; i++) {
    const factor = rest[i]!;
    divisor.forEach((one, j) => (rest[i + j]! ^= times(one, factor)));
  }
  return rest.slice(words.length);
}

/** What is the same in all codes of a version, and which modules that takes. */
function frame(version: number): { grid: Grid; fixed: Grid } {
  const size = version * 4 + 17;
  const empty = (): Grid => Array.from({ length: size }, () => Array<boolean>(size).fill(false));
  const grid = empty();
  const fixed = empty();
  const set = (x: number, y: number, dark: boolean): void => {
    if (x < 0 || y < 0 || x >= size || y >= size) return;
    grid[y]![x] = dark;
    fixed[y]![x] = true;
  };
  const square = (cx: number, cy: number, radius: number, dark: (distance: number) => boolean): void => {
    for (let dy = -radius; dy <= radius; dy++) {
      for (let dx = -radius; dx <= radius; dx++) set(cx + dx, cy + dy, dark(Math.max(Math.abs(dx), Math.abs(dy))));
    }
  };
  for (let i = 0; i < size; i++) {
    set(6, i, i % 2 === 0);
    set(i, 6, i % 2 === 0);
  }
  const places = alignments(version, size);
  for (const x of places) {
    for (const y of places) {
      const corner = (x === 6 && y === 6) || (x === 6 && y === size - 7) || (x === size - 7 && y === 6);
      if (!corner) square(x, y, 2, (distance) => distance !== 1);
    }
  }
  for (const [x, y] of [[3, 3], [size - 4, 3], [3, size - 4]] as const) square(x, y, 4, (distance) => distance !== 2 && distance !== 4);
  for (let i = 0; i < 9; i++) {
    if (i !== 6) for (const [x, y] of [[8, i], [i, 8]] as const) set(x, y, false);
    if (i < 8) for (const [x, y] of [[size - 1 - i, 8], [8, size - 1 - i]] as const) set(x, y, false);
  }
  set(8, size - 8, true);
  if (version >= 7) {
    const bits = (version << 12) | divided(version, 12, 0x1f25);
    for (let i = 0; i < 18; i++) {
      const [a, b] = [size - 11 + (i % 3), Math.floor(i / 3)];
      set(a, b, ((bits >> i) & 1) === 1);
      set(b, a, ((bits >> i) & 1) === 1);
    }
  }
  return { grid, fixed };
}

function alignments(version: number, size: number): number[] {
  if (version === 1) return [];
  const count = Math.floor(version / 7) + 2;
  const step = Math.ceil((size - 13) / (count * 2 - 2)) * 2;
  return [6, ...Array.from({ length: count - 1 }, (_, i) => size - 7 - (count - 2 - i) * step)];
}

/** What remains of a value, shifted by so many bits, divided by a polynomial over GF(2). */
function divided(value: number, bits: number, polynomial: number): number {
  let rest = value << bits;
  for (let i = 31; i >= bits; i--) if ((rest >>> i) & 1) rest ^= polynomial << (i - bits);
  return rest;
}

/** Up and down in columns of two, from the right, around what is fixed. */
function fill(grid: Grid, fixed: Grid, words: readonly number[]): void {
  const size = grid.length;
  let at = 0;
  for (let right = size - 1, up = true; right > 0; right -= 2, up = !up) {
    if (right === 6) right = 5;
    for (let i = 0; i < size; i++) {
      const y = up ? size - 1 - i : i;
      for (const x of [right, right - 1]) {
        if (fixed[y]![x]) continue;
        grid[y]![x] = ((words[at >> 3] ?? 0) >> (7 - (at & 7))) % 2 === 1;
        at++;
      }
    }
  }
}

function masked(grid: Grid, fixed: Grid, mask: number): Grid {
  const size = grid.length;
  const drawn = grid.map((row, y) => row.map((dark, x) => dark !== (!fixed[y]![x] && masks[mask]!(x, y))));
  const format = ((mask << 10) | divided(mask, 10, 0x537)) ^ 0x5412; // M is 00
  for (let i = 0; i < 15; i++) {
    const dark = ((format >> i) & 1) === 1;
    drawn[i < 6 ? i : i < 8 ? i + 1 : size - 15 + i]![8] = dark;
    drawn[8]![i < 8 ? size - 1 - i : i < 9 ? 15 - i : 14 - i] = dark;
  }
  return drawn;
}

/** How hard a code is to read: runs and blocks of one colour, what looks like a corner, and an uneven balance. */
function penalty(grid: Grid): number {
  const size = grid.length;
  let sum = 0;
  let dark = 0;
  const lines = [...grid, ...grid.map((_, x) => grid.map((row) => row[x]!))].map((line) => line.map(Number).join(""));
  for (const line of lines) {
    for (const [run] of line.matchAll(/0{5,}|1{5,}/g)) sum += run.length - 2;
    for (const _ of line.matchAll(/(?=10111010000|00001011101)/g)) sum += 40;
  }
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      const one = grid[y]![x]!;
      if (one) dark++;
      if (x && y && grid[y - 1]![x] === one && grid[y]![x - 1] === one && grid[y - 1]![x - 1] === one) sum += 3;
    }
  }
  return sum + Math.floor(Math.abs((dark * 20) / (size * size) - 10)) * 10;
}

/** The outline of a code's dark modules, for the `d` of a path in a box as wide as the code and `quiet` modules on each side. */
export function qrPath(grid: Grid, quiet = 4): string {
  return grid.flatMap((row, y) => row.flatMap((dark, x) => (dark ? [`M${x + quiet} ${y + quiet}h1v1h-1z`] : []))).join("");
}
