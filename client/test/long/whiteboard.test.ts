import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { launchChromium } from "../browser/chromium.ts";
import { type Localdev, startLocaldev } from "../browser/localdev.ts";
import { Visitor } from "../browser/visitor.ts";
import { violations } from "./axe.ts";

declare global {
  interface Window {
    away?: boolean;
  }
}

let localdev: Localdev;
let browser: Browser;
let rooms = 0;
let visitors: Visitor[] = [];

beforeAll(async () => {
  browser = await launchChromium({ allow: false }); // no pictures: here they would only take time
  localdev = await startLocaldev();
});
afterAll(async () => {
  await Promise.all([browser?.close(), localdev?.stop()]);
});
afterEach(async () => {
  await Promise.all(visitors.map((visitor) => visitor.close()));
  visitors = [];
});

async function join(room: string, name: string, prepare: (page: Page) => Promise<unknown> = async () => {}): Promise<Visitor> {
  const visitor = await Visitor.open(browser, `${localdev.url}/?room=${room}`, name);
  visitors.push(visitor);
  await prepare(visitor.page);
  await visitor.join();
  return visitor;
}

const freshRoom = (): string => `board-${process.pid}-${++rooms}`;
const paper = (of: Visitor) => of.byTestID("paper");

async function open(...of: Visitor[]): Promise<void> {
  for (const one of of) {
    await one.byTestID("board-toggle").click();
    await paper(one).waitFor({ state: "visible" });
  }
}

/** Draws from one place to another, in shares of the paper. */
async function draw(by: Visitor, from: [number, number], to: [number, number]): Promise<void> {
  const box = (await paper(by).boundingBox())!;
  const { mouse } = by.page;
  await mouse.move(box.x + from[0] * box.width, box.y + from[1] * box.height);
  await mouse.down();
  await mouse.move(box.x + to[0] * box.width, box.y + to[1] * box.height, { steps: 12 });
  await mouse.up();
}

const strokes = (of: Visitor): Promise<string | null> => paper(of).getAttribute("data-strokes");
const sees = (of: Visitor, count: number) => expect.poll(() => strokes(of), { message: `${of.name} sees ${count} strokes` }).toBe(String(count));

/** The colour at a place of the paper, as #rrggbb; "" where nothing was drawn. */
function colorAt(of: Visitor, [x, y]: [number, number]): Promise<string> {
  return paper(of).evaluate(
    (element, [x, y]) => {
      const canvas = element as HTMLCanvasElement;
      const [r, g, b, a] = canvas.getContext("2d")!.getImageData(Math.round(x * canvas.width), Math.round(y * canvas.height), 1, 1).data;
      return a === 0 ? "" : `#${[r!, g!, b!].map((one) => one.toString(16).padStart(2, "0")).join("")}`;
    },
    [x, y] as const,
  );
}

function expectNoComplaints(...of: Visitor[]): void {
  for (const { name, complaints } of of) expect(complaints, `${name}'s console`).toEqual([]);
}

describe("the whiteboard", () => {
  test("is one for everybody: for two who draw, for a third who comes later, and after a lost connection", async () => {
    const room = freshRoom();
    const ada = await join(room, "ada");
    const bob = await join(room, "bob");
    await open(ada, bob);
    await ada.page.getByLabel("Red").check();
    for (const one of [ada, bob]) await one.page.getByLabel("Thick").check(); // the middle of a thick line has its colour pure
    await draw(ada, [0.1, 0.5], [0.9, 0.5]);
    await sees(bob, 1);
    expect(await colorAt(bob, [0.5, 0.5])).toBe("#b3382b");
    expect(await colorAt(bob, [0.5, 0.1])).toBe("");
    await draw(bob, [0.2, 0.1], [0.2, 0.4]);
    await sees(ada, 2);
    expect(await colorAt(ada, [0.2, 0.25])).toBe("#1d1c1a");

    const cyd = await join(room, "cyd");
    await open(cyd);
    await sees(cyd, 2);
    expect(await colorAt(cyd, [0.5, 0.5])).toBe("#b3382b");
    expect(await colorAt(cyd, [0.2, 0.25])).toBe("#1d1c1a");

    const statuses = await Promise.all([ada, bob, cyd].map((one) => one.recordStatus()));
    await localdev.dropConnections();
    await expect.poll(statuses[1]!).toContain("Server lost, reconnecting… Your call goes on.");
    await draw(bob, [0.8, 0.1], [0.8, 0.4]); // before the server is back
    expect(await colorAt(bob, [0.8, 0.25])).toBe("#1d1c1a");
    for (const status of statuses) {
      await expect.poll(status).toEqual(["Server lost, reconnecting… Your call goes on.", "Connected"]);
    }
    for (const one of [ada, bob, cyd]) await sees(one, 3);
    await draw(bob, [0.7, 0.1], [0.7, 0.4]);
    for (const one of [ada, bob, cyd]) await sees(one, 4);

    await cyd.byTestID("board-wipe").click();
    for (const one of [ada, bob, cyd]) await sees(one, 0);
    expect(await colorAt(bob, [0.5, 0.5])).toBe("");
    expect(await ada.byTestID("board-note").textContent()).toBe("The board was cleared.");
    expectNoComplaints(ada, bob, cyd);
  });

  test("shows what was drawn and wiped while one was away", async () => {
    const room = freshRoom();
    const canBeAway = (page: Page) =>
      page.evaluate(() => {
        const { WebSocket } = window;
        window.WebSocket = class extends WebSocket {
          constructor(url: string | URL, protocols?: string | string[]) {
            super(window.away ? "ws://127.0.0.1:1/" : url, protocols);
          }
        };
      });
    const ada = await join(room, "ada", canBeAway);
    const cyd = await join(room, "cyd", canBeAway);
    const bob = await join(room, "bob");
    await open(ada, bob, cyd);
    await draw(ada, [0.1, 0.5], [0.9, 0.5]);
    for (const one of [bob, cyd]) await sees(one, 1);
    await cyd.byTestID("board-toggle").click(); // looks away
    const [adas, bobs, cyds] = await Promise.all([ada, bob, cyd].map((one) => one.recordStatus()));
    for (const one of [ada, cyd]) await one.page.evaluate(() => (window.away = true));
    await localdev.dropConnections();
    const gone = ["Server lost, reconnecting… Your call goes on."];
    await expect.poll(adas!).toEqual(gone); // a page in the background may learn of it last
    await expect.poll(bobs!).toContain("Connected");
    await bob.byTestID("board-wipe").click();
    await sees(bob, 0);
    await draw(bob, [0.1, 0.1], [0.9, 0.1]);
    await draw(bob, [0.1, 0.2], [0.9, 0.2]);
    await sees(bob, 2);
    expect([await strokes(ada), await adas!()]).toEqual(["1", gone]);
    for (const one of [ada, cyd]) await one.page.evaluate(() => (window.away = false));
    await sees(ada, 2);
    await expect.poll(cyds!).toContain("Connected");
    await open(cyd);
    await sees(cyd, 2);
    expectNoComplaints(bob);
  });

  test("says on its button that somebody has drawn, and begins empty in the next call", async () => {
    const room = freshRoom();
    const ada = await join(room, "ada");
    const bob = await join(room, "bob");
    await open(bob);
    await bob.page.getByLabel("Thick").check();
    await draw(bob, [0.1, 0.1], [0.1, 0.1]); // a dot
    const button = ada.page.getByRole("button", { name: "Open the whiteboard, somebody has drawn" });
    await button.waitFor();
    await button.click();
    await sees(ada, 1);
    expect(await colorAt(ada, [0.1, 0.1])).toBe("#1d1c1a");
    await ada.page.keyboard.press("Escape");
    expect(await ada.page.evaluate(() => document.activeElement?.id)).not.toBe("board-close");
    await ada.page.goto(`${localdev.url}/?room=${freshRoom()}`);
    await ada.join();
    await open(ada);
    await sees(ada, 0);
    expectNoComplaints(ada, bob);
  });

  test("a long line arrives whole, in several strokes", async () => {
    const room = freshRoom();
    const ada = await join(room, "ada");
    const bob = await join(room, "bob");
    await open(ada, bob);
    const box = (await paper(ada).boundingBox())!;
    const { mouse } = ada.page;
    await mouse.move(box.x + 2, box.y + box.height / 2);
    await mouse.down();
    for (let i = 0; i < 280; i++) {
      await mouse.move(box.x + box.width * (0.1 + i / 350), box.y + box.height * (i % 2 ? 0.2 : 0.8));
    }
    await mouse.up();
    await expect.poll(async () => Number(await strokes(bob))).toBeGreaterThan(1);
    await expect.poll(() => colorAt(bob, [0.1 + 278.5 / 350, 0.5])).not.toBe("");
    expectNoComplaints(ada, bob);
  });

  test("and the chat are not both open where one would cover the other's buttons", async () => {
    const ada = await join(freshRoom(), "ada", (page) => page.setViewportSize({ width: 1360, height: 850 }));
    const chat = ada.page.locator("#chat");
    await open(ada);
    await chat.waitFor({ state: "visible" }); // there is room for both
    await ada.page.setViewportSize({ width: 360, height: 800 });
    await chat.waitFor({ state: "hidden" });
    await ada.page.locator("#board-close").click();
    await ada.byTestID("chat-toggle").click();
    await ada.page.locator("#chat-close").click();
    await ada.page.setViewportSize({ width: 900, height: 800 });
    await open(ada);
    await ada.byTestID("chat-toggle").click();
    await paper(ada).waitFor({ state: "hidden" });
    expect(await chat.isVisible()).toBe(true);
    await open(ada);
    await chat.waitFor({ state: "hidden" });
    expectNoComplaints(ada);
  });

  test("is used by touch and by keyboard, fits a telephone, and can be read by everybody", async () => {
    const room = freshRoom();
    const ada = await join(room, "ada", (page) => page.setViewportSize({ width: 390, height: 844 }));
    for (const [width, height] of [[390, 844], [844, 390], [1360, 850]] as const) {
      await ada.page.setViewportSize({ width, height });
      if (!(await paper(ada).isVisible())) await open(ada);
      // Panels slide, and so are beyond the edge for a moment.
      await expect.poll(() => ada.page.evaluate(() => document.body.scrollWidth), { message: `at ${width} wide` }).toBeLessThanOrEqual(width);
      const right = () => ada.page.evaluate(() => Math.max(...[...document.querySelectorAll("#board *")].map((one) => one.getBoundingClientRect().right)));
      await expect.poll(right, { message: `at ${width} wide` }).toBeLessThanOrEqual(width);
      const box = (await paper(ada).boundingBox())!;
      expect(box.width / box.height, `at ${width} wide`).toBeCloseTo(4 / 3, 1);
      expect(box.width).toBeGreaterThan(width === 390 ? 340 : 300);
      expect(await violations(ada.page), `at ${width} wide`).toEqual([]);
    }
    await ada.page.getByLabel("Black").focus();
    await ada.page.keyboard.press("ArrowRight");
    expect(await ada.page.getByLabel("Green").isChecked()).toBe(true);
    const box = (await paper(ada).boundingBox())!;
    const session = await ada.page.context().newCDPSession(ada.page);
    const touch = (type: "touchStart" | "touchMove" | "touchEnd", x?: number, y?: number) =>
      session.send("Input.dispatchTouchEvent", { type, touchPoints: x === undefined ? [] : [{ x: box.x + x * box.width, y: box.y + y! * box.height }] });
    await touch("touchStart", 0.3, 0.3);
    for (let i = 1; i <= 8; i++) await touch("touchMove", 0.3 + i / 20, 0.3);
    await touch("touchEnd");
    await sees(ada, 1);
    expect(await colorAt(ada, [0.5, 0.3])).toBe("#1f5f56");
    await ada.page.getByLabel("Close the whiteboard").first().focus();
    await ada.page.keyboard.press("Enter");
    await paper(ada).waitFor({ state: "hidden" });
    expect(await ada.page.evaluate(() => document.activeElement?.id)).toBe("board-toggle");
    expectNoComplaints(ada);
  });
});
