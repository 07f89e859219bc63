import { byID, icon, make, say } from "./dom.ts";
import { pieces } from "./links.ts";

const maxLines = 500;

/** A file on its way, as the log shows it. */
export interface FileRow {
  /** From 0 to 1. */
  progress(share: number): void;
  failed(words: string): void;
  /** It is there; with `data` it can be saved. */
  done(words: string, data?: Blob): void;
}

/** The chat panel: lines from browser to browser, gone with the page. */
export class Chat {
  readonly #panel = byID("chat");
  readonly #log = byID("chat-log");
  readonly #input = byID<HTMLInputElement>("chat-input");
  readonly #toggle = byID<HTMLButtonElement>("chat-toggle");
  readonly #below = byID("chat-below");
  readonly #title = document.title;
  readonly #opened: () => void;
  #unread = 0;
  #last = "";
  #links: string[] = [];

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
    this.#below.addEventListener("click", () => {
      this.#toEnd();
      this.#input.focus(); // the button goes
    });
    this.#log.addEventListener("scroll", () => {
      if (this.#atEnd) this.#below.hidden = true;
    });
    document.addEventListener("visibilitychange", () => {
      if (!document.hidden && !this.#panel.hidden) this.#seen();
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
    for (const link of this.#links.splice(0)) URL.revokeObjectURL(link);
    this.#seen();
    this.show(matchMedia("(min-width: 68rem)").matches);
    this.note("Messages and files go straight from browser to browser and are kept nowhere.");
  }

  get shown(): boolean {
    return !this.#panel.hidden;
  }

  show(open: boolean, focus = false): void {
    const focused = this.#panel.contains(document.activeElement);
    this.#panel.hidden = !open;
    if (!open) {
      this.#paint();
      if (focused) this.#toggle.focus();
      return;
    }
    this.#seen();
    this.#opened();
    this.#toEnd();
    if (focus) this.#input.focus();
  }

  add(name: string, text: string, own = false): void {
    this.#line(name, own, make("span", "text", ...pieces(text).map(({ text, link }) => (link ? anchor(text) : text))), text);
  }

  /** A file that begins to come or to go, and that `cancel` ends. */
  addFile(name: string, file: string, size: number, own: boolean, cancel?: () => void): FileRow {
    const bar = make("progress", "");
    bar.max = 1;
    bar.value = 0;
    bar.setAttribute("aria-label", `${own ? "Sending" : "Receiving"} ${file}`);
    const stop = make("button", "quiet", "Cancel");
    stop.type = "button";
    stop.setAttribute("aria-label", `Cancel ${file}`);
    if (cancel) stop.addEventListener("click", cancel);
    const state = make("span", "file-state", bytes(size));
    const foot = make("div", "file-foot", state, ...(cancel ? [stop] : []));
    const row = make("div", "text file", icon("file"), make("div", "file-body", make("span", "file-name", file), bar, foot));
    row.dataset["testid"] = "file";
    this.#line(name, own, row, file);
    const end = (...last: Node[]): void => {
      bar.remove();
      foot.replaceChildren(...last);
    };
    return {
      progress(share) {
        bar.value = share;
        state.textContent = `${Math.floor(share * 100)} % of ${bytes(size)}`;
      },
      failed: (words) => end(make("span", "file-state", `${words} · ${bytes(size)}`)),
      done: (words, data) => {
        if (!data) return end(make("span", "file-state", `${words} · ${bytes(size)}`));
        const link = make("a", "quiet", words);
        link.href = URL.createObjectURL(data);
        link.download = file;
        link.setAttribute("aria-label", `${words} ${file}`);
        link.dataset["testid"] = "save";
        this.#links.push(link.href);
        end(make("span", "file-state", bytes(size)), link);
      },
    };
  }

  #line(name: string, own: boolean, what: HTMLElement, words: string): void {
    const line = make("div", own ? "line own" : "line");
    const speaker = `${own}${own ? "" : name}`;
    if (speaker !== this.#last) line.append(make("span", "speaker", own ? "You" : name));
    this.#last = speaker;
    line.append(what);
    this.#append(line);
    if (own || !(this.#panel.hidden || document.hidden)) return;
    this.#unread++;
    this.#paint();
    if (this.#panel.hidden) say(`${name}: ${words}`); // an open log says it by itself
  }

  /** A line from nobody. */
  note(text: string): void {
    if (this.#log.lastElementChild?.textContent === text) return;
    this.#last = "";
    this.#append(make("div", "line-note", text));
  }

  #append(line: HTMLElement): void {
    const atEnd = this.#atEnd;
    this.#log.append(line);
    while (this.#log.childElementCount > maxLines) this.#log.firstElementChild?.remove();
    if (atEnd) this.#toEnd();
    else this.#below.hidden = false;
  }

  get #atEnd(): boolean {
    return this.#log.scrollHeight - this.#log.scrollTop - this.#log.clientHeight < 40;
  }

  #toEnd(): void {
    this.#log.scrollTop = this.#log.scrollHeight;
    this.#below.hidden = true;
  }

  #seen(): void {
    this.#unread = 0;
    this.#paint();
  }

  #paint(): void {
    const open = !this.#panel.hidden;
    const words = open ? "Close the chat" : this.#unread > 0 ? `Open the chat, ${this.#unread} unread` : "Open the chat";
    this.#toggle.replaceChildren(icon("chat"), ...(this.#unread > 0 ? [make("span", "badge", String(Math.min(this.#unread, 99)))] : []));
    this.#toggle.setAttribute("aria-expanded", String(open));
    this.#toggle.setAttribute("aria-label", words);
    this.#toggle.title = words;
    document.title = this.#unread > 0 ? `(${this.#unread}) ${this.#title}` : this.#title;
  }
}

function anchor(href: string): HTMLElement {
  const link = make("a", "", href);
  link.href = href;
  link.target = "_blank";
  link.rel = "noreferrer";
  return link;
}

function bytes(size: number): string {
  if (size < 1_000) return `${size} B`;
  if (size < 1_000_000) return `${Math.round(size / 1_000)} KB`;
  return `${(size / 1_000_000).toFixed(size < 10_000_000 ? 1 : 0)} MB`;
}
