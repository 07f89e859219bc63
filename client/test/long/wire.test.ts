import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Call } from "../../src/index.ts";
import { launchChromium } from "../browser/chromium.ts";
import { type Localdev, startLocaldev } from "../browser/localdev.ts";
import { bundle, openPage } from "../browser/sdk.ts";
import { Wire } from "../browser/wire.ts";

declare global {
  interface Window {
    call: Call;
  }
}

let browser: Browser;
let localdev: Localdev;
const wire = new Wire();

beforeAll(async () => {
  [browser, localdev] = await Promise.all([launchChromium({ allow: true, showAddresses: true }), startLocaldev()]);
});
afterAll(async () => {
  await Promise.all([browser?.close(), localdev?.stop()]);
  await wire.close();
});

const state = (page: Page) => page.evaluate(() => [...window.call.peers.values()].map(({ state }) => state).join());

test("a network that is cut between two browsers and mended is there again, with the connection that it had", async () => {
  const sdk = await bundle();
  const pages: Page[] = [];
  for (const name of ["ada", "bob"]) {
    const page = await openPage(browser, localdev.url, sdk, (page) => wire.attach(page));
    pages.push(page);
    await page.evaluate(async ([url, name]) => void (window.call = await window.parley.Call.join({ url, room: "wire", name })), [localdev.ws, name] as const);
  }
  const [ada, bob] = pages as [Page, Page];
  for (const page of pages) await expect.poll(() => state(page)).toBe("connected");
  await ada.evaluate(() => void window.call.on("message", ({ text }) => (document.title = text)));
  const connection = await ada.evaluateHandle(() => window.call.peers.get("bob")!.connection);
  expect(wire.traffic("ada").up).toBeGreaterThan(1_000);

  wire.cut("ada");
  await expect.poll(() => state(bob)).toBe("reconnecting");
  const before = wire.traffic("ada");
  await bob.evaluate(() => window.call.send("while it was cut"));
  await expect.poll(() => wire.traffic("ada").dropped).toBeGreaterThan(before.dropped);
  expect(wire.traffic("ada")).toMatchObject({ up: before.up, down: before.down });

  wire.mend("ada");
  await expect.poll(() => ada.title()).toBe("while it was cut");
  for (const page of pages) await expect.poll(() => state(page)).toBe("connected");
  expect(await ada.evaluate((connection) => window.call.peers.get("bob")!.connection === connection, connection)).toBe(true);
});
