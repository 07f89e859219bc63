import { type Call, ParleyError } from "../../client/src/index.ts";
import { byID, make, say } from "./dom.ts";
import { readName } from "./profile.ts";

/** Who waits to be let in, with what a host can do about it. */
export class Knocks {
  readonly #list = byID("knocks");
  readonly #call: Call;
  readonly #complain: (error: unknown) => void;

  constructor(call: Call, complain: (error: unknown) => void) {
    this.#call = call;
    this.#complain = complain;
    call.on("knock", (knock) => {
      this.#draw();
      say(`${readName(knock.peer, knock.data)} would like to come in`);
    });
    call.on("knock-left", () => this.#draw());
    call.on("state", () => this.#draw());
    this.#draw();
  }

  #draw(): void {
    const focused = this.#list.contains(document.activeElement) ? (document.activeElement as HTMLElement).ariaLabel : null;
    const waiting = this.#call.state === "left" ? [] : [...this.#call.waiting.values()];
    this.#list.replaceChildren(...waiting.map(({ peer, data }) => this.#row(peer, readName(peer, data))));
    this.#list.hidden = waiting.length === 0;
    if (focused === null) return; // else it would be at the top of the page now
    const buttons = [...this.#list.querySelectorAll<HTMLElement>("button")];
    const next = buttons.find(({ ariaLabel }) => ariaLabel === focused) ?? this.#list.querySelector<HTMLElement>("button:last-of-type");
    (next ?? byID("more")).focus();
  }

  #row(peer: string, name: string): HTMLElement {
    const button = (className: string, words: string, testID: string, act: () => Promise<void>): HTMLButtonElement => {
      const one = make("button", className, words);
      one.type = "button";
      one.dataset["testid"] = testID;
      one.setAttribute("aria-label", `${words}: ${name}`);
      one.addEventListener("click", () => void this.#answer(act));
      return one;
    };
    return make(
      "li",
      "knock",
      make("span", "", make("strong", "", name), " would like to come in"),
      button("quiet", "Not now", "deny", () => this.#call.deny(peer)),
      button("primary", "Let in", "admit", () => this.#call.admit(peer)),
    );
  }

  async #answer(act: () => Promise<void>): Promise<void> {
    try {
      await act();
    } catch (error) {
      if (!(error instanceof ParleyError && error.reason === "no-such-peer")) this.#complain(error); // another host was quicker
    }
    this.#draw();
  }
}
