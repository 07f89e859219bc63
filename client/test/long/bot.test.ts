import { type ChildProcess, execFile, spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { launchChromium, patience } from "../browser/chromium.ts";
import { type Localdev, startLocaldev } from "../browser/localdev.ts";
import { bundle, openPage } from "../browser/sdk.ts";

declare global {
  interface Window {
    call: import("../../src/index.ts").Call;
    /** What the bot wrote. */
    said: string[];
    /** A small picture of what was seen, every now and then. */
    seen: Set<string>;
    /** What the bot sent past the server: signals by what is in them, and confirmations. */
    past: Set<string>;
  }
}

const source = fileURLToPath(new URL("../../go/examples/bot", import.meta.url));
let localdev: Localdev;
let browser: Browser;
let page: Page;
let sdk: string;
let folder: string;
let bot: ChildProcess | undefined;
let log = "";

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "parley-bot-"));
  const built = promisify(execFile)("go", ["build", "-trimpath", "-tags", "nethttpomithttp2", "-o", join(folder, "bot"), "."], {
    cwd: source, env: { ...process.env, CGO_ENABLED: "0" }, // as the functions, so that what they have in common is compiled once
  });
  [browser, localdev, sdk] = await Promise.all([launchChromium({ allow: true }), startLocaldev(), bundle()]);
  page = await openPage(browser, localdev.url, sdk);
  await page.evaluate(listenPast);
  await writeFile(join(folder, "clip.ivf"), Buffer.from(await page.evaluate(film), "base64"));
  await built;
});
afterEach(async () => {
  await page.evaluate(() => window.call?.leave());
  await stopBot();
});
afterAll(async () => {
  await Promise.all([browser?.close(), localdev?.stop(), folder && rm(folder, { recursive: true })]);
});

/** Films a ball that crosses a field, as an IVF file of VP8, in Base64: 24 pictures in 800 ms. */
async function film(): Promise<string> {
  const [width, height, count] = [160, 120, 24];
  const frames: Uint8Array<ArrayBuffer>[] = [];
  const encoder = new VideoEncoder({
    output: (chunk) => {
      const bytes = new Uint8Array(chunk.byteLength);
      chunk.copyTo(bytes);
      frames.push(bytes);
    },
    error: (error) => {
      throw error;
    },
  });
  encoder.configure({ codec: "vp8", width, height, bitrate: 200_000, framerate: 30 });
  const context = new OffscreenCanvas(width, height).getContext("2d")!;
  for (let i = 0; i < count; i++) {
    context.fillStyle = "#1f5f56";
    context.fillRect(0, 0, width, height);
    context.fillStyle = "#ffd166";
    context.fillRect((i * width) / count, 40, 40, 40);
    const frame = new VideoFrame(context.canvas, { timestamp: (i * 1e6) / 30 });
    encoder.encode(frame, { keyFrame: i === 0 });
    frame.close();
  }
  await encoder.flush();
  const header = new DataView(new ArrayBuffer(32));
  [..."DKIF"].forEach((letter, at) => header.setUint8(at, letter.charCodeAt(0)));
  header.setUint16(6, 32, true);
  [..."VP80"].forEach((letter, at) => header.setUint8(8 + at, letter.charCodeAt(0)));
  header.setUint16(12, width, true);
  header.setUint16(14, height, true);
  header.setUint32(16, 30, true);
  header.setUint32(20, 1, true);
  header.setUint32(24, frames.length, true);
  const parts = [new Uint8Array(header.buffer)];
  frames.forEach((bytes, at) => {
    const head = new DataView(new ArrayBuffer(12));
    head.setUint32(0, bytes.length, true);
    head.setUint32(4, at, true);
    parts.push(new Uint8Array(head.buffer), bytes);
  });
  return btoa(parts.map((part) => String.fromCharCode(...part)).join(""));
}

function listenPast(): void {
  const create = RTCPeerConnection.prototype.createDataChannel;
  RTCPeerConnection.prototype.createDataChannel = function (label, init) {
    const channel = create.call(this, label, init);
    if (label === "parley.control") {
      channel.addEventListener("message", ({ data }) => {
        const { type, got, data: signal } = JSON.parse(data as string) as { type?: string; got?: number; data?: { description?: { type: string } } };
        if (type === "signal") window.past.add(got ? "got" : (signal?.description?.type ?? "candidates"));
      });
    }
    return channel;
  };
}

async function startBot(room: string): Promise<void> {
  log = "";
  bot = spawn(join(folder, "bot"), ["-url", localdev.ws, "-room", room, "-video", join(folder, "clip.ivf")], { stdio: ["ignore", "ignore", "pipe"] });
  bot.stderr!.on("data", (chunk: Buffer) => (log += chunk.toString()));
  await expect.poll(() => log).toContain("joined");
}

async function stopBot(): Promise<void> {
  const child = bot;
  bot = undefined;
  if (!child || child.exitCode !== null) return;
  const ended = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGTERM");
  await ended;
}

/** Joins, with or without a camera, and looks at what comes. */
async function joinPage(room: string, camera: boolean): Promise<void> {
  await page.evaluate(
    async ({ url, room, camera }) => {
      window.said = [];
      window.seen = new Set();
      window.past = new Set();
      const stream = camera ? await navigator.mediaDevices.getUserMedia({ video: true }) : undefined;
      window.call = await window.parley.Call.join({ url, room, name: "ada", ...(stream ? { stream } : {}) });
      window.call.on("message", ({ text }) => window.said.push(text));
      window.call.on("track", ({ track }) => {
        const video = Object.assign(document.createElement("video"), { srcObject: new MediaStream([track.track]), muted: true });
        const context = new OffscreenCanvas(32, 24).getContext("2d", { willReadFrequently: true })!;
        const look = (): void => {
          context.drawImage(video, 0, 0, 32, 24);
          window.seen.add([...context.getImageData(0, 0, 32, 24).data.filter((_, at) => at % 4 === 0)].map((red) => (red > 140 ? 1 : 0)).join(""));
          video.requestVideoFrameCallback(look);
        };
        video.requestVideoFrameCallback(look);
        void video.play();
      });
    },
    { url: localdev.ws, room, camera },
  );
}

/** Waits until the ball of the film has been seen in so many places. */
async function seesItMove(): Promise<void> {
  await page.waitForFunction(() => window.seen.size >= 6, undefined, { timeout: patience }).catch((error: unknown) => {
    throw new Error(`no moving picture; the bot says:\n${log}`, { cause: error });
  });
}

const kinds = (): Promise<string[]> => page.evaluate(() => [...window.call.peers.get("bot")!.tracks.values()].map(({ kind, name }) => `${kind} ${name}`));

test("a bot of the Go client answers a page's call with a moving picture, and writes", async () => {
  await startBot("answered");
  await joinPage("answered", true);
  await seesItMove();
  await page.waitForFunction(() => window.said.includes("I am a bot"));
  expect(await kinds()).toEqual(["camera camera"]);
  expect(log).not.toContain("WARN");
});

test("a bot calls a page that was there first, and has a place for its picture where the page sends none", async () => {
  await joinPage("called", false);
  await startBot("called");
  await seesItMove();
  expect(log).not.toContain("WARN");
});

test("a page without a camera that calls gets the picture by an offer of the bot's", async () => {
  await startBot("silent");
  await joinPage("silent", false);
  await seesItMove();
  // Its socket ends, and the picture goes on.
  await localdev.dropConnections();
  await page.waitForFunction(() => window.call.state === "joined");
  await page.evaluate(() => window.seen.clear());
  await seesItMove();
  await stopBot();
  await page.waitForFunction(() => !window.call.peers.has("bot"));
});

test("a bot and a page that are connected need no server for what they have to say", async () => {
  await startBot("alone");
  await joinPage("alone", false);
  await seesItMove();
  await localdev.stop(); // there is no test after this one
  await page.evaluate(async () => {
    const stream = await navigator.mediaDevices.getUserMedia({ video: true });
    window.call.publish(stream.getVideoTracks()[0]!);
  });
  await page.waitForFunction(() => window.past.has("got") && window.past.has("answer"), undefined, { timeout: patience });
});
