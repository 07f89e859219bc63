import { Room, Transport } from "../../src/index.ts";
import type { Localdev } from "../browser/localdev.ts";
import { socketNamed } from "./socket.ts";

/** How a connection ends: with a $disconnect, without one, or by a cable whose other end still looks alive to API Gateway. */
export type Cut = "loud" | "silent" | "cable";

interface Connection {
  readonly connectionId: string;
  readonly connectedAt: string;
  readonly userAgent: string;
}

/** One side of a call, by the real SDK over a real socket. */
export class Caller {
  readonly name: string;
  readonly room: Room;
  /** What the mate sent, as it was delivered. */
  readonly heard: unknown[] = [];
  /** What the application saw, without signals. */
  readonly seen: string[] = [];
  readonly #localdev: Localdev;
  readonly #transport: Transport;
  readonly #agent: string;

  static async join(localdev: Localdev, room: string, name: string, timeout = 10_000): Promise<Caller> {
    const agent = `${room}/${name}`;
    const transport = new Transport(localdev.ws, { WebSocket: socketNamed(agent), timeout });
    await transport.open();
    return new Caller(localdev, transport, agent, await Room.join(transport, { room, peer: name }));
  }

  private constructor(localdev: Localdev, transport: Transport, agent: string, room: Room) {
    this.#localdev = localdev;
    this.#transport = transport;
    this.#agent = agent;
    this.room = room;
    this.name = room.self;
    room.on("signal", ({ data }) => this.heard.push(data));
    room.on("state", (state) => this.seen.push(state));
    room.on("error", ({ reason, message }) => this.seen.push(`error ${reason}: ${message}`));
    for (const name of ["peer-joined", "peer-left", "peer-lost", "peer-back", "peer-updated"] as const) {
      room.on(name, ({ peer }) => this.seen.push(`${name} ${peer}`));
    }
  }

  /** Has quiet signals to `mate` go past the server, which loses some. */
  bypass(mate: Caller, random: () => number): void {
    this.room.bypass(mate.name, (frame) => {
      if (random() < 0.3) return false; // closed just now
      if (random() < 0.8) queueMicrotask(() => mate.room.passed(this.name, JSON.parse(JSON.stringify(frame))));
      return true;
    });
  }

  /** How many connections localdev has of it. */
  async connections(): Promise<number> {
    return (await this.#open()).length;
  }

  /** Ends the newest connection, if there is one. */
  async cut(how: Cut): Promise<boolean> {
    const last = (await this.#open())[0];
    if (!last) return false;
    const query = { loud: "", silent: "?silent=1", cable: "?cut=1" }[how];
    const cut = this.#localdev.control("DELETE", `connections/${encodeURIComponent(last.connectionId)}${query}`);
    return cut.then(() => true, (error: Error) => {
      if (!error.message.includes(": 404 ")) throw error;
      return false; // it has ended meanwhile
    });
  }

  async close(): Promise<void> {
    await this.room.leave();
    this.#transport.close();
  }

  /** The newest first. */
  async #open(): Promise<Connection[]> {
    const all = (await this.#localdev.control("GET", "connections")) as Connection[];
    return all.filter(({ userAgent }) => userAgent === this.#agent).sort((a, b) => (a.connectedAt < b.connectedAt ? 1 : -1));
  }
}

/** Waits until something is so, and says whether it came to be: two minutes are no measure of speed. */
export async function until(what: () => boolean, ms = 120_000): Promise<boolean> {
  for (const end = Date.now() + ms; Date.now() < end; await sleep(20)) if (what()) return true;
  return what();
}

export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
