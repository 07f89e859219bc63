import type { Call, RemotePeer } from "../../client/src/index.ts";
import type { Chat } from "./chat.ts";
import type { Devices } from "./devices.ts";
import { byID, say } from "./dom.ts";
import { fit } from "./grid.ts";
import { readProfile } from "./profile.ts";
import { Tile } from "./tile.ts";

/** The call on the page: a tile for everybody, as long as the call lasts. */
export class Session {
  readonly #grid = byID("grid");
  readonly #alone = byID("alone");
  readonly #own: Tile;
  readonly #tiles = new Map<string, Tile>();
  readonly #devices: Devices;
  readonly #name: string;
  readonly #call: Call;

  constructor(call: Call, name: string, devices: Devices, chat: Chat) {
    this.#call = call;
    this.#name = name;
    this.#devices = devices;
    this.#own = new Tile(call.name, true);
    this.#own.setStream(devices.stream);
    this.#own.setState("connected");
    this.#grid.replaceChildren(this.#own.element);
    this.refresh();

    call.on("peer", (peer) => {
      const tile = new Tile(peer.name, false, () => call.retry(peer.name));
      this.#tiles.set(peer.name, tile);
      this.#paint(peer);
      this.#grid.append(tile.element);
      this.#countHeads();
      say(`${nameOf(peer)} is here`);
    });
    call.on("peer-updated", (peer) => this.#paint(peer));
    for (const name of ["peer-state", "peer-away", "peer-back"] as const) call.on(name, (peer) => this.#paint(peer));
    call.on("stream", ({ peer, stream }) => this.#tiles.get(peer.name)?.setStream(stream));
    call.on("message", ({ peer, text }) => chat.add(nameOf(peer), text));
    call.on("peer-left", ({ peer }) => {
      this.#tiles.get(peer.name)?.remove();
      this.#tiles.delete(peer.name);
      this.#countHeads();
      if (call.state === "left") return;
      chat.note(`${nameOf(peer)} left`);
      say(`${nameOf(peer)} left`);
    });
    this.#countHeads();
  }

  /** Shows one's own devices as they are now. */
  refresh(): void {
    const { mic, camera } = this.#devices;
    this.#own.setProfile({ name: this.#name, mic, camera }, " (you)");
  }

  end(): void {
    for (const tile of this.#tiles.values()) tile.remove();
    this.#own.remove();
  }

  #paint(peer: RemotePeer): void {
    const tile = this.#tiles.get(peer.name);
    tile?.setProfile(readProfile(peer.name, peer.data));
    tile?.setState(peer.state, peer.away);
  }

  #countHeads(): void {
    this.#grid.dataset["count"] = String(this.#tiles.size + 1);
    this.#alone.hidden = this.#tiles.size > 0 || this.#call.state === "left";
  }
}

/** Starts keeping the grid's tiles in size, once for the page. */
export function keepGridFitted(): void {
  fit(byID("grid"));
}

function nameOf(peer: RemotePeer): string {
  return readProfile(peer.name, peer.data).name;
}
