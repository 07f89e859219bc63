import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { launchChromium } from "./chromium.ts";
import { type Localdev, startLocaldev } from "./localdev.ts";
import { Visitor } from "./visitor.ts";

declare global {
  interface Window {
    /** Cameras that were asked for and have not been opened yet. */
    asked: (() => Promise<void>)[];
    cameras: MediaStreamTrack[];
  }
}

let localdev: Localdev;
let browser: Browser;
let refusing: Browser;
let rooms = 0;
let visitors: Visitor[] = [];
/** Two in a call, which every test leaves as it was: to open one takes longer than most tests. */
let pair: Visitor[] = [];

beforeAll(async () => {
  browser = await launchChromium({ allow: true });
  refusing = await launchChromium({ allow: false });
  localdev = await startLocaldev();
});
afterAll(async () => {
  await Promise.all([browser?.close(), refusing?.close(), localdev?.stop()]);
});
afterEach(async ({ task }) => {
  if (task.result?.state === "fail") pair = [];
  await Promise.all(visitors.filter((visitor) => !pair.includes(visitor)).map((visitor) => visitor.close()));
  visitors = [...pair];
});

const freshRoom = (): string => `test-${process.pid}-${++rooms}`;

interface VisitOptions {
  readonly from?: Browser;
  readonly query?: string;
  /** Has the page before it loads anything. */
  readonly prepare?: (page: Page) => Promise<void>;
}

async function visit(room: string, name: string, { from = browser, query = "", prepare }: VisitOptions = {}): Promise<Visitor> {
  const visitor = await Visitor.open(from, `${localdev.url}/?room=${room}${query}`, name, prepare);
  visitors.push(visitor);
  return visitor;
}

async function adaAndBob(): Promise<[Visitor, Visitor]> {
  if (pair.length === 0) {
    const room = freshRoom();
    const opened: Visitor[] = [];
    for (const name of ["ada", "bob"]) {
      const visitor = await visit(room, name);
      await visitor.join();
      opened.push(visitor);
    }
    pair = opened;
  }
  return pair as [Visitor, Visitor];
}

const roomOf = (visitor: Visitor): string => new URL(visitor.page.url()).searchParams.get("room")!;

function expectNoComplaints(...of: Visitor[]): void {
  for (const { name, complaints } of of) expect(complaints, `${name}'s console`).toEqual([]);
}

describe("the demo page", () => {
  test("makes a call between two tabs: picture both ways, a chat line both ways, and leaving", async () => {
    const [ada, bob] = await adaAndBob();
    expect(await ada.sees(bob)).toBeGreaterThan(0);
    expect(await bob.sees(ada)).toBeGreaterThan(0);
    expect(await ada.byTestID("status").textContent()).toBe("Connected");

    await ada.say("Can you hear me?");
    await bob.hears("Can you hear me?");
    await bob.say("<b>Loud</b> & clear");
    await ada.hears("<b>Loud</b> & clear");

    await bob.leave(ada);
    await bob.byTestID("join").waitFor({ state: "visible" });

    await bob.join(); // and back in
    expect(await ada.sees(bob)).toBeGreaterThan(0);
    expectNoComplaints(ada, bob);
  });

  test("takes a third into the call, everybody seeing everybody", async () => {
    const [ada, bob] = await adaAndBob();
    const cyd = await visit(roomOf(ada), "cyd");
    await cyd.join();
    const all = [ada, bob, cyd];
    for (const one of all) {
      for (const other of all) if (one !== other) expect(await one.sees(other), `${one.name} sees ${other.name}`).toBeGreaterThan(0);
    }
    expect(await ada.byTestID("tile").count()).toBe(3);
    await cyd.leave(ada, bob);
    expectNoComplaints(...all);
  });

  test("turns the camera off and on again for the others", async () => {
    const [ada, bob] = await adaAndBob();
    await ada.sees(bob);
    await bob.byTestID("camera").click();
    await ada.page.locator(`[data-testid=tile][data-peer=bob][data-camera=off]`).waitFor();
    await bob.page.getByRole("button", { name: "Camera", exact: true, pressed: false }).click();
    await ada.page.locator(`[data-testid=tile][data-peer=bob][data-camera=on]`).waitFor();
    expect(await ada.sees(bob)).toBeGreaterThan(0);
    expectNoComplaints(ada, bob);
  });

  test("a microphone that is off is marked for the others", async () => {
    const [ada, bob] = await adaAndBob();
    await ada.sees(bob);
    await bob.byTestID("mic").click();
    await expect.poll(() => ada.marksMuted(bob)).toBe(true);
    await bob.byTestID("mic").click();
    await expect.poll(() => ada.marksMuted(bob)).toBe(false);
    expectNoComplaints(ada, bob);
  });

  test("a shared screen is shown large beside the camera, until it is shared no more", async () => {
    const [ada, bob] = await adaAndBob();
    await ada.sees(bob);
    const screen = ada.page.locator("[data-testid=screen][data-peer=bob]");
    for (let round = 0; round < 2; round++) {
      await bob.page.getByRole("button", { name: "Share your screen" }).click();
      const frames = () => screen.locator("video").evaluate((video) => (video as HTMLVideoElement).getVideoPlaybackQuality().totalVideoFrames);
      await expect.poll(frames).toBeGreaterThan(3);
      expect(await ada.sees(bob)).toBeGreaterThan(0);
      await ada.page.locator("#grid[data-layout=large] .large[data-testid=screen]").waitFor();
      await bob.page.locator("[data-testid=screen]").getByText("Your screen").waitFor();
      await bob.page.locator("#grid[data-layout=grid]").waitFor(); // one's own is not a mirror of mirrors
      await bob.page.getByRole("button", { name: "Stop sharing your screen" }).click();
      await screen.waitFor({ state: "detached" });
      await ada.page.locator("#grid[data-layout=grid]").waitFor();
    }
    expectNoComplaints(ada, bob);
  });

  test("sends files of any size, which arrive byte for byte", async () => {
    const [ada, bob] = await adaAndBob();
    await ada.sees(bob);
    for (const [name, size] of [["note.txt", 900], ["film.bin", 2_000_003]] as const) {
      const buffer = randomBytes(size);
      if (!(await ada.byTestID("attach").isVisible())) await ada.byTestID("chat-toggle").click();
      await ada.byTestID("attach-files").setInputFiles({ name, mimeType: "application/octet-stream", buffer });
      await ada.byTestID("file").filter({ hasText: name }).getByText("Sent").waitFor();
      const save = bob.page.getByTestId("save").and(bob.page.getByLabel(`Save ${name}`));
      await save.waitFor({ state: "attached" });
      if (!(await save.isVisible())) await bob.byTestID("chat-toggle").click();
      const [download] = await Promise.all([bob.page.waitForEvent("download"), save.click()]);
      expect(download.suggestedFilename()).toBe(name);
      expect(buffer.equals(await readFile((await download.path())!))).toBe(true);
    }
    expectNoComplaints(ada, bob);
  });

  test("marks how well a connection serves, and has who spoke last large if one likes", async () => {
    const [ada, bob] = await adaAndBob();
    await ada.sees(bob);
    await ada.tile(bob).locator("[data-testid=quality][data-level]").waitFor();
    await ada.byTestID("more").focus(); // not where the letter would be written
    await ada.page.keyboard.press("l");
    await ada.page.locator(`#grid[data-layout=large] .large[data-peer=bob]`).waitFor();
    await ada.page.keyboard.press("l");
    await ada.page.locator("#grid[data-layout=grid]").waitFor();
    expectNoComplaints(ada, bob);
  });

  test("a camera that is clicked again while it opens is on or off, as wished last, and is one camera", async () => {
    const [ada, bob] = await adaAndBob();
    await ada.sees(bob);
    await ada.page.evaluate(() => {
      const open = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
      Object.assign(window, { asked: [], cameras: [] });
      navigator.mediaDevices.getUserMedia = (constraints) =>
        new Promise((resolve) => {
          window.asked.push(async () => {
            const stream = await open(constraints);
            window.cameras.push(...stream.getVideoTracks());
            resolve(stream);
          });
        });
    });
    const camera = ada.byTestID("camera");
    const seen = (by: Visitor) =>
      by.tile(ada).locator("video").evaluate((video) => ((video as HTMLVideoElement).srcObject as MediaStream).getVideoTracks().length);
    for (const [clicks, on] of [[3, true], [2, false], [4, false], [1, true]] as const) {
      if ((await camera.getAttribute("aria-pressed")) === "true") await camera.click();
      await bob.page.locator(`[data-testid=tile][data-peer=ada][data-camera=off]`).waitFor();
      for (let click = 0; click < clicks; click++) await camera.click();
      expect(await camera.getAttribute("aria-pressed")).toBe(String(on));
      await ada.page.evaluate(async () => void (await Promise.all(window.asked.splice(0).map((open) => open()))));
      const live = () => ada.page.evaluate(() => window.cameras.splice(0).map(({ readyState }) => readyState));
      if (on) await bob.page.locator(`[data-testid=tile][data-peer=ada][data-camera=on]`).waitFor();
      expect(await live(), `after ${clicks} clicks`).toEqual([on ? "live" : "ended"]);
      expect(await seen(ada)).toBe(on ? 1 : 0);
    }
    expect(await bob.sees(ada)).toBeGreaterThan(0);
    expect(await seen(bob)).toBe(1);
    await ada.page.evaluate(() => Reflect.deleteProperty(navigator.mediaDevices, "getUserMedia")); // the browser's is below it
    expectNoComplaints(ada, bob);
  });

  test("a button that has said what it did says what it does again, however often it is clicked", async () => {
    const ada = await visit(freshRoom(), "ada");
    await ada.page.clock.install({ time: 0 });
    await ada.page.clock.pauseAt(3_600_000); // else it goes on by itself, and a busy machine is too late
    await ada.page.evaluate(() => void (navigator.clipboard.writeText = async () => {})); // at once
    const button = ada.byTestID("copy-link");
    for (let click = 0; click < 2; click++) {
      await button.click();
      await ada.page.clock.runFor(500);
      expect(await button.textContent()).toBe("Copied");
    }
    await ada.page.clock.runFor(5_000);
    expect(await button.textContent()).toBe("Copy link");
  });

  test("says when the server is lost, keeps the picture, and comes back", async () => {
    const [ada, bob] = await adaAndBob();
    await ada.sees(bob);
    const statuses = await ada.recordStatus();
    const video = await ada.tile(bob).locator("video").elementHandle();

    await localdev.dropConnections();
    await expect.poll(statuses).toEqual(["Server lost, reconnecting… Your call goes on.", "Connected"]);
    expect(await ada.sees(bob)).toBeGreaterThan(0);
    expect(await bob.sees(ada)).toBeGreaterThan(0);
    expect(await video!.evaluate((element) => element.isConnected), "bob's tile is the same as before").toBe(true);

    let refused = false;
    const prepare = (page: Page) => page.routeWebSocket(/^ws:/, (socket) => void (refused ? socket.close() : socket.connectToServer()));
    const cyd = await visit(roomOf(ada), "cyd", { prepare });
    await cyd.join();
    expect(await ada.sees(cyd)).toBeGreaterThan(0);
    expect(await cyd.sees(bob)).toBeGreaterThan(0);

    refused = true;
    await localdev.dropConnections();
    const mark = ada.tile(cyd).getByText("lost the server");
    await mark.waitFor({ state: "visible" });
    const again = cyd.byTestID("retry-server");
    await again.waitFor({ state: "visible" });
    refused = false;
    await again.dispatchEvent("click"); // a try of the page's own may be quicker
    await again.waitFor({ state: "hidden" });
    await mark.waitFor({ state: "detached" });
    expect(await cyd.byTestID("status").textContent()).toBe("Connected");
    await cyd.leave(ada, bob);
    expectNoComplaints(ada, bob, cyd);
  });
});

describe("trouble in words", () => {
  test("a camera that is denied is explained, and joining works without", async () => {
    const [ada, bob] = await adaAndBob();
    const shy = await visit(roomOf(ada), "shy", { from: refusing });
    await shy.byTestID("error").getByText("Camera and microphone are blocked").waitFor();
    expect(await shy.byTestID("error").textContent()).toContain("Allow them");
    expect(await shy.byTestID("note").textContent()).toBe("You will watch and listen only.");
    await shy.join();
    expect(await shy.sees(ada)).toBeGreaterThan(0);
    await ada.page.locator(`[data-testid=tile][data-peer=shy][data-state=connected][data-camera=off]`).waitFor();
    await shy.leave(ada, bob);
    expectNoComplaints(shy, ada);
  });

  test("ICE servers that the browser refuses: the call goes on with the others", async () => {
    // Ours does not start with such a list, so it is put into what the service says.
    const ice = [{ urls: "turn:turn.test", username: "u" }, { urls: ["http://turn.test", "stun:127.0.0.1:9"] }];
    const prepare = async (page: Page): Promise<void> => {
      await page.routeWebSocket(/^ws:/, (socket) => {
        socket.connectToServer().onMessage((message) => {
          const frame = JSON.parse(String(message)) as { type: string };
          socket.send(JSON.stringify(frame.type === "joined" ? { ...frame, ice } : frame));
        });
      });
    };
    const room = freshRoom();
    const ada = await visit(room, "ada", { prepare });
    await ada.join();
    const bob = await visit(room, "bob", { prepare });
    await bob.join();
    expect(await ada.sees(bob)).toBeGreaterThan(0);
    expect(await bob.sees(ada)).toBeGreaterThan(0);
    for (const one of [ada, bob]) {
      await one.byTestID("error").getByText("Some of this service’s relays cannot be used").waitFor();
      await one.byTestID("error").getByRole("button", { name: "Close" }).click();
      expect(await one.byTestID("error").textContent()).toBe("");
    }
    expectNoComplaints(ada, bob);
  });

  test("a name that is taken", async () => {
    const [ada] = await adaAndBob();
    const other = await visit(roomOf(ada), "ada");
    await other.byTestID("name").fill("ada");
    await other.byTestID("join").click();
    await other.byTestID("error").getByText("Someone here already has that name").waitFor();
    expect(await other.byTestID("join").isEnabled()).toBe(true);
    expectNoComplaints(ada, other);
  });

  test("a server that cannot be reached, or whose address is wrong", async () => {
    for (const [server, words] of [
      ["ws://127.0.0.1:1/prod", "The server cannot be reached"],
      ["ftp://signal.test", "The server’s address is not right"],
    ] as const) {
      const ada = await visit(freshRoom(), "ada", { query: `&server=${encodeURIComponent(server)}` });
      await ada.byTestID("name").fill("ada");
      await ada.byTestID("join").click();
      await ada.byTestID("error").getByText(words).waitFor();
    }
  });
});
