import { backoff } from "./backoff.ts";
import { Emitter } from "./emitter.ts";
import { abortError, ParleyError } from "./errors.ts";
import { type ClientFrame, type CustomRequest, maxFrameBytes, parseFrame, type ServerFrame } from "./protocol.ts";

export type WebSocketConstructor = new (url: string, protocols: string[]) => WebSocket;

export interface TransportOptions {
  /** For tests and for Node; the browser's own by default. */
  readonly WebSocket?: WebSocketConstructor;
  /** A JSON Web Token, or what returns one: it is asked for each connection, since tokens expire. */
  readonly token?: string | (() => string | Promise<string>);
  /** How long to wait for the socket to open and for each answer, in ms. Default 10 s. */
  readonly timeout?: number;
}

/** `idle` before open(), `closed` after close(); in between the socket is made again whenever it is lost. */
export type TransportState = "idle" | "connecting" | "open" | "waiting" | "closed";

export interface TransportEvents {
  state: TransportState;
  /** Every frame that answers no request of ours. */
  frame: ServerFrame;
  /** What nobody is waiting for: a frame that cannot be read, a failure the server tied to no request. */
  error: ParleyError;
}

interface Pending {
  resolve(frame: ServerFrame): void;
  reject(error: ParleyError): void;
}

// API Gateway closes a socket after 10 idle minutes; protocol pings do not count, and whether its own messages to us do is
// not documented. So a ping goes out 5 minutes after the last thing *we* sent.
const keepAlive = 5 * 60_000;
const reconnect = { first: 500, most: 30_000 };

/** One WebSocket that speaks parley.v1 and comes back when it is lost. Knows frames and answers, not rooms, and nothing of WebRTC. */
export class Transport extends Emitter<TransportEvents> {
  readonly #url: string;
  readonly #WebSocket: WebSocketConstructor;
  readonly #timeout: number;
  readonly #token: TransportOptions["token"];
  readonly #pending = new Map<string, Pending>();
  readonly #encoder = new TextEncoder();
  readonly #onOnline = (): void => this.#wake();
  #state: TransportState = "idle";
  #socket: WebSocket | undefined;
  #nextID = 1;
  #attempt = 0;
  #cancelConnect: (() => void) | undefined;
  #keepAliveTimer: ReturnType<typeof setTimeout> | undefined;
  #reconnectTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(url: string, options: TransportOptions = {}) {
    super();
    this.#url = url;
    this.#WebSocket = options.WebSocket ?? globalThis.WebSocket;
    this.#timeout = options.timeout ?? 10_000;
    this.#token = options.token;
  }

  get state(): TransportState {
    return this.#state;
  }

  /**
   * Opens the socket. A first failure is told to the caller (`bad-url`, `socket-closed`, `timeout`, `aborted`) and closes the
   * transport; once it was open, losses are healed without a word but the `state` events.
   */
  async open(signal?: AbortSignal): Promise<void> {
    try {
      await this.#connect(signal);
    } catch (error) {
      this.close();
      throw error;
    }
    globalThis.addEventListener?.("online", this.#onOnline);
  }

  /**
   * Sends a frame and waits for its answer. Rejects with the server's error, or with `too-large`, `socket-closed`, `timeout` or
   * `aborted`; after the last three the server may or may not have acted.
   */
  request(frame: ClientFrame | CustomRequest, options: { signal?: AbortSignal } = {}): Promise<ServerFrame> {
    const { signal } = options;
    if (signal?.aborted) return Promise.reject(abortError(signal));
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
        () => fail(new ParleyError("timeout", `no answer to ${frame.action} within ${this.#timeout} ms`, { retry: true })),
        this.#timeout,
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
        this.#send({ ...frame, id });
      } catch (error) {
        fail(error as ParleyError);
      }
    });
  }

  /** Closes for good. Waiting requests are rejected with `aborted`. */
  close(): void {
    if (this.#state === "closed") return;
    globalThis.removeEventListener?.("online", this.#onOnline);
    clearTimeout(this.#reconnectTimer);
    this.#setState("closed");
    this.#cancelConnect?.();
    this.#drop(new ParleyError("aborted", "the transport was closed"));
  }

  #connect(signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) return Promise.reject(abortError(signal));
    this.#setState("connecting");
    if (typeof this.#token === "function") return this.#fetchToken(this.#token).then((token) => this.#dial(token, signal));
    return this.#dial(this.#token, signal);
  }

  async #fetchToken(token: () => string | Promise<string>): Promise<string> {
    try {
      return await token();
    } catch (cause) {
      throw new ParleyError("no-token", "the page could not get a token", { retry: true, cause });
    }
  }

  #dial(token: string | undefined, signal?: AbortSignal): Promise<void> {
    if (this.#state === "closed") return Promise.reject(new ParleyError("aborted", "the transport was closed"));
    if (signal?.aborted) return Promise.reject(abortError(signal));
    let socket: WebSocket;
    try {
      socket = new this.#WebSocket(this.#url, token === undefined ? ["parley.v1"] : ["parley.v1", `parley.token.${token}`]);
    } catch (cause) {
      return Promise.reject(new ParleyError("bad-url", `cannot open a WebSocket to ${this.#url}`, { cause }));
    }
    this.#socket = socket;
    return new Promise((resolve, reject) => {
      const settle = (): void => {
        clearTimeout(timer);
        signal?.removeEventListener("abort", onAbort);
        this.#cancelConnect = undefined;
      };
      const fail = (error: ParleyError): void => {
        settle();
        socket.onopen = socket.onclose = socket.onmessage = null;
        socket.close();
        reject(error);
      };
      this.#cancelConnect = () => fail(new ParleyError("aborted", "the transport was closed"));
      const onAbort = (): void => fail(abortError(signal!));
      const timer = setTimeout(
        () => fail(new ParleyError("timeout", `${this.#url} did not answer within ${this.#timeout} ms`, { retry: true })),
        this.#timeout,
      );
      signal?.addEventListener("abort", onAbort, { once: true });
      // A browser does not tell a page why a handshake was refused: 401, 429 and a dead host all end here.
      socket.onclose = () => fail(new ParleyError("socket-closed", `cannot connect to ${this.#url}`, { retry: true }));
      socket.onopen = () => {
        settle();
        socket.onclose = () => this.#lost("the connection was lost");
        socket.onmessage = (event: MessageEvent) => this.#receive(event.data);
        this.#attempt = 0;
        this.#armKeepAlive();
        this.#setState("open");
        resolve();
      };
    });
  }

  #lost(why: string): void {
    this.#drop(new ParleyError("socket-closed", why, { retry: true }));
    this.#retryLater();
  }

  #retryLater(): void {
    if (this.#state === "closed") return;
    this.#setState("waiting");
    this.#reconnectTimer = setTimeout(() => this.#retry(), backoff(this.#attempt++, reconnect));
  }

  #retry(): void {
    clearTimeout(this.#reconnectTimer);
    this.#connect().catch(() => this.#retryLater());
  }

  /** The network is back, or another one: do not sit out the wait, and find out whether an open socket still lives. */
  #wake(): void {
    if (this.#state === "waiting") this.#retry();
    else if (this.#state === "open") void this.#ping();
  }

  async #ping(): Promise<void> {
    const socket = this.#socket;
    try {
      await this.request({ action: "ping" });
    } catch {
      // A socket whose other end vanished without a close looks open for minutes; an unanswered ping is the proof.
      if (this.#socket === socket && this.#state === "open") this.#lost("the server no longer answers");
    }
  }

  #armKeepAlive(): void {
    clearTimeout(this.#keepAliveTimer);
    this.#keepAliveTimer = setTimeout(() => void this.#ping(), keepAlive);
  }

  #send(frame: (ClientFrame | CustomRequest) & { id: string }): void {
    if (this.#state !== "open" || !this.#socket) {
      throw new ParleyError("socket-closed", "not connected to the server", { retry: true });
    }
    const text = JSON.stringify(frame);
    const size = this.#encoder.encode(text).length;
    if (size > maxFrameBytes) {
      throw new ParleyError("too-large", `${frame.action} is ${size} bytes; a frame may have ${maxFrameBytes}`);
    }
    this.#socket.send(text);
    this.#armKeepAlive();
  }

  #receive(data: unknown): void {
    const frame = typeof data === "string" ? parseFrame(data) : "broken";
    if (frame === "unknown") return;
    if (frame === "broken") {
      this.emit("error", new ParleyError("bad-frame", "the server sent a frame that is not parley.v1"));
      return;
    }
    const pending = "id" in frame && frame.id !== undefined ? this.#pending.get(frame.id) : undefined;
    if (frame.type === "error") {
      const error = ParleyError.fromServer(frame.code, frame.message, frame.retry);
      if (pending) pending.reject(error);
      else this.emit("error", error);
    } else if (pending) {
      pending.resolve(frame);
    } else if (frame.type !== "ok" && frame.type !== "pong") {
      this.emit("frame", frame);
    }
  }

  /** Lets go of the socket, if any, and of everybody who waits for an answer from it. */
  #drop(error: ParleyError): void {
    clearTimeout(this.#keepAliveTimer);
    const socket = this.#socket;
    this.#socket = undefined;
    if (socket) {
      socket.onclose = socket.onmessage = null;
      socket.close();
    }
    for (const pending of [...this.#pending.values()]) pending.reject(error);
  }

  #setState(state: TransportState): void {
    if (this.#state === state || this.#state === "closed") return;
    this.#state = state;
    this.emit("state", state);
  }
}
