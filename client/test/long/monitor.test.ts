import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Call, Monitor, PeerStats } from "../../src/index.ts";
import { launchChromium } from "../browser/chromium.ts";
import { type Localdev, startLocaldev } from "../browser/localdev.ts";
import { bundle, openPage } from "../browser/sdk.ts";
import { Wire } from "../browser/wire.ts";

declare global {
  interface Window {
    call: Call;
    monitor: Monitor;
    volume: AudioParam;
    qualities: string[];
  }
}

let browser: Browser;
let localdev: Localdev;
let ada: Page;
let bob: Page;
const wire = new Wire();

/** Joins with a made-up camera, and with a tone instead of a microphone. */
async function open(name: string, sdk: string): Promise<Page> {
  const page = await openPage(browser, localdev.url, sdk, (page) => wire.attach(page));
  await page.evaluate(async ([url, name]) => {
    const { Call, Monitor, openMedia } = window.parley;
    const stream = await openMedia({ video: true });
    const audio = new AudioContext();
    const [tone, gain, out] = [audio.createOscillator(), new GainNode(audio, { gain: 0 }), audio.createMediaStreamDestination()];
    tone.connect(gain).connect(out);
    tone.start();
    window.volume = gain.gain;
    stream.addTrack(out.stream.getTracks()[0]!);
    window.call = await Call.join({ url, room: "monitor", name, stream });
    window.call.on("stream", ({ stream }) => document.body.append(Object.assign(document.createElement("video"), { srcObject: stream, autoplay: true })));
    window.monitor = new Monitor(window.call, { interval: 250 });
    window.qualities = [];
  }, [localdev.ws, name] as const);
  return page;
}

beforeAll(async () => {
  [browser, localdev] = await Promise.all([launchChromium({ allow: true, showAddresses: true }), startLocaldev()]);
  const sdk = await bundle();
  [ada, bob] = [await open("ada", sdk), await open("bob", sdk)];
});
afterAll(async () => {
  await Promise.all([browser?.close(), localdev?.stop()]);
  await wire.close();
});

test("getStats() of a real call, reduced", async () => {
  await bob.evaluate(() => void window.monitor.on("stats", () => {}));
  const stats = (): Promise<PeerStats | undefined> => bob.evaluate(() => window.monitor.stats.get("ada"));
  await expect.poll(stats).toMatchObject({
    bitrateIn: expect.toSatisfy((bits: number) => bits > 20_000),
    bitrateOut: expect.toSatisfy((bits: number) => bits > 20_000),
    width: 640,
    height: 480,
    framesPerSecond: expect.toSatisfy((rate: number) => rate > 0),
    available: expect.any(Number),
    path: { local: expect.stringMatching(/host|prflx/), remote: expect.stringMatching(/host|prflx/), protocol: "udp", relayed: false },
  });
  const { roundTrip, loss, jitter } = (await stats())!;
  for (const value of [roundTrip, loss, jitter]) expect(value).toBeLessThan(1);
});

test("who speaks is told on both sides, until they cease", async () => {
  for (const page of [ada, bob]) await page.evaluate(() => void window.monitor.on("speakers", () => {}));
  const speakers = (page: Page): Promise<readonly string[]> => page.evaluate(() => window.monitor.speakers);
  const louder = (page: Page, volume: number): Promise<void> => page.evaluate((volume) => void (window.volume.value = volume), volume);
  await louder(ada, 0.1);
  for (const page of [ada, bob]) await expect.poll(() => speakers(page)).toEqual(["ada"]);
  await louder(bob, 0.5);
  for (const page of [ada, bob]) await expect.poll(() => speakers(page)).toEqual(["bob", "ada"]);
  await louder(ada, 0);
  for (const page of [ada, bob]) await expect.poll(() => speakers(page)).toEqual(["bob"]);
});

test("quality follows what happens on the way", async () => {
  await ada.evaluate(() => {
    window.monitor.on("quality", ({ peer, level, reason }) => window.qualities.push(`${peer.name} ${level} ${reason ?? ""}`.trim()));
  });
  const last = (): Promise<string | undefined> => ada.evaluate(() => window.qualities.at(-1));
  await expect.poll(last).toBe("bob good");
  wire.up("ada", { delay: 500 });
  await expect.poll(last).toBe("bob fair round-trip");
  wire.up("ada", { loss: 0.3 });
  await expect.poll(last).toBe("bob poor packet-loss");
  wire.mend("ada");
  await expect.poll(last).toBe("bob good");
  wire.up("ada", { rate: 120_000, queue: 500 });
  await expect.poll(last).toMatch(/^bob (poor|fair) low-bandwidth$/);
});
