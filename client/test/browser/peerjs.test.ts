import type { PeerOptions } from "peerjs";
import type { Browser } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { launchChromium } from "./chromium.ts";
import { Demo } from "./demo.ts";
import { type Localdev, startLocaldev } from "./localdev.ts";
import { PeerPage, releases } from "./peerjs.ts";

let localdev: Localdev;
let browser: Browser;
let pages: PeerPage[] = [];
let server: PeerOptions;
let ids = 0;

beforeAll(async () => {
  [browser, localdev] = await Promise.all([launchChromium({ allow: true }), startLocaldev()]);
  server = { host: "127.0.0.1", port: Number(new URL(localdev.url).port), path: "/" };
});
afterAll(async () => {
  await Promise.all([browser?.close(), localdev?.stop()]);
});
afterEach(async () => {
  await Promise.all(pages.map((page) => page.close()));
  pages = [];
});

async function page(release?: (typeof releases)[number]): Promise<PeerPage> {
  const opened = await PeerPage.open(browser, localdev.url, release);
  pages.push(opened);
  return opened;
}

/** An id of nobody else's. */
const fresh = (name: string): string => `${name}-${++ids}`;

describe("PeerJS's own client", () => {
  test.each(releases)("connects two pages of %s: data both ways, as JSON and as bytes, with metadata, and closes", async (release) => {
    const [alice, bob] = [fresh("alice"), `${fresh("bob")} the_2nd`];
    const [a, b] = await Promise.all([page(release), page(release)]);
    await Promise.all([a.opens(alice, server), b.opens(bob, server)]);
    await a.connects(bob, { label: "chat", metadata: { topic: "tea & <biscuits>" }, serialization: "json", reliable: true });
    await b.hears(`connected to ${alice}: chat {"topic":"tea & <biscuits>"}`);
    await a.hears(`connected to ${bob}: chat {"topic":"tea & <biscuits>"}`);
    await a.says({ hello: ["bob", 1] });
    await b.hears(`${alice}: {"hello":["bob",1]}`);
    await b.says("and back");
    await a.hears(`${bob}: "and back"`);
    await a.page.evaluate(() => window.connection.close());
    await b.hears(`closed by ${alice}`);

    await b.connects(alice, { label: "file", serialization: "binary" });
    await a.hears(`connected to ${bob}: file undefined`);
    await b.hears(`connected to ${alice}: file undefined`);
    await b.saysBytes(1, 2, 255);
    await a.hears(`${bob}: bytes 1,2,255`);
    await a.says("x".repeat(100_000));
    await b.hears(`${alice}: ${JSON.stringify("x".repeat(100_000))}`);
  });

  test("carries sound and pictures both ways, between two releases", async () => {
    const [alice, bob] = [fresh("alice"), fresh("bob")];
    const [a, b] = await Promise.all([page("peerjs-1.4"), page("peerjs")]);
    await Promise.all([a.opens(alice, server), b.opens(bob, server)]);
    await a.calls(bob, { from: "the left" });
    await b.hears(`stream from ${alice} {"from":"the left"}`);
    await a.hears(`stream from ${bob}`);
    await Promise.all([a.receivesMedia(), b.receivesMedia()]);
  });

  test("comes back with reconnect() after a cut, is connected to through its new socket, and keeps what it had", async () => {
    const [alice, bob] = [fresh("alice"), fresh("bob")];
    const [a, b] = await Promise.all([page(), page()]);
    await Promise.all([a.opens(alice, server), b.opens(bob, server)]);
    await a.connects(bob, { label: "before" });
    await b.hears(`connected to ${alice}: before undefined`);
    await localdev.dropConnections();
    for (const each of [a, b]) await each.hears("disconnected");
    expect(await a.heard()).toContain("error network: Lost connection to server.");
    await a.says("still here");
    await b.hears(`${alice}: "still here"`);

    await b.page.evaluate(() => {
      window.peer.once("open", () => window.notice(window.peer.connect(window.connection.peer, { label: "after" }))); // at once
      window.peer.reconnect();
    });
    await a.page.evaluate(() => window.peer.reconnect());
    await a.hears(`open ${alice}`, 2);
    await b.hears(`open ${bob}`, 2);
    await a.hears(`connected to ${bob}: after undefined`);
    expect(await b.heard()).not.toContain(`closed by ${alice}`);
  });

  test("comes back while its old socket still seems to be open", async () => {
    const alice = fresh("alice");
    const a = await (await page()).opens(alice, { ...server, token: "t0k3n" });
    const again = await (await page()).opens(alice, { ...server, token: "t0k3n" });
    await a.hears("disconnected");
    const b = await (await page()).opens(fresh("bob"), server);
    await b.connects(alice, { label: "y" });
    await again.hears(`connected to ${await b.page.evaluate(() => window.peer.id)}: y undefined`);
  });

  test("is told that an id is taken, and that a key is wrong", async () => {
    const alice = fresh("alice");
    const a = await (await page()).opens(alice, server);
    const eve = await page();
    await eve.start(alice, server);
    await eve.hears("destroyed");
    expect((await eve.heard()).sort()).toEqual(["destroyed", "disconnected", `error unavailable-id: ID "${alice}" is taken`]);
    const mallory = await page();
    await mallory.start(fresh("mallory"), { ...server, key: "other" });
    await mallory.hears("error server-error: Invalid key provided");
    await mallory.hears("destroyed");
    expect(await a.heard()).toEqual([`open ${alice}`]);
  });

  test("is told once that nobody has an id, and finds who comes late", async () => {
    const alice = fresh("alice");
    const a = await (await page()).opens(alice, server);
    await a.connects("nobody");
    await a.hears("error peer-unavailable: Could not connect to peer nobody");
    let found = false;
    for (let attempt = 0; attempt < 5 && !found; attempt++) { // within two seconds, which a busy machine may take
      const late = fresh("late");
      const [connected, expired] = [`connected to ${late}: z undefined`, `error peer-unavailable: Could not connect to peer ${late}`];
      await a.connects(late, { label: "z" });
      const b = await (await page()).opens(late, server);
      await expect.poll(async () => (await a.heard()).some((line) => line === connected || line === expired)).toBe(true);
      found = (await a.heard()).includes(connected);
      if (found) expect(await a.heard()).not.toContain(expired);
      await b.page.close();
    }
    expect(found).toBe(true);
    expect((await a.heard()).filter((line) => line.includes("peer nobody"))).toHaveLength(1);
  });

  test("is not answered when it only says that it is there", async () => {
    const a = await (await page()).opens(fresh("alice"), { ...server, pingInterval: 20 });
    const beats = (): number => a.sent.filter((frame) => frame === '{"type":"HEARTBEAT"}').length;
    await expect.poll(beats).toBeGreaterThanOrEqual(30);
    await a.connects("nobody"); // what comes after them is answered
    await a.hears("error peer-unavailable: Could not connect to peer nobody");
    expect(a.received.map((frame) => (JSON.parse(frame) as { type: string }).type)).toEqual(["OPEN", "EXPIRE"]);
  });

  test("needs no id, on whatever path it asks for", async () => {
    const [a, b] = await Promise.all([page("peerjs"), page("peerjs-1.4")]);
    await Promise.all([a.start(undefined, { ...server, path: "/myapp" }), b.start(undefined, server)]);
    const id = (of: PeerPage): Promise<string> => of.page.evaluate(() => window.peer.id);
    for (const each of [a, b]) {
      await expect.poll(() => each.heard()).toHaveLength(1);
      expect(await each.heard()).toEqual([`open ${await id(each)}`]);
    }
    await a.connects(await id(b), { label: "x" });
    await b.hears(`connected to ${await id(a)}: x undefined`);
    expect(a.urls.some((url) => new URL(url).pathname === "/myapp/peerjs/id")).toBe(true);
  });

  test("reaches a stage of another name without a front door, with an id of the page's own", async () => {
    const [a, b] = await Promise.all([page("peerjs"), page("peerjs-1.4")]);
    const stage = new URL(localdev.ws).pathname;
    for (const each of [a, b]) await each.shim();
    await a.start(undefined, { ...server, path: `${stage}?p=` });
    const bob = fresh("bob");
    await b.opens(bob, { ...server, path: `${stage}?p=` });
    await a.hearsOf("open ");
    const [opened] = await a.heard();
    expect(opened).toMatch(/^open \d+(-\d+){3}$/);
    await a.connects(bob, { label: "x" });
    await b.hears(`connected to ${opened!.slice("open ".length)}: x undefined`);
    expect(a.urls.filter((url) => !url.endsWith("/style.css"))).toEqual([expect.stringContaining(`${stage}?p=/peerjs?key=peerjs&id=`)]);
    expect(await a.page.evaluate(() => window.peer instanceof window.Peer)).toBe(true);
  });
});

describe("a demo with a Socket.IO server of its own, whose files stay as they are", () => {
  test.each(["socket.io-client", "socket.io-client-2.5"])("connects two pages over Parley: %s", async (release) => {
    const demo = await Demo.serve(release, localdev.ws, "codelab");
    const open = (room: string) => demo.open(browser, room);
    const [room, elsewhere] = [fresh("room"), fresh("room")];
    const [ada, eve] = await Promise.all([open(room), open(elsewhere)]);
    const bob = await open(room);
    await Promise.all([ada, bob].map((page) => page.getByText("connected", { exact: true }).waitFor()));
    for (const [from, to] of [[ada, bob], [bob, ada]] as const) {
      await from.locator("#line").fill(`hello from ${from === ada ? "ada" : "bob"}`);
      await from.locator("#line").press("Enter");
      await to.getByText(`hello from ${from === ada ? "ada" : "bob"}`).waitFor();
    }
    const cyd = await open(room);
    await cyd.getByText("full", { exact: true }).waitFor();
    await bob.context().close();
    await ada.getByText("left alone").waitFor();
    expect(await eve.locator("#status").textContent()).toBe("alone");
    await Promise.all([ada, cyd, eve].map((page) => page.context().close()));
    demo.stop();
  });
});
