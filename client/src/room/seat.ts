import { ParleyError } from "../errors.ts";
import { takeSeat } from "./join.ts";
import type { OwnData } from "./own-data.ts";
import type { ClientFrame, JoinedFrame, ServerFrame } from "./protocol.ts";
import { keepResume, takeResume } from "./resume.ts";
import type { RoomOptions } from "./room.ts";
import type { Transport } from "./transport.ts";

export interface SeatOptions {
  readonly transport: Transport;
  readonly room: string;
  readonly data: OwnData;
  readonly joined: () => boolean;
  /** It is taken, on a new connection perhaps. */
  readonly taken: (answer: JoinedFrame) => void;
  /** It cannot be taken back. */
  readonly lost: (error: ParleyError) => void;
  /** Ends it. */
  readonly signal: AbortSignal;
}

interface First {
  readonly pass?: string | undefined;
  readonly resumeOnly?: boolean | undefined;
  readonly stop?: AbortSignal | undefined;
}

/** A name's place in a room: taken, taken back whenever the connection was lost, and taken along to another one. */
export class Seat {
  /** The name. */
  peer = "";
  readonly #options: SeatOptions;
  #round = new AbortController(); // ends with the connection on which a join is being tried
  #resume: string | undefined; // takes the seat back, once
  #rejoining = false;
  #moving = false;

  constructor(options: SeatOptions) {
    this.#options = options;
    const { transport, room, joined, signal } = options;
    const alight = transport.carry({
      room,
      canMove: () => joined() && this.#resume !== undefined,
      move: (request) => this.#move(request),
    });
    signal.addEventListener("abort", alight);
    const keep = (): void => void (this.#resume && keepResume(room, this.peer, this.#resume));
    globalThis.addEventListener?.("pagehide", keep, { signal });
    transport.on("state", (state) => {
      this.#round.abort();
      this.#round = new AbortController();
      if (state === "open") void this.#rejoin();
    }, { signal });
  }

  /** Takes it for the first time. */
  async take({ room, peer, pass, resumeOnly, signal }: Pick<RoomOptions, "room" | "peer" | "pass" | "resumeOnly" | "signal">): Promise<void> {
    this.#resume = takeResume(room, peer);
    this.peer = peer ?? ""; // also for the next page, should this one go before the answer is there
    try {
      await this.#join(peer, false, { pass, resumeOnly, stop: signal });
    } catch (error) {
      if (resumeOnly && this.#resume) keepResume(room, this.peer, this.#resume); // for when the person asks
      throw error;
    }
  }

  /** The server knows no such seat: it was given up while we were thought to be lost; during a move it is only ahead of us. */
  missing(): void {
    if (this.#options.joined() && !this.#moving) void this.#rejoin();
  }

  async #join(peer: string | undefined, again: boolean, { pass, resumeOnly, stop }: First = {}): Promise<void> {
    const { transport, room, data } = this.#options;
    const signal = AbortSignal.any([this.#round.signal, this.#options.signal, ...(stop ? [stop] : [])]);
    const request = async (frame: ClientFrame): Promise<ServerFrame> => {
      // A string that is used already counts again as soon as the server knows that the page which used it is gone.
      if (resumeOnly && frame["resume"] === undefined) throw new ParleyError("resume-expired", "no seat is kept", { retry: this.#resume !== undefined });
      return transport.request(frame, { signal });
    };
    this.#taken(await takeSeat({ room, peer, data: data.offer(again), resume: this.#resume, pass, again, request, signal }));
  }

  async #rejoin(): Promise<void> {
    if (this.#rejoining && this.#options.joined()) return;
    this.#rejoining = true;
    try {
      await this.#join(this.peer, true);
    } catch (error) {
      // Lost again: the next `open` of the transport starts over.
      if (error instanceof ParleyError && error.reason !== "socket-closed" && error.reason !== "aborted") this.#options.lost(error);
    } finally {
      this.#rejoining = false;
    }
  }

  /** Takes it along to another connection, while this one is still open. */
  async #move(request: (frame: ClientFrame) => Promise<ServerFrame>): Promise<void> {
    this.#moving = true;
    try {
      this.#taken(await request({ action: "join", room: this.#options.room, peer: this.peer, resume: this.#resume }));
    } finally {
      this.#moving = false;
    }
  }

  #taken(answer: ServerFrame): void {
    if (answer.type !== "joined") throw new ParleyError("bad-frame", `the server answered join with ${answer.type}`);
    if (this.#options.signal.aborted) return;
    this.peer = answer.peer;
    this.#resume = answer.resume;
    this.#options.taken(answer);
  }
}
