import { byID } from "./dom.ts";
import { arrange } from "./layout.ts";

/** Where the tiles are: each as large as it can be, or one of them large. A tile moves without leaving its place in the document. */
export class Stage {
  readonly #grid = byID("grid");
  #large: HTMLElement | undefined;
  #settle: ReturnType<typeof setTimeout> | undefined;

  constructor() {
    new ResizeObserver(() => this.#place()).observe(this.#grid);
    new MutationObserver(() => this.#move()).observe(this.#grid, { childList: true });
  }

  show(large: HTMLElement | undefined): void {
    if (this.#large === large) return;
    this.#large?.classList.remove("large");
    large?.classList.add("large");
    this.#large = large;
    this.#move();
  }

  /** Somebody came, went or grew: the others glide. */
  #move(): void {
    this.#grid.dataset["moving"] = "";
    clearTimeout(this.#settle);
    this.#settle = setTimeout(() => delete this.#grid.dataset["moving"], 400);
    this.#place();
  }

  #place(): void {
    const tiles = [...this.#grid.children] as HTMLElement[];
    const large = this.#large ? tiles.indexOf(this.#large) : -1;
    const { clientWidth: width, clientHeight: height } = this.#grid;
    const gap = parseFloat(getComputedStyle(this.#grid).columnGap) || 0;
    this.#grid.dataset["layout"] = large < 0 || tiles.length < 2 ? "grid" : "large";
    for (const [i, box] of arrange({ width, height }, tiles.length, large < 0 ? undefined : large, gap).entries()) {
      const { style } = tiles[i]!;
      style.left = `${box.x}px`;
      style.top = `${box.y}px`;
      style.width = `${box.width}px`;
      style.height = `${box.height}px`;
    }
  }
}
