import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { launchChromium } from "../browser/chromium.ts";
import { type Localdev, startLocaldev } from "../browser/localdev.ts";
import { Visitor, waitsForPages } from "../browser/visitor.ts";
import { violations } from "./axe.ts";

let localdev: Localdev;
let browser: Browser; // without cameras: pictures take time, and most of this is about the page
let rooms = 0;
let visitors: Visitor[] = [];

beforeAll(async () => {
  browser = await launchChromium({ allow: false });
  localdev = await startLocaldev("-env", "HOST=first", "-env", "LOBBY=on", "-env", "GRACE=600");
});
afterAll(async () => {
  await Promise.all([browser?.close(), localdev?.stop()]);
});
afterEach(async () => {
  const complaints = visitors.flatMap(({ name, complaints }) => complaints.map((words) => `${name}: ${words}`));
  await Promise.all(visitors.map((visitor) => visitor.close()));
  visitors = [];
  expect(complaints).toEqual([]);
});

const freshRoom = (): string => `demo-${process.pid}-${++rooms}`;

async function visit(room: string, name: string, prepare?: (page: Page) => Promise<void>): Promise<Visitor> {
  const visitor = await Visitor.open(browser, `${localdev.url}/?room=${room}`, name, prepare);
  visitors.push(visitor);
  return visitor;
}

/** Comes in, let in by `host` if there is one already. */
async function enter(room: string, name: string, host?: Visitor): Promise<Visitor> {
  const visitor = await visit(room, name);
  if (!host) {
    await visitor.join();
    return visitor;
  }
  await knock(visitor);
  await host.byTestID("admit").click();
  await visitor.byTestID("leave").waitFor({ state: "visible" });
  return visitor;
}

async function knock(visitor: Visitor): Promise<void> {
  await visitor.byTestID("name").fill(visitor.name);
  await visitor.byTestID("join").click();
  await visitor.byTestID("waiting").waitFor({ state: "visible" });
}

const focused = ({ page }: Visitor): Promise<string | undefined> => page.evaluate(() => document.activeElement?.id);
const spoken = ({ page }: Visitor): Promise<string | null> => page.locator("#spoken").textContent();
const wide = ({ page }: Visitor): Promise<number> => page.evaluate(() => document.documentElement.scrollWidth);

test("weighs little at first sight, and asks nobody but its own server", async () => {
  const responses: Promise<number>[] = [];
  const hosts = new Set<string>();
  const ada = await visit(freshRoom(), "ada", async (page) => {
    page.on("response", (response) => {
      hosts.add(new URL(response.url()).host);
      if (!response.url().startsWith("data:")) responses.push(response.request().sizes().then((sizes) => sizes.responseBodySize + sizes.responseHeadersSize));
    });
  });
  await ada.byTestID("error").getByText("Camera and microphone are blocked").waitFor(); // all of it has run
  const sizes = await Promise.all(responses);
  expect(sizes.length).toBeGreaterThan(5);
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(100_000);
  hosts.delete("");
  expect([...hosts]).toEqual([new URL(localdev.url).host]);
});

test("fits from a telephone to a wall, and can be read by everybody in light and dark", async () => {
  const room = freshRoom();
  const ada = await visit(room, "ada");
  await ada.byTestID("error").getByText("Camera and microphone are blocked").waitFor();
  for (const width of [360, 1280, 3840]) {
    await ada.page.setViewportSize({ width, height: width === 360 ? 740 : (width * 9) / 16 });
    expect(await wide(ada), `the lobby at ${width}`).toBeLessThanOrEqual(width);
    if (width === 360) expect(await violations(ada.page), "the lobby").toEqual([]);
  }
  await ada.page.emulateMedia({ forcedColors: "active" });
  expect(await ada.byTestID("join").evaluate((join) => getComputedStyle(join).borderStyle), "where there are no fills").toBe("solid");
  await ada.page.emulateMedia({ forcedColors: "none" });
  await ada.join();
  await ada.page.getByRole("heading", { level: 1, name: "Call" }).waitFor();
  expect(await ada.byTestID("error").textContent(), "what was known before the call").toBe("");
  for (const name of ["bob", "cyd"]) await enter(room, name, ada);
  for (const width of [3840, 768, 360, 1280]) {
    const height = width === 360 ? 740 : width === 768 ? 1_024 : (width * 9) / 16;
    if (width === 768) await ada.byTestID("chat-input").focus();
    await ada.page.setViewportSize({ width, height });
    if (width === 768) {
      await ada.page.locator("#chat").waitFor({ state: "hidden" }); // it would lie over the tiles
      expect(await focused(ada)).toBe("chat-toggle");
    }
    const tiles = async () => {
      const boxes = await Promise.all((await ada.byTestID("tile").all()).map((tile) => tile.boundingBox()));
      const outside = boxes.filter((box) => !box || box.x < 0 || box.y < 0 || box.x + box.width > width || box.y + box.height > height || box.width < 100);
      return [boxes.length, outside];
    };
    await expect.poll(tiles, { message: `tiles at ${width}` }).toEqual([3, []]);
    const docked = await ada.page.locator(".dock button:visible").evaluateAll((all) => all.map((one) => one.getBoundingClientRect()).map(({ left, right, width, height }) => [left, right, width, height]));
    for (const [left, right, wideness, height] of docked) {
      expect(left).toBeGreaterThanOrEqual(0);
      expect(right).toBeLessThanOrEqual(width);
      expect(Math.min(wideness!, height!), `a control at ${width}`).toBeGreaterThanOrEqual(44);
    }
    expect(await wide(ada), `the call at ${width}`).toBeLessThanOrEqual(width);
    const letters = await ada.tile(ada).locator(".tile-name").evaluate((name) => parseFloat(getComputedStyle(name).fontSize));
    if (width === 3840) expect(letters, "a name on a wall").toBeGreaterThan(20);
    if (width !== 360) continue;
    expect(await violations(ada.page), "the call").toEqual([]);
    for (const size of [{ width, height }, { width: height, height: width }]) {
      await ada.page.setViewportSize(size);
      for (const panel of ["chat", "board"]) {
        await ada.byTestID(`${panel}-toggle`).click();
        const covered = await ada.page.locator(".dock button:visible").evaluateAll((all) => all.filter((one) => {
          const { x, y, width, height } = one.getBoundingClientRect();
          return !one.contains(document.elementFromPoint(x + width / 2, y + height / 2));
        }).map(({ id }) => id));
        expect(covered, `what the ${panel} covers at ${size.width}`).toEqual([]);
        expect((await ada.page.locator(`#${panel}`).boundingBox())!.height).toBeGreaterThan(150);
        await ada.byTestID(`${panel}-toggle`).click();
      }
    }
  }
  for (const [item, dialog] of [["#menu-invite", "#invite"], ["#menu-keys", "#keys"]] as const) {
    await ada.byTestID("more").click();
    if (item === "#menu-invite") expect(await violations(ada.page), "the call and its menu").toEqual([]);
    await ada.page.locator(item).click();
    await ada.page.locator(dialog).waitFor({ state: "visible" });
    if (item === "#menu-keys") expect(await violations(ada.page), dialog).toEqual([]);
    await ada.page.keyboard.press("Escape");
  }
});

test("is used by keyboard alone", async () => {
  const room = freshRoom();
  const ada = await visit(room, "ada");
  const { keyboard } = ada.page;
  expect(await focused(ada)).toBe("name");
  await keyboard.type("ada");
  await keyboard.press("Enter");
  await ada.byTestID("leave").waitFor({ state: "visible" });
  const bob = await visit(room, "bob");
  await knock(bob);
  await ada.byTestID("admit").focus();
  await keyboard.press("Enter");
  await ada.tile(bob).waitFor();
  expect(await focused(ada)).toBe("more");

  await keyboard.press("Enter");
  await ada.page.locator("#menu-invite:focus").waitFor();
  for (const key of ["ArrowDown", "ArrowUp", "ArrowUp", "ArrowUp"]) await keyboard.press(key); // around, and to the last but one
  await ada.page.locator("#menu-keys:focus").waitFor();
  await keyboard.press("Enter");
  await ada.page.locator("#keys").waitFor({ state: "visible" });
  await keyboard.press("b"); // not while a dialog is open
  await keyboard.press("Escape");
  await ada.page.locator("#keys").waitFor({ state: "hidden" });
  expect(await focused(ada)).toBe("more");
  expect(await ada.page.locator("#board").isVisible()).toBe(false);

  const chat = ada.page.locator("#chat");
  if (await chat.isVisible()) await keyboard.press("c");
  await chat.waitFor({ state: "hidden" });
  await keyboard.press("c");
  await ada.page.locator("#chat-input:focus").waitFor();
  await keyboard.type("bcm?");
  expect(await ada.byTestID("chat-input").inputValue()).toBe("bcm?");
  await keyboard.press("Escape");
  await chat.waitFor({ state: "hidden" });
  expect(await focused(ada)).toBe("chat-toggle");

  await bob.page.locator(`[data-testid=tile][data-peer=ada][data-state=connected]`).waitFor();
  await bob.say("Do you read?");
  await ada.page.getByRole("button", { name: "Open the chat, 1 unread" }).waitFor();
  expect(await spoken(ada)).toBe("bob: Do you read?");
  expect(await ada.page.title()).toBe(`(1) ${room} · Parley`);
  await keyboard.press("c");
  await ada.page.locator("#chat-input:focus").waitFor();
  expect(await ada.page.title()).toBe(`${room} · Parley`);
  await ada.byTestID("chat-log").evaluate((log) => (log.style.flex = "0 0 2rem", log.scrollTop = 0));
  await bob.say("And https://below.test/?");
  const link = ada.byTestID("chat-log").getByRole("link");
  expect(await link.evaluate(({ href, target, rel }: HTMLAnchorElement) => [href, target, rel])).toEqual(["https://below.test/", "_blank", "noreferrer"]);
  await ada.byTestID("chat-below").click();
  await ada.byTestID("chat-below").waitFor({ state: "hidden" });
  expect(await ada.byTestID("chat-log").evaluate((log) => log.scrollHeight - log.scrollTop - log.clientHeight)).toBeLessThan(2);
  await keyboard.press("Escape");
  await chat.waitFor({ state: "hidden" });

  const enlarge = ada.tile(bob).getByTestId("enlarge");
  await enlarge.focus();
  await keyboard.press("Enter");
  await ada.page.locator("#grid[data-layout=large]").waitFor();
  expect(await enlarge.getAttribute("aria-label")).toBe("Show everybody alike, not bob");
  await keyboard.press("Enter");
  await ada.page.locator("#grid[data-layout=grid]").waitFor();
  await keyboard.press("l");
  await ada.page.locator("#grid[data-layout=large]").waitFor(); // bob, who spoke last of the others

  await keyboard.press("?");
  await ada.page.locator("#keys-on").uncheck();
  await keyboard.press("Escape");
  await keyboard.press("b");
  await keyboard.press("l");
  expect(await ada.page.locator("#board").isVisible()).toBe(false);
  await ada.page.locator("#grid[data-layout=large]").waitFor();
});

test("works where the browser keeps nothing for it", async () => {
  const ada = await visit(freshRoom(), "ada", (page) =>
    page.addInitScript(() => {
      const get = (): never => {
        throw new DOMException("denied", "SecurityError");
      };
      for (const name of ["localStorage", "sessionStorage"]) Object.defineProperty(window, name, { get });
    }).then(() => {}));
  await ada.join();
  await ada.byTestID("more").focus();
  await ada.page.keyboard.press("?");
  await ada.page.locator("#keys-on").uncheck();
});

test("shows its link as text and as a QR code", async () => {
  const ada = await visit(freshRoom(), "ada");
  await ada.byTestID("invite").click();
  await ada.page.locator("#invite").waitFor({ state: "visible" });
  expect(`http://${await ada.page.locator("#invite-link").textContent()}`).toBe(ada.page.url());
  const dark = await ada.page.locator("#invite-qr path").getAttribute("d");
  expect(dark!.length).toBeGreaterThan(1_000);
  const box = (await ada.page.locator("#invite-qr").boundingBox())!;
  expect(Math.min(box.width, box.height)).toBeGreaterThan(150);
});

test("lets people in, or not, and removes them", async () => {
  const room = freshRoom();
  const ada = await enter(room, "ada");
  const [bob, cyd] = [await visit(room, "bob"), await visit(room, "cyd")];
  const [admitBob, denyCyd] = ["Let in: bob", "Not now: cyd"].map((name) => ada.page.getByRole("button", { name }));
  await knock(bob);
  await admitBob!.focus();
  await knock(cyd);
  await denyCyd!.waitFor();
  expect(await ada.page.evaluate(() => document.activeElement?.ariaLabel), "whom the focus is on while another knocks").toBe("Let in: bob");
  await admitBob!.click();
  await bob.byTestID("leave").waitFor({ state: "visible" });
  await denyCyd!.click();
  await cyd.byTestID("error").getByText("You were not let in").waitFor();
  expect(await cyd.byTestID("waiting").isVisible()).toBe(false);
  await expect.poll(() => focused(cyd)).toBe("join");
  await ada.page.locator("#knocks").waitFor({ state: "hidden" });
  await expect.poll(() => focused(ada)).toBe("more");

  await knock(cyd);
  await ada.byTestID("admit").waitFor();
  await cyd.page.reload();
  await cyd.byTestID("error").getByText("You were not in the call yet").waitFor();
  expect(await cyd.byTestID("name").inputValue()).toBe("cyd");
  await ada.page.locator("#knocks").waitFor({ state: "hidden" });

  await knock(cyd);
  await ada.byTestID("admit").waitFor();
  await cyd.page.getByRole("button", { name: "Stop waiting" }).click();
  await ada.page.locator("#knocks").waitFor({ state: "hidden" });
  expect(await cyd.byTestID("join").isEnabled()).toBe(true);
  expect(await focused(cyd)).toBe("join");
  expect(await spoken(cyd)).toBe("You no longer wait to be let in");

  await ada.byTestID("more").click();
  await ada.byTestID("menu-lock").click();
  await bob.hears("ada locked the room");
  await ada.hears("You locked the room");
  for (const one of [ada, bob]) expect(await one.byTestID("locked").isVisible(), one.name).toBe(true);
  await ada.byTestID("more").click();
  expect(await ada.byTestID("menu-lock").textContent()).toBe("Unlock the room");
  await ada.page.keyboard.press("Escape");
  await bob.byTestID("more").click();
  expect(await bob.byTestID("menu-lock").isVisible(), "what is for hosts").toBe(false);
  expect(await bob.tile(ada).getByTestId("kick").isVisible()).toBe(false);
  await bob.page.keyboard.press("Escape");

  await bob.page.reload(); // who has a seat is not to ask for it again
  await bob.tile(ada).waitFor();
  expect(await bob.byTestID("locked").isVisible(), "as who comes later sees it").toBe(true);
  expect(await ada.page.locator("#knocks").isVisible()).toBe(false);

  await ada.tile(bob).getByTestId("kick").click();
  await ada.page.getByRole("button", { name: "Cancel" }).click();
  await ada.tile(bob).getByTestId("kick").click();
  await ada.page.getByRole("button", { name: "Remove", exact: true }).click();
  await bob.byTestID("error").getByText("You were removed from the room").waitFor();
  expect([await bob.byTestID("status").textContent(), await spoken(bob), await focused(bob)]).toEqual(["Call ended", "", "join"]);
  expect(await bob.byTestID("locked").isVisible()).toBe(false);
  await ada.tile(bob).waitFor({ state: "detached" });
  await ada.hears("bob was removed");
  expect([await spoken(ada), await focused(ada)]).toEqual(["bob was removed", "call"]);
  await bob.page.reload();
  await bob.byTestID("join").waitFor({ state: "visible" });
  expect(await bob.byTestID("status").textContent(), "who was removed stays outside").toBe("");
});

test("takes nobody back unasked who was removed while their page was away, or comes back late", async () => {
  const room = freshRoom();
  const ada = await visit(room, "ada", waitsForPages);
  await ada.join();
  const bob = await enter(room, "bob", ada);
  await ada.page.locator("[data-peer=bob][data-state=connected]").waitFor();
  await bob.page.goto("about:blank");
  await ada.page.locator("[data-peer=bob][data-state=reconnecting]").waitFor();
  await ada.tile(bob).getByTestId("kick").dispatchEvent("click"); // what the mouse may not reach while the tile has words
  await ada.page.getByRole("button", { name: "Remove", exact: true }).click();
  await ada.tile(bob).waitFor({ state: "detached" });
  await ada.hears("bob was removed");
  expect(await ada.byTestID("chat-log").getByText("bob left").count()).toBe(0);
  await bob.page.goBack();
  await bob.byTestID("error").getByText("You are no longer in the call").waitFor();
  expect(await bob.byTestID("name").inputValue()).toBe("bob");
  expect(await bob.byTestID("join").isEnabled()).toBe(true);
  expect(await ada.page.locator("#knocks").isVisible(), "who did not ask to be let in").toBe(false);

  await ada.page.evaluate(() => {
    dispatchEvent(new PageTransitionEvent("pagehide", { persisted: true }));
    sessionStorage.setItem("parley.call", JSON.stringify({ ...JSON.parse(sessionStorage.getItem("parley.call")!), at: Date.now() - 120_000 }));
  });
  await Promise.all([
    ada.page.waitForEvent("load"),
    ada.page.evaluate(() => dispatchEvent(new PageTransitionEvent("pageshow", { persisted: true }))), // after two minutes in the browser's cache
  ]);
  expect(await ada.byTestID("status").textContent(), "who came back late").toBe("");
  await ada.byTestID("join").waitFor();
});

test("says of somebody whose tab was closed that they have left, long before the seat is given up", async () => {
  const room = freshRoom();
  const ada = await enter(room, "ada");
  const bob = await enter(room, "bob", ada);
  await ada.page.locator("[data-peer=bob][data-state=connected]").waitFor();
  await bob.page.close();
  await ada.hears("bob left");
  await ada.tile(bob).waitFor({ state: "detached" });
});

test("goes on without sound after a reload, until the browser takes something for a touch", async () => {
  const room = freshRoom();
  const ada = await visit(room, "ada", (page) => page.context().grantPermissions(["camera", "microphone"]));
  await ada.join();
  const bob = await enter(room, "bob", ada);
  const session = await bob.page.context().newCDPSession(bob.page);
  // Whatever Playwright does on a page is a touch.
  const untouched = async (expression: string): Promise<unknown> =>
    (await session.send("Runtime.evaluate", { expression, awaitPromise: true, returnByValue: true, userGesture: false })).result.value;
  const frames = (state: string): string => `new Promise((resolve) => {
    const video = document.querySelector('[data-peer="ada"] video');
    const see = () => ${state} ? video.requestVideoFrameCallback(() => video.requestVideoFrameCallback(() => resolve(video.muted))) : setTimeout(see, 20);
    see();
  })`;
  await bob.page.reload();
  expect(await untouched(`new Promise((resolve) => {
    const see = () => document.getElementById("silent")?.hidden === false ? resolve(spoken.textContent) : setTimeout(see, 20);
    see();
  })`)).toContain("The sound is off");
  expect(await untouched(frames("!video.paused")), "at once").toBe(true);
  await untouched(`addEventListener("keydown", () => { globalThis.pressed = true })`);
  await bob.page.keyboard.press("Escape"); // no touch to Chromium
  expect(await untouched(frames("pressed && !video.paused && video.muted")), "after a key that is none").toBe(true);
  expect(await untouched(`document.getElementById("silent").hidden`)).toBe(false);
  const button = bob.page.getByRole("button", { name: "Turn the sound on" });
  await button.click();
  await button.waitFor({ state: "hidden" });
  expect(await bob.sees(ada)).toBeGreaterThan(0);
  expect(await bob.tile(ada).locator("video").evaluate((video: HTMLVideoElement) => video.muted)).toBe(false);
  expect(await focused(bob)).toBe("call");
});

test("says what is in the way where the server is there and lets nobody in", async () => {
  const ada = await visit(freshRoom(), "ada", (page) => page.routeWebSocket(/^ws:/, (socket) => void socket.close()));
  await ada.byTestID("name").fill("ada");
  await ada.byTestID("join").click();
  await ada.byTestID("error").getByText("The service is there, and refused to connect you.").waitFor();
  ada.complaints.length = 0; // the browser's own word about what the service was asked then
});

describe("what just happened", () => {
  test("is the ladder of the call, as it goes on", async () => {
    const room = freshRoom();
    const ada = await enter(room, "ada");
    const bob = await enter(room, "bob", ada);
    await ada.byTestID("more").click();
    const [page] = await Promise.all([ada.page.context().waitForEvent("page"), ada.byTestID("menu-happened").click()]);
    const rows = page.getByTestId("row");
    await rows.filter({ hasText: "bob to Parley: offer" }).first().waitFor();
    await rows.filter({ hasText: "Parley to ada: bob would like to come in" }).waitFor();
    expect(await page.locator(".lane").allTextContents()).toEqual(["ada", "Parley", "bob"]);
    await bob.byTestID("leave").click();
    await page.getByRole("heading", { name: "bob leaves" }).waitFor();
    const units = await page.getByTestId("figures").locator("strong").allTextContents();
    expect(Number(units[0])).toBeGreaterThan(10);
    for (const width of [360, 1280]) {
      await page.setViewportSize({ width, height: 800 });
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
      expect(await violations(page), `${width} wide`).toEqual([]);
    }
    await bob.byTestID("happened").click(); // the link that the lobby has after a call
    await bob.page.getByRole("heading", { name: "What just happened" }).waitFor();
  });

  test("says where there is no record of it", async () => {
    const { page, complaints } = await visit(freshRoom(), "ada", (page) => page.route("**/_localdev/events", (route) => route.fulfill({ status: 404 })).then(() => {}));
    await page.goto(`${localdev.url}/happened/?room=nobody`);
    await page.getByTestId("none").getByText("Only localdev keeps a record").waitFor();
    complaints.length = 0; // the browser's own word about the 404
  });
});
