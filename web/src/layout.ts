export interface Area {
  readonly width: number;
  readonly height: number;
}

export interface Box extends Area {
  readonly x: number;
  readonly y: number;
}

// Between these a camera's picture loses little at its edges.
const widest = 16 / 9;
const narrowest = { wide: 1.1, tall: 4 / 5, strip: 1.25 };

/**
 * Where so many tiles go: all alike and as large as they can be, or one `large` and the others in a strip beside or below
 * it. Tiles keep the shape of a picture; only a large one takes all that there is.
 */
export function arrange(area: Area, count: number, large: number | undefined, gap: number): Box[] {
  if (count === 0 || area.width <= 0 || area.height <= 0) return [];
  if (large === undefined || count === 1) return even(area, count, gap, area.width > area.height ? narrowest.wide : narrowest.tall);
  const beside = area.width > area.height * 1.2;
  const others = count - 1;
  const strip = beside
    ? { width: Math.round(area.width * (others > 4 ? 0.28 : 0.2)), height: area.height }
    : { width: area.width, height: Math.round(area.height * (others > 3 ? 0.36 : 0.26)) };
  const main = beside
    ? { x: 0, y: 0, width: area.width - strip.width - gap, height: area.height }
    : { x: 0, y: 0, width: area.width, height: area.height - strip.height - gap };
  const at = beside ? { x: main.width + gap, y: 0 } : { x: 0, y: main.height + gap };
  const boxes = even(strip, others, gap, narrowest.strip).map((box) => ({ ...box, x: box.x + at.x, y: box.y + at.y }));
  boxes.splice(large, 0, main);
  return boxes;
}

function even(area: Area, count: number, gap: number, least: number): Box[] {
  let best = { width: 0, height: 0, columns: 1 };
  for (let columns = 1; columns <= count; columns++) {
    const rows = Math.ceil(count / columns);
    let width = (area.width - gap * (columns - 1)) / columns;
    let height = (area.height - gap * (rows - 1)) / rows;
    if (width > height * widest) width = height * widest;
    else if (width < height * least) height = width / least;
    if (width * height > best.width * best.height * 1.02) best = { width, height, columns };
  }
  const width = Math.floor(best.width);
  const height = Math.floor(best.height);
  const rows = Math.ceil(count / best.columns);
  const top = Math.floor((area.height - rows * height - (rows - 1) * gap) / 2);
  return Array.from({ length: count }, (_, i) => {
    const row = Math.floor(i / best.columns);
    const inRow = Math.min(best.columns, count - row * best.columns);
    const left = Math.floor((area.width - inRow * width - (inRow - 1) * gap) / 2);
    return { x: left + (i % best.columns) * (width + gap), y: top + row * (height + gap), width, height };
  });
}
