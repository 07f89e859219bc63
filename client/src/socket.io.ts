/**
 * `@parley-rtc/client/socket.io`: for pages that are bundled and speak Socket.IO what parley-io.js is to those that load scripts.
 * @module socket.io
 */
import { io as original, type Manager, type ManagerOptions, type Socket, type SocketOptions } from "socket.io-client";
import { ParleyError } from "./errors.ts";

export * from "socket.io-client";

/** Where Parley is. */
export interface Stage {
  /** wss://HOST/STAGE, or wss://HOST of a front door or domain of yours. */
  url: string;
  /** Which recipe serves the sockets; without it, what the service is set to. */
  recipe?: string;
}

type Options = Partial<ManagerOptions & SocketOptions>;

let stage: { url: URL; recipe: string | undefined } | undefined;

/** Says where io() connects to. Call it before the first io(). */
export function pointAt({ url, recipe }: Stage): void {
  if (!/^(ws|http)s?:\/\/[^/]/.test(url)) throw new ParleyError("bad-url", `"${url}" is no address of a stage, such as wss://HOST/STAGE`);
  stage = { url: new URL(url), recipe };
}

/** socket.io-client's io(), of whose address only the namespace and the query count. */
export function io(uri?: string | Options, options?: Options): Socket {
  if (!stage) throw new ParleyError("bad-url", 'say where Parley is before io(): pointAt({ url: "wss://HOST/STAGE" })');
  if (typeof uri === "object") [uri, options] = [undefined, uri];
  const [, namespace = "/", query = ""] = /^(?:\w+:)?(?:\/\/)?[^/?#]*(\/[^?#]*)?(?:\?([^#]*))?/.exec(uri ?? "")!;
  const { url, recipe } = stage;
  const path = url.pathname.replace(/\/$/, "");
  const socket = original(`${url.origin}${namespace}`, {
    ...options,
    ...(path && { path, addTrailingSlash: false }),
    query: Object.fromEntries([
      ...new URLSearchParams(options?.query ?? query),
      ...url.searchParams,
      ...(recipe === undefined ? [] : [["recipe", recipe] as const]),
    ]),
    port: url.port,
    transports: ["websocket"],
  });
  keepOpen(socket.io);
  return socket;
}

/** What a transport is to itself when a packet has come. */
interface Hears {
  emit(event: "packet", packet: { type: "ping" }): void;
}

export { io as connect };

const kept = new WeakSet<Manager>();

/**
 * API Gateway ends a connection after ten quiet minutes, and the client after about as long without a
 * ping. So it sends one, and takes the answer for one.
 */
function keepOpen(manager: Manager): void {
  if (kept.has(manager)) return;
  kept.add(manager);
  manager.on("open", () => {
    const { engine } = manager;
    let quiet = true;
    engine.on("packetCreate", () => (quiet = false));
    engine.on("packet", ({ type }) => {
      quiet = false;
      if (type === "pong") (engine.transport as unknown as Hears).emit("packet", { type: "ping" });
    });
    const timer = setInterval(() => {
      if (quiet && engine.transport.writable) engine.transport.send([{ type: "ping", options: {} }]);
      quiet = true;
    }, 240_000);
    engine.on("close", () => clearInterval(timer));
  });
}
