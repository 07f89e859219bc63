import { createHmac } from "node:crypto";
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import type { Call, Transport } from "../../src/index.ts";
import { launchChromium } from "../browser/chromium.ts";
import { type Localdev, startLocaldev } from "../browser/localdev.ts";
import { bundle, openPage } from "../browser/sdk.ts";

declare global {
  interface Window {
    call: Call;
    other: Call;
    transport: Transport;
    /** What was told, in a word or two each. */
    log: string[];
    joining: Promise<unknown>;
    giveUp: AbortController;
    /** Has the call tell what happens into `log`. */
    follow(call: Call, prefix?: string): Call;
  }
}

const secret = "a secret of these tests, of 32 bytes or more";
const often = { polling: 50 };
const patience = 180_000;

let localdev: Localdev;
let browser: Browser;
let sdk: string;
let rooms = 0;
let pages: Page[] = [];

beforeAll(async () => {
  const service = startLocaldev("-env", "AUTH=jwt", "-env", `AUTH_SECRET=${secret}`, "-env", "LOBBY=on");
  [browser, sdk, localdev] = await Promise.all([launchChromium({ allow: false }), bundle(), service]);
});
afterAll(async () => {
  await Promise.all([browser?.close(), localdev?.stop()]);
});
afterEach(async () => {
  await Promise.all(pages.map((page) => page.context().close()));
  pages = [];
});

function token(sub: string, role: "host" | "guest"): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  const signed = `${part({ alg: "HS256", typ: "JWT" })}.${part({ sub, role, rooms: ["*"], exp: Math.floor(Date.now() / 1_000) + 3_600 })}`;
  return `${signed}.${createHmac("sha256", secret).update(signed).digest("base64url")}`;
}

const freshRoom = (): string => `lobby-${process.pid}-${++rooms}`;

async function open(): Promise<Page> {
  const page = await openPage(browser, localdev.url, sdk);
  pages.push(page);
  await page.evaluate(() => {
    window.log = [];
    window.follow = (call, prefix = "") => {
      const tell = (text: string): void => void window.log.push(prefix + text);
      call.on("knock", ({ peer, data }) => tell(`knock ${peer} ${JSON.stringify(data)}`));
      call.on("knock-left", ({ peer, by }) => tell(`knock-left ${peer} ${by ?? ""}`));
      call.on("locked", ({ locked, by }) => tell(`${locked ? "locked" : "unlocked"} ${by}`));
      call.on("kicked", ({ by, reason }) => tell(`kicked ${by} ${reason ?? ""}`));
      call.on("error", ({ reason }) => tell(`error ${reason}`));
      call.on("peer-left", ({ peer, reason }) => tell(`left ${peer.name} ${reason}`));
      call.on("state", (state) => tell(state));
      return call;
    };
  });
  return page;
}

async function host(room: string): Promise<Page> {
  const page = await open();
  await page.evaluate(
    async ([url, room, token]) => void (window.call = window.follow(await window.parley.Call.join({ url, room, token }))),
    [localdev.ws, room, token("hanna", "host")] as const,
  );
  return page;
}

/** Begins to come in; `entered()` resolves with what became of it. */
async function knocking(room: string, name: string): Promise<Page> {
  const page = await open();
  await page.evaluate(
    ([url, room, token, name]) => {
      window.giveUp = new AbortController();
      window.joining = window.parley.Call.join({
        url,
        room,
        token,
        data: { says: name },
        signal: window.giveUp.signal,
        knock: () => void window.log.push("waiting"),
      }).then((call) => {
        window.call = window.follow(call);
        return "in";
      }, (error: { reason: string; message: string }) => `${error.reason}: ${error.message}`);
    },
    [localdev.ws, room, token(name, "guest"), name] as const,
  );
  return page;
}

const entered = (page: Page): Promise<unknown> => page.evaluate(() => window.joining);
const told = (page: Page, line: string) => page.waitForFunction((line) => window.log.includes(line), line, often);
const connected = (page: Page, name: string) => page.waitForFunction((name) => window.call.peers.get(name)?.state === "connected", name, often);

test("a call knocks, waits, is sent away, is let in, and talks", async () => {
  const room = freshRoom();
  const early = await knocking(room, "early");
  await told(early, "waiting");
  const hanna = await host(room);
  await told(hanna, 'knock early {"says":"early"}'); // who waited before any host was there
  const guest = await knocking(room, "gus");
  await told(hanna, 'knock gus {"says":"gus"}');
  expect(await hanna.evaluate(() => [...window.call.waiting.keys()])).toEqual(["early", "gus"]);
  await early.evaluate(() => window.giveUp.abort());
  expect(await entered(early)).toMatch(/^aborted/);
  await told(hanna, "knock-left early ");

  await hanna.evaluate(() => window.call.deny("gus", "not now"));
  expect(await entered(guest)).toBe("denied: hanna does not let you in: not now");
  const again = await knocking(room, "gus");
  await hanna.waitForFunction(() => window.call.waiting.has("gus"), undefined, often);
  await hanna.evaluate(() => window.call.admit("gus"));
  expect(await entered(again)).toBe("in");
  await Promise.all([connected(hanna, "gus"), connected(again, "hanna")]);
  expect(await hanna.evaluate(() => window.call.waiting.size)).toBe(0);
  expect(await again.evaluate(() => window.call.kick("hanna").catch((error: { reason: string }) => error.reason))).toBe("forbidden");
}, patience);

test("a host locks the room, unlocks it, and removes somebody, whose call is over", async () => {
  const room = freshRoom();
  const hanna = await host(room);
  const guest = await knocking(room, "gus");
  await hanna.waitForFunction(() => window.call.waiting.has("gus"), undefined, often);
  await hanna.evaluate(() => window.call.admit("gus"));
  expect(await entered(guest)).toBe("in");
  await hanna.evaluate(() => window.call.lock());
  await told(guest, "locked hanna");
  await hanna.evaluate(() => window.call.unlock());
  await told(guest, "unlocked hanna");
  await connected(hanna, "gus");
  await hanna.evaluate(() => window.call.kick("gus", "enough"));
  await told(guest, "error kicked");
  expect((await guest.evaluate(() => window.log)).slice(-4)).toEqual(["left hanna left", "left", "kicked hanna enough", "error kicked"]);
  await told(hanna, "left gus kicked");
  await expect.poll(() => localdev.control("GET", "connections"), { timeout: 60_000 }).toHaveLength(1); // its socket is closed
}, patience);

test("a pass lets a call in on a connection that has another, which a kick leaves alone", async () => {
  const [one, two] = [freshRoom(), freshRoom()];
  const hanna = await host(one);
  await hanna.evaluate(
    async ([url, room, token]) => void (window.other = window.follow(await window.parley.Call.join({ url, room, token }), "other ")),
    [localdev.ws, two, token("hanna", "host")] as const,
  );
  const guest = await open();
  await guest.evaluate(
    ([url, one, two, token]) => {
      const { Call, Transport, knock } = window.parley;
      const transport = new Transport(url, { token });
      window.transport = transport;
      window.joining = (async () => {
        await transport.open();
        const pass = await knock(transport, { room: one });
        window.call = window.follow(await Call.join({ transport, room: one, pass }));
        window.other = window.follow(await Call.join({ transport, room: two, knock: true }), "other ");
        return "in";
      })();
    },
    [localdev.ws, one, two, token("gus", "guest")] as const,
  );
  await hanna.waitForFunction(() => window.call.waiting.has("gus"), undefined, often);
  await hanna.evaluate(() => window.call.admit("gus"));
  await hanna.waitForFunction(() => window.other.waiting.has("gus"), undefined, often);
  await hanna.evaluate(() => window.other.admit("gus"));
  expect(await entered(guest)).toBe("in");
  await hanna.waitForFunction(() => window.other.peers.get("gus")?.state === "connected", undefined, often);

  await hanna.evaluate(() => window.call.kick("gus"));
  await told(guest, "error kicked");
  expect(await guest.evaluate(() => window.call.state)).toBe("left");
  // Whether the service closes the connection or not, the other call is there.
  await guest.waitForFunction(() => window.other.state === "joined" && window.transport.state === "open", undefined, often);
  expect(await guest.evaluate(() => window.log.filter((line) => /^other (left|kicked|error)/.test(line)))).toEqual([]);
  await guest.evaluate(() => window.other.update({ still: "here" }));
  await hanna.waitForFunction(() => JSON.stringify(window.other.peers.get("gus")?.data) === '{"still":"here"}', undefined, often);
  await guest.evaluate(async () => {
    await window.other.leave();
    await window.transport.request({ action: "ping" }); // it is not the call's to close
  });
  await told(hanna, "other left gus left");
}, patience);
