// The shapes a tile may have; a camera's picture loses little in them.
const wide = [16 / 10, 4 / 3, 1.15];
const tall = [...wide, 1, 4 / 5];
const gap = 12;

/** Keeps the tiles of `grid` as large as they can be, all alike, without scrolling: by trying every number of columns. */
export function fit(grid: HTMLElement): () => void {
  const layout = (): void => {
    const count = grid.childElementCount;
    const { clientWidth: width, clientHeight: height } = grid;
    if (count === 0 || width === 0 || height === 0) return;
    let best = { width: 0, height: 0 };
    for (const ratio of width > height ? wide : tall) {
      for (let columns = 1; columns <= count; columns++) {
        const rows = Math.ceil(count / columns);
        const w = Math.min((width - gap * (columns - 1)) / columns, ((height - gap * (rows - 1)) / rows) * ratio);
        if (w * (w / ratio) > best.width * best.height * 1.05) best = { width: w, height: w / ratio };
      }
    }
    grid.style.setProperty("--tile-width", `${Math.floor(best.width)}px`);
    grid.style.setProperty("--tile-height", `${Math.floor(best.height)}px`);
  };
  new ResizeObserver(layout).observe(grid);
  new MutationObserver(layout).observe(grid, { childList: true });
  return layout;
}
