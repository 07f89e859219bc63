import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Server, type ServerOptions, type Socket } from "socket.io";

/** npm's socket.io on a free port of this machine. */
export class ReferenceServer {
  readonly url: string;
  readonly server: Server;

  /** Serves all namespaces so, or the main one only. */
  static async start(serve: (socket: Socket) => void, options: Partial<ServerOptions> & { only?: boolean } = {}): Promise<ReferenceServer> {
    const { only, ...further } = options;
    const http = createServer();
    const server = new Server(http, { allowEIO3: true, ...further });
    server.on("connection", serve);
    if (!only) server.of(/^\/./).on("connection", serve);
    http.listen(0, "127.0.0.1");
    await once(http, "listening");
    return new ReferenceServer(server, (http.address() as AddressInfo).port);
  }

  private constructor(server: Server, port: number) {
    this.server = server;
    this.url = `http://127.0.0.1:${port}`;
  }

  async stop(): Promise<void> {
    await this.server.close();
  }
}
