import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import type { Call } from "../../src/index.ts";
import { launchChromium } from "../browser/chromium.ts";
import { type Localdev, startLocaldev } from "../browser/localdev.ts";
import { bundle, openPage } from "../browser/sdk.ts";
import { givePaint } from "./paint.ts";

declare global {
  interface Window {
    call: Call;
    /** What is sent. */
    stream: MediaStream | undefined;
    /** "stream of {peer}", as they were told. */
    told: string[];
  }
}

const names = ["ada", "bob", "cyd"] as const;
const colors = { ada: "#ff0000", bob: "#00ff00", cyd: "#0000ff" };
const switches = 50;
const patience = 180_000;
const often = { polling: 50 }; // by a timer: frames are not drawn on each of several pages

let localdev: Localdev;
let browser: Browser;
let sdk: string;
let rooms = 0;
let pages: Page[] = [];

beforeAll(async () => {
  [browser, sdk, localdev] = await Promise.all([launchChromium({ allow: true }), bundle(), startLocaldev()]);
});
afterAll(async () => {
  await Promise.all([browser?.close(), localdev?.stop()]);
});
afterEach(async () => {
  await Promise.all(pages.map((page) => page.context().close()));
  pages = [];
});

/** Three tabs in a call; `send` opens what they send at first. */
async function inCall(send: (page: Page) => Promise<void>): Promise<Page[]> {
  const room = `switching-${process.pid}-${++rooms}`;
  for (const name of names) {
    const page = await openPage(browser, localdev.url, sdk);
    pages.push(page);
    await givePaint(page, 320);
    await send(page);
    await page.evaluate(
      async ([url, room, name]) => {
        window.told = [];
        window.call = await window.parley.Call.join({ url, room, name, stream: () => window.stream });
        window.call.on("stream", ({ peer }) => window.told.push(`stream of ${peer.name}`));
      },
      [localdev.ws, room, name] as const,
    );
  }
  for (const page of pages) {
    await page.waitForFunction(() => [...window.call.peers.values()].filter(({ state }) => state === "connected").length === 2, undefined, often);
  }
  return pages;
}

const devices = (page: Page): Promise<void> =>
  page.evaluate(async () => void (window.stream = await navigator.mediaDevices.getUserMedia({ audio: true, video: true })));

/** Waits until frames of that colour come from `name`, over the stream that the SDK tells of. */
async function sees(page: Page, name: string, color: string): Promise<void> {
  await page.evaluate(
    async ([name, color]) => {
      const video = Object.assign(document.createElement("video"), { muted: true });
      document.body.append(video);
      const context = Object.assign(document.createElement("canvas"), { width: 1, height: 1 }).getContext("2d", { willReadFrequently: true })!;
      const wanted = [1, 3, 5].map((at) => parseInt(color.slice(at, at + 2), 16));
      for (let seen = 0; seen < 5; ) {
        const stream = window.call.peers.get(name)?.streams[0];
        if (!stream?.getVideoTracks().length) {
          await new Promise((resolve) => setTimeout(resolve, 50));
          continue;
        }
        if (video.srcObject !== stream) {
          video.srcObject = stream;
          await video.play();
        }
        await new Promise((resolve) => video.requestVideoFrameCallback(resolve));
        context.drawImage(video, 0, 0, 1, 1);
        const [...got] = context.getImageData(0, 0, 1, 1).data.slice(0, 3);
        if (got.every((value, i) => Math.abs(value - wanted[i]!) < 60)) seen++;
      }
      video.remove();
    },
    [name, color] as const,
  );
}

/** How often both sides have negotiated, by the version in the descriptions (RFC 9429, section 5.2.2), and how many sections they have. */
const negotiated = (page: Page) =>
  page.evaluate(() =>
    [...window.call.peers.values()].map(({ name, connection }) => {
      const { localDescription, remoteDescription } = connection!;
      const sdps = [localDescription!, remoteDescription!].map(({ sdp }) => sdp.replace(/^a=(candidate|end-of-candidates).*\r\n/gm, ""));
      return {
        name,
        stable: connection!.signalingState === "stable",
        versions: sdps.map((sdp) => /^o=\S+ \S+ (\d+)/m.exec(sdp)![1]),
        sections: sdps.map((sdp) => sdp.match(/^m=/gm)!.length),
        size: Math.max(...sdps.map((sdp) => sdp.length)),
      };
    }),
  );

/** Waits until nothing is left to negotiate with anybody. */
async function settled(): Promise<Awaited<ReturnType<typeof negotiated>>[]> {
  for (let before = ""; ; ) {
    const now = await Promise.all(pages.map(negotiated));
    const text = JSON.stringify(now);
    if (text === before && now.flat().every(({ stable }) => stable)) return now;
    before = text;
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
}

test(`${switches} switches of camera and microphone leave the descriptions as they were and the picture running`, async () => {
  await inCall(devices);
  for (const page of pages) await page.waitForFunction(() => window.told.length === 2, undefined, often);
  const before = await settled();
  expect(before.flat().map(({ sections }) => sections)).toEqual(Array.from({ length: 6 }, () => [3, 3]));
  await Promise.all(
    pages.map((page, i) =>
      page.evaluate(
        async ([switches, color]) => {
          for (let n = 0; n < switches; n++) {
            const former = window.stream!;
            window.stream = await navigator.mediaDevices.getUserMedia({ audio: true, video: true });
            if (n === switches - 1) {
              // What it ends with can be told from everything before.
              window.stream = new MediaStream([window.paint(color), window.stream.getAudioTracks()[0]!]);
            }
            window.call.setStream(window.stream);
            for (const track of former.getTracks()) track.stop();
          }
        },
        [switches, colors[names[i]!]] as const,
      ),
    ),
  );
  for (const page of pages) {
    const me = await page.evaluate(() => window.call.name);
    for (const name of names) if (name !== me) await sees(page, name, colors[name]);
  }
  expect(await settled()).toEqual(before);
  for (const page of pages) expect(await page.evaluate(() => window.told.length)).toBe(2);
}, patience);

test("without a camera and with one again, fifty times in all three at once, no section is added and everybody sees everybody", async () => {
  await inCall(async (page) => {
    await devices(page);
    await page.evaluate(() => window.stream!.getVideoTracks().forEach((track) => (track.stop(), window.stream!.removeTrack(track))));
  });
  const states: Record<string, { sections: number[]; size: number }[]> = {};
  for (const round of ["first", "last"]) {
    await Promise.all(
      pages.map((page, i) =>
        page.evaluate(
          async ([times, color]) => {
            const camera = window.paint(color);
            const until = async (what: () => boolean): Promise<void> => {
              while (!what()) await new Promise((resolve) => setTimeout(resolve, 10));
            };
            for (let n = 0; n < times; n++) {
              if (n > 0) window.call.setStream(new MediaStream(window.stream!.getAudioTracks()));
              // Each is carried through, some at the same time as those of the others.
              const links = [...window.call.peers.values()].map(({ connection }) => connection!);
              await until(() => links.every(({ signalingState }) => signalingState === "stable"));
              window.call.setStream(new MediaStream([...window.stream!.getAudioTracks(), camera]));
              await until(() => links.every((link) => link.getTransceivers().some(({ sender, currentDirection }) => sender.track === camera && currentDirection?.startsWith("send"))));
            }
          },
          [round === "first" ? 1 : switches, colors[names[i]!]] as const,
        ),
      ),
    );
    for (const page of pages) {
      const me = await page.evaluate(() => window.call.name);
      for (const name of names) if (name !== me) await sees(page, name, colors[name]);
    }
    states[round] = (await settled()).flat().map(({ sections, size }) => ({ sections, size }));
  }
  for (const [i, { sections, size }] of states["last"]!.entries()) {
    expect(sections).toEqual(states["first"]![i]!.sections);
    expect(Math.abs(size - states["first"]![i]!.size)).toBeLessThan(500); // the version gains a digit or two
  }
}, patience);

test("who had nothing to send and then has is seen, with a screen beside the camera too, and without it again", async () => {
  await inCall(async () => {});
  const [ada, bob, cyd] = pages as [Page, Page, Page];
  expect((await settled()).flat().map(({ sections }) => sections)).toEqual(Array.from({ length: 6 }, () => [1, 1]));
  const send = (...tracks: string[]): Promise<void> =>
    ada.evaluate((colors) => window.call.setStream(new MediaStream(colors.map((color) => window.paint(color)))), tracks);
  const tracks = (page: Page, count: number) =>
    page.waitForFunction((count) => window.call.peers.get("ada")!.streams.flatMap((stream) => stream.getVideoTracks()).length === count, count, often);

  await send("#ff0000");
  for (const page of [bob, cyd]) {
    await sees(page, "ada", "#ff0000");
    expect(await page.evaluate(() => window.told)).toEqual(["stream of ada"]);
  }
  for (let n = 0; n < 5; n++) {
    await send("#ffffff", "#000000");
    for (const page of [bob, cyd]) await tracks(page, 2);
    await send("#00ff00");
    for (const page of [bob, cyd]) {
      await tracks(page, 1);
      await sees(page, "ada", "#00ff00");
    }
  }
  const sections = (await settled())[0]!.map(({ sections }) => sections);
  expect(sections).toEqual([[3, 3], [3, 3]]);
  expect(await bob.evaluate(() => window.told)).toEqual(["stream of ada"]);
}, patience);

test("a hundred tracks, whose descriptions no frame takes, are heard all the same", async () => {
  await inCall(async () => {});
  const [ada, bob, cyd] = pages as [Page, Page, Page];
  await ada.evaluate(() => {
    const context = new AudioContext();
    const tracks = Array.from({ length: 100 }, () => context.createMediaStreamDestination().stream.getAudioTracks()[0]!);
    window.call.setStream(new MediaStream(tracks));
  });
  for (const page of [bob, cyd]) {
    await page.waitForFunction(() => window.call.peers.get("ada")!.streams[0]?.getAudioTracks().length === 100, undefined, often);
  }
  for (const { sections, size } of (await settled())[0]!) {
    expect(sections).toEqual([101, 101]);
    expect(size).toBeGreaterThan(60_000);
  }
}, patience);
