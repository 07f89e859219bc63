import { type Call, diagnose, type LeaveReason, Monitor, type Publication, type RemotePeer, type RemoteTrack } from "../../client/src/index.ts";
import { Absent } from "./absent.ts";
import type { Chat } from "./chat.ts";
import type { Inputs } from "./devices.ts";
import { sure } from "./dialogs.ts";
import { byID, say } from "./dom.ts";
import { Floor, largeOf, patience, type View } from "./focus.ts";
import { nameOf } from "./profile.ts";
import type { Stage } from "./stage.ts";
import { Tile } from "./tile.ts";
import { qualityWords } from "./words.ts";

const own = "own screen"; // no name: it has a space

/** The call on the page: a tile for everybody, as long as the call lasts. */
export class Session {
  readonly #grid = byID("grid");
  readonly #alone = byID("alone");
  readonly #own: Tile;
  readonly #tiles = new Map<string, Tile>();
  readonly #screens = new Map<string, Tile>();
  readonly #floor = new Floor();
  readonly #absent = new Absent();
  readonly #returned = new Set<string>(); // and not connected again yet
  readonly #name: string;
  readonly #call: Call;
  readonly #chat: Chat;
  readonly #stage: Stage;
  readonly #monitor: Monitor;
  readonly #complain: (error: unknown) => void;
  #speaker = "";
  #host = false;
  #chosen: string | null | undefined;
  #view: View = "grid";
  #listening: ReturnType<typeof setTimeout> | undefined;

  constructor(call: Call, name: string, chat: Chat, stage: Stage, complain: (error: unknown) => void) {
    this.#call = call;
    this.#chat = chat;
    this.#name = name;
    this.#stage = stage;
    this.#complain = complain;
    this.#monitor = new Monitor(call);
    this.#watch();
    this.#own = new Tile(call.name, true);
    this.#own.setState("connected");
    this.#grid.replaceChildren(this.#own.element);

    call.on("peer", (peer) => this.#add(peer));
    call.on("peer-updated", (peer) => this.#paint(peer));
    for (const name of ["peer-state", "peer-away", "peer-back"] as const) call.on(name, (peer) => this.#paint(peer));
    call.on("peer-state", (peer) => peer.state === "failed" && void this.#explain(peer));
    call.on("track", ({ peer, track }) => this.#arrived(peer, track));
    call.on("track-removed", ({ peer, track }) => this.#gone(peer, track));
    call.on("track-muted", ({ peer }) => this.#paint(peer));
    call.on("published", (publication) => this.#shared(publication));
    call.on("unpublished", ({ kind }) => kind === "screen" && this.#hide(own));
    call.on("message", ({ peer, text }) => chat.add(nameOf(peer), text));
    for (const name of ["peer-state", "peer-away", "peer-back"] as const) call.on(name, (peer) => this.#heed(peer));
    call.on("peer-left", ({ peer, reason }) => {
      if (reason !== "lost" || call.state === "left") return this.#departed(peer, reason);
      if (!this.#tiles.has(peer.name)) return; // that was told
      this.#tiles.get(peer.name)!.setState("reconnecting");
      this.#absent.await(peer.name, () => this.#departed(peer, reason));
    });
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

  /** Whether one may remove the others. */
  setHost(host: boolean): void {
    this.#host = host;
    for (const tile of this.#tiles.values()) tile.setRemovable(host);
  }

  /** Plays everybody on that speaker. */
  speakOn(speaker: string): void {
    this.#speaker = speaker;
    for (const tile of [...this.#tiles.values(), ...this.#screens.values()]) tile.speakOn(speaker);
  }

  end(): void {
    clearTimeout(this.#listening);
    this.#absent.end();
    for (const tile of [...this.#tiles.values(), ...this.#screens.values(), this.#own]) tile.remove();
    this.#stage.show(undefined);
  }

  #add(peer: RemotePeer): void {
    const { name } = peer;
    if (this.#absent.back(name) && this.#tiles.has(name)) {
      this.#returned.add(name);
      return this.#paint(peer);
    }
    const tile = new Tile(name, false, {
      retry: () => this.#call.retry(name),
      enlarge: () => this.#enlarge(name),
      remove: () => void this.#kick(peer),
    });
    tile.speakOn(this.#speaker);
    tile.setRemovable(this.#host);
    this.#tiles.set(name, tile);
    this.#floor.enter(name);
    this.#paint(peer);
    this.#rate(name); // they may have been here a moment ago
    this.#grid.append(tile.element);
    this.#countHeads();
    this.#focus();
    say(`${nameOf(peer)} is here`);
  }

  #paint(peer: RemotePeer): void {
    const tile = this.#tiles.get(peer.name);
    const tracks = [...peer.tracks.values()];
    const unknown = tracks.length === 0 && peer.state !== "connected";
    const on = (kind: string): boolean => tracks.some((track) => track.kind === kind && !track.muted);
    tile?.setProfile({ name: nameOf(peer), mic: unknown || on("microphone"), camera: on("camera") });
    if (peer.state !== "connecting") this.#returned.delete(peer.name);
    tile?.setState(this.#returned.has(peer.name) ? "reconnecting" : peer.state, peer.away);
  }

  /** Of somebody with neither server nor media the page is gone, as a rule: a tab that is closed gets no word out. */
  #heed(peer: RemotePeer): void {
    const { name, away, state } = peer;
    if (away && state !== "connected") return this.#absent.await(name, () => this.#departed(peer, "lost"));
    this.#absent.back(name);
    if (away) this.#absent.lose(name);
    if (this.#tiles.has(name)) return;
    this.#add(peer);
    for (const track of peer.tracks.values()) this.#arrived(peer, track);
  }

  #departed(peer: RemotePeer, reason: LeaveReason): void {
    if (!this.#tiles.has(peer.name)) return; // that was told
    this.#leave(peer.name);
    if (this.#call.state === "left") return;
    const words = `${nameOf(peer)} ${reason === "kicked" ? "was removed" : "left"}`;
    this.#chat.note(words);
    say(words);
  }

  #leave(name: string): void {
    this.#absent.back(name);
    this.#tiles.get(name)?.remove();
    this.#tiles.delete(name);
    for (const key of [...this.#screens.keys()]) if (key.startsWith(`${name}/`)) this.#hide(key);
    this.#returned.delete(name);
    this.#floor.leave(name);
    this.#countHeads();
    this.#focus();
  }

  /** Says why there is no way to them, once it is known. */
  async #explain({ name }: RemotePeer): Promise<void> {
    const { sentence, advice } = await diagnose(this.#call, { peer: name });
    if (this.#call.peers.get(name)?.state === "failed") this.#tiles.get(name)?.setTrouble(`${sentence} ${advice}`);
  }

  #arrived(peer: RemotePeer, { kind, name, stream }: RemoteTrack): void {
    if (kind === "screen") this.#show(`${peer.name}/${name}`, `${nameOf(peer)}’s screen`, peer.name, stream);
    else if (kind !== "screen-audio") this.#tiles.get(peer.name)?.setStream(stream);
    this.#paint(peer);
  }

  #gone(peer: RemotePeer, { kind, name }: RemoteTrack): void {
    if (kind === "screen") this.#hide(`${peer.name}/${name}`);
    this.#paint(peer);
  }

  #shared({ kind, track }: Publication): void {
    if (kind === "screen") this.#show(own, "Your screen", this.#call.name, new MediaStream([track]));
  }

  #show(key: string, title: string, peer: string, stream: MediaStream): void {
    this.#hide(key);
    const tile = new Tile(peer, key === own, { enlarge: () => this.#enlarge(key) }, "screen");
    tile.setProfile({ name: title, mic: true, camera: true });
    tile.setState("connected");
    tile.setStream(stream);
    tile.speakOn(this.#speaker);
    this.#screens.set(key, tile);
    this.#grid.append(tile.element);
    this.#chosen = undefined;
    this.#focus();
    say(key === own ? "You share your screen" : `${title} is shown`);
  }

  #hide(key: string): void {
    this.#screens.get(key)?.remove();
    if (this.#screens.delete(key)) this.#focus();
  }

  #watch(): void {
    const monitor = this.#monitor;
    monitor.on("quality", ({ peer }) => this.#rate(peer.name));
    monitor.on("speaking", ({ peer, speaking }) => (peer ? this.#tiles.get(peer.name) : this.#own)?.setSpeaking(speaking));
    monitor.on("speakers", (names) => this.#listen(names.find((name) => name !== this.#call.name)));
  }

  #rate(name: string): void {
    const { level, reason } = this.#monitor.quality.get(name) ?? {};
    this.#tiles.get(name)?.setQuality(level, reason && qualityWords[reason]);
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
    const screens = [...this.#screens.keys()];
    return largeOf({
      chosen: this.#chosen,
      tiles: [...this.#tiles.keys(), ...screens],
      screens: screens.filter((key) => key !== own),
      people: this.#floor.order,
      view: this.#view,
    });
  }

  #focus(): void {
    const large = this.#large;
    const tiles = [...this.#tiles, ...this.#screens];
    this.#stage.show(tiles.find(([key]) => key === large)?.[1].element);
    for (const [key, tile] of tiles) tile.setLarge(key === large);
  }

  async #kick(peer: RemotePeer): Promise<void> {
    if (!(await sure(`Remove ${nameOf(peer)} from the call?`))) return;
    try {
      await this.#call.kick(peer.name);
    } catch (error) {
      return this.#complain(error);
    }
    if (this.#absent.back(peer.name)) this.#departed(peer, "kicked"); // the call knows them no more
  }

  #countHeads(): void {
    this.#grid.dataset["count"] = String(this.#tiles.size + 1);
    this.#alone.hidden = this.#tiles.size > 0 || this.#call.state === "left";
  }
}
