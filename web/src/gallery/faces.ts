import { byID, say } from "../dom.ts";
import { Tile } from "../tile.ts";
import type { LinkState } from "./mesh.ts";

/** An id is too long to be read; so much of it tells two apart. */
export const shortID = (id: string): string => (id.length > 10 ? `${id.slice(0, 8)}…` : id);

/** The pictures: one's own, and one of each page in the call. */
export class Faces {
  readonly #place = byID("faces");
  readonly #tiles = new Map<string, Tile>();

  showOwn(stream: MediaStream | undefined): void {
    if (!stream) return this.#remove("");
    const tile = this.#tile("", "You");
    tile.setStream(stream);
    tile.setState("connected");
  }

  show(id: string, stream: MediaStream | undefined): void {
    const tile = this.#tiles.get(id);
    if (!tile) return;
    if (stream) tile.setStream(stream);
    tile.setProfile({ name: shortID(id), mic: true, camera: !!stream?.getVideoTracks().length });
  }

  setState(id: string, state: LinkState): void {
    if (state === "connecting" || state === "connected") {
      this.#tile(id, shortID(id)).setState(state);
      if (state === "connected") say(`${shortID(id)} is here`);
      return;
    }
    if (this.#tiles.has(id)) say(`${shortID(id)} is gone`);
    this.#remove(id);
  }

  #tile(id: string, name: string): Tile {
    let tile = this.#tiles.get(id);
    if (!tile) {
      const own = id === "";
      tile = new Tile(own ? "own" : id, own);
      tile.setProfile({ name, mic: true, camera: own });
      this.#tiles.set(id, tile);
      this.#place.append(tile.element);
    }
    return tile;
  }

  #remove(id: string): void {
    this.#tiles.get(id)?.remove();
    this.#tiles.delete(id);
  }
}
