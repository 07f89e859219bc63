import type { Browser, BrowserContext, Locator, Page } from "playwright-core";
import { patience } from "./chromium.ts";

/**
 * Waits until frames have been shown in a tile that were received over RTP and decoded; returns how many. What the
 * element counts itself begins anew with another stream.
 */
export function received(tile: Locator): Promise<number> {
  return tile.locator("video").evaluate(async (element) => {
    const video = element as HTMLVideoElement;
    // rtpTimestamp is there only for frames that came from another browser.
    const next = (): Promise<VideoFrameCallbackMetadata> =>
      new Promise((resolve) => video.requestVideoFrameCallback((_, frame) => resolve(frame)));
    let seen = 0;
    while (seen < 3) if ((await next()).rtpTimestamp !== undefined) seen++;
    return seen;
  });
}

/** For a page before it loads anything: it waits ten seconds for another to come back, in which a busy machine may not load one. */
export async function waitsForPages(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const { setTimeout } = window;
    window.setTimeout = ((run: () => void, ms: number, ...rest: unknown[]) =>
      setTimeout(run, ms > 9_000 && ms <= 10_000 ? 120_000 : ms, ...rest)) as typeof setTimeout;
  });
}

// Chromium's words for a frame that is sent while its socket closes, of which the page has yet to hear.
// What is lost so comes again.
const tooLate = "WebSocket is already in CLOSING or CLOSED state.";

/** One person with a browser of their own, on the demo page. */
export class Visitor {
  readonly page: Page;
  readonly name: string;
  /** What the console and uncaught exceptions complained about. */
  readonly complaints: string[] = [];
  readonly #context: BrowserContext;

  /** `prepare` has the page before it loads anything. */
  static async open(browser: Browser, url: string, name: string, prepare?: (page: Page) => Promise<void>): Promise<Visitor> {
    const context = await browser.newContext();
    context.setDefaultTimeout(patience);
    const visitor = new Visitor(context, await context.newPage(), name);
    await prepare?.(visitor.page);
    await visitor.page.goto(url);
    return visitor;
  }

  private constructor(context: BrowserContext, page: Page, name: string) {
    this.#context = context;
    this.page = page;
    this.name = name;
    page.on("console", (message) => {
      if (message.type() === "error" && message.text() !== tooLate) this.complaints.push(message.text());
    });
    page.on("pageerror", (error) => this.complaints.push(String(error)));
  }

  byTestID(id: string): Locator {
    return this.page.getByTestId(id);
  }

  async join(): Promise<void> {
    await this.byTestID("name").fill(this.name);
    await this.byTestID("join").click();
    await this.byTestID("leave").waitFor({ state: "visible" });
  }

  /** Leaves, and waits until the others have seen it. */
  async leave(...others: Visitor[]): Promise<void> {
    await this.byTestID("leave").click();
    for (const other of others) await other.tile(this).waitFor({ state: "detached" });
  }

  tile(of: Visitor): Locator {
    return this.page.locator(`[data-testid=tile][data-peer="${of.name}"]`);
  }

  /** Waits until `of` is connected and frames of its camera, received over RTP, have been decoded and shown; returns how many. */
  async sees(of: Visitor): Promise<number> {
    await this.page.locator(`[data-testid=tile][data-peer="${of.name}"][data-state=connected]`).waitFor();
    return received(this.tile(of));
  }

  /** Whether the tile of `of` says that the microphone is off; it may say other things as well. */
  async marksMuted(of: Visitor): Promise<boolean> {
    return (await this.tile(of).getAttribute("aria-label"))!.split(", ").includes("microphone off");
  }

  async say(line: string): Promise<void> {
    if (!(await this.byTestID("chat-input").isVisible())) await this.byTestID("chat-toggle").click();
    await this.byTestID("chat-input").fill(line);
    await this.byTestID("chat-input").press("Enter");
  }

  async hears(line: string): Promise<void> {
    await this.byTestID("chat-log").getByText(line, { exact: true }).waitFor({ state: "attached" });
  }

  /** Records every text the status line shows from now on. */
  async recordStatus(): Promise<() => Promise<string[]>> {
    const texts = await this.byTestID("status").evaluateHandle((status) => {
      const seen: string[] = [];
      new MutationObserver(() => seen.push(status.textContent ?? "")).observe(status, { childList: true });
      return seen;
    });
    return () => texts.jsonValue();
  }

  /** Kills the process of the page, which then cannot say goodbye. */
  async crash(): Promise<void> {
    const session = await this.#context.newCDPSession(this.page);
    const crashed = this.page.waitForEvent("crash");
    session.send("Page.crash").catch(() => {}); // nobody is left to answer
    await crashed;
  }

  async close(): Promise<void> {
    await this.#context.close();
  }
}
