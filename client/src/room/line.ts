import { abortError, ParleyError } from "../errors.ts";
import { toJSON, tooDeep } from "./json.ts";
import { type ClientFrame, type CustomRequest, maxFrameBytes, parseFrame, type ServerFrame } from "./protocol.ts";

export type WebSocketConstructor = new (url: string, protocols: string[]) => WebSocket;

export interface LineOptions {
  readonly url: string;
  readonly protocols: string[];
  readonly WebSocket: WebSocketConstructor;
  /** How long to wait for the socket to open and for each answer, in ms. */
  readonly timeout: number;
  readonly signal: AbortSignal;
}

export interface RequestOptions {
  readonly signal?: AbortSignal;
  readonly timeout?: number;
}

interface Pending {
  resolve(frame: ServerFrame): void;
  reject(error: ParleyError): void;
}

const encoder = new TextEncoder();

/**
 * The text of a frame that fits; throws `too-large`: API Gateway would close the socket; and `bad-request`: the server does not say
 * whose answer it is when a frame is nested too deep, which would be sent again and again.
 */
export function encodeFrame(frame: (ClientFrame | CustomRequest) & { id?: string }): string {
  const text = toJSON(frame);
  if (tooDeep(text)) throw new ParleyError("bad-request", "nested deeper than 127 levels"); // the frame is one, too
  const size = encoder.encode(text).length;
  if (size > maxFrameBytes) {
    throw new ParleyError("too-large", `${frame.action} is ${size} bytes; a frame may have ${maxFrameBytes}`);
  }
  return text;
}

/** One WebSocket, from its opening to its end: requests out, each answer to its request, all other frames to `onframe`. */
export class Line {
  onframe: (frame: ServerFrame) => void = () => {};
  /** Something failed that no request waits for; `action` is what it was, where that is known. */
  onerror: (error: ParleyError, action?: string) => void = () => {};
  /** The other side, or the network, ended it. */
  onend: () => void = () => {};
  /** When the last frame came, in epoch ms. */
  heard = Date.now();
  readonly #socket: WebSocket;
  readonly #timeout: number;
  readonly #pending = new Map<string, Pending>();
  #open = true;
  #nextID = 1;

  /** Rejects with `bad-url`, `socket-closed`, `timeout`, or the reason of the signal. */
  static open(options: LineOptions): Promise<Line> {
    const { url, protocols, WebSocket, timeout, signal } = options;
    if (signal.aborted) return Promise.reject(abortError(signal));
    if (!WebSocket) return Promise.reject(new ParleyError("bad-request", "no WebSocket here: give one"));
    let socket: WebSocket;
    try {
      socket = new WebSocket(url, protocols);
    } catch (cause) {
      return Promise.reject(new ParleyError("bad-url", `cannot open a WebSocket to ${url}`, { cause }));
    }
    return new Promise((resolve, reject) => {
      const settle = (): void => {
        clearTimeout(timer);
        signal.removeEventListener("abort", onAbort);
      };
      const fail = (error: ParleyError): void => {
        settle();
        socket.onopen = socket.onclose = socket.onmessage = null;
        socket.close();
        reject(error);
      };
      const onAbort = (): void => fail(abortError(signal));
      const timer = setTimeout(
        () => fail(new ParleyError("timeout", `${url} did not answer within ${timeout} ms`, { retry: true })),
        timeout,
      );
      signal.addEventListener("abort", onAbort, { once: true });
      socket.onerror = () => {}; // tells nothing that onclose does not; unheard, it would end a Node process
      // A browser does not tell a page why a handshake was refused: 401, 429 and a dead host all end here.
      socket.onclose = () => fail(new ParleyError("socket-closed", `cannot connect to ${url}`, { retry: true }));
      socket.onopen = () => {
        settle();
        resolve(new Line(socket, timeout));
      };
    });
  }

  private constructor(socket: WebSocket, timeout: number) {
    this.#socket = socket;
    this.#timeout = timeout;
    socket.onclose = () => {
      this.close(new ParleyError("socket-closed", "the connection was lost", { retry: true }));
      this.onend();
    };
    socket.onmessage = (event: MessageEvent) => this.#receive(event.data);
  }

  /** Sends a frame and waits for its answer, as Transport.request() does. */
  request(frame: ClientFrame | CustomRequest, { signal, timeout = this.#timeout }: RequestOptions = {}): Promise<ServerFrame> {
    if (signal?.aborted) return Promise.reject(abortError(signal));
    if (!this.#open) return Promise.reject(new ParleyError("socket-closed", "not connected to the server", { retry: true }));
    const id = (this.#nextID++).toString(36);
    return new Promise((resolve, reject) => {
      const settle = (): void => {
        clearTimeout(timer);
        signal?.removeEventListener("abort", onAbort);
        this.#pending.delete(id);
      };
      const fail = (error: ParleyError): void => {
        settle();
        reject(error);
      };
      const onAbort = (): void => fail(abortError(signal!));
      const timer = setTimeout(
        () => fail(new ParleyError("timeout", `no answer to ${frame.action} within ${timeout} ms`, { retry: true })),
        timeout,
      );
      signal?.addEventListener("abort", onAbort, { once: true });
      this.#pending.set(id, {
        resolve: (answer) => {
          settle();
          resolve(answer);
        },
        reject: fail,
      });
      try {
        this.#socket.send(encodeFrame({ ...frame, id }));
      } catch (error) {
        fail(error as ParleyError);
      }
    });
  }

  /** Sends a frame that is only answered when it is refused, to `onerror`. */
  post(frame: ClientFrame): void {
    if (this.#open) this.#socket.send(encodeFrame(frame));
  }

  /** Lets go of the socket; `error` is what those get who wait for an answer. */
  close(error: ParleyError): void {
    if (!this.#open) return;
    this.#open = false;
    this.#socket.onclose = this.#socket.onmessage = null;
    this.#socket.close();
    for (const pending of [...this.#pending.values()]) pending.reject(error);
  }

  #receive(data: unknown): void {
    this.heard = Date.now();
    const frame = typeof data === "string" ? parseFrame(data) : "broken";
    if (frame === "unknown") return;
    if (frame === "broken") {
      this.onerror(new ParleyError("bad-frame", "the server sent a frame that is not parley.v1"));
      return;
    }
    const pending = "id" in frame && frame.id !== undefined ? this.#pending.get(frame.id) : undefined;
    if (frame.type === "error") {
      const error = ParleyError.fromServer(frame.code, frame.message, frame.retry);
      if (pending) pending.reject(error);
      else this.onerror(error, frame.action);
    } else if (pending) {
      pending.resolve(frame);
    } else if (frame.type !== "ok" && frame.type !== "pong") {
      this.onframe(frame);
    }
  }
}
