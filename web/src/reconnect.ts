import { byID } from "./dom.ts";

const pause = 3_000; // ms, to twice that: not everybody at the same time

/** While the server is lost: a button that tries again at once, and such tries by itself as long as somebody looks at the page. */
export class Reconnect {
  readonly #button = byID<HTMLButtonElement>("retry");
  readonly #tryNow: () => void;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(tryNow: () => void) {
    this.#tryNow = tryNow;
    this.#button.addEventListener("click", tryNow);
  }

  show(lost: boolean): void {
    clearTimeout(this.#timer);
    if (!lost && document.activeElement === this.#button) byID("call").focus();
    this.#button.hidden = !lost;
    if (lost) this.#wait();
  }

  #wait(): void {
    this.#timer = setTimeout(() => {
      if (!document.hidden) this.#tryNow();
      this.#wait();
    }, pause * (1 + Math.random()));
  }
}
