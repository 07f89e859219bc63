import { ask } from "./api.ts";
import { h } from "./dom.ts";

interface Table {
  readonly name: string;
  readonly key: readonly string[];
}
type Value = Readonly<Record<string, unknown>>;
type Item = Readonly<Record<string, Value>>;
interface Page {
  readonly items: readonly Item[];
  readonly next?: unknown;
}

const pageSize = 25;

/** The tables of the template, a page of items at a time. */
export class Tables {
  readonly #place: HTMLElement;
  readonly #only: (connection: string) => void;
  #list: readonly Table[] = [];
  #table: Table | undefined;
  #starts: unknown[] = [undefined]; // where each page begins, up to the one that is shown

  constructor(place: HTMLElement, only: (connection: string) => void) {
    this.#place = place;
    this.#only = only;
  }

  async show(open: ReadonlySet<string>): Promise<void> {
    if (this.#list.length === 0) this.#list = await ask<Table[]>("tables");
    this.#table ??= this.#list[0];
    const table = this.#table;
    if (!table) {
      this.#place.replaceChildren(h("p", { class: "empty" }, "The template has no table."));
      return;
    }
    const from = this.#starts.at(-1);
    const page = await ask<Page>(`tables/${encodeURIComponent(table.name)}?limit=${pageSize}${from ? `&from=${encodeURIComponent(JSON.stringify(from))}` : ""}`);
    const go = (starts: unknown[], to = this.#table): void => {
      this.#starts = starts;
      this.#table = to;
      void this.show(open);
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
    return h(
      "div",
      { class: "scroll" },
      h(
        "table",
        {},
        h("thead", {}, h("tr", {}, ...[...names].map((name) => h("th", { scope: "col" }, name)))),
        h("tbody", {}, ...items.map((item) => h("tr", {}, ...[...names].map((name) => h("td", {}, this.#cell(item[name], open)))))),
      ),
    );
  }

  /** An open connection, wherever its ID stands, leads to its messages. */
  #cell(value: Value | undefined, open: ReadonlySet<string>): Node | string {
    if (!value) return "";
    const plain = simple(value);
    if (typeof plain === "string") {
      return open.has(plain) ? h("button", { type: "button", class: "link", title: "An open connection: its messages", click: () => this.#only(plain) }, plain) : h("span", { class: "more" }, plain);
    }
    return h("span", { class: "more" }, JSON.stringify(plain));
  }
}

/** DynamoDB JSON without its types. */
function simple(value: Value): unknown {
  const [type, inner] = Object.entries(value)[0] ?? [];
  switch (type) {
    case "L":
      return (inner as Value[]).map(simple);
    case "M":
      return Object.fromEntries(Object.entries(inner as Item).map(([name, one]) => [name, simple(one)]));
    case "NULL":
      return null;
    case "N":
      return String(inner);
    default:
      return inner;
  }
}
