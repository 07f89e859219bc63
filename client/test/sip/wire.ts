import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";

/** What stands between phones and their server, so that a phone's socket can be cut. */
export class Wire {
  readonly #server: Server;
  readonly #sockets = new Map<string, Set<Socket>>();

  static async to(server: string): Promise<Wire> {
    const wire = new Wire(new URL(server));
    await once(wire.#server, "listening");
    return wire;
  }

  private constructor({ hostname, port }: URL) {
    this.#server = createServer((phone) => {
      const server = connect(Number(port), hostname);
      for (const [from, to] of [[phone, server], [server, phone]] as const) {
        from.pipe(to);
        from.on("error", () => to.destroy());
        from.on("close", () => to.destroy());
      }
      phone.once("data", (request: Buffer) => {
        const name = /[?&]phone=([^& ]+)/.exec(request.toString("latin1"))?.[1] ?? "";
        const own = this.#sockets.get(name) ?? new Set();
        this.#sockets.set(name, own.add(phone));
        phone.once("close", () => own.delete(phone));
      });
    }).listen(0, "127.0.0.1");
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Cuts what a phone has open, without a word. */
  cut(phone: string): void {
    for (const socket of this.#sockets.get(phone) ?? []) socket.resetAndDestroy();
  }

  close(): void {
    this.#server.close();
    for (const phone of this.#sockets.keys()) this.cut(phone);
  }
}
