import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { launchChromium } from "../browser/chromium.ts";
import type { Localdev } from "../browser/localdev.ts";
import type { Client } from "../sip/page.ts";
import { bundled, type Remote, serve, Stage } from "../sip/stage.ts";
import { alone, cut, flow, inTime, play, tenCalls, together } from "../sip/stories.ts";
import { differences } from "./sip/differences.ts";
import { Kamailio } from "./sip/kamailio.ts";

// The same is done with Debian's Kamailio and with ours. What differs is written out below, and
// docs/sip.md gives the reasons.

const servers = ["ours", "reference"] as const;
type Both = { [server in (typeof servers)[number]]: Stage };

let localdev: Localdev;
let kamailio: Kamailio;
let browser: Browser;
let stage: Both;
let later: Both;

beforeAll(async () => {
  let clients: string;
  const chromium = launchChromium({ allow: true });
  [browser, clients, localdev, kamailio] = await Promise.all([chromium, bundled(), serve(), Kamailio.start()]);
  const both = async (options: object): Promise<Both> => ({
    ours: await Stage.open(browser, localdev.url, clients, localdev.ws, options),
    reference: await Stage.open(browser, localdev.url, clients, kamailio.ws, options),
  });
  stage = await both({});
  later = await both({ clock: true, users: 190 });
});
afterAll(async () => {
  await Promise.all([stage, later].flatMap((both) => servers.map((server) => both?.[server].close())));
  await Promise.all([browser?.close(), localdev?.stop(), kamailio?.stop()]);
});

const clients: Client[] = ["JsSIP", "SIP.js"];
const pairs = clients.flatMap((first) => clients.map((second) => [first, second] as const));

/** Does it with both. The order is left out, since frames cross each other, and 100, which is of each hop. */
async function same(story: (server: (typeof servers)[number]) => Promise<Remote[]>): Promise<void> {
  const heard = await Promise.all(servers.map((server) => play(story(server))));
  const sorted = (lines: string[]): string[] => lines.filter((line) => line !== "< 100 INVITE").sort();
  const [ours, reference] = heard.map((phones) => phones.map(sorted));
  expect(ours).toEqual(reference);
}

describe.each(clients)("beside Kamailio, %s", (client) => {
  test.each(Object.entries(alone))("%s", (_, story) => same((server) => story(stage[server], client)));
});

describe.each(pairs)("beside Kamailio, %s with %s", (first, second) => {
  const all = Object.entries({ "sound and pictures flow both ways": flow, ...together });
  test.each(all)("%s", (_, story) => same((server) => story(stage[server], first, second)));
});

test.each(Object.entries(inTime))("%s", (_, story) => same((server) => story(later[server])));

test.each(servers)("ten calls at once: %s", async (server) => {
  await play(tenCalls(stage[server]));
});

describe.each(pairs)("otherwise than Kamailio, %s with %s", (first, second) => {
  test.each(Object.entries(cut))("%s", async (_, story) => {
    await play(story(stage.ours, first, second));
  });
});

describe("otherwise than Kamailio", () => {
  test.each(Object.entries(differences))("%s", async (_, { story, ours, reference }) => {
    const [a, b] = [stage.ours.user(), stage.ours.user()];
    expect(await Promise.all([localdev.ws, kamailio.ws].map((server) => story(server, a, b)))).toEqual([ours, reference]);
  });
});
