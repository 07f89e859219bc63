import { svg } from "./dom.ts";
import { clip, duration, shorten } from "./format.ts";

const gutter = 62; // for the times
const rowHeight = 40;
const top = 50;
export const maxRows = 80;

/** One line of the ladder: an arrow between lanes, or a note on one. */
export interface Row {
  readonly at: number;
  readonly from: string;
  readonly to: string;
  readonly above: string;
  readonly below?: string;
  readonly look?: "data" | "fail" | undefined;
  readonly more?: string | undefined;
}

export interface Lane {
  readonly key: string;
  readonly name: string;
  readonly id?: string;
}

/** What a picture shows, the lanes from left to right, the rows in their order. */
export interface Picture {
  readonly lanes: readonly Lane[];
  readonly rows: readonly Row[];
  /** While somebody works: from one row to another. */
  readonly bars?: readonly { readonly lane: string; readonly first: number; readonly last: number }[];
  /** The lane whose part in a long arrow is shown by a dot. */
  readonly through?: string;
  /** All of it in words. */
  readonly words: string;
}

/** Draws who told whom what: time goes down, each step has a line of its own. */
export function draw({ lanes, rows, bars = [], through = "", words }: Picture, width: number): SVGSVGElement {
  const step = Math.max(86, Math.min(210, (width - gutter - 12) / lanes.length));
  const fullWidth = gutter + step * lanes.length + 6;
  const height = top + Math.min(rows.length, maxRows) * rowHeight + 12;
  const x = (key: string): number => gutter + step * (Math.max(0, lanes.findIndex((lane) => lane.key === key)) + 0.5);
  const y = (row: number): number => top + row * rowHeight + 22;
  const drawing = svg("svg", { width: fullWidth, height, viewBox: `0 0 ${fullWidth} ${height}`, role: "img", "aria-label": words });

  for (const lane of lanes) {
    drawing.append(
      svg("line", { class: "lane", x1: x(lane.key), x2: x(lane.key), y1: top - 10, y2: height - 4 }),
      svg("text", { class: "head", x: x(lane.key), y: 18, "text-anchor": "middle" }, shorten(lane.name, Math.floor(step / 7)), svg("title", {}, lane.name)),
      svg("text", { class: "sub id", x: x(lane.key), y: 33, "text-anchor": "middle" }, lane.id ?? ""),
    );
  }
  for (const { lane, first, last } of bars) drawing.append(svg("rect", { class: "bar", x: x(lane) - 4, y: y(first), width: 8, height: Math.max(6, y(Math.min(last, maxRows)) - y(first)), rx: 3 }));
  rows.slice(0, maxRows).forEach((row, i) => drawing.append(drawRow(row, x(row.from), x(row.to), x(through), y(i), step)));
  return drawing;
}

function drawRow(row: Row, from: number, to: number, through: number, y: number, step: number): SVGGElement {
  const direction = Math.sign(to - from);
  const end = to - direction * 3;
  const room = Math.max(step, Math.abs(to - from)) / 6.1;
  const middle = (from + to) / 2;
  const group = svg("g", { class: `step ${row.look ?? ""}` }, svg("text", { class: "at", x: gutter - 10, y: y + 4, "text-anchor": "end" }, `+${duration(row.at)}`));
  if (direction !== 0) {
    group.append(
      svg("line", { class: "arrow", x1: from + direction * 5, x2: end - direction * 5, y1: y, y2: y }),
      svg("path", { class: "tip", d: `M${end} ${y}l${-direction * 8} -4v8z` }),
    );
    if (Math.abs(to - from) > step * 1.5 && through > to && through < from) group.append(svg("circle", { class: "tip", cx: through, cy: y, r: 3 }));
  } else group.append(svg("circle", { class: "tip", cx: from, cy: y, r: 3 }));
  group.append(svg("text", { class: "halo", x: middle, y: y - 6, "text-anchor": "middle" }, clip(row.above, Math.floor(room))));
  if (row.below) group.append(svg("text", { class: "sub halo", x: middle, y: y + 14, "text-anchor": "middle" }, shorten(row.below, Math.floor(room * 1.05))));
  group.append(svg("title", {}, [row.above, row.below, row.more].filter(Boolean).join("\n")));
  return group;
}
