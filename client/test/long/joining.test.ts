import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { launchChromium } from "../browser/chromium.ts";
import { type Localdev, startLocaldev } from "../browser/localdev.ts";
import { Visitor } from "../browser/visitor.ts";

declare global {
  interface Window {
    openDevices?: () => void;
  }
}

const patience = 180_000;

let localdev: Localdev;
let browser: Browser;
let rooms = 0;
let visitors: Visitor[] = [];

beforeAll(async () => {
  browser = await launchChromium({ allow: true });
  localdev = await startLocaldev();
});
afterAll(async () => {
  await Promise.all([browser?.close(), localdev?.stop()]);
});
afterEach(async () => {
  await Promise.all(visitors.map((visitor) => visitor.close()));
  visitors = [];
});

async function visit(room: string, name: string, prepare?: (page: Page) => Promise<void>): Promise<Visitor> {
  const visitor = await Visitor.open(browser, `${localdev.url}/?room=${room}`, name, async (page) => {
    page.setDefaultTimeout(120_000);
    await prepare?.(page);
  });
  visitors.push(visitor);
  return visitor;
}

/** Keeps camera and microphone from the page until it calls openDevices(). */
async function withoutDevices(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const open = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
    const asked = new Promise<void>((resolve) => (window.openDevices = resolve));
    navigator.mediaDevices.getUserMedia = async (constraints) => {
      await asked;
      return open(constraints);
    };
  });
}

/** Holds back a page's joins, or what the server answers to them. */
class Gate {
  #holding: "join" | "joined" | undefined;
  #held: (() => void)[] = [];
  #waiting: (() => void)[] = [];

  /** For the page before it loads anything. */
  readonly prepare = async (page: Page): Promise<void> => {
    await page.routeWebSocket(/^ws:/, (socket) => {
      const server = socket.connectToServer();
      socket.onMessage((message) => this.#pass(message, () => server.send(message)));
      server.onMessage((message) => this.#pass(message, () => socket.send(message)));
    });
  };

  hold(what: "join" | "joined"): void {
    this.#holding = what;
  }

  /** Resolves once something is held. */
  async holds(): Promise<void> {
    if (this.#held.length === 0) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  open(): void {
    this.#holding = undefined;
    for (const pass of this.#held.splice(0)) pass();
  }

  #pass(message: string | Buffer, pass: () => void): void {
    const { action, type } = JSON.parse(String(message)) as { action?: string; type?: string };
    if ((action ?? type) !== this.#holding) return pass();
    this.#held.push(pass);
    for (const wake of this.#waiting.splice(0)) wake();
  }
}

const tile = (of: Visitor, camera: "on" | "off"): string => `[data-testid=tile][data-peer=${of.name}][data-camera=${camera}]`;

test("a camera that opens while the join is under way is seen, and said to be on, by who was there and who comes later", async () => {
  const room = `joining-${process.pid}-${++rooms}`;
  const bob = await visit(room, "bob");
  await bob.join();
  const gate = new Gate();
  gate.hold("joined");
  const ada = await visit(room, "ada", async (page) => {
    await withoutDevices(page);
    await gate.prepare(page);
  });
  const joined = ada.join();
  await gate.holds();
  await bob.page.locator(tile(ada, "off")).waitFor();
  await ada.page.evaluate(() => window.openDevices!());
  await ada.page.locator("#preview[data-camera=on]").waitFor();
  gate.open();
  await joined;
  await bob.page.locator(tile(ada, "on")).waitFor();
  const cyd = await visit(room, "cyd");
  await cyd.join();
  await cyd.page.locator(tile(ada, "on")).waitFor();
  for (const one of [bob, cyd]) expect(await one.sees(ada), `${one.name} sees ada`).toBeGreaterThan(0);
  for (const { name, complaints } of visitors) expect(complaints, name).toEqual([]);
}, patience);

test("a camera that is turned off and on while the seat is being taken again is off, then on, for the others", async () => {
  const room = `joining-${process.pid}-${++rooms}`;
  const bob = await visit(room, "bob");
  await bob.join();
  const gate = new Gate();
  const ada = await visit(room, "ada", gate.prepare);
  await ada.join();
  await bob.sees(ada);
  // The server does not know yet that she is back, or she does not know that it does.
  for (const [camera, what] of [["off", "join"], ["on", "join"], ["off", "joined"], ["on", "joined"]] as const) {
    gate.hold(what);
    await localdev.dropConnections();
    await gate.holds();
    await ada.byTestID("camera").click();
    await ada.page.locator(tile(ada, camera)).waitFor();
    gate.open();
    await bob.page.locator(tile(ada, camera)).waitFor();
  }
  expect(await bob.sees(ada)).toBeGreaterThan(0);
}, patience);
