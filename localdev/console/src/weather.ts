import { ask } from "./api.ts";
import { h } from "./dom.ts";

interface Rule {
  readonly name: string;
  readonly fault: string;
  readonly matched: number;
  readonly fired: number;
}
interface Report {
  readonly seed: number;
  readonly rules: readonly Rule[];
}

const example = JSON.stringify({ name: "lost push", fault: "push-drop", every: 3 }, null, 2);

/** The faults that are on: added here as JSON, one rule or a file, and removed. */
export class Weather {
  readonly #place: HTMLElement;
  readonly #complain: (problem: unknown) => void;
  readonly #rules = h("div", {});
  #ready = false;

  constructor(place: HTMLElement, complain: (problem: unknown) => void) {
    this.#place = place;
    this.#complain = complain;
  }

  async show(): Promise<void> {
    this.#list(await ask<Report>("weather"));
    if (this.#ready) return;
    this.#ready = true;
    const text = h("textarea", { "aria-label": "A rule as JSON", spellcheck: "false" }, example);
    this.#place.replaceChildren(
      this.#rules,
      h("div", { class: "actions" }, h("label", {}, "Add a rule, or a whole weather file"), h("button", { type: "button", click: () => this.#change("POST", "weather", text.value) }, "Add")),
      text,
    );
  }

  #change(method: string, path: string, body?: string): void {
    ask(path, { method, ...(body === undefined ? {} : { body }) })
      .then(() => this.show())
      .catch(this.#complain);
  }

  #list({ seed, rules }: Report): void {
    if (!rules || rules.length === 0) {
      this.#rules.replaceChildren(h("p", { class: "empty" }, "Fair weather: nothing is broken on purpose."));
      return;
    }
    this.#rules.replaceChildren(
      h("p", { class: "facts" }, `seed ${seed}`),
      h(
        "div",
        { class: "scroll" },
        h(
          "table",
          {},
          h("thead", {}, h("tr", {}, ...["Rule", "Fault", "Matched", "Fired", ""].map((name) => h("th", { scope: "col" }, name)))),
          h("tbody", {}, ...rules.map((rule) => h("tr", {}, h("td", {}, rule.name), h("td", {}, rule.fault), h("td", {}, rule.matched), h("td", {}, rule.fired), h("td", {}, h("button", { type: "button", click: () => this.#change("DELETE", `weather/${encodeURIComponent(rule.name)}`) }, "Remove"))))),
        ),
      ),
    );
  }
}
