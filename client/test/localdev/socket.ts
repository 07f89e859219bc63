import { WebSocket as NodeSocket } from "ws";
import type { WebSocketConstructor } from "../../src/index.ts";

/** A WebSocket for Node 20, which has none of its own; the server can tell by `name` whose it is. */
export function socketNamed(name: string): WebSocketConstructor {
  class Named extends NodeSocket {
    constructor(url: string, protocols: string[]) {
      super(url, protocols, { headers: { "User-Agent": name }, perMessageDeflate: false });
    }
  }
  return Named as unknown as WebSocketConstructor;
}
