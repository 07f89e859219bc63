import type { Stroke } from "./drawing.ts";

const maxPoints = 256; // of a stroke; the server takes no more
const nearest = 0.003; // points closer than this add nothing but weight

type Points = [number, number][];

/** Draws with pointers on a canvas: a mouse, a pen, a finger. What is being drawn is `current`; `done` gets each stroke. */
export class Pen {
  readonly #canvas: HTMLCanvasElement;
  readonly #style: () => { color: string; width: number };
  readonly #moved: () => void;
  readonly #done: (stroke: Stroke) => void;
  #points: Points = [];
  #pointer: number | undefined;

  constructor(canvas: HTMLCanvasElement, style: () => { color: string; width: number }, moved: () => void, done: (stroke: Stroke) => void) {
    this.#canvas = canvas;
    this.#style = style;
    this.#moved = moved;
    this.#done = done;
    canvas.addEventListener("pointerdown", (event) => {
      if (this.#pointer !== undefined || event.button !== 0) return;
      event.preventDefault(); // no selection of the text around
      this.#pointer = event.pointerId;
      canvas.setPointerCapture(event.pointerId);
      this.#points = [];
      this.#add(event);
      moved();
    });
    canvas.addEventListener("pointermove", (event) => {
      if (event.pointerId !== this.#pointer) return;
      const all = event.getCoalescedEvents?.() ?? [];
      for (const one of all.length > 0 ? all : [event]) this.#add(one);
      moved();
    });
    for (const end of ["pointerup", "pointercancel"] as const) {
      canvas.addEventListener(end, (event) => {
        if (event.pointerId !== this.#pointer) return;
        this.#pointer = undefined;
        this.#finish([]);
      });
    }
  }

  get current(): Stroke | undefined {
    return this.#points.length > 0 ? { points: this.#points, ...this.#style() } : undefined;
  }

  #add(event: PointerEvent): void {
    const box = this.#canvas.getBoundingClientRect();
    const point: Points[number] = [at((event.clientX - box.left) / box.width), at((event.clientY - box.top) / box.height)];
    const last = this.#points.at(-1);
    if (last && Math.hypot(point[0] - last[0], point[1] - last[1]) < nearest) return;
    this.#points.push(point);
    if (this.#points.length === maxPoints) this.#finish([point]); // a longer line is several strokes
  }

  #finish(next: Points): void {
    const stroke = this.current;
    this.#points = next;
    if (stroke) this.#done(stroke);
    this.#moved();
  }
}

function at(share: number): number {
  return Math.round(Math.min(Math.max(share, 0), 1) * 1_000) / 1_000;
}

/** Paints strokes on a canvas as large as it is shown. */
export function paint(canvas: HTMLCanvasElement, strokes: Iterable<Stroke>): void {
  const context = canvas.getContext("2d");
  const { clientWidth: width, clientHeight: height } = canvas;
  if (!context || width === 0 || height === 0) return;
  const scale = devicePixelRatio;
  const size = { width: Math.round(width * scale), height: Math.round(height * scale) };
  if (canvas.width !== size.width || canvas.height !== size.height) Object.assign(canvas, size);
  context.setTransform(scale, 0, 0, scale, 0, 0);
  context.clearRect(0, 0, width, height);
  context.lineCap = context.lineJoin = "round";
  for (const stroke of strokes) {
    context.strokeStyle = context.fillStyle = stroke.color;
    context.lineWidth = (stroke.width / 1_000) * width;
    const points = stroke.points.map(([x, y]) => [x * width, y * height] as const);
    const [first, ...rest] = points;
    if (!first) continue;
    context.beginPath();
    if (rest.length === 0) {
      context.arc(...first, context.lineWidth / 2, 0, 2 * Math.PI);
      context.fill();
      continue;
    }
    context.moveTo(...first);
    // Through the middles, bent at the points: a line of few points looks drawn by hand and not by ruler.
    for (const [i, [x, y]] of rest.entries()) {
      const after = rest[i + 1];
      if (after) context.quadraticCurveTo(x, y, (x + after[0]) / 2, (y + after[1]) / 2);
      else context.lineTo(x, y);
    }
    context.stroke();
  }
}
