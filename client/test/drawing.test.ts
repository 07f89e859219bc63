import { describe, expect, test } from "vitest";
import { Drawing, readStroke, type Stroke } from "../../web/src/drawing.ts";

const stroke = (width: number): Stroke => ({ points: [[0, 1]], color: "#000000", width });
const widths = (drawing: Drawing): number[] => drawing.strokes.map(({ width }) => width);

describe("the demo's drawing", () => {
  test("applies changes in their order, whatever the order of arrival", () => {
    const drawing = new Drawing();
    drawing.replace(0, []);
    drawing.add(2, stroke(2));
    expect([widths(drawing), drawing.gap]).toEqual([[], true]);
    drawing.add(1, stroke(1));
    drawing.add(1, stroke(9)); // a repeat
    expect([widths(drawing), drawing.gap]).toEqual([[1, 2], false]);
    drawing.add(5, stroke(5));
    drawing.replace(4, []); // which was wiped, and so number 3 does not matter
    expect([widths(drawing), drawing.gap]).toEqual([[5], false]);
  });

  test("knows nothing before it has the board, and takes what came meanwhile", () => {
    const drawing = new Drawing();
    drawing.add(4, stroke(4));
    drawing.add(3, stroke(3));
    expect([widths(drawing), drawing.known, drawing.gap]).toEqual([[], false, false]);
    drawing.replace(3, [stroke(1), stroke(2), stroke(3)]);
    expect(widths(drawing)).toEqual([1, 2, 3, 4]);
    drawing.replace(2, [stroke(1), stroke(2)]); // an answer that was overtaken
    expect(widths(drawing)).toEqual([1, 2, 3, 4]);
  });

  test("asks again after a loss, though the server has begun to count anew", () => {
    const drawing = new Drawing();
    drawing.replace(7, [stroke(7)]);
    drawing.doubt();
    expect([widths(drawing), drawing.known]).toEqual([[7], false]);
    drawing.replace(1, [stroke(1)]);
    expect(widths(drawing)).toEqual([1]);
  });

  test("shows nothing that is no stroke", () => {
    expect(readStroke({ points: [[0, 1]], color: "#1f5f56", width: 4, n: 1 })).toEqual({ points: [[0, 1]], color: "#1f5f56", width: 4 });
    for (const wrong of [
      undefined,
      null,
      7,
      { points: [[0, 1]], color: "red", width: 4 },
      { points: [], color: "#1f5f56", width: 4 },
      { points: [[0]], color: "#1f5f56", width: 4 },
      { points: [[0, "1"]], color: "#1f5f56", width: 4 },
      { points: [[0, 1]], color: "#1f5f56" },
    ]) {
      expect(readStroke(wrong)).toBeUndefined();
    }
  });
});
