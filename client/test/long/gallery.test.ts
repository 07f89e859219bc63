import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { launchChromium, patience } from "../browser/chromium.ts";
import { type Localdev, startLocaldev } from "../browser/localdev.ts";
import { received, Visitor } from "../browser/visitor.ts";
import { violations } from "./axe.ts";

declare global {
  interface Window {
    /** Of each connection that has begun to look for ways to the other side: how many ICE servers it may ask. */
    iceServers: number[];
  }
}

let localdev: Localdev;
let browser: Browser;
let rooms = 0;
let visitors: Visitor[] = [];
let asked: string[] = []; // hosts

beforeAll(async () => {
  browser = await launchChromium({ allow: true });
  localdev = await startLocaldev();
});
afterAll(async () => {
  await Promise.all([browser?.close(), localdev?.stop()]);
});
afterEach(async () => {
  const complaints = visitors.flatMap((visitor) => visitor.complaints);
  await Promise.all(visitors.map((visitor) => visitor.close()));
  visitors = [];
  expect(complaints).toEqual([]);
  expect(new Set(asked)).toEqual(new Set([new URL(localdev.url).host]));
  asked = [];
});

async function watchHosts(page: Page): Promise<void> {
  const note = (url: string): void => void (/^(data|about):/.test(url) || asked.push(new URL(url).host));
  page.on("request", (request) => note(request.url()));
  page.on("websocket", (socket) => note(socket.url()));
  await page.addInitScript(() => {
    window.iceServers = [];
    const begin = RTCPeerConnection.prototype.setLocalDescription;
    RTCPeerConnection.prototype.setLocalDescription = function (this: RTCPeerConnection, ...description: unknown[]) {
      window.iceServers.push(this.getConfiguration().iceServers?.length ?? 0);
      return Reflect.apply(begin, this, description) as Promise<void>;
    };
  });
}

async function visit(path: string, from: Browser = browser): Promise<Visitor> {
  const visitor = await Visitor.open(from, new URL(path, localdev.url).href, path, watchHosts);
  visitors.push(visitor);
  return visitor;
}

/** Follows a link that opens a tab. */
async function follow(page: Page, testID: string): Promise<Page> {
  const [tab] = await Promise.all([page.context().waitForEvent("page"), page.getByTestId(testID).click()]);
  tab.setDefaultTimeout(patience);
  return tab;
}

/** Opens the ladder of what happened to that name, and finds there a frame with these words, which was pushed to somebody. */
async function findInLadder(page: Page, name: string, words: string): Promise<void> {
  const console = await follow(page, "ladder");
  await console.getByTestId("row").filter({ hasText: words }).first().click();
  expect(await console.locator("#search").inputValue()).toBe(name);
  await console.locator(".ladder svg").getByText("push", { exact: false }).first().waitFor();
  expect(await console.locator(".ladder svg").textContent()).toContain("API Gateway");
  await console.close();
}

/** Light and dark, on a telephone and on a desk. */
async function expectReadable(page: Page): Promise<void> {
  for (const width of [390, 1360]) {
    await page.setViewportSize({ width, height: 850 });
    expect(await violations(page), `${page.url()}, ${width} wide`).toEqual([]);
    expect(await page.evaluate(() => document.documentElement.scrollWidth), `${page.url()} is wider than the page`).toBeLessThanOrEqual(width);
  }
}

test("the demo leads to the gallery, and it to a room of each demo and to what happens there", async () => {
  const { page } = await visit("/");
  await page.getByRole("link", { name: "Gallery" }).click();
  await page.getByRole("heading", { name: "One server, four protocols" }).waitFor();
  await expectReadable(page);
  for (const [demo, title] of [["call", "Ready to talk?"], ["document", "A shared document"]] as const) {
    const room = new URL((await page.locator(`#${demo}-open`).getAttribute("href"))!, page.url()).searchParams.get("room");
    expect(await page.locator(`#${demo}-ladder`).getAttribute("href")).toBe(`/_localdev/#search=${room}`);
    const [tab] = await Promise.all([page.context().waitForEvent("page"), page.locator(`#${demo}-open`).click()]);
    await tab.getByRole("heading", { name: title }).waitFor();
    await tab.locator("#room").getByText(room!).waitFor();
  }
  expect((await fetch(`${localdev.url}/gallery`)).url).toBe(`${localdev.url}/gallery/`);
});

describe("the shared document", () => {
  const texts = (pages: readonly Page[]): Promise<string[]> => Promise.all(pages.map((page) => page.getByTestId("text").inputValue()));
  const agree = async (pages: readonly Page[], want: (text: string) => boolean): Promise<void> => {
    await expect.poll(async () => [...new Set(await texts(pages))].map(want)).toEqual([true]);
  };

  test("is written by three tabs at once, which all come to the same text", async () => {
    const room = `gallery-${process.pid}-${++rooms}`;
    const path = `/gallery/document/?room=${room}`;
    const ada = (await visit(path)).page;
    const bob = (await visit(path)).page;
    const cyd = await follow(ada, "another");
    const all = [ada, bob, cyd];
    for (const page of all) await expect.poll(() => page.getByTestId("here").locator("li").count()).toBe(3);
    expect(await ada.getByTestId("code").textContent()).toContain(`signaling: ["${localdev.ws}"]`);

    await Promise.all(all.map((page, i) => page.getByTestId("text").pressSequentially(String(i).repeat(20))));
    await agree(all, (text) => [...text].sort().join("") === `${"0".repeat(20)}${"1".repeat(20)}${"2".repeat(20)}`);

    await bob.getByTestId("text").fill("kettle 😀");
    await agree(all, (text) => text === "kettle 😀");
    await bob.getByTestId("text").evaluate((field) => (field as HTMLTextAreaElement).setSelectionRange(3, 6)); // tle
    await ada.getByTestId("text").press("ControlOrMeta+Home");
    await ada.getByTestId("text").pressSequentially("a ");
    await cyd.getByTestId("text").fill("a kettle 😁"); // of whose two halves one has changed
    await agree(all, (text) => text === "a kettle 😁");
    await bob.getByTestId("text").press("Backspace");
    await agree(all, (text) => text === "a ket 😁");
    for (const page of [ada, bob]) {
      const servers = await page.evaluate(() => window.iceServers);
      expect(servers.length, "connections, also between tabs of one browser").toBeGreaterThanOrEqual(2);
      expect(new Set(servers)).toEqual(new Set([0]));
    }

    await findInLadder(bob, room, '"type":"publish"');
    await expectReadable(bob);
    await bob.goto("about:blank");
    for (const page of [ada, cyd]) await expect.poll(() => page.getByTestId("here").locator("li").count()).toBe(2);
  });

  test("lets nothing in while a character is composed, and loses nothing", async () => {
    const path = `/gallery/document/?room=gallery-${process.pid}-${++rooms}`;
    const ada = (await visit(path)).page;
    const bob = (await visit(path)).page;
    await ada.getByTestId("text").fill("one two");
    await agree([ada, bob], (text) => text === "one two");
    await bob.getByTestId("text").press("ControlOrMeta+End");
    const keyboard = await bob.context().newCDPSession(bob);
    await keyboard.send("Input.imeSetComposition", { text: "に", selectionStart: 1, selectionEnd: 1 });
    await expect.poll(() => ada.getByTestId("text").inputValue()).toBe("one twoに");
    await ada.getByTestId("text").fill("zero one twoに");
    const cyd = (await visit(path)).page;
    await agree([ada, cyd], (text) => text === "zero one twoに");
    await keyboard.send("Input.insertText", { text: "日" });
    await agree([ada, bob, cyd], (text) => text === "zero one two日");
  });
});

describe("the call by PeerJS", () => {
  const open = async (path = "/gallery/peerjs/", from?: Browser): Promise<{ page: Page; id: string; visitor: Visitor }> => {
    const visitor = await visit(path, from);
    const { page } = visitor;
    await page.locator("[data-testid=status][data-state=joined]").waitFor();
    return { page, id: (await page.getByTestId("own-id").textContent())!, visitor };
  };
  const linkOf = async ({ page }: { page: Page }): Promise<string> => (await page.getByTestId("another").getAttribute("href"))!;
  const tile = (by: { page: Page }, of: { id: string }) => by.page.locator(`[data-testid=tile][data-peer="${of.id}"]`);
  const sees = async (by: { page: Page }, of: { id: string }): Promise<void> => {
    await tile(by, of).and(by.page.locator("[data-state=connected][data-camera=on]")).waitFor();
    expect(await received(tile(by, of))).toBeGreaterThan(0);
  };
  const says = async ({ page }: { page: Page }, text: string): Promise<void> => {
    await page.getByTestId("line").fill(text);
    await page.getByTestId("line").press("Enter");
  };
  const focused = ({ page }: { page: Page }): Promise<string | undefined> => page.evaluate(() => document.activeElement?.id);

  test("of two tabs, by keyboard, into which a third comes and is told who is there", async () => {
    const ada = await open();
    const bob = await open(await linkOf(ada));
    await bob.page.getByTestId("callee").press("Enter");
    await ada.page.getByTestId("ring").waitFor();
    await expectReadable(ada.page);
    await ada.page.getByTestId("answer").press("Enter");
    await Promise.all([sees(ada, bob), sees(bob, ada)]);
    expect([await focused(ada), await focused(bob)]).toEqual(["hang-up", "hang-up"]);
    await says(ada, "Can you hear me?");
    await bob.page.getByTestId("log").getByText("Can you hear me?", { exact: true }).waitFor();
    await says(bob, "<b>Loud</b> & clear");
    await ada.page.getByTestId("log").getByText("<b>Loud</b> & clear", { exact: true }).waitFor();

    const cyd = await open(await linkOf(ada));
    await cyd.page.getByTestId("call").click();
    await Promise.all([sees(cyd, ada), sees(cyd, bob), sees(ada, cyd), sees(bob, cyd)]);
    await bob.page.getByTestId("camera").click();
    for (const one of [ada, cyd]) await tile(one, bob).and(one.page.locator("[data-camera=off]")).waitFor();
    await expectReadable(cyd.page);
    for (const { page } of [ada, bob, cyd]) expect(new Set(await page.evaluate(() => window.iceServers))).toEqual(new Set([0]));

    await findInLadder(ada.page, ada.id, '"type":"OFFER"');
    await cyd.page.getByTestId("hang-up").click();
    for (const one of [ada, bob]) await tile(one, cyd).waitFor({ state: "detached" });
    expect(await focused(cyd)).toBe("callee");
  });

  test("goes on without a camera, and over a server that is lost and comes back", async () => {
    const refusing = await launchChromium({ allow: false });
    try {
      const shy = await open(undefined, refusing);
      await shy.page.getByTestId("error").getByText("Camera and microphone are blocked").waitFor();
      const ada = await open(await linkOf(shy));
      await ada.page.getByTestId("call").click();
      await shy.page.getByTestId("answer").click();
      await sees(shy, ada);
      await says(shy, "I see you");
      await ada.page.getByTestId("log").getByText("I see you").waitFor();
      const statuses = await Promise.all([shy, ada].map(({ visitor }) => visitor.recordStatus()));
      await localdev.dropConnections();
      for (const seen of statuses) await expect.poll(seen).toEqual(["Server lost, reconnecting… Your call goes on.", "Can be called"]);
      await sees(shy, ada);
      await says(ada, "Still here");
      await shy.page.getByTestId("log").getByText("Still here").waitFor();
    } finally {
      await refusing.close();
      visitors = visitors.slice(1);
    }
  });

  test("says in words who is not there, who declines, and whose id is taken", async () => {
    const ada = await open("/gallery/peerjs/?id=ada-of-the-gallery");
    const bob = await open("/gallery/peerjs/?call=nobody-of-the-gallery");
    const error = bob.page.getByTestId("error");
    await bob.page.getByTestId("call").click();
    await error.getByText("Nobody has that id now").waitFor();
    await bob.page.getByTestId("callee").fill(bob.id);
    await bob.page.getByTestId("call").click();
    await error.getByText("That is this page’s own id").waitFor();
    await bob.page.getByTestId("callee").fill(ada.id);
    await bob.page.getByTestId("call").click();
    await ada.page.getByTestId("decline").click();
    await error.getByText("They declined").waitFor();
    const other = (await visit("/gallery/peerjs/?id=ada-of-the-gallery")).page;
    await other.getByTestId("error").getByText("Somebody else has that id").waitFor();
    await ada.page.goto(localdev.url);
    await other.getByRole("button", { name: "Try again" }).click();
    await other.locator("[data-testid=status][data-state=joined]").waitFor();
  });
});

describe("the phone", () => {
  const open = async (name: string, call = "", from?: Browser): Promise<Page> => {
    const { page } = await visit(`/gallery/sip/?name=${name}&call=${call}`, from);
    await page.locator("[data-testid=status][data-state=joined]").waitFor();
    return page;
  };
  const says = (page: Page, words: string) => page.getByTestId("call-state").getByText(words, { exact: true }).waitFor();
  const free = (page: Page) => page.locator("[data-testid=call-state][data-state=free]").waitFor({ state: "attached" });
  const sees = async (page: Page, of: string): Promise<void> => {
    const tile = page.locator(`[data-testid=tile][data-peer="${of}"][data-camera=on]`);
    await tile.waitFor();
    expect(await received(tile)).toBeGreaterThan(0);
  };
  const dial = async (page: Page, name: string): Promise<void> => {
    await page.getByTestId("callee").fill(name);
    await page.getByTestId("callee").press("Enter");
  };

  test("calls, holds, and hands a call on to a third, all of it in one ladder", async () => {
    const ada = (await visit("/gallery/sip/")).page;
    await ada.getByTestId("name").fill("ada");
    await ada.getByTestId("register").click();
    await ada.locator("[data-testid=status][data-state=joined]").waitFor();
    const [bob, cyd] = await Promise.all([open("bob", "ada"), open("cyd")]);
    await bob.getByTestId("call").click();
    await says(bob, "ada’s phone rings");
    await expectReadable(ada);
    await dial(cyd, "nobody");
    await ada.getByTestId("answer").press("Enter");
    await Promise.all([says(ada, "Talking to bob"), says(bob, "Talking to ada"), sees(ada, "bob"), sees(bob, "ada")]);
    expect(await ada.evaluate(() => document.activeElement?.id)).toBe("hang-up");
    await ada.getByTestId("hold").click();
    await Promise.all([says(ada, "bob is on hold"), says(bob, "ada has put you on hold")]);
    await ada.getByTestId("hold").click();
    await Promise.all([says(ada, "Talking to bob"), says(bob, "Talking to ada")]);
    const error = cyd.getByTestId("error");
    await error.getByText("Nobody is registered under that name").waitFor();
    await dial(cyd, "cyd");
    await error.getByText("That is this phone’s own name").waitFor();
    await dial(cyd, "ada");
    await error.getByText("They are in another call").waitFor();
    await expectReadable(bob);

    const ladder = await follow(bob, "ladder");
    const arrows = async (): Promise<string> => (await ladder.locator(".ladder g.step title").allTextContents()).join("\n\n");
    await expect.poll(arrows).toMatch(/^INVITE · audio, video\n.*200 OK to INVITE · audio, video\n.*^INVITE · audio sendonly, video sendonly\n/ms);
    expect(await ladder.locator(".ladder text.head").allTextContents()).toEqual(["bob", "Parley", "ada"].map((name) => name + name));
    await ladder.close();

    await ada.getByTestId("third").fill("cyd");
    await ada.getByTestId("third").press("Enter");
    await cyd.getByTestId("answer").click();
    await Promise.all([says(bob, "Talking to cyd"), says(cyd, "Talking to bob"), sees(cyd, "bob"), free(ada)]);
    await cyd.getByTestId("hang-up").click();
    await free(bob);
    await dial(bob, "ada");
    await ada.getByTestId("decline").click();
    await bob.getByTestId("error").getByText("They declined").waitFor();
    for (const page of [ada, bob, cyd]) expect(new Set(await page.evaluate(() => window.iceServers))).toEqual(new Set([0]));
  });
});

test("a server that cannot be reached is told in words", async () => {
  const prepare = async (page: Page): Promise<void> => {
    await page.routeWebSocket(/^ws:/, (socket) => void socket.close());
    await page.route(/peerjs\/id/, (route) => route.fulfill({ status: 403 }));
  };
  await Promise.all(
    [
      ["/gallery/document/", "The server cannot be reached"],
      ["/gallery/peerjs/", "The server gave no id"],
      ["/gallery/sip/?name=ada", "The server cannot be reached"],
    ].map(async ([path, words]) => {
      const visitor = await Visitor.open(browser, `${localdev.url}${path}`, path!, prepare);
      await visitor.byTestID("error").getByText(words!).waitFor();
      await visitor.close();
    }),
  );
  asked.push(new URL(localdev.url).host);
});
