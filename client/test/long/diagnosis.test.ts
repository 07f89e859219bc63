import { createHmac } from "node:crypto";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Call, DiagnoseOptions, Diagnosis, DiagnosisCode } from "../../src/index.ts";
import { launchChromium } from "../browser/chromium.ts";
import { type Localdev, startLocaldev } from "../browser/localdev.ts";
import { bundle, openPage } from "../browser/sdk.ts";
import { StrictTURN } from "./turn.ts";
import { Wire } from "../browser/wire.ts";

declare global {
  interface Window {
    call: Call;
  }
}

const secret = "a secret of these tests, of 32 bytes or more";
const names = ["ada", "bob"] as const;

let localdev: Localdev;
let browser: Browser;
let turn: StrictTURN;
let ada: Page;
const wire = new Wire();

beforeAll(async () => {
  turn = await StrictTURN.listen();
  const env = { AUTH: "jwt", AUTH_SECRET: secret, ROOM_SEATS: "2", ICE_SERVERS: JSON.stringify(turn.iceServers) };
  const service = startLocaldev(...Object.entries(env).flatMap(([name, value]) => ["-env", `${name}=${value}`]));
  let sdk: string;
  [browser, sdk, localdev] = await Promise.all([launchChromium({ allow: false, showAddresses: true }), bundle(), service]);
  for (const name of names) wire.cut(name); // both: whose an address is, the wire learns when it is told of
  const pages = await Promise.all(names.map(() => openPage(browser, localdev.url, sdk, (page) => wire.attach(page))));
  await Promise.all(pages.map((page, at) => join(page, token(names[at]!, 3_600))));
  ada = pages[0]!;
});
afterAll(async () => {
  await Promise.all([browser?.close(), localdev?.stop()]);
  await wire.close();
  turn.close();
});

function token(sub: string, seconds: number, key = secret): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  const signed = `${part({ alg: "HS256", typ: "JWT" })}.${part({ sub, rooms: ["*"], exp: Math.floor(Date.now() / 1_000) + seconds })}`;
  return `${signed}.${createHmac("sha256", key).update(signed).digest("base64url")}`;
}

function join(page: Page, token: string): Promise<void> {
  return page.evaluate(async ([url, token]) => void (window.call = await window.parley.Call.join({ url, room: "tea", token })), [localdev.ws, token] as const);
}

/** Why joining with that token does not work. */
function refused(token: string, options: DiagnoseOptions = {}): Promise<Diagnosis> {
  return ada.evaluate(
    async ([url, token, options]) => {
      const error = await window.parley.Call.join({ url, room: "tea", token }).catch((error: unknown) => error);
      return window.parley.diagnose(error, { url, token, ...options });
    },
    [localdev.ws, token, options] as const,
  );
}

/** What is said of the call once it is that: candidates of the other side, or a slow answer, may be under way. */
async function diagnosed(code: DiagnosisCode, options: DiagnoseOptions = {}): Promise<Diagnosis> {
  let said: Diagnosis;
  const diagnose = (): Promise<Diagnosis> => ada.evaluate((options) => window.parley.diagnose(window.call, options), options);
  await expect.poll(async () => (said = await diagnose()).code).toBe(code);
  return said!;
}

test("a TURN server that takes no credential of the service's", async () => {
  turn.silent = false;
  await expect.poll(() => ada.evaluate(() => window.call.peers.get("bob")?.connection?.remoteDescription?.type)).toBeDefined();
  const { sentence, facts } = await diagnosed("turn-refused");
  expect(sentence).toBe("The TURN server refuses the credentials that the service gives out.");
  expect(facts.peer).toMatchObject({ name: "bob", met: false, stun: 1, turn: 1, own: { relay: 0 }, theirs: { relay: 0 } });
  expect(facts.peer!.own.host).toBeGreaterThan(0);
  expect(JSON.stringify(facts)).not.toContain("password");
});

test("a network that drops UDP", async () => {
  turn.silent = true;
  const { sentence } = await diagnosed("udp-blocked");
  expect(sentence).toBe("No UDP gets out of your network: neither STUN nor TURN servers answer.");
});

test("a room that is full", async () => {
  expect(await refused(token("cyd", 3_600))).toMatchObject({ code: "room-full", sentence: "The room is full." });
});

test("a token that has expired, one that the service did not sign, and a service that is not there", async () => {
  expect(await refused(token("cyd", -60))).toMatchObject({ code: "token-expired", facts: { server: "answers" } });
  expect(await refused(token("cyd", 3_600, "another secret"))).toMatchObject({ code: "server-refused", facts: { token: "valid" } });
  expect(await refused(token("cyd", 3_600, "another secret"), { url: "ws://127.0.0.1:1/prod" })).toMatchObject({ code: "server-silent" });
});

test("a camera that is refused", async () => {
  const { code, sentence } = await ada.evaluate(async () => {
    const devices = await window.parley.Devices.open();
    return window.parley.diagnose(devices.problems.camera);
  });
  expect([code, sentence]).toEqual(["media-denied", "This page may not use your camera or microphone."]);
});

test("nothing at all, once the network is there; and when it is gone again, that", async () => {
  const soon = { timeout: 100 };
  for (const name of names) wire.mend(name);
  await ada.evaluate(() => window.call.retry("bob"));
  expect(await diagnosed("connected", soon)).toMatchObject({ sentence: "You and bob are connected.", facts: { peer: { met: true } } });
  for (const name of names) wire.cut(name);
  expect(await diagnosed("interrupted", soon)).toMatchObject({ sentence: "The connection between you and bob was lost." });
});
