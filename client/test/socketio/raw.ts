import { expect } from "vitest";
import { WebSocket } from "ws";

/** A client that is a script: Engine.IO's frames as they are. */
export class Raw {
  readonly heard: string[] = [];
  closed = false;
  /** Whether the server closed it. */
  closedByServer = false;
  readonly #socket: WebSocket;
  #closing = false;

  /** The url is all of it, with EIO and transport. */
  constructor(url: string) {
    this.#socket = new WebSocket(url, { perMessageDeflate: false });
    this.#socket.on("message", (data) => this.heard.push(String(data)));
    this.#socket.on("close", () => {
      this.closedByServer = !this.#closing;
      this.closed = true;
    });
    this.#socket.on("error", () => (this.closed = true));
  }

  static open(url: string): Promise<Raw> {
    return new Raw(url).greeted();
  }

  /** Waits for the server's greeting. */
  async greeted(): Promise<this> {
    await this.hears(/^0\{/);
    return this;
  }

  say(...frames: (string | Buffer)[]): void {
    for (const frame of frames) this.#socket.send(frame);
  }

  /** Waits for so many frames of the form, and returns the last. */
  async hears(form: RegExp, times = 1): Promise<string> {
    const fitting = (): string[] => this.heard.filter((frame) => form.test(frame));
    await expect
      .poll(() => fitting().length, { message: `waits for ${form}` })
      .toBeGreaterThanOrEqual(times)
      .catch((cause: unknown) => {
        throw new Error(`not heard: ${form}, only\n${this.heard.join("\n")}`, { cause });
      });
    return fitting()[times - 1]!;
  }

  /** Waits for so many such frames, or for the end. */
  async hearsOrEnds(form: RegExp, times: number): Promise<void> {
    const done = (): boolean => this.closed || this.heard.filter((frame) => form.test(frame)).length >= times;
    await expect.poll(done, { message: `waits for ${times} times ${form}` }).toBe(true);
  }

  async ends(): Promise<void> {
    await expect.poll(() => this.closed, { message: "waits for the end of the socket" }).toBe(true);
  }

  close(): void {
    this.#closing = true;
    this.#socket.close();
  }
}
