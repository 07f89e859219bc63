import { h } from "./dom.ts";
import { duration, perMillion, shortID, timeOfDay, units } from "./format.ts";
import { way } from "./later.ts";
import { sipLabel } from "./sip.ts";
import { type Span, bodyOf, failed } from "./types.ts";

const shown = 300; // rows on the page; a search finds older ones
const kept = 1000; // as many as the emulator keeps

/** The spans that the page knows, and the rows of those that match. */
export class List {
  readonly #rows: HTMLElement;
  readonly #none: HTMLElement;
  readonly #spans = new Map<number, Span>();
  readonly #elements = new Map<number, { span: Span; element: HTMLElement }>();
  readonly #texts = new WeakMap<Span, string>();
  readonly #select: (id: number) => void;
  search = "";
  filter = "all";
  selected: number | undefined;

  constructor(rows: HTMLElement, none: HTMLElement, select: (id: number) => void) {
    this.#rows = rows;
    this.#none = none;
    this.#select = select;
  }

  get(id: number): Span | undefined {
    return this.#spans.get(id);
  }

  add(spans: readonly Span[]): void {
    for (const span of spans) this.#spans.set(span.id, span);
    let surplus = this.#spans.size - kept;
    for (const id of this.#spans.keys()) {
      if (surplus-- <= 0) break;
      if (id === this.selected) continue; // somebody is reading it
      this.#spans.delete(id);
      this.#elements.delete(id);
    }
  }

  clear(): void {
    this.restart();
    this.selected = undefined;
  }

  /** Forgets the spans, which are about to come again. */
  restart(): void {
    this.#spans.clear();
    this.#elements.clear();
  }

  /** The spans that match, the newest first. */
  matching(): Span[] {
    const words = this.search.toLowerCase().split(/\s+/).filter(Boolean);
    const found: Span[] = [];
    for (const span of [...this.#spans.values()].sort((a, b) => b.id - a.id)) {
      if (found.length === shown) break;
      if (this.#passes(span) && words.every((word) => this.#text(span).includes(word))) found.push(span);
    }
    return found;
  }

  /** All spans in which that stands, the oldest first. */
  mentioning(text: string): Span[] {
    return [...this.#spans.values()].filter((span) => this.#text(span).includes(text.toLowerCase())).sort((a, b) => a.id - b.id);
  }

  /** Brings the page in line. */
  render(): void {
    const spans = this.matching();
    const rows = spans.map((span) => this.#element(span));
    this.#rows.hidden = rows.length === 0;
    this.#none.hidden = rows.length > 0;
    this.#none.textContent = this.#spans.size > 0 ? "Nothing matches." : "No message yet. Connect a client and what it sends appears here, with everything that it causes.";
    // Row by row: whoever has scrolled down keeps their place when new ones come in above.
    for (const [i, row] of rows.entries()) {
      if (this.#rows.children[i] !== row) this.#rows.insertBefore(row, this.#rows.children[i] ?? null);
      row.setAttribute("aria-selected", String(spans[i]?.id === this.selected));
    }
    while (this.#rows.children.length > rows.length) this.#rows.lastElementChild?.remove();
    if (spans.some((span) => span.id === this.selected)) this.#rows.setAttribute("aria-activedescendant", `span-${this.selected}`);
    else this.#rows.removeAttribute("aria-activedescendant");
  }

  /** The span so many rows further down. */
  neighbour(offset: number): number | undefined {
    const spans = this.matching();
    const at = spans.findIndex((span) => span.id === this.selected);
    return spans[at < 0 ? 0 : Math.max(0, Math.min(spans.length - 1, at + offset))]?.id;
  }

  reveal(id: number): void {
    this.#elements.get(id)?.element.scrollIntoView({ block: "nearest" });
  }

  #passes(span: Span): boolean {
    if (this.filter === "failed") return failed(span);
    if (this.filter === "message") return span.kind === "message" || span.kind === "post";
    return this.filter === "all" || span.kind !== "message" && span.kind !== "post";
  }

  #text(span: Span): string {
    let text = this.#texts.get(span);
    if (text === undefined) {
      const steps = span.steps.map((step) => `${step.name} ${step.table ?? ""} ${step.text ?? ""} ${step.failure ?? ""}`);
      text = [title(span), span.connection, span.requestId, span.failure, JSON.stringify(span.event ?? ""), bodyOf(span), ...steps].join("\n").toLowerCase();
      this.#texts.set(span, text);
    }
    return text;
  }

  /** The row of a span. Its elements stay: a browser forgets a click on one that is replaced before the button is up. */
  #element(span: Span): HTMLElement {
    const known = this.#elements.get(span.id);
    if (known?.span === span) return known.element;
    const row = { id: `span-${span.id}`, class: "row new", role: "option", "data-testid": "row", "data-kind": span.kind, click: () => this.#select(span.id) };
    const element = known?.element ?? h("div", row, h("time"), ...["what", "took n", "who n", "body", "cost n"].map((name) => h("span", { class: name })));
    const bad = failed(span);
    const texts = [
      timeOfDay(span.at),
      bad ? `${title(span)} – failed` : title(span),
      span.running ? "…" : duration(span.took),
      shortID(span.connection),
      sipLabel(bodyOf(span)) ?? (bodyOf(span).slice(0, 160) || hintOf(span)),
      [units(span.wru, span.rru), perMillion(span.usd)].filter(Boolean).join(" · "),
    ];
    for (const [i, text] of texts.entries()) element.children[i]!.textContent = text;
    element.children[1]!.classList.toggle("bad", bad);
    this.#elements.set(span.id, { span, element });
    return element;
  }
}

export function title(span: Span): string {
  switch (span.kind) {
    case "authorize":
      return `authorizer ${span.status ?? "allows"}`;
    case "connect":
      return `$connect ${span.status ?? ""}`.trim();
    case "disconnect":
      return `$disconnect ${span.event?.requestContext?.["disconnectStatusCode"] ?? ""}`.trim();
    case "post":
      return "POST @connections";
    case "async":
      return `${span.route || "event"}, asynchronous`;
    case "message":
      return span.route || "no route";
  }
}

function hintOf(span: Span): string {
  const context = span.event?.requestContext;
  if (span.kind === "async") return way(span);
  if (!span.event && span.failure) return span.failure; // a handshake that became no event
  if (span.kind === "disconnect") return String(context?.["disconnectReason"] ?? "");
  const identity = context?.["identity"] as { sourceIp?: string; userAgent?: string } | undefined;
  return [identity?.sourceIp, identity?.userAgent].filter(Boolean).join(" ");
}
