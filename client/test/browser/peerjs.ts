import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import type { DataConnection, MediaConnection, Peer, PeerOptions } from "peerjs";
import type { Browser, Page } from "playwright-core";
import { expect } from "vitest";
import { patience } from "./chromium.ts";

declare global {
  interface Window {
    Peer: typeof Peer;
    peer: Peer;
    /** What the page's peer and its connections have told, in order. */
    heard: string[];
    connection: DataConnection;
    mediaConnection: MediaConnection;
    notice: (connection: DataConnection) => void;
  }
}

/** The releases that are tested, as they come from npm. */
export const releases = ["peerjs", "peerjs-1.4"] as const;

const require = createRequire(import.meta.url);

/** What a page does for a test. It runs there. */
function prepare(): void {
  window.heard = [];
  const tell = (what: string): void => void window.heard.push(what);
  const text = (data: unknown): string =>
    data instanceof ArrayBuffer || ArrayBuffer.isView(data)
      ? `bytes ${[...new Uint8Array(data instanceof ArrayBuffer ? data : data.buffer)]}`
      : JSON.stringify(data);
  window.notice = (connection) => {
    window.connection = connection;
    connection.on("open", () => tell(`connected to ${connection.peer}: ${connection.label} ${text(connection.metadata)}`));
    connection.on("data", (data) => tell(`${connection.peer}: ${text(data)}`));
    connection.on("close", () => tell(`closed by ${connection.peer}`));
  };
}

/** A page with a peer of PeerJS's own client. */
export class PeerPage {
  readonly page: Page;
  /** What goes over its sockets. */
  readonly sent: string[] = [];
  readonly received: string[] = [];
  /** Where its sockets and requests went. */
  readonly urls: string[] = [];

  static async open(browser: Browser, origin: string, release: (typeof releases)[number] = "peerjs"): Promise<PeerPage> {
    const page = await (await browser.newContext()).newPage();
    page.setDefaultTimeout(patience);
    const opened = new PeerPage(page);
    await page.goto(`${origin}/style.css`);
    await page.addScriptTag({ content: await readFile(require.resolve(`${release}/dist/peerjs.min.js`), "utf8") });
    await page.evaluate(prepare);
    return opened;
  }

  /** Loads the script for pages that give no id. */
  async shim(): Promise<void> {
    await this.page.addScriptTag({ content: await readFile(new URL("../../parley-peer.js", import.meta.url), "utf8") });
  }

  private constructor(page: Page) {
    this.page = page;
    page.on("request", (request) => this.urls.push(request.url()));
    page.on("websocket", (socket) => {
      this.urls.push(socket.url());
      socket.on("framesent", ({ payload }) => this.sent.push(String(payload)));
      socket.on("framereceived", ({ payload }) => this.received.push(String(payload)));
    });
  }

  /** new Peer(id, options), or without an id. */
  async start(id: string | undefined, options: PeerOptions): Promise<void> {
    await this.page.evaluate(
      ([id, options]) => {
        window.peer = id === undefined ? new window.Peer(options) : new window.Peer(id, options);
        const tell = (what: string): void => void window.heard.push(what);
        window.peer.on("open", (id) => tell(`open ${id}`));
        window.peer.on("error", (error) => tell(`error ${error.type}: ${error.message}`));
        window.peer.on("disconnected", () => tell("disconnected"));
        window.peer.on("close", () => tell("destroyed"));
        window.peer.on("connection", window.notice);
        window.peer.on("call", (call) => {
          window.mediaConnection = call;
          call.on("stream", () => {
            tell(`stream from ${call.peer} ${JSON.stringify(call.metadata)}`);
          });
          void navigator.mediaDevices.getUserMedia({ video: true, audio: true }).then((own) => call.answer(own));
        });
      },
      [id, { secure: false, config: { iceServers: [] }, ...options }] as const,
    );
  }

  /** The same, until it is open. */
  async opens(id: string, options: PeerOptions): Promise<this> {
    await this.start(id, options);
    await this.hears(`open ${id}`);
    return this;
  }

  heard(): Promise<string[]> {
    return this.page.evaluate(() => window.heard);
  }

  /** Waits until that has been heard so many times. */
  async hears(what: string, times = 1): Promise<void> {
    let heard: string[] = [];
    const often = async (): Promise<number> => {
      heard = await this.heard();
      return heard.filter((line) => line === what).length;
    };
    await expect.poll(often).toBeGreaterThanOrEqual(times).catch((cause: unknown) => {
      throw new Error(`${what}: not heard, only ${JSON.stringify(heard)}`, { cause });
    });
  }

  /** Waits until something like that has been heard. */
  async hearsOf(part: string): Promise<void> {
    await expect.poll(() => this.heard()).toContainEqual(expect.stringContaining(part));
  }

  async connects(to: string, options?: Parameters<Peer["connect"]>[1]): Promise<void> {
    await this.page.evaluate(([to, options]) => window.notice(window.peer.connect(to, options)), [to, options] as const);
  }

  async says(data: unknown): Promise<void> {
    await this.page.evaluate((data) => void window.connection.send(data), data);
  }

  async saysBytes(...bytes: number[]): Promise<void> {
    await this.page.evaluate((bytes) => void window.connection.send(new Uint8Array(bytes)), bytes);
  }

  async calls(to: string, metadata: unknown): Promise<void> {
    await this.page.evaluate(
      async ([to, metadata]) => {
        const own = await navigator.mediaDevices.getUserMedia({ video: true, audio: true });
        window.mediaConnection = window.peer.call(to, own, { metadata });
        window.mediaConnection.on("stream", () => {
          window.heard.push(`stream from ${to}`);
        });
      },
      [to, metadata] as const,
    );
  }

  /** Waits until frames and sound of the other end have come in over RTP. */
  async receivesMedia(): Promise<void> {
    const kinds = (): Promise<string[]> =>
      this.page.evaluate(async () => {
        const stats = await window.mediaConnection.peerConnection.getStats();
        const came: string[] = [];
        stats.forEach((s: { type: string; kind: string; packetsReceived: number; framesDecoded?: number }) => {
          if (s.type === "inbound-rtp" && s.packetsReceived > 0 && (s.kind === "audio" || (s.framesDecoded ?? 0) > 0)) came.push(s.kind);
        });
        return came.sort();
      });
    await expect.poll(kinds).toEqual(["audio", "video"]);
  }

  async close(): Promise<void> {
    await this.page.context().close();
  }
}
