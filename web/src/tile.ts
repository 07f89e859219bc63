import { type PeerState, selectSpeaker } from "../../client/src/index.ts";
import { icon, make, takeAway } from "./dom.ts";
import { initials, type Profile, tint } from "./profile.ts";
import { forget, play } from "./sound.ts";
import { awayWords, lostWords, peerWords } from "./words.ts";

export type Level = "good" | "fair" | "poor";

export interface TileActions {
  readonly retry?: () => void;
  /** Makes it large, or not any more. */
  readonly enlarge?: () => void;
  /** For hosts: asks them to leave. */
  readonly remove?: () => void;
}

/** One picture on the stage, a person's or a screen's: its name, and in words how its connection is. */
export class Tile {
  readonly element: HTMLElement;
  readonly #video = make("video", "");
  readonly #avatar = make("div", "avatar");
  readonly #name = make("span", "tile-name");
  readonly #muted = icon("mic-off");
  readonly #marks = make("div", "tile-marks");
  readonly #quality = make("span", "quality", make("i", ""), make("i", ""), make("i", ""));
  readonly #state = make("p", "tile-state");
  readonly #retry: HTMLButtonElement;
  readonly #enlarge: HTMLButtonElement;
  readonly #remove: HTMLButtonElement;
  #profile: Profile = { name: "", mic: true, camera: true };
  #suffix = "";
  #level: Level | undefined;
  #why = "";

  constructor(peer: string, own: boolean, { retry, enlarge, remove }: TileActions = {}, kind: "tile" | "screen" = "tile") {
    this.#video.autoplay = true;
    this.#video.playsInline = true;
    this.#video.muted = own;
    this.#muted.classList.add("tile-muted");
    this.#quality.hidden = true;
    this.#quality.dataset["testid"] = "quality";
    this.#retry = button("quiet", retry, "Try again");
    this.#retry.hidden = true;
    this.#enlarge = button("tile-button", enlarge, icon("large"));
    this.#enlarge.dataset["testid"] = "enlarge";
    this.#remove = button("tile-button", remove, icon("remove"));
    this.#remove.dataset["testid"] = "kick";
    this.#remove.hidden = true;
    if (enlarge) this.#marks.append(this.#remove, this.#enlarge);
    const caption = make("figcaption", "tile-caption", this.#muted, this.#name, this.#quality);
    const trouble = make("div", "tile-trouble", this.#state, this.#retry);
    this.element = make("figure", own ? "tile own" : "tile", this.#avatar, this.#video, trouble, this.#marks, caption);
    this.element.classList.add(kind);
    this.element.dataset["testid"] = kind;
    this.element.dataset["peer"] = peer;
    this.#state.dataset["testid"] = "peer-state";
  }

  setStream(stream: MediaStream): void {
    if (this.#video.srcObject === stream) return;
    this.#video.srcObject = stream;
    void play(this.#video);
  }

  speakOn(speaker: string): void {
    selectSpeaker(this.#video, speaker).catch(() => {}); // it is gone: then the system's own
  }

  setProfile(profile: Profile, suffix = ""): void {
    this.#profile = profile;
    this.#suffix = suffix;
    this.#label();
  }

  /** `away`: gone from the server, which is of little importance while the picture comes. */
  setState(state: PeerState, away = false): void {
    this.element.dataset["state"] = state;
    this.element.dataset["away"] = String(away);
    this.#state.textContent = !away ? peerWords[state] : state === "connected" ? lostWords : awayWords;
    this.#retry.hidden = state !== "failed";
  }

  /** Why there is no picture, in more words than the state has. */
  setTrouble(words: string): void {
    this.#state.textContent = words;
  }

  setQuality(level: Level | undefined, why = ""): void {
    this.#level = level;
    this.#why = why;
    this.#quality.hidden = level === undefined;
    if (level !== undefined) this.#quality.dataset["level"] = level;
    this.#quality.title = this.#qualityWords();
    this.#label();
  }

  setSpeaking(speaking: boolean): void {
    this.element.classList.toggle("speaking", speaking);
  }

  setLarge(large: boolean): void {
    const words = `${large ? "Show everybody alike, not" : "Show"} ${this.#title()}${large ? "" : " large"}`;
    this.#enlarge.replaceChildren(icon(large ? "grid" : "large"));
    this.#enlarge.setAttribute("aria-label", words);
    this.#enlarge.title = large ? "Show everybody alike" : "Show large";
  }

  /** Whether one may remove them. */
  setRemovable(removable: boolean): void {
    this.#remove.hidden = !removable;
  }

  remove(): void {
    this.#video.srcObject = null;
    forget(this.#video);
    takeAway(this.element, document.getElementById("call"));
  }

  #title(): string {
    return `${this.#profile.name}${this.#suffix}`;
  }

  #qualityWords(): string {
    return this.#level === undefined ? "" : `Connection ${this.#level}${this.#why ? `: ${this.#why}` : ""}`;
  }

  #label(): void {
    const { name, mic, camera } = this.#profile;
    const title = this.#title();
    this.#name.textContent = title;
    this.#avatar.textContent = initials(name);
    this.#avatar.dataset["tint"] = String(tint(name));
    this.#muted.classList.toggle("shown", !mic);
    this.element.dataset["camera"] = camera ? "on" : "off";
    const quality = this.#level === undefined || this.#level === "good" ? [] : [this.#qualityWords().toLowerCase()];
    const words = [title, ...(mic ? [] : ["microphone off"]), ...(camera ? [] : ["camera off"]), ...quality];
    this.element.setAttribute("aria-label", words.join(", "));
    this.#remove.setAttribute("aria-label", `Remove ${name} from the call`);
    this.#remove.title = "Remove from the call";
    this.setLarge(this.element.classList.contains("large"));
  }
}

function button(className: string, act: (() => void) | undefined, child: Node | string): HTMLButtonElement {
  const made = make("button", className, child);
  made.type = "button";
  if (act) made.addEventListener("click", act);
  return made;
}
