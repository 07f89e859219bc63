import { type Call, ParleyError } from "../../client/src/index.ts";
import { byID, icon } from "./dom.ts";

/** The button that shares one's screen, or ends that. Where the browser shares none, there is none. */
export class ScreenButton {
  readonly #button = byID<HTMLButtonElement>("screen");
  readonly #complain: (error: unknown) => void;
  #call: Call | undefined;
  #asking = false;

  constructor(complain: (error: unknown) => void) {
    this.#complain = complain;
    const can = "getDisplayMedia" in (navigator.mediaDevices ?? {});
    this.#button.hidden = byID("menu-screen").hidden = !can;
    this.#button.addEventListener("click", () => void this.#toggle());
    byID("menu-screen").addEventListener("click", () => this.#button.click());
    this.#label();
  }

  begin(call: Call): void {
    this.#call = call;
    call.on("published", () => this.#label());
    call.on("unpublished", () => this.#label());
    this.#label();
  }

  get #shared() {
    return [...(this.#call?.publications.values() ?? [])].filter(({ kind }) => kind === "screen" || kind === "screen-audio");
  }

  async #toggle(): Promise<void> {
    const call = this.#call;
    if (!call || this.#asking) return;
    if (this.#shared.length > 0) return this.#shared.forEach((one) => call.unpublish(one));
    this.#asking = true;
    try {
      await call.shareScreen();
    } catch (error) {
      // Who closes the browser's question knows it.
      if (!(error instanceof ParleyError && (error.reason === "media-denied" || error.reason === "aborted"))) this.#complain(error);
    }
    this.#asking = false;
  }

  #label(): void {
    const sharing = this.#shared.length > 0;
    const words = sharing ? "Stop sharing your screen" : "Share your screen";
    this.#button.replaceChildren(icon("screen"));
    this.#button.dataset["on"] = String(sharing);
    this.#button.setAttribute("aria-label", words);
    this.#button.title = words;
    byID("menu-screen").replaceChildren(icon("screen"), words);
  }
}
