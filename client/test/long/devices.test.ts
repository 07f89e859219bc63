import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Call, Devices } from "../../src/index.ts";
import { launchChromium } from "../browser/chromium.ts";
import { type Localdev, startLocaldev } from "../browser/localdev.ts";
import { bundle, openPage } from "../browser/sdk.ts";

declare global {
  interface Window {
    call: Call;
    devices: Devices;
    told: string[];
    /** Takes the other camera. */
    switchCamera(): Promise<void>;
  }
}

const switches = 50;
const depth = "fake_device_1"; // Chromium's second one sees depths, which it does not send

let localdev: Localdev;
let browser: Browser;
let sdk: string;
let ada: Page;
let bob: Page;

beforeAll(async () => {
  [browser, sdk, localdev] = await Promise.all([launchChromium({ allow: true, cameras: 3 }), bundle(), startLocaldev()]);
  [ada, bob] = await Promise.all([openPage(browser, localdev.url, sdk), openPage(browser, localdev.url, sdk)]);
});
afterAll(async () => {
  await Promise.all([browser?.close(), localdev?.stop()]);
});

/** Opens what the person chose last, and joins with it. */
async function join(page: Page, name: string): Promise<void> {
  await page.evaluate(
    async ([url, name, depth]) => {
      const { Call, Devices } = window.parley;
      window.switchCamera = async () => {
        const former = window.devices.camera!.label;
        const { deviceId, label } = window.devices.cameras.find(({ label }) => label !== former && label !== depth)!;
        await window.devices.use("camera", deviceId);
        const sent = window.call.publications.get("camera")!.track.label;
        if (window.devices.camera!.label !== label || sent !== label) throw new Error(`${sent} is sent, not ${label}`);
      };
      window.told = [];
      window.devices = await Devices.open({ remember: "devices", video: { width: 320, height: 240 } });
      window.call = await Call.join({ url, room: "devices", name });
      window.devices.attach(window.call);
      window.call.on("track-muted", ({ peer, track }) => window.told.push(`${peer.name} ${track.name} ${track.muted ? "off" : "on"}`));
    },
    [localdev.ws, name, depth] as const,
  );
}

/** Waits for pictures of `name`, whoever that is by then: a page that was loaded anew is another one. */
async function sees(page: Page, name: string): Promise<void> {
  await page.evaluate(async (name) => {
    const video = Object.assign(document.createElement("video"), { muted: true });
    document.body.append(video);
    let frames = 0;
    const count = (): void => void (frames++, video.requestVideoFrameCallback(count));
    video.requestVideoFrameCallback(count);
    for (let shown: MediaStreamTrack | undefined; frames < 3; await new Promise((resolve) => setTimeout(resolve, 50))) {
      const track = window.call.peers.get(name)?.tracks.get("camera")?.track;
      if (!track || track === shown) continue;
      shown = track;
      frames = 0;
      video.srcObject = new MediaStream([track]);
      video.play().catch(() => {}); // another one took its place
    }
    video.remove();
  }, name);
}

const camera = (page: Page): Promise<string | undefined> => page.evaluate(() => window.devices.camera?.label);
const sections = (page: Page, name: string): Promise<number> =>
  page.evaluate((name) => window.call.peers.get(name)!.connection!.localDescription!.sdp.match(/^m=/gm)!.length, name);

test("a camera that is switched fifty times in a call is seen all along, and nothing is negotiated for it", async () => {
  await Promise.all([join(ada, "ada"), join(bob, "bob")]);
  expect(await ada.evaluate(() => [window.devices.cameras.length, window.devices.microphones.length > 0, window.devices.problems])).toEqual([3, true, {}]);
  await sees(bob, "ada");
  const before = [await sections(ada, "bob"), await sections(bob, "ada")];
  // Candidates may still come, which are no negotiation.
  const description = (): Promise<string> =>
    bob.evaluate(() => window.call.peers.get("ada")!.connection!.remoteDescription!.sdp.replace(/^a=(candidate|end-of-candidates).*\r\n/gm, ""));
  const described = await description();
  const first = await camera(ada);
  await ada.evaluate(async (switches) => {
    for (let n = 0; n < switches; n++) await window.switchCamera();
  }, switches - 1);
  expect(await camera(ada)).not.toBe(first);
  await sees(bob, "ada");
  expect([await sections(ada, "bob"), await sections(bob, "ada")]).toEqual(before);
  expect(await description()).toBe(described);
});

test("what is off is let go, and the others are told", async () => {
  const told = () => bob.evaluate(() => window.told.toSorted());
  const off = ["ada camera off", "ada microphone off"];
  await ada.evaluate(() => window.devices.disable());
  await expect.poll(told).toEqual(off);
  expect(await camera(ada)).toBeUndefined();
  await ada.evaluate(() => window.devices.enable());
  await expect.poll(told).toEqual([off[0], "ada camera on", off[1], "ada microphone on"]);
  await sees(bob, "ada");
});

test("the camera that was chosen is the one of the next page, too", async () => {
  await ada.evaluate(() => window.switchCamera());
  const chosen = await camera(ada);
  await ada.evaluate(() => window.call.leave());
  await ada.reload();
  await ada.addScriptTag({ content: sdk });
  await join(ada, "ada");
  expect(await camera(ada)).toBe(chosen);
  await sees(bob, "ada");
});
