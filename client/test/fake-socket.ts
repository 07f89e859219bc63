import { vi } from "vitest";
import type { WebSocketConstructor } from "../src/index.ts";

export type Frame = Record<string, unknown>;

/** A WebSocket whose other end is the test. */
export class FakeSocket {
  readonly url: string;
  readonly protocols: string[];
  readonly sent: Frame[] = [];
  closed = false;
  onopen: (() => void) | null = null;
  onclose: (() => void) | null = null;
  onmessage: ((event: { data: unknown }) => void) | null = null;
  /** Answers frames on its own, if set. */
  respond: ((frame: Frame, socket: FakeSocket) => Frame | undefined) | undefined;

  constructor(url: string, protocols: string[]) {
    this.url = url;
    this.protocols = protocols;
  }

  send(text: string): void {
    const frame = JSON.parse(text) as Frame;
    this.sent.push(frame);
    const answer = this.respond?.(frame, this);
    if (answer) queueMicrotask(() => this.say({ ...(frame["id"] === undefined ? {} : { id: frame["id"] }), ...answer }));
  }

  close(): void {
    this.closed = true;
  }

  /** The handshake succeeds. */
  open(): void {
    this.onopen?.();
  }

  /** The connection ends from the other side, or cannot be made. */
  lose(): void {
    this.onclose?.();
  }

  /** The server sends a frame, or a text as it is. */
  say(frame: Frame | string): void {
    this.onmessage?.({ data: typeof frame === "string" ? frame : JSON.stringify(frame) });
  }

  /** The frames sent with that action. */
  of(action: string): Frame[] {
    return this.sent.filter((frame) => frame["action"] === action);
  }
}

/** A constructor for the SDK, and the sockets it has made. */
export function fakeSockets(respond?: FakeSocket["respond"]) {
  const sockets: FakeSocket[] = [];
  class Recorded extends FakeSocket {
    constructor(url: string, protocols: string[]) {
      super(url, protocols);
      this.respond = respond;
      sockets.push(this);
    }
  }
  const last = (): FakeSocket => sockets.at(-1)!;
  return { WebSocket: Recorded as unknown as WebSocketConstructor, sockets, last };
}

/** Lets everything that waits for nothing but its turn take it. */
export async function settle(): Promise<void> {
  await vi.advanceTimersByTimeAsync(1); // fake timers give a task that is queued by a task its turn one millisecond later
}
