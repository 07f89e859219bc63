import { expect } from "vitest";
import { type ClientSocket, type Io, type Options } from "./releases.ts";

/** Arguments as a line, with bytes of any kind as numbers. */
function line(what: string, args: readonly unknown[]): string {
  const plain = (value: unknown): unknown => {
    if (value instanceof ArrayBuffer) return { bytes: [...new Uint8Array(value)] };
    if (ArrayBuffer.isView(value)) return { bytes: [...new Uint8Array(value.buffer, value.byteOffset, value.byteLength)] };
    if (Array.isArray(value)) return value.map(plain);
    if (value === null || typeof value !== "object") return value;
    return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, plain(member)]));
  };
  return `${what} ${JSON.stringify(plain(args))}`;
}

/** One client of socket.io-client in one namespace, and all that it has told. */
export class Talker {
  readonly heard: string[] = [];
  /** The socket.ids that it has had, in order. */
  readonly ids: string[] = [];
  readonly name: string;
  readonly socket: ClientSocket;

  /** Begins to connect. The url has the namespace for its path. */
  constructor(name: string, io: Io, url: string, options: Options) {
    this.name = name;
    this.socket = io(url, { forceNew: true, reconnectionDelay: 10, reconnectionDelayMax: 100, ...options });
    const { socket } = this;
    const tell = (what: string, ...args: unknown[]): void => void this.heard.push(line(what, args));
    socket.on("connect", () => {
      const id = socket.id!;
      if (!this.ids.includes(id)) this.ids.push(id);
      tell("connect", id, ...(socket.recovered ? ["recovered"] : []));
    });
    socket.on("disconnect", (reason: string) => tell("disconnect", reason));
    socket.on("connect_error", (error: Error & { data?: unknown }) => {
      tell("connect_error", error.message, error.data, `active ${socket.active}`);
    });
    if (socket.onAny) {
      socket.onAny(tell);
      return;
    }
    socket.on("error", (error: unknown) => tell("connect_error", error)); // of Engine.IO 3
    const onevent = socket.onevent!;
    socket.onevent = function (packet) {
      tell(String(packet.data[0]), ...packet.data.slice(1));
      onevent.call(this, packet);
    };
  }

  emit(event: string, ...args: unknown[]): void {
    this.socket.emit(event, ...args);
  }

  /** Emits, and waits for what the server acknowledges, which is heard as `ack EVENT`. */
  async asks(event: string, ...args: unknown[]): Promise<unknown[]> {
    let answer: unknown[] | undefined;
    this.socket.emit(event, ...args, (...args: unknown[]) => {
      this.heard.push(line(`ack ${event}`, args));
      answer = args;
    });
    await expect.poll(() => answer, { message: `${this.name} waits for the acknowledgement of ${event}` }).toBeDefined();
    return answer!;
  }

  /** The arguments of each event of the name. */
  got(event: string): unknown[][] {
    const start = `${event} [`;
    return this.heard.filter((line) => line.startsWith(start)).map((line) => JSON.parse(line.slice(start.length - 1)) as unknown[]);
  }

  /** Waits until the event has come so many times. */
  async hears(event: string, times = 1): Promise<this> {
    await expect
      .poll(() => this.got(event).length, { message: `${this.name} waits for ${event}` })
      .toBeGreaterThanOrEqual(times)
      .catch((cause: unknown) => {
        throw new Error(`${this.name} has not heard ${times} ${event}, only\n${this.heard.join("\n")}`, { cause });
      });
    return this;
  }

  close(): void {
    this.socket.disconnect();
  }
}
