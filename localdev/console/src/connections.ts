import { byID, grid, h, refill } from "./dom.ts";
import { agent, number, shortID } from "./format.ts";
import { type Mention, type Mentions, readMentions } from "./mentions.ts";
import type { Connection, State } from "./types.ts";

const shownItems = 200;
const shownChips = 50; // of one item
const shownNames = 5; // of items, beside one connection

interface Actions {
  end(id: string, silent: boolean): void;
  only(id: string): void;
  speaks(id: string): string | undefined;
  complain(problem: unknown): void;
}

const rowOf = (connection: string): string => `connection-${connection}`;

/** What a client was seen to speak, and what the service's tables say, where that is something else. */
function speech(seen: string | undefined, noted: string | undefined): string {
  return seen !== undefined && noted !== undefined && seen !== noted ? `${seen}, served as ${noted}` : (seen ?? noted ?? "");
}

/** The open connections, each with ways to end it, and below them the items that mention them. */
export class Connections {
  readonly #actions: Actions;
  readonly #empty = h("p", { class: "empty" }, "No connection is open.");
  readonly #rows = h("tbody");
  readonly #items = h("tbody");
  readonly #count = h("span", { class: "count" });
  readonly #notes = h("p", { class: "facts" });
  readonly #tables: HTMLElement;
  #mentions: Mentions = { items: [], cut: [], dialects: {} };
  #reading = false;
  #drawn = "";

  constructor(place: HTMLElement, actions: Actions) {
    this.#actions = actions;
    this.#tables = h(
      "div",
      { hidden: true },
      grid("Open connections", ["Connection", "Speaks", "Open for", "Idle for", "From", "Client", "Mentioned in", "End it"], this.#rows),
      h("h2", {}, "Items that mention them ", this.#count),
      grid("Items that mention open connections", ["Key", "Connections", "Table"], this.#items),
      this.#notes,
    );
    place.replaceChildren(this.#empty, this.#tables);
  }

  /** Draws what is known, and reads the tables anew unless that is still going on. */
  show(state: State): void {
    this.#draw(state);
    if (this.#reading) return;
    this.#reading = true;
    readMentions(state.connections)
      .then((mentions) => {
        this.#mentions = mentions;
        this.#draw(state);
      })
      .catch(this.#actions.complain)
      .finally(() => (this.#reading = false));
  }

  #draw(state: State): void {
    const speaks = new Map(state.connections.map(({ connectionId: id }) => [id, speech(this.#actions.speaks(id), this.#mentions.dialects[id])]));
    const now = JSON.stringify([state.connections, [...speaks.values()], state.moreConnections, Math.floor(state.now / 6000), this.#mentions]);
    if (now === this.#drawn) return; // else a click would miss the button that was replaced under it
    this.#drawn = now;
    this.#empty.hidden = state.connections.length > 0;
    this.#tables.hidden = state.connections.length === 0;
    const mentioning = new Map<string, Mention[]>();
    for (const item of this.#mentions.items.slice(0, shownItems)) {
      for (const id of item.connections) mentioning.set(id, [...(mentioning.get(id) ?? []), item]);
    }
    refill(
      this.#rows,
      ...state.connections.map((one) => this.#connection(one, speaks.get(one.connectionId) ?? "", state.now, mentioning.get(one.connectionId) ?? [])),
      state.moreConnections > 0 && h("tr", {}, h("td", { colspan: 8 }, `and ${number(state.moreConnections)} more`)),
    );
    this.#drawItems(state);
  }

  #connection({ connectionId: id, connectedAt, lastActiveAt, sourceIp, userAgent }: Connection, speaks: string, now: number, items: readonly Mention[]): HTMLElement {
    const age = (from: string): string => `${number(Math.max(0, (now - Date.parse(from)) / 60_000))} min`;
    const end = (word: string, title: string, silent: boolean): HTMLElement =>
      h("button", { type: "button", id: `${word} ${id}`, title, click: () => this.#actions.end(id, silent) }, word);
    return h(
      "tr",
      { id: rowOf(id), tabindex: -1, "data-connection": id },
      h("td", {}, h("button", { type: "button", id: `only ${id}`, class: "link", title: "Its messages", click: () => this.#actions.only(id) }, id)),
      h("td", {}, speaks),
      h("td", {}, age(connectedAt)),
      h("td", {}, age(lastActiveAt)),
      h("td", {}, sourceIp),
      h("td", { title: userAgent }, agent(userAgent)),
      h(
        "td",
        {},
        h(
          "div",
          { class: "chips" },
          ...items.slice(0, shownNames).map((item) => h("button", { type: "button", class: "chip", id: `${id} in ${item.id}`, title: `${item.table}\n${item.key}`, click: () => byID(item.id).focus() }, item.name)),
          items.length > shownNames && `and ${items.length - shownNames} more`,
        ),
      ),
      h("td", { class: "actions-cell" }, end("Close", "As DELETE @connections does", false), end("Cut", "The socket vanishes: pushes answer 410, $disconnect never runs", true)),
    );
  }

  #drawItems({ connections, moreConnections }: State): void {
    const { items, cut } = this.#mentions;
    const open = new Map(connections.map((one) => [one.connectionId, one]));
    this.#count.textContent = number(items.length);
    refill(this.#items, ...items.slice(0, shownItems).map((item) => itemRow(item, open)), items.length === 0 && h("tr", {}, h("td", { colspan: 3 }, "No item mentions an open connection.")));
    const notes = [
      items.length > shownItems && `Only ${shownItems} of ${number(items.length)} are shown.`,
      cut.length > 0 && `Read are only ${cut.join(", ")}.`,
      moreConnections > 0 && `Only the ${connections.length} connections listed above are looked for.`,
    ];
    this.#notes.textContent = notes.filter(Boolean).join(" ");
  }
}

function itemRow(item: Mention, open: ReadonlyMap<string, Connection>): HTMLElement {
  // One that ended while the tables were read is not on the page any more.
  const there = item.connections.flatMap((id) => open.get(id) ?? []);
  return h(
    "tr",
    { id: item.id, tabindex: -1, "data-testid": "mention" },
    h("td", { title: item.key }, item.name),
    h(
      "td",
      { class: "wide" },
      h(
        "div",
        { class: "chips" },
        h("span", { class: "count" }, there.length),
        ...there.slice(0, shownChips).map(({ connectionId: id, sourceIp, userAgent }) =>
          h("button", { type: "button", class: "chip", id: `${item.id} has ${id}`, title: `${id}\n${userAgent}`, click: () => byID(rowOf(id)).focus() }, h("b", {}, shortID(id)), ` ${agent(userAgent)} ${sourceIp}`),
        ),
        there.length > shownChips && `and ${there.length - shownChips} more`,
      ),
    ),
    h("td", {}, item.table),
  );
}
