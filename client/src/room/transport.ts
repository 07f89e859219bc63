import { backoff, sleep } from "./backoff.ts";
import { Emitter } from "../emitter.ts";
import { abortError, ParleyError } from "../errors.ts";
import { Line, type RequestOptions, type WebSocketConstructor } from "./line.ts";
import type { ClientFrame, CustomRequest, KickedFrame, ServerFrame } from "./protocol.ts";
import { listen } from "./wake.ts";

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
  /** Frames that were posted may have been refused. */
  refused: ParleyError;
}

/** Who has a seat on the connection, and can take it along to another one while the first is still open. */
export interface Passenger {
  readonly room: string;
  canMove(): boolean;
  move(request: (frame: ClientFrame) => Promise<ServerFrame>): Promise<void>;
}

const minute = 60_000;
// API Gateway closes a socket after 10 idle minutes; protocol pings do not count, and whether its own messages to us do is
// not documented. So a ping goes out after the last thing *we* sent; browsers may run the timers of a hidden page a minute late.
const keepAlive = 8.5 * minute;
const pingPatience = 5_000;
const reconnect = { first: 500, most: 30_000 };
// It also closes every socket after two hours: long before, a second one takes over. Not everybody's at the same time.
const renewal = { after: 105 * minute, spread: 10 * minute };
const leaveTries = 10; // a minute or so
const renewRetry = { first: 30_000, most: 5 * minute };
const renewPause = 10_000; // at least, after one that failed, or for another hint of the network
const overlap = 10_000; // how long a socket that was replaced may still answer
const doubt = 30_000; // how long after a renewal without an answer the server may still carry it out

/** A WebSocket that speaks parley.v1 and comes back when it is lost. Knows frames and answers, not rooms, and nothing of WebRTC. */
export class Transport extends Emitter<TransportEvents> {
  readonly #url: string;
  readonly #WebSocket: WebSocketConstructor;
  readonly #timeout: number;
  readonly #token: TransportOptions["token"];
  readonly #passengers = new Set<Passenger>();
  readonly #retired = new Map<Line, ReturnType<typeof setTimeout>>(); // replaced lines, and when they are closed
  readonly #end = new AbortController();
  #state: TransportState = "idle";
  #line: Line | undefined;
  #attempt = 0;
  #pinging: Promise<void> | undefined;
  #renewing: Promise<void> | undefined;
  #replaced: KickedFrame[] = []; // what the server said to the present line while another was to take over
  #lineEnded = false; // so did the present line itself
  #moving = false;
  readonly #moved = new Map<string, Line>(); // while others are moving: rooms of which the present line knows nothing any more
  #doubtUntil = 0;
  #renewAttempt = 0;
  #lastRenewal = -Infinity;
  #keepAliveTimer: ReturnType<typeof setTimeout> | undefined;
  #reconnectTimer: ReturnType<typeof setTimeout> | undefined;
  #renewTimer: ReturnType<typeof setTimeout> | undefined;
  #unlisten = (): void => {};

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
    this.#unlisten = listen({ woke: () => this.#woke(), network: () => this.#networkChanged() });
  }

  /**
   * Sends a frame and waits for its answer. Rejects with the server's error, or with `too-large`, `socket-closed`, `timeout` or
   * `aborted`; after the last three the server may or may not have acted.
   */
  request(frame: ClientFrame | CustomRequest, options: RequestOptions = {}): Promise<ServerFrame> {
    if (options.signal?.aborted) return Promise.reject(abortError(options.signal));
    if (this.#state !== "open" || !this.#line) {
      return Promise.reject(new ParleyError("socket-closed", "not connected to the server", { retry: true }));
    }
    this.#armKeepAlive();
    const line = this.#moved.get(frame.room!) ?? this.#line;
    return line.request(frame, options).finally(this.#suspect(line, frame));
  }

  /**
   * Sends a frame that has no answer, unless it is refused. Undefined when it cannot be sent; else what is to be called as soon as it
   * is known to have arrived, lest the connection be suspected.
   */
  post(frame: ClientFrame): (() => void) | undefined {
    if (this.#state !== "open" || !this.#line) return undefined;
    this.#armKeepAlive();
    const line = this.#moved.get(frame.room!) ?? this.#line;
    line.post(frame);
    return this.#suspect(line, frame);
  }

  /** @internal Leaves a room, until the server knows or the connection is lost, for a minute or so. */
  giveBack(room: string): Promise<void> {
    return this.#leave(room, (frame) => this.request(frame));
  }

  /** @internal Has `passenger` moved when the connection is renewed, until the returned function is called. */
  carry(passenger: Passenger): () => void {
    this.#passengers.add(passenger);
    return () => void this.#passengers.delete(passenger);
  }

  /**
   * Replaces the socket by a new one without a gap: both are open until all seats have moved. Happens by itself before the two hours
   * of API Gateway are over, and when the network changes. Rejects when it did not work; the present socket then stays in use.
   * While the connection is lost there is none to replace: it rejects, and the next attempt to connect does not wait any longer.
   */
  renew(): Promise<void> {
    this.#renewing ??= this.#renew().finally(() => (this.#renewing = undefined));
    return this.#renewing;
  }

  /** Closes for good. Waiting requests are rejected with `aborted`. */
  close(): void {
    if (this.#state === "closed") return;
    const error = new ParleyError("aborted", "the transport was closed");
    this.#unlisten();
    clearTimeout(this.#reconnectTimer);
    this.#setState("closed");
    this.#end.abort(error);
    for (const line of [...this.#retired.keys()]) this.#release(line, error);
    this.#drop(error);
  }

  async #connect(signal?: AbortSignal): Promise<void> {
    this.#setState("connecting");
    this.#adopt(await this.#dial(signal));
    this.#setState("open");
  }

  async #dial(signal?: AbortSignal): Promise<Line> {
    const stop = signal ? AbortSignal.any([signal, this.#end.signal]) : this.#end.signal;
    const token = typeof this.#token === "function" ? await this.#fetchToken(this.#token) : this.#token;
    const line = await Line.open({
      url: this.#url,
      protocols: token === undefined ? ["parley.v1"] : ["parley.v1", `parley.token.${token}`],
      WebSocket: this.#WebSocket,
      timeout: this.#timeout,
      signal: stop,
    });
    line.onframe = (frame) => this.#receive(line, frame);
    line.onerror = (error, action) => {
      if (action === undefined || action === "signal") this.emit("refused", error);
      if (action !== "signal") this.emit("error", error);
    };
    line.onend = () => this.#ended(line);
    return line;
  }

  async #fetchToken(token: () => string | Promise<string>): Promise<string> {
    try {
      return await token();
    } catch (cause) {
      throw new ParleyError("no-token", "the page could not get a token", { retry: true, cause });
    }
  }

  #adopt(line: Line): void {
    this.#line = line;
    this.#lineEnded = false;
    this.#replaced = [];
    this.#attempt = this.#renewAttempt = 0;
    this.#armKeepAlive();
    this.#renewIn(renewal.after + Math.random() * renewal.spread);
  }

  #ended(line: Line): void {
    clearTimeout(this.#retired.get(line));
    this.#retired.delete(line);
    if (line !== this.#line) return;
    if (this.#moving) this.#lineEnded = true; // its successor may be there already
    else this.#lost("the connection was lost");
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

  /** Does not sit out the wait, and finds out whether an open socket still lives. */
  #woke(): void {
    if (this.#state === "waiting") this.#retry();
    else if (this.#state === "open") void this.#ping();
  }

  /** A socket does not move to another network: if this one works, a new socket on it is better than a timeout of the old. */
  #networkChanged(): void {
    this.#woke();
    if (this.#state !== "open" || Date.now() - this.#lastRenewal < renewPause) return;
    this.renew().catch(() => {}); // then the ping decides
  }

  /** Asks for life where nothing is heard after `frame`, unless the returned function is called. */
  #suspect(line: Line, frame: ClientFrame | CustomRequest): () => void {
    const sent = Date.now();
    const timer = setTimeout(() => {
      if (line === this.#line && line.heard <= sent && frame.action !== "ping") void this.#ping();
    }, Math.min(pingPatience, this.#timeout / 2));
    return () => clearTimeout(timer);
  }

  #ping(): Promise<void> {
    this.#pinging ??= this.#askForLife().finally(() => (this.#pinging = undefined));
    return this.#pinging;
  }

  async #askForLife(): Promise<void> {
    const line = this.#line;
    const asked = Date.now();
    try {
      await this.request({ action: "ping" }, { timeout: Math.min(pingPatience, this.#timeout) });
    } catch (error) {
      if (error instanceof ParleyError && error.reason !== "timeout") return; // an answer, or told in another way
      await this.#renewing?.catch(() => {});
      // A socket whose other end vanished without a close looks open for minutes; silence after a ping is the proof.
      if (this.#line === line && this.#state === "open" && line!.heard <= asked) this.#lost("the server no longer answers");
    }
  }

  #armKeepAlive(): void {
    clearTimeout(this.#keepAliveTimer);
    this.#keepAliveTimer = setTimeout(() => void this.#ping(), keepAlive);
  }

  #renewIn(ms: number): void {
    clearTimeout(this.#renewTimer);
    this.#renewTimer = setTimeout(() => {
      this.renew().catch(() => {
        if (this.#state === "open") this.#renewIn(renewPause + backoff(this.#renewAttempt++, renewRetry));
      });
    }, ms);
  }

  async #renew(): Promise<void> {
    if (this.#state === "waiting") this.#retry();
    const former = this.#line;
    if (this.#state !== "open" || !former) throw new ParleyError("socket-closed", "not connected to the server", { retry: true });
    if ([...this.#passengers].some((passenger) => !passenger.canMove())) {
      throw new ParleyError("resume-expired", "a seat cannot be moved: the service keeps none, or it is being taken just now");
    }
    this.#lastRenewal = Date.now();
    const line = await this.#dial();
    if (this.#line !== former) {
      const error = new ParleyError("socket-closed", "the connection was lost meanwhile", { retry: true });
      line.close(error);
      throw error;
    }
    this.#moving = true;
    const moves = await Promise.allSettled([...this.#passengers].map(async (passenger) => {
      await passenger.move((frame) => line.request(frame, { signal: this.#end.signal }));
      this.#moved.set(passenger.room, line);
      this.#vacate(line, passenger.room);
    }));
    this.#moving = false;
    this.#moved.clear();
    const failures = moves.filter((move) => move.status === "rejected").map(({ reason }) => reason as unknown);
    if (this.#line !== former) line.close(new ParleyError("aborted", "the transport was closed"));
    else if (failures.length === 0) this.#retire(former, line);
    else this.#stay(line, failures, failures.length < moves.length);
    if (failures.length > 0) throw failures[0];
  }

  /** The seats have moved to `line`. What is under way on the former one may still be answered. */
  #retire(former: Line, line: Line): void {
    if (!this.#lineEnded) {
      const error = new ParleyError("socket-closed", "the connection was replaced", { retry: true });
      this.#retired.set(former, setTimeout(() => this.#release(former, error), overlap));
    }
    this.#adopt(line);
  }

  #release(former: Line, error: ParleyError): void {
    clearTimeout(this.#retired.get(former));
    this.#retired.delete(former);
    former.close(error);
  }

  /** The seats have not moved to `line`, as far as is known. */
  #stay(line: Line, failures: readonly unknown[], divided: boolean): void {
    line.close(new ParleyError("socket-closed", "the connection is not used", { retry: true }));
    const unsure = failures.some((e) => e instanceof ParleyError && (e.reason === "timeout" || e.reason === "socket-closed"));
    const replaced = this.#replaced;
    this.#replaced = [];
    if (unsure) this.#doubtUntil = Date.now() + doubt;
    if (divided || (unsure && replaced.length > 0)) return this.#lost("the connection was replaced"); // back to all seats on one line
    for (const frame of replaced) this.emit("frame", frame);
    if (this.#lineEnded) this.#lost("the connection was lost");
  }

  #receive(line: Line, frame: ServerFrame): void {
    if (frame.type === "kicked" && frame.reason === "replaced") {
      // Our own newer line has the seat, unless this is the newest.
      if (this.#retired.has(line)) return;
      if (this.#moving) {
        this.#replaced.push(frame);
        return;
      }
      if (Date.now() < this.#doubtUntil) return this.#lost("the connection was replaced");
    }
    if (frame.type === "joined") this.#vacate(line, frame.room);
    this.emit("frame", frame);
  }

  /** Gives back a seat that nobody wants any more: who has left meanwhile, or did not wait so long. */
  #vacate(line: Line, room: string): void {
    if (!this.#carries(room)) void this.#leave(room, (frame) => line.request(frame));
  }

  #carries(room: string): boolean {
    return [...this.#passengers].some((passenger) => passenger.room === room);
  }

  async #leave(room: string, request: (frame: ClientFrame) => Promise<ServerFrame>): Promise<void> {
    for (let attempt = 0; attempt < leaveTries; attempt++) {
      try {
        return void (await request({ action: "leave", room }));
      } catch (error) {
        if (!(error instanceof ParleyError && error.retry) || error.reason === "socket-closed") return;
      }
      await sleep(backoff(attempt, reconnect), this.#end.signal).catch(() => {}); // closed: so says the next request
      if (this.#carries(room)) return; // somebody new, whose seat it would give back
    }
  }

  /** Lets go of the socket, if any, and of everybody who waits for an answer from it. */
  #drop(error: ParleyError): void {
    clearTimeout(this.#keepAliveTimer);
    clearTimeout(this.#renewTimer);
    const line = this.#line;
    this.#line = undefined;
    line?.close(error);
  }

  #setState(state: TransportState): void {
    if (this.#state === state || this.#state === "closed") return;
    this.#state = state;
    this.emit("state", state);
  }
}
