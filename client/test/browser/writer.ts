import type { Browser, BrowserContext, Page } from "playwright-core";
import { expect } from "vitest";
import { patience } from "./chromium.ts";
import { script } from "./sdk.ts";

interface SharedMap {
  set(key: string, value: string): void;
  toJSON(): Record<string, string>;
}

interface Provider {
  readonly doc: { getMap(name: string): SharedMap };
  destroy(): void;
}

declare global {
  interface Window {
    yjs: {
      Doc: new () => unknown;
      WebrtcProvider: new (room: string, doc: unknown, options: { signaling: string[]; password?: string }) => Provider;
    };
    documents: Record<string, Provider>;
    /** The codes that the page's sockets were closed with. */
    closeCodes: number[];
  }
}

/** Yjs and y-webrtc, unmodified, as one script. */
export const yjs = (): Promise<string> => script("./yjs.js", "yjs");

/** Somebody with a browser of their own, whose page shares documents by y-webrtc. */
export class Writer {
  readonly name: string;
  readonly page: Page;
  /** What the page was sent and has sent to find others, for each of its sockets. */
  readonly sockets: { sent: string[]; received: string[] }[] = [];
  readonly complaints: string[] = [];
  readonly #context: BrowserContext;

  /** `origin` is any server of this machine. */
  static async open(browser: Browser, origin: string, library: string, name: string): Promise<Writer> {
    const context = await browser.newContext(); // pages of one context would share by BroadcastChannel
    context.setDefaultTimeout(patience);
    await context.addInitScript(() => {
      window.closeCodes = [];
      window.WebSocket = class extends WebSocket {
        constructor(url: string | URL) {
          super(url);
          this.addEventListener("close", ({ code }) => window.closeCodes.push(code));
        }
      };
    });
    const writer = new Writer(context, await context.newPage(), name);
    await writer.page.clock.install();
    await writer.page.goto(origin);
    await writer.page.addScriptTag({ content: library });
    return writer;
  }

  private constructor(context: BrowserContext, page: Page, name: string) {
    this.#context = context;
    this.page = page;
    this.name = name;
    page.on("pageerror", (error) => this.complaints.push(String(error)));
    page.on("websocket", (socket) => {
      const seen = { sent: [] as string[], received: [] as string[] };
      this.sockets.push(seen);
      socket.on("framesent", ({ payload }) => seen.sent.push(String(payload)));
      socket.on("framereceived", ({ payload }) => seen.received.push(String(payload)));
    });
  }

  /** Opens a document, found by its name at that signaling server, and writes into it. */
  async shares(document: string, signaling: string, password?: string): Promise<void> {
    await this.page.evaluate(
      ([document, signaling, password, name]) => {
        const { Doc, WebrtcProvider } = window.yjs;
        const provider = new WebrtcProvider(document, new Doc(), { signaling: [signaling], ...(password ? { password } : {}) });
        (window.documents ??= {})[document] = provider;
        provider.doc.getMap("notes").set(name, `written by ${name}`);
      },
      [document, signaling, password, this.name] as const,
    );
  }

  /** Waits until the document has what all of these have written. */
  async reads(document: string, ...writers: Writer[]): Promise<void> {
    const want = Object.fromEntries(writers.map(({ name }) => [name, `written by ${name}`]));
    const notes = () => this.page.evaluate((document) => window.documents[document]!.doc.getMap("notes").toJSON(), document);
    await expect.poll(notes, { message: `what ${this.name} reads` }).toEqual(want);
  }

  async leaves(document: string): Promise<void> {
    await this.page.evaluate((document) => window.documents[document]!.destroy(), document);
  }

  /** Lets that much time pass for the page, and waits for the answer to each heartbeat that comes due. */
  async passes(seconds: number): Promise<void> {
    const count = (frames: string[], type: string) => frames.filter((frame) => frame === `{"type":"${type}"}`).length;
    for (let passed = 0; passed < seconds; passed++) {
      await this.page.clock.runFor(1_000);
      const { sent, received } = this.sockets.at(-1)!;
      await expect.poll(() => count(received, "pong"), { message: `${this.name}'s pongs` }).toBe(count(sent, "ping"));
    }
  }

  /** The codes that its sockets were closed with. */
  closed(): Promise<number[]> {
    return this.page.evaluate(() => window.closeCodes);
  }

  async close(): Promise<void> {
    await this.#context.close();
  }
}
