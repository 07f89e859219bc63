import { grid, h } from "./dom.ts";
import { type Item, type Table, type Value, readPage, readTables, simple } from "./items.ts";

const pageSize = 25;

/** The tables of the template, a page of items at a time. */
export class Tables {
  readonly #place: HTMLElement;
  readonly #only: (connection: string) => void;
  readonly #complain: (problem: unknown) => void;
  #list: readonly Table[] = [];
  #table: Table | undefined;
  #starts: unknown[] = [undefined]; // where each page begins, up to the one that is shown

  constructor(place: HTMLElement, only: (connection: string) => void, complain: (problem: unknown) => void) {
    this.#place = place;
    this.#only = only;
    this.#complain = complain;
  }

  async show(open: ReadonlySet<string>): Promise<void> {
    if (this.#list.length === 0) this.#list = await readTables();
    this.#table ??= this.#list[0];
    const table = this.#table;
    if (!table) {
      this.#place.replaceChildren(h("p", { class: "empty" }, "The template has no table."));
      return;
    }
    const starts = this.#starts;
    const page = await readPage(table, pageSize, starts.at(-1));
    if (table !== this.#table || starts !== this.#starts) return; // somebody has moved on meanwhile
    const go = (starts: unknown[], to = this.#table): void => {
      this.#starts = starts;
      this.#table = to;
      this.show(open).catch(this.#complain);
    };
    this.#place.replaceChildren(
      h("div", { class: "pick" }, ...this.#list.map((one) => h("button", { type: "button", "aria-pressed": String(one.name === table.name), click: () => go([undefined], one) }, one.name))),
      page.items.length > 0 ? this.#grid(table, page.items, open) : h("p", { class: "empty" }, "No item."),
      h(
        "div",
        { class: "actions" },
        h("button", { type: "button", disabled: this.#starts.length < 2, click: () => go(this.#starts.slice(0, -1)) }, "Previous"),
        h("button", { type: "button", disabled: !page.next, click: () => go([...this.#starts, page.next]) }, "Next"),
        h("button", { type: "button", click: () => go(this.#starts) }, "Read again"),
        h("span", {}, `page ${this.#starts.length}`),
      ),
    );
  }

  #grid(table: Table, items: readonly Item[], open: ReadonlySet<string>): HTMLElement {
    const names = new Set(table.key);
    for (const item of items) for (const name of Object.keys(item).sort()) names.add(name);
    return grid(table.name, [...names], h("tbody", {}, ...items.map((item) => h("tr", {}, ...[...names].map((name) => h("td", {}, this.#cell(item[name], open)))))));
  }

  /** An open connection, wherever its ID stands, leads to its messages. */
  #cell(value: Value | undefined, open: ReadonlySet<string>): Node | string {
    if (!value) return "";
    const plain = simple(value);
    if (typeof plain === "string" && open.has(plain)) return h("button", { type: "button", class: "link", title: "An open connection: its messages", click: () => this.#only(plain) }, plain);
    const text = typeof plain === "string" ? plain : JSON.stringify(plain);
    return h("span", text.length > 150 ? { class: "more", tabindex: 0 } : {}, text); // a long one scrolls, also by keyboard
  }
}
