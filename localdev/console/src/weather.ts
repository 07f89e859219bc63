import { ask } from "./api.ts";
import { grid, h, refill } from "./dom.ts";

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
  #drawn = "";

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

  #list(report: Report): void {
    const now = JSON.stringify(report);
    if (now === this.#drawn) return; // else a click would miss the button that was replaced under it
    this.#drawn = now;
    const { seed, rules } = report;
    if (!rules || rules.length === 0) {
      refill(this.#rules, h("p", { class: "empty" }, "Fair weather: nothing is broken on purpose."));
      return;
    }
    const remove = (name: string): HTMLElement => h("button", { type: "button", id: `remove ${name}`, click: () => this.#change("DELETE", `weather/${encodeURIComponent(name)}`) }, "Remove");
    const rows = rules.map((rule) => h("tr", {}, h("td", {}, rule.name), h("td", {}, rule.fault), h("td", {}, rule.matched), h("td", {}, rule.fired), h("td", {}, remove(rule.name))));
    refill(this.#rules, h("p", { class: "facts" }, `seed ${seed}`), grid("Rules", ["Rule", "Fault", "Matched", "Fired", "Change"], h("tbody", {}, ...rows)));
  }
}
