import type { PeerState } from "../../client/src/index.ts";
import { icon, make } from "./dom.ts";
import { initials, type Profile, tint } from "./profile.ts";
import { awayWords, peerWords } from "./words.ts";

/** One person in the grid: picture or initials, name, and the state of the connection in words. */
export class Tile {
  readonly element: HTMLElement;
  readonly #video = make("video", "");
  readonly #avatar = make("div", "avatar");
  readonly #name = make("span", "tile-name");
  readonly #muted = icon("mic-off");
  readonly #state = make("p", "tile-state");
  readonly #retry = make("button", "quiet", "Try again");

  constructor(peer: string, own: boolean, retry?: () => void) {
    this.#video.autoplay = true;
    this.#video.playsInline = true;
    this.#video.muted = own;
    this.#muted.classList.add("tile-muted");
    this.#retry.type = "button";
    this.#retry.hidden = true;
    this.#retry.addEventListener("click", () => retry?.());
    const caption = make("figcaption", "tile-caption", this.#muted, this.#name);
    const trouble = make("div", "tile-trouble", this.#state, this.#retry);
    this.element = make("figure", own ? "tile own" : "tile", this.#avatar, this.#video, trouble, caption);
    this.element.dataset["testid"] = "tile";
    this.element.dataset["peer"] = peer;
    this.#state.dataset["testid"] = "peer-state";
  }

  setStream(stream: MediaStream): void {
    if (this.#video.srcObject === stream) return;
    this.#video.srcObject = stream;
    // A browser may refuse sound before the first click on the page; joining was one, so this is about broken streams only.
    this.#video.play().catch(() => {});
  }

  setProfile({ name, mic, camera }: Profile, suffix = ""): void {
    this.#name.textContent = name + suffix;
    this.#avatar.textContent = initials(name);
    this.#avatar.dataset["tint"] = String(tint(name));
    this.#muted.classList.toggle("shown", !mic);
    this.element.dataset["camera"] = camera ? "on" : "off";
    this.element.setAttribute("aria-label", `${name}${suffix}${mic ? "" : ", microphone off"}${camera ? "" : ", camera off"}`);
  }

  /** `away`: gone from the server, which is of no importance while the picture comes. */
  setState(state: PeerState, away = false): void {
    this.element.dataset["state"] = state;
    this.#state.textContent = away && state !== "connected" ? awayWords : peerWords[state];
    this.#retry.hidden = state !== "failed";
  }

  remove(): void {
    this.#video.srcObject = null;
    this.element.remove();
  }
}
