import { byID, icon, make } from "./dom.ts";
import type { Words } from "./words.ts";

/** The notices, one of a kind: what went wrong and what to do. In the lobby above the name, in a call above the tiles. */
export class Notices {
  readonly #host = byID("errors");
  readonly #shown = new Map<string, HTMLElement>();

  show(kind: "media" | "call", { title, advice }: Words, action?: { label: string; run: () => void }): void {
    this.clear(kind);
    const notice = make("div", "notice", icon("warning"));
    const body = make("div", "notice-body", make("strong", "", title), make("p", "", advice));
    notice.append(body);
    if (action) {
      const button = make("button", "quiet", action.label);
      button.type = "button";
      button.addEventListener("click", action.run);
      body.append(button);
    }
    this.#shown.set(kind, notice);
    this.#host.append(notice);
  }

  moveTo(view: "lobby" | "call"): void {
    if (view === "lobby") byID("entry").querySelector("label")!.before(this.#host);
    else byID("stage").prepend(this.#host);
  }

  clear(kind: "media" | "call"): void {
    this.#shown.get(kind)?.remove();
    this.#shown.delete(kind);
  }
}
