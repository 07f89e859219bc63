import { ParleyError } from "../errors.ts";
import type { WebSocketConstructor } from "../room/line.ts";
import { knock } from "../room/lobby.ts";
import type { OrLater } from "../room/own-data.ts";
import type { PeerConnectionConstructor } from "./peer.ts";
import type { Json } from "../room/protocol.ts";
import { Room } from "../room/room.ts";
import type { Transport } from "../room/transport.ts";

/** Where the call is: on a connection of its own, or on one of yours that is open and that it leaves open. */
export type CallOptions = Invitation & ({ readonly url: string; readonly transport?: undefined } | { readonly transport: Transport; readonly url?: undefined });

/** What there is to say about a call, wherever it is. */
export interface Invitation {
  readonly room: string;
  /** Your name; made up by the server when absent. */
  readonly name?: string;
  /** What you send, nothing when absent, or what returns it: it is asked once you are in. Can be changed by setStream(). */
  readonly stream?: MediaStream | (() => MediaStream | undefined);
  /** Bits per second that you send at most, to all together. Default 4,000,000. */
  readonly uplink?: number;
  /** What the others see about you, at most 4 KB of JSON, or what returns it: it is asked again once you are in. Can be changed by update(). */
  readonly data?: OrLater<Json>;
  /** Knocks where a host has to let you in, and waits for one. A function is called when the waiting begins. Otherwise that is `room-locked`. */
  readonly knock?: boolean | (() => void);
  /** From `knock()` on the same `transport`: lets you in at once. */
  readonly pass?: string;
  /** Takes the seat that the page before this one had in its tab, and no other. Where it is gone, that is `resume-expired`. */
  readonly resumeOnly?: boolean;
  /** Aborts the joining, and the waiting. */
  readonly signal?: AbortSignal;
  /** How long to wait for the socket and for answers, in ms. Default 10 s. */
  readonly timeout?: number;
  /** A JSON Web Token, or what returns one: it is asked for each connection, since tokens expire. Servers that ask for none ignore it. */
  readonly token?: string | (() => string | Promise<string>);
  readonly WebSocket?: WebSocketConstructor;
  readonly RTCPeerConnection?: PeerConnectionConstructor;
}

/** Takes a seat; where a host has to let us in, and we are to wait for that, asks until one does. */
export async function enter(transport: Transport, options: CallOptions): Promise<Room> {
  const { room, name: peer, data, resumeOnly, signal } = options;
  const who = { room, peer, signal };
  let { pass } = options;
  for (;;) {
    try {
      return await Room.join(transport, { ...who, data, pass, resumeOnly });
    } catch (error) {
      // There may be a seat all the same. On a connection with others, somebody may want it meanwhile.
      if (isUnsure(error) && !options.transport) transport.post({ action: "leave", room })?.();
      const stopped = error instanceof ParleyError && (error.reason === "room-locked" || (pass !== undefined && error.reason === "forbidden"));
      if (!options.knock || !stopped) throw error;
    }
    if (typeof options.knock === "function") options.knock();
    pass = await knock(transport, { ...who, data: typeof data === "function" ? data() : data });
  }
}

/** Whether the server may still act on what failed by that. */
export function isUnsure(error: unknown): boolean {
  return error instanceof ParleyError && (error.reason === "aborted" || error.reason === "timeout");
}
