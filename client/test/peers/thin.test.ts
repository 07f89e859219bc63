import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Call } from "../../src/index.ts";
import { launchChromium, patience } from "../browser/chromium.ts";
import { type Localdev, startLocaldev } from "../browser/localdev.ts";
import { bundle, openPage } from "../browser/sdk.ts";
import { Wire } from "../browser/wire.ts";

declare global {
  interface Window {
    calls: Call[];
  }
}

const others = ["bob", "cyd", "dan", "eve", "fay"];
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

/** Brings these into the call, all in one page; each sends a voice and a picture that moves, if it is to send. */
async function join(sdk: string, names: string[], sends: boolean): Promise<Page> {
  const page = await openPage(browser, localdev.url, sdk, (page) => wire.attach(page));
  await page.evaluate(
    async ([url, names, sends]) => {
      const [width, height] = [640, 360];
      const context = Object.assign(document.createElement("canvas"), { width, height }).getContext("2d")!;
      let n = 0;
      if (sends) {
        setInterval(() => {
          context.fillStyle = `hsl(${n++ % 360} 60% 50%)`;
          context.fillRect(0, 0, width, height);
          context.fillStyle = "white";
          context.fillRect((n * 7) % width, height / 3, width / 5, height / 3);
        }, 100);
      }
      const audio = new AudioContext();
      const voice = audio.createMediaStreamDestination();
      const tone = audio.createOscillator();
      tone.connect(voice);
      tone.start();
      const tracks = [...context.canvas.captureStream(10).getVideoTracks(), ...voice.stream.getAudioTracks()];
      window.calls = [];
      for (const name of names) window.calls.push(await window.parley.Call.join({ url, room: "thin", name, ...(sends ? { stream: new MediaStream(tracks) } : {}) }));
    },
    [localdev.ws, names, sends] as const,
  );
  return page;
}

interface Got {
  readonly frames: number;
  readonly height: number;
  readonly sound: number;
  readonly muted: boolean;
}

/** What each of the others gets of Ada in two seconds. */
async function getting(page: Page): Promise<Got[]> {
  const got = () =>
    page.evaluate(() =>
      Promise.all(
        window.calls.map(async ({ peers }) => {
          const { connection, tracks } = peers.get("ada")!;
          const stats = [...(await connection!.getStats()).values()] as { type: string; kind?: string; framesDecoded?: number; frameHeight?: number; packetsReceived?: number }[];
          const inbound = (kind: string) => stats.find((report) => report.type === "inbound-rtp" && report.kind === kind);
          const [picture, voice] = [inbound("video"), inbound("audio")];
          return {
            frames: picture?.framesDecoded ?? 0,
            height: picture?.frameHeight ?? 0,
            sound: voice?.packetsReceived ?? 0,
            muted: tracks.get("camera")?.muted ?? true,
          };
        }),
      ),
    );
  const before = await got();
  await page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 2_000)));
  return (await got()).map((now, at) => ({ ...now, frames: now.frames - before[at]!.frames, sound: now.sound - before[at]!.sound }));
}

/** Waits until each of the others has got what is asked for, at one time or another. */
async function untilEach(page: Page, what: (got: Got) => boolean): Promise<void> {
  const done = others.map(() => false);
  for (const end = Date.now() + patience; done.includes(false); ) {
    const got = await getting(page);
    got.forEach((one, at) => (done[at] ||= what(one)));
    if (Date.now() > end) expect.fail(JSON.stringify(got));
  }
}

test("a mesh of six stays watchable when one's line is thin, keeps the sound when it is thinner, and recovers", async () => {
  const sdk = await bundle();
  const page = await join(sdk, others, false);
  for (const name of others) await expect.poll(() => page.evaluate((name) => window.calls.find((call) => call.name === name)!.peers.size, name)).toBe(4);
  wire.up("ada", { rate: 700_000, delay: 20 }); // 140 kbit/s for each
  await join(sdk, ["ada"], true);
  await expect.poll(() => page.evaluate(() => window.calls.every(({ peers }) => peers.get("ada")?.state === "connected"))).toBe(true);
  await untilEach(page, ({ frames, height, sound, muted }) => frames >= 8 && height <= 240 && sound >= 50 && !muted);
  wire.up("ada", { rate: 250_000, delay: 20 });
  await untilEach(page, ({ frames, sound, muted }) => muted && frames === 0 && sound >= 50);
  wire.up("ada", {});
  await untilEach(page, ({ frames, muted }) => frames >= 8 && !muted);
}, 600_000);
