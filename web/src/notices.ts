import { byID, icon, make, takeAway } from "./dom.ts";
import type { Words } from "./words.ts";

/** The notices, one of a kind: what went wrong and what to do. In the lobby above the name, in a call above the tiles. */
export class Notices {
  readonly #host = byID("errors");
  readonly #shown = new Map<string, HTMLElement>();
  #next: HTMLElement | undefined;

  /** `next` is where the focus goes from one that goes. */
  constructor(next?: HTMLElement) {
    this.#next = next;
  }

  show(kind: "media" | "call", { title, advice }: Words, ...actions: { label: string; run: () => void }[]): void {
    this.clear(kind);
    const notice = make("div", "notice", icon("warning"));
    const body = make("div", "notice-body", make("strong", "", title), make("p", "", advice));
    notice.append(body);
    for (const { label, run } of actions) {
      const button = make("button", "quiet", label);
      button.type = "button";
      button.addEventListener("click", run);
      body.append(button);
    }
    this.#shown.set(kind, notice);
    this.#host.append(notice);
  }

  moveTo(view: "lobby" | "call"): void {
    this.#next = document.getElementById(view === "lobby" ? "join" : "call") ?? undefined;
    if (view === "lobby") byID("entry").querySelector("label")!.before(this.#host);
    else byID("stage").prepend(this.#host);
  }

  clear(kind: "media" | "call"): void {
    const notice = this.#shown.get(kind);
    if (notice && this.#next) takeAway(notice, this.#next);
    else notice?.remove();
    this.#shown.delete(kind);
  }
}
