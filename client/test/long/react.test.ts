import { isDeepStrictEqual } from "node:util";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { launchChromium } from "../browser/chromium.ts";
import { type Localdev, startLocaldev } from "../browser/localdev.ts";
import { openPage } from "../browser/sdk.ts";
import type * as App from "../react/app.ts";
import { bundleApp } from "../react/build.ts";

declare global {
  interface Window {
    app: typeof App;
    mounted: ReturnType<typeof App.mount>;
    options: App.Props["options"] & object;
    /** How often the page asked for a camera, and looked how loud somebody is. */
    questions: number;
    looks: number;
    /** The intervals that run. */
    intervals: Set<unknown>;
    /** Lets the browser go on with the camera that was asked for, which then is `late`. */
    release: ((value: unknown) => void) | undefined;
    late: MediaStream | undefined;
  }
}

let browser: Browser;
let localdev: Localdev;
let ada: Visitor;
let bob: Visitor;
const complaints: string[] = [];

interface Visitor {
  readonly page: Page;
  /** The WebSockets that the page has opened. */
  readonly sockets: readonly string[];
}

async function open(name: string, react: 18 | 19): Promise<Visitor> {
  const sockets: string[] = [];
  const page = await openPage(browser, localdev.url, await bundleApp(react, "browser"), async (page) => {
    page.on("websocket", (socket) => sockets.push(socket.url()));
    page.on("pageerror", (error) => complaints.push(`${name}: ${String(error)}`));
    page.on("console", (message) => {
      // The page is a style sheet, which has no icon; nor has this page React's tools.
      if (message.type() === "error" && !message.text().startsWith("Failed to load resource")) complaints.push(`${name}: ${message.text()}`);
    });
    await page.addInitScript(() => {
      window.questions = window.looks = 0;
      window.intervals = new Set();
      const { setInterval, clearInterval } = window;
      Object.assign(window, {
        setInterval: (...args: Parameters<typeof setInterval>) => {
          const id = setInterval(...args);
          window.intervals.add(id);
          return id;
        },
        clearInterval: (id: number) => {
          window.intervals.delete(id);
          clearInterval(id);
        },
      });
      const { getUserMedia } = MediaDevices.prototype;
      MediaDevices.prototype.getUserMedia = function (constraints) {
        window.questions++;
        return getUserMedia.call(this, constraints);
      };
      const { getSynchronizationSources } = RTCRtpReceiver.prototype;
      RTCRtpReceiver.prototype.getSynchronizationSources = function () {
        window.looks++;
        return getSynchronizationSources.call(this);
      };
    });
  });
  expect(await page.evaluate(() => window.app.version)).toMatch(new RegExp(`^${react}\\.`));
  await page.evaluate(([url, name]) => {
    window.options = { url, room: "react", name, data: { mood: "fine" } };
    window.mounted = window.app.mount({ options: window.options, devices: { remember: "", video: { width: 320, height: 240 } }, stats: false });
  }, [localdev.ws, name] as const);
  return { page, sockets };
}

beforeAll(async () => {
  [browser, localdev] = await Promise.all([launchChromium({ allow: true }), startLocaldev("-env", "HOST=first")]);
  ada = await open("ada", 18);
  await app(ada.page, "joined");
  bob = await open("bob", 19);
});
afterAll(async () => {
  await Promise.all([browser?.close(), localdev?.stop()]);
});

const app = (page: Page, state: string): Promise<unknown> => page.locator(`#app[data-state=${state}]`).waitFor();
const renders = ({ page }: Visitor): Promise<Record<string, number>> => page.evaluate(() => ({ ...window.app.seen.renders }));

/** Waits until a picture has been shown that came from another browser. */
const shown = (page: Page, id: string): Promise<unknown> => page.locator(`video#${id}`).evaluate(async (video: HTMLVideoElement) => {
  const next = (): Promise<VideoFrameCallbackMetadata> => new Promise((resolve) => video.requestVideoFrameCallback((_, frame) => resolve(frame)));
  while ((await next()).rtpTimestamp === undefined);
});

test("two of different React meet in StrictMode, each with one connection and one question for the camera", async () => {
  for (const [{ page, sockets }, other] of [[ada, "bob"], [bob, "ada"]] as const) {
    await page.locator(`#${other}[data-state=connected][data-says='{"mood":"fine"}']`).waitFor();
    await shown(page, `${other}-camera`);
    expect(sockets).toHaveLength(1);
    expect(await page.evaluate(() => window.questions)).toBe(1);
    expect(await page.locator("#own").textContent()).toBe("camera,microphone");
  }
  expect(await localdev.control("GET", "bill")).toMatchObject({ invocations: { connect: 2, disconnect: 0 } });
  await ada.page.evaluate(() => void window.app.seen.call.call!.send("hello"));
  await expect.poll(() => bob.page.evaluate(() => window.app.seen.messages)).toEqual(["ada: hello"]);
});

/** A voice that is never quite as loud as just before, in the place of the microphone. */
const talk = ({ page }: Visitor): Promise<void> => page.evaluate(async () => {
  const audio = new AudioContext();
  const [tone, wave, gain] = [new OscillatorNode(audio), new OscillatorNode(audio, { frequency: 3 }), new GainNode(audio, { gain: 0.4 })];
  const out = audio.createMediaStreamDestination();
  tone.connect(gain).connect(out);
  wave.connect(new GainNode(audio, { gain: 0.2 })).connect(gain.gain);
  for (const node of [tone, wave]) node.start();
  await window.app.seen.call.call!.publications.get("microphone")!.replaceTrack(out.stream.getTracks()[0]!);
});

test("nothing is rendered for each level, and tiles for nothing that is not theirs", async () => {
  const { page } = bob;
  await Promise.all([talk(ada), talk(bob)]);
  await page.locator("#ada[data-speaking=true][data-quality=good]").waitFor();
  await page.locator("#speakers[data-speaking=true]").waitFor();
  await expect.poll(async () => {
    const [before, looks] = [await renders(bob), await page.evaluate(() => window.looks)];
    await page.waitForFunction((looks) => window.looks > looks + 20, looks);
    return isDeepStrictEqual(await renders(bob), before);
  }).toBe(true);

  await expect.poll(async () => { // how well she is heard may change meanwhile, which her tile shows
    const before = await renders(bob);
    await page.evaluate(() => window.mounted.render({ stats: true }));
    await page.waitForFunction(() => Number(document.querySelector("#ada-bits")?.textContent) > 0);
    await page.evaluate(() => window.mounted.render({ stats: false }));
    const after = await renders(bob);
    return [after["app"]! > before["app"]!, after["ada"]! - before["ada"]!];
  }).toEqual([true, 0]);
});

test("what one says and sends reaches the others as it changes, in the same call", async () => {
  const { page, sockets } = ada;
  await page.evaluate(() => window.mounted.render({ options: { ...window.options, data: { mood: "great" } } }));
  await bob.page.locator(`#ada[data-says='{"mood":"great"}']`).waitFor();
  await page.evaluate(() => window.app.seen.devices.devices!.disable("camera"));
  await bob.page.locator("#ada-camera[data-muted=true]").waitFor();
  await page.evaluate(() => window.app.seen.devices.devices!.enable("camera"));
  await bob.page.locator("#ada-camera[data-muted=false]").waitFor();

  await page.evaluate(() => {
    const canvas = document.createElement("canvas");
    canvas.getContext("2d")!.fillRect(0, 0, 9, 9);
    window.app.seen.call.call!.publish(canvas.captureStream(5).getTracks()[0]!, { kind: "screen" });
  });
  await bob.page.locator("#screens", { hasText: "ada screen" }).waitFor({ state: "attached" });
  await page.locator("#own", { hasText: "camera,microphone,screen" }).waitFor({ state: "attached" });
  await page.evaluate(() => window.app.seen.call.call!.unpublish(window.app.seen.call.call!.publications.get("screen")!));
  await bob.page.locator("#screens", { hasNotText: "ada" }).waitFor({ state: "attached" });

  await page.evaluate(() => window.mounted.render({ options: { ...window.options, stream: document.createElement("canvas").captureStream(5) } }));
  await bob.page.locator("#ada-camera-2").waitFor({ state: "attached" });
  await page.evaluate(() => window.mounted.render({ options: window.options }));
  await bob.page.locator("#ada-camera-2").waitFor({ state: "detached" });
  expect(sockets).toHaveLength(1);
});

test("devices that open when others are wanted already are let go of", async () => {
  const { page } = ada;
  await page.evaluate(() => {
    const { getUserMedia } = MediaDevices.prototype;
    let first = true;
    MediaDevices.prototype.getUserMedia = async function (constraints) {
      const held = first;
      first = false;
      if (held) await new Promise((resolve) => (window.release = resolve));
      const stream = await getUserMedia.call(this, constraints);
      window.late ??= stream;
      return stream;
    };
    window.mounted.render({ devices: { remember: "", video: { width: 160 } } });
  });
  await page.waitForFunction(() => window.release);
  await page.evaluate(() => window.mounted.render({ devices: { remember: "", video: { width: 320, height: 240 } } }));
  await page.waitForFunction(() => window.app.seen.devices.camera);
  await page.evaluate(() => {
    window.late = undefined;
    window.release!(undefined);
  });
  await page.waitForFunction(() => window.late?.getTracks().every(({ readyState }) => readyState === "ended"));
  expect(await page.evaluate(() => window.app.seen.devices.devices?.camera?.readyState)).toBe("live");
  await shown(bob.page, "ada-camera");
});

test("who has to be let in waits, and who is removed has left", async () => {
  const { page } = ada;
  await page.locator("#app[data-role=host]").waitFor();
  expect(await bob.page.locator("#app").getAttribute("data-role")).toBe("guest");
  await page.evaluate(() => window.app.seen.call.call!.kick("bob"));
  await bob.page.locator("#app[data-state=left][data-error=kicked]").waitFor();

  await page.evaluate(() => window.app.seen.call.call!.lock());
  await bob.page.evaluate(() => window.app.seen.call.join());
  await bob.page.locator("#app[data-state=failed][data-error=room-locked]").waitFor();
  await bob.page.evaluate(() => window.mounted.render({ options: { ...window.options, knock: true } }));
  await expect.poll(() => bob.page.evaluate(() => {
    window.app.seen.call.join(); // with the options of the last rendering, which comes when React likes
    return window.app.seen.call.state;
  })).toBe("waiting");
  await page.locator("#waiting", { hasText: "bob" }).waitFor({ state: "attached" });
  await page.evaluate(() => window.app.seen.call.call!.admit("bob"));
  await shown(page, "bob-camera");
  await page.locator("#waiting:empty").waitFor({ state: "attached" });
  await page.evaluate(() => window.app.seen.call.call!.unlock());
});

test("one leaves and comes back, is turned away, goes elsewhere, and has left when the component has gone", async () => {
  const { page, sockets } = ada;
  await page.evaluate(() => window.app.seen.call.leave());
  await app(page, "left");
  await bob.page.locator("#ada").waitFor({ state: "detached" });
  await page.evaluate(() => window.app.seen.call.join());
  await shown(bob.page, "ada-camera");
  expect(sockets).toHaveLength(2);

  await page.evaluate(() => window.mounted.render({ options: { ...window.options, name: "bob" } }));
  await page.locator("#app[data-state=failed][data-error=name-taken]").waitFor();
  await page.evaluate(() => window.mounted.render({ options: undefined }));
  await app(page, "idle");
  expect(sockets).toHaveLength(3);

  await page.evaluate(() => window.mounted.render({ options: window.options }));
  await page.locator("#bob[data-state=connected]").waitFor();
  expect(await bob.page.evaluate(() => window.intervals.size)).toBeGreaterThan(0);
  const call = await bob.page.evaluateHandle(() => window.app.seen.call.call!);
  const camera = await bob.page.evaluateHandle(() => window.app.seen.devices.camera!);
  await bob.page.evaluate(() => window.mounted.unmount());
  await page.locator("#bob").waitFor({ state: "detached" });
  expect(await call.evaluate(({ state, peers }) => [state, peers.size])).toEqual(["left", 0]);
  expect(await camera.evaluate(({ readyState }) => readyState)).toBe("ended");
  await expect.poll(() => bob.page.evaluate(() => window.intervals.size)).toBe(0);
  expect(complaints).toEqual([]);
});
