import { type Call, Monitor, type RemotePeer } from "../../client/src/index.ts";
import type { Chat } from "./chat.ts";
import type { Inputs } from "./devices.ts";
import { sure } from "./dialogs.ts";
import { byID, say } from "./dom.ts";
import { Floor, largeOf, patience, type View } from "./focus.ts";
import { readProfile } from "./profile.ts";
import type { Stage } from "./stage.ts";
import { Tile } from "./tile.ts";
import { qualityWords } from "./words.ts";

/** The call on the page: a tile for everybody, as long as the call lasts. */
export class Session {
  readonly #grid = byID("grid");
  readonly #alone = byID("alone");
  readonly #own: Tile;
  readonly #tiles = new Map<string, Tile>();
  readonly #floor = new Floor();
  readonly #name: string;
  readonly #call: Call;
  readonly #stage: Stage;
  readonly #complain: (error: unknown) => void;
  #speaker = "";
  #chosen: string | null | undefined;
  #view: View = "grid";
  #listening: ReturnType<typeof setTimeout> | undefined;

  constructor(call: Call, name: string, chat: Chat, stage: Stage, complain: (error: unknown) => void) {
    this.#call = call;
    this.#name = name;
    this.#stage = stage;
    this.#complain = complain;
    this.#own = new Tile(call.name, true);
    this.#own.setState("connected");
    this.#grid.replaceChildren(this.#own.element);

    call.on("peer", (peer) => this.#add(peer));
    call.on("peer-updated", (peer) => this.#paint(peer));
    for (const name of ["peer-state", "peer-away", "peer-back"] as const) call.on(name, (peer) => this.#paint(peer));
    call.on("stream", ({ peer, stream }) => this.#tiles.get(peer.name)?.setStream(stream));
    call.on("message", ({ peer, text }) => chat.add(nameOf(peer), text));
    call.on("peer-left", ({ peer }) => {
      this.#tiles.get(peer.name)?.remove();
      this.#tiles.delete(peer.name);
      this.#floor.leave(peer.name);
      this.#countHeads();
      this.#focus();
      if (call.state === "left") return;
      chat.note(`${nameOf(peer)} left`);
      say(`${nameOf(peer)} left`);
    });
    this.#watch(new Monitor(call));
    this.#countHeads();
  }

  get view(): View {
    return this.#view;
  }

  set view(view: View) {
    this.#view = view;
    this.#chosen = undefined;
    this.#focus();
  }

  /** Shows one's own devices as they are now. */
  refresh({ stream, mic, camera }: Inputs): void {
    if (stream) this.#own.setStream(stream);
    this.#own.setProfile({ name: this.#name, mic, camera }, " (you)");
  }

  /** Plays everybody on that speaker. */
  speakOn(speaker: string): void {
    this.#speaker = speaker;
    for (const tile of this.#tiles.values()) tile.speakOn(speaker);
  }

  end(): void {
    clearTimeout(this.#listening);
    for (const tile of this.#tiles.values()) tile.remove();
    this.#own.remove();
    this.#stage.show(undefined);
  }

  #add(peer: RemotePeer): void {
    const { name } = peer;
    const tile = new Tile(name, false, {
      retry: () => this.#call.retry(name),
      enlarge: () => this.#enlarge(name),
      remove: () => void this.#kick(peer),
    });
    tile.speakOn(this.#speaker);
    this.#tiles.set(name, tile);
    this.#floor.enter(name);
    this.#paint(peer);
    this.#grid.append(tile.element);
    this.#countHeads();
    this.#focus();
    say(`${nameOf(peer)} is here`);
  }

  #paint(peer: RemotePeer): void {
    const tile = this.#tiles.get(peer.name);
    tile?.setProfile(readProfile(peer.name, peer.data));
    tile?.setState(peer.state, peer.away);
  }

  #watch(monitor: Monitor): void {
    monitor.on("quality", ({ peer, level, reason }) => this.#tiles.get(peer.name)?.setQuality(level, reason && qualityWords[reason]));
    monitor.on("speaking", ({ peer, speaking }) => (peer ? this.#tiles.get(peer.name) : this.#own)?.setSpeaking(speaking));
    monitor.on("speakers", (names) => this.#listen(names.find((name) => name !== this.#call.name)));
  }

  /** Follows who speaks, once they have for long enough. */
  #listen(name: string | undefined): void {
    clearTimeout(this.#listening);
    if (this.#floor.hear(name, performance.now())) this.#focus();
    else if (name !== undefined && this.#floor.order[0] !== name) this.#listening = setTimeout(() => this.#listen(name), patience);
  }

  #enlarge(name: string): void {
    this.#chosen = this.#large === name ? null : name;
    this.#focus();
  }

  get #large(): string | undefined {
    return largeOf({ chosen: this.#chosen, screens: [], people: this.#floor.order, view: this.#view });
  }

  #focus(): void {
    const large = this.#large;
    this.#stage.show(large === undefined ? undefined : this.#tiles.get(large)?.element);
    for (const [name, tile] of this.#tiles) tile.setLarge(name === large);
  }

  async #kick(peer: RemotePeer): Promise<void> {
    if (!(await sure(`Remove ${nameOf(peer)} from the call?`))) return;
    await this.#call.kick(peer.name).catch(this.#complain);
  }

  #countHeads(): void {
    this.#grid.dataset["count"] = String(this.#tiles.size + 1);
    this.#alone.hidden = this.#tiles.size > 0 || this.#call.state === "left";
  }
}

function nameOf(peer: RemotePeer): string {
  return readProfile(peer.name, peer.data).name;
}
