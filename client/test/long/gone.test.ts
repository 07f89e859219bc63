import type { Browser } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { launchChromium } from "../browser/chromium.ts";
import { type Localdev, startLocaldev } from "../browser/localdev.ts";
import { Visitor, waitsForPages } from "../browser/visitor.ts";

let browser: Browser;
let refusing: Browser;
let localdev: Localdev;
let soon: Localdev; // gives up soon whom it has lost
let visitors: Visitor[] = [];

beforeAll(async () => {
  const hasty = startLocaldev("-env", "GRACE=3"); // s, of which all have to pass
  [browser, refusing, localdev, soon] = await Promise.all([launchChromium({ allow: true }), launchChromium({ allow: false }), startLocaldev(), hasty]);
});
afterAll(async () => {
  await Promise.all([browser?.close(), refusing?.close(), localdev?.stop(), soon?.stop()]);
});
afterEach(async () => {
  await Promise.all(visitors.map((visitor) => visitor.close()));
  visitors = [];
});

async function enter({ url }: Localdev, name: string, ...[from = browser, prepare]: [Browser?, typeof waitsForPages?]): Promise<Visitor> {
  const visitor = await Visitor.open(from, `${url}/?room=gone-${process.pid}`, name, prepare);
  visitors.push(visitor);
  await visitor.join();
  return visitor;
}

test("is in the call again after a reload, as it was, and for the others has never left", async () => {
  const ada = await enter(localdev, "ada");
  const bob = await enter(localdev, "bob");
  const cyd = await enter(localdev, "cyd", refusing, waitsForPages);
  for (const other of [ada, bob]) expect(await cyd.sees(other)).toBeGreaterThan(0);
  await ada.sees(bob);
  const tile = await cyd.tile(bob).elementHandle();
  await bob.byTestID("mic").click();
  const open = await bob.byTestID("chat-log").isVisible();
  await bob.byTestID("chat-toggle").click();

  for (let round = 0; round < 2; round++) {
    await bob.page.reload();
    await bob.byTestID("leave").waitFor({ state: "visible" });
    for (const other of [ada, cyd]) expect(await other.sees(bob), other.name).toBeGreaterThan(0);
    expect(await bob.sees(ada)).toBeGreaterThan(0);
    expect(await tile!.evaluate((element) => element.isConnected), "bob's tile is the same as before").toBe(true);
    expect(await bob.byTestID("chat-log").isVisible()).toBe(!open);
    const pressed = (id: string) => bob.byTestID(id).getAttribute("aria-pressed");
    expect([await pressed("mic"), await pressed("camera")]).toEqual(["false", "true"]);
    await expect.poll(() => cyd.marksMuted(bob)).toBe(true);
  }
  expect(await cyd.byTestID("chat-log").textContent()).not.toContain("bob");

  await bob.byTestID("mic").click();
  await expect.poll(() => cyd.marksMuted(bob)).toBe(false);
  await bob.leave(ada, cyd);
  await bob.page.reload();
  await bob.byTestID("join").waitFor({ state: "visible" });
  await bob.join(); // who has left is not taken back
  await ada.page.locator("[data-testid=tile][data-peer=cyd][data-state=connected]").waitFor();
  await cyd.page.close({ runBeforeUnload: true });
  await ada.tile(cyd).getByText("reconnecting…").waitFor({ state: "attached" }); // at once, and for ten seconds
  for (const { name, complaints } of visitors) expect(complaints, `${name}'s console`).toEqual([]);
});

test("notices a tab that is gone without a goodbye", async () => {
  const ada = await enter(soon, "ada");
  const bob = await enter(soon, "bob");
  await ada.sees(bob);
  await bob.crash();
  await ada.tile(bob).waitFor({ state: "detached" });
});
