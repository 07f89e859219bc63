import { isOld, load, type Options, pointedAt, type Release } from "../../socketio/releases.ts";
import { Talker } from "../../socketio/talker.ts";

export type Side = "ours" | "reference";

export interface Wanted extends Options {
  /** With its slash. */
  namespace?: string;
}

/** Where a conversation takes place: one server, and clients of one release. */
export class Stage {
  readonly side: Side;
  readonly release: Release;
  readonly #url: string;
  readonly #recipe: string;
  readonly #talkers: Talker[] = [];

  /** The url is ws://HOST/STAGE of ours, where the recipe serves the clients, or http://HOST of the reference. */
  constructor(side: Side, release: Release, url: string, recipe: string) {
    this.side = side;
    this.release = release;
    this.#url = url;
    this.#recipe = recipe;
  }

  get old(): boolean {
    return isOld(this.release);
  }

  /** Begins to connect a client. */
  starts(name: string, { namespace = "/", ...options }: Wanted = {}): Talker {
    const query = { ...options.query, ...(this.side === "ours" ? { recipe: this.#recipe } : {}) };
    const pointed =
      this.side === "ours" ? pointedAt(this.#url, this.release, { ...options, query }) : { ...options, query, transports: ["websocket"] };
    const talker = new Talker(name, load(this.release), new URL(namespace, this.#url).href, pointed);
    this.#talkers.push(talker);
    return talker;
  }

  /** The same, until it is connected. */
  connects(name: string, wanted?: Wanted): Promise<Talker> {
    return this.starts(name, wanted).hears("connect");
  }

  /** What each client has heard, with names in place of the ids. */
  transcript(): Record<string, string[]> {
    const names = this.#talkers.flatMap(({ name, ids }) => ids.map((id, i) => [id, i === 0 ? `<${name}>` : `<${name} ${i + 1}>`] as const));
    const named = (line: string): string => names.reduce((line, [id, name]) => line.replaceAll(id, name), line);
    return Object.fromEntries(this.#talkers.map(({ name, heard }) => [name, heard.map(named)]));
  }

  close(): void {
    for (const talker of this.#talkers) talker.close();
  }
}
