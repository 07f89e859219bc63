import { byID, icon, make } from "./dom.ts";

const maxLines = 500;

/** The chat panel: lines from browser to browser, gone with the page. */
export class Chat {
  readonly #panel = byID("chat");
  readonly #log = byID<HTMLOListElement>("chat-log");
  readonly #input = byID<HTMLInputElement>("chat-input");
  readonly #toggle = byID<HTMLButtonElement>("chat-toggle");
  readonly #opened: () => void;
  #unread = 0;
  #last = "";

  constructor(send: (text: string) => string | undefined, opened: () => void) {
    this.#opened = opened;
    this.#toggle.addEventListener("click", () => this.show(this.#panel.hidden !== false, true));
    byID("chat-close").addEventListener("click", () => {
      this.show(false);
      this.#toggle.focus();
    });
    this.#panel.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      this.show(false);
      this.#toggle.focus();
    });
    byID("chat-form").addEventListener("submit", (event) => {
      event.preventDefault();
      const text = this.#input.value.trim();
      if (!text) return;
      const problem = send(text);
      if (problem !== undefined) return this.note(problem);
      this.#input.value = "";
      this.add("You", text, true);
    });
    this.#paint();
  }

  /** An empty log; open where there is room for it. */
  reset(): void {
    this.#log.replaceChildren();
    this.#last = "";
    this.show(matchMedia("(min-width: 68rem)").matches);
    this.note("Messages go straight from browser to browser and are kept nowhere.");
  }

  show(open: boolean, focus = false): void {
    this.#panel.hidden = !open;
    if (open) this.#unread = 0;
    this.#paint();
    if (!open) return;
    this.#opened();
    this.#log.scrollTop = this.#log.scrollHeight;
    if (focus) this.#input.focus();
  }

  add(name: string, text: string, own = false): void {
    const line = make("li", own ? "line own" : "line");
    const speaker = own ? "" : name;
    if (`${own}${speaker}` !== this.#last) line.append(make("span", "speaker", own ? "You" : name));
    this.#last = `${own}${speaker}`;
    line.append(make("span", "text", text));
    this.#append(line);
    if (this.#panel.hidden && !own) this.#unread++;
    this.#paint();
  }

  /** A line from nobody. */
  note(text: string): void {
    if (this.#log.lastElementChild?.textContent === text) return;
    this.#last = "";
    this.#append(make("li", "line-note", text));
  }

  #append(line: HTMLElement): void {
    const atEnd = this.#log.scrollHeight - this.#log.scrollTop - this.#log.clientHeight < 40;
    this.#log.append(line);
    while (this.#log.childElementCount > maxLines) this.#log.firstElementChild?.remove();
    if (atEnd) this.#log.scrollTop = this.#log.scrollHeight;
  }

  #paint(): void {
    const open = !this.#panel.hidden;
    const words = open ? "Close the chat" : this.#unread > 0 ? `Open the chat, ${this.#unread} unread` : "Open the chat";
    this.#toggle.replaceChildren(icon("chat"), ...(this.#unread > 0 ? [make("span", "badge", String(Math.min(this.#unread, 99)))] : []));
    this.#toggle.setAttribute("aria-expanded", String(open));
    this.#toggle.setAttribute("aria-label", words);
    this.#toggle.title = words;
  }
}
