import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Client } from "../sip/page.ts";
import { bundled, serve, Stage } from "../sip/stage.ts";
import { alone, cut, flow, inTime, play, together } from "../sip/stories.ts";
import { launchChromium } from "./chromium.ts";
import type { Localdev } from "./localdev.ts";

let localdev: Localdev;
let browser: Browser;
let stage: Stage;
let later: Stage;

beforeAll(async () => {
  let clients: string;
  [browser, clients, localdev] = await Promise.all([launchChromium({ allow: true }), bundled(), serve()]);
  stage = await Stage.open(browser, localdev.url, clients, localdev.ws);
  later = await Stage.open(browser, localdev.url, clients, localdev.ws, { clock: true, users: 190 });
});
afterAll(async () => {
  await Promise.all([stage?.close(), later?.close()]);
  await Promise.all([browser?.close(), localdev?.stop()]);
});

const clients: Client[] = ["JsSIP", "SIP.js"];
const pairs = clients.flatMap((first) => clients.map((second) => [first, second] as const));

describe.each(clients)("%s as it comes from npm", (client) => {
  test.concurrent.each(Object.entries(alone))("%s", async (_, story) => {
    await play(story(stage, client));
  });
});

describe("JsSIP and SIP.js as they come from npm", () => {
  test.each(pairs)("%s with %s: sound and pictures flow both ways", async (first, second) => {
    await play(flow(stage, first, second));
  });

  // `make peers` does each with all four pairs.
  const each = Object.entries({ ...together, ...cut });
  const mixed = each.map(([name, story], i) => [...pairs[1 + (i % 2)]!, name, story] as const);
  test.each(mixed)("%s with %s: %s", async (first, second, _, story) => {
    await play(story(stage, first, second));
  });

  test.each(Object.entries(inTime))("%s", async (_, story) => {
    await play(story(later));
  });

  test("the functions say nothing of errors", () => {
    expect(localdev.errors()).toEqual([]);
  });
});
