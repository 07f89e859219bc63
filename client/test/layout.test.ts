import { describe, expect, test } from "vitest";
import { arrange, type Box } from "../../web/src/layout.ts";

const areas = [[328, 560], [360, 640], [700, 900], [1240, 650], [860, 648], [3700, 1900], [900, 250]] as const;
const overlap = (a: Box, b: Box): boolean => a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;

function expectFits(boxes: readonly Box[], width: number, height: number, what: string): void {
  for (const [i, box] of boxes.entries()) {
    expect(box.x >= 0 && box.y >= 0 && box.x + box.width <= width && box.y + box.height <= height, `${what}: ${JSON.stringify(box)}`).toBe(true);
    for (const other of boxes.slice(i + 1)) expect(overlap(box, other), `${what}: ${JSON.stringify([box, other])}`).toBe(false);
  }
}

describe("the demo's tiles", () => {
  test("are alike, in the shape of a picture, and neither overlap nor leave the stage", () => {
    for (const [width, height] of areas) {
      for (let count = 1; count <= 12; count++) {
        const what = `${count} in ${width} × ${height}`;
        const boxes = arrange({ width, height }, count, undefined, 12);
        expect(boxes).toHaveLength(count);
        expect(new Set(boxes.map((box) => `${box.width} ${box.height}`)).size, what).toBe(1);
        const ratio = boxes[0]!.width / boxes[0]!.height;
        expect(ratio, what).toBeGreaterThan(0.78);
        expect(ratio, what).toBeLessThan(1.82);
        expectFits(boxes, width, height, what);
      }
    }
  });

  test("fill the stage as well as their shape allows", () => {
    for (const [width, height] of areas.slice(0, 6)) {
      for (const count of [1, 2, 3, 4, 6, 9]) {
        const covered = arrange({ width, height }, count, undefined, 12).reduce((sum, box) => sum + box.width * box.height, 0);
        expect(covered / (width * height), `${count} in ${width} × ${height}`).toBeGreaterThan(0.55);
      }
    }
  });

  test("leave most of the stage to a large one, wherever it is in their order", () => {
    for (const [width, height] of areas) {
      for (let count = 2; count <= 9; count++) {
        for (const large of [0, count - 1]) {
          const what = `${count} in ${width} × ${height}, number ${large} large`;
          const boxes = arrange({ width, height }, count, large, 12);
          expect(boxes).toHaveLength(count);
          expectFits(boxes, width, height, what);
          const [main] = boxes.splice(large, 1);
          for (const box of boxes) expect(main!.width * main!.height, what).toBeGreaterThan(2 * box.width * box.height);
        }
      }
    }
  });

  test("are nowhere while there is no room", () => {
    expect(arrange({ width: 0, height: 500 }, 3, undefined, 12)).toEqual([]);
    expect(arrange({ width: 500, height: 500 }, 0, undefined, 12)).toEqual([]);
  });
});
