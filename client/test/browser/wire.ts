import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { isIP } from "node:net";
import type { Page } from "playwright-core";
import { seeded } from "../localdev/random.ts";
import { Lane, type Weather } from "./lane.ts";

/** A socket that stands for one address of a browser: what comes to it is for that address. */
interface Stand {
  readonly host: string;
  readonly port: number;
  readonly socket: Socket;
  /** Whose address that is, once known. */
  owner: string | undefined;
}

// Those of TCP, and of servers that there are none of here, are left alone.
const candidate = /(candidate:\S+ \d+ udp \d+) (\S+) (\d+) (typ host)/gi;

/**
 * The network between the browsers of a test: each sees sockets of ours in the place of the others' addresses, so that all UDP passes
 * here, in both directions, and may be slow, lost or cut. A browser has to show its addresses (launchChromium), and descriptions that
 * come in parts (above 32 KB) are not understood.
 */
export class Wire {
  readonly #stands = new Map<string, Promise<Stand>>();
  readonly #lanes = new Map<string, Lane>();
  readonly #random: () => number;

  constructor(seed = 1) {
    this.#random = seeded(seed);
  }

  /** Takes part in what the page's calls tell each other; before the page loads anything. Who is who, the server says. */
  async attach(page: Page): Promise<void> {
    await page.routeWebSocket(/^ws:/, (socket) => {
      const server = socket.connectToServer();
      let name: string | undefined;
      let order = Promise.resolve(); // to stand for an address takes a moment, in which nothing may overtake
      socket.onMessage((message) => {
        order = order.then(async () => server.send(typeof message === "string" ? await this.#rewrite(message, name) : message));
      });
      server.onMessage((message) => {
        const frame = JSON.parse(String(message)) as { type?: string; peer?: string };
        if (frame.type === "joined") name = frame.peer;
        socket.send(message);
      });
    });
  }

  /** What happens from now on to all that `name` sends. */
  up(name: string, weather: Weather): void {
    this.#lane(`up ${name}`).weather = weather;
  }

  /** What happens from now on to all that is sent to `name`. */
  down(name: string, weather: Weather): void {
    this.#lane(`down ${name}`).weather = weather;
  }

  /** Nothing passes between `name` and anybody, until told otherwise by up() and down(). */
  cut(name: string): void {
    this.up(name, { cut: true });
    this.down(name, { cut: true });
  }

  mend(name: string): void {
    this.up(name, {});
    this.down(name, {});
  }

  /** Bytes that `name` has sent and got, and the packets that were dropped. */
  traffic(name: string): { up: number; down: number; dropped: number } {
    const [up, down] = [this.#lane(`up ${name}`), this.#lane(`down ${name}`)];
    return { up: up.passed, down: down.passed, dropped: up.dropped + down.dropped };
  }

  async close(): Promise<void> {
    for (const lane of this.#lanes.values()) lane.close();
    for (const stand of await Promise.all(this.#stands.values())) stand.socket.close();
  }

  #lane(name: string): Lane {
    const lane = this.#lanes.get(name) ?? new Lane(this.#random);
    this.#lanes.set(name, lane);
    return lane;
  }

  async #rewrite(frame: string, owner: string | undefined): Promise<string> {
    const stands = await Promise.all([...frame.matchAll(candidate)].map(([, , host, port]) => this.#stand(host!, Number(port), owner)));
    return frame.replace(candidate, (_, head: string, host: string, _port, tail: string) => {
      return `${head} ${host} ${stands.shift()!.socket.address().port} ${tail}`;
    });
  }

  async #stand(host: string, port: number, owner?: string): Promise<Stand> {
    const key = `${host} ${port}`;
    const made = this.#stands.get(key) ?? this.#open(host, port);
    this.#stands.set(key, made);
    const stand = await made;
    stand.owner ??= owner;
    return stand;
  }

  async #open(host: string, port: number): Promise<Stand> {
    const version = isIP(host);
    if (!version) throw new Error(`${host} is no address: launch the browser with showAddresses`);
    const socket = createSocket(version === 6 ? "udp6" : "udp4");
    socket.bind({ address: host });
    await once(socket, "listening");
    const stand: Stand = { host, port, socket, owner: undefined };
    socket.on("error", () => {}); // of a page that is gone: its port is closed
    socket.on("message", (packet, from) => void this.#forward(packet, from.address, from.port, stand));
    return stand;
  }

  async #forward(packet: Buffer, host: string, port: number, to: Stand): Promise<void> {
    const from = await this.#stand(host, port);
    if (!from.owner || !to.owner) return; // not told of yet: who it is from comes with the candidate, and checks are repeated
    this.#lane(`up ${from.owner}`).send(packet.length, () => {
      this.#lane(`down ${to.owner}`).send(packet.length, () => {
        try {
          from.socket.send(packet, to.port, to.host, () => {});
        } catch {} // closed
      });
    });
  }
}
