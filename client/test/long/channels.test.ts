import { readFile } from "node:fs/promises";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Call, Channel } from "../../src/index.ts";
import { launchChromium, patience } from "../browser/chromium.ts";
import { type Localdev, startLocaldev } from "../browser/localdev.ts";
import { bundle, openPage, script } from "../browser/sdk.ts";

declare global {
  interface Window {
    call: Call;
    files: Channel;
    /** What has come over `files`. */
    got: { from: string; data: unknown; name?: string | undefined; type?: string | undefined }[];
    transfers: { received: number; cancelled: boolean }[];
    /** The most that was buffered over all that was sent, and how much that was. */
    sent: { most: number; bytes: number };
    digest(data: ArrayBuffer | Blob): Promise<string>;
    /** A File of these bytes, the same for the same seed. */
    made: (size: number) => File;
  }
}

const often = { polling: 50 }; // by a timer: frames are not drawn on each of several pages
const MB = 1_048_576;

let localdev: Localdev;
let browser: Browser;
let ada: Page;
let bob: Page;

beforeAll(async () => {
  const [launched, sdk, started] = await Promise.all([launchChromium({ allow: true }), bundle(), startLocaldev()]);
  [browser, localdev] = [launched, started];
  const room = `channels-${process.pid}`;
  [ada, bob] = [await open(sdk, room, "ada"), await open(sdk, room, "bob")];
  for (const page of [ada, bob]) {
    await page.waitForFunction(() => [...window.call.peers.values()][0]?.state === "connected", undefined, often);
  }
});
afterAll(async () => {
  await Promise.all([browser?.close(), localdev?.stop()]);
});

/** Somebody in the call, with a camera. */
async function open(sdk: string, room: string, name: string): Promise<Page> {
  const page = await openPage(browser, localdev.url, sdk);
  await page.evaluate(
    async ([url, room, name]) => {
      window.sent = { most: 0, bytes: 0 };
      const { send } = RTCDataChannel.prototype as { send(this: RTCDataChannel, data: unknown): void };
      RTCDataChannel.prototype.send = function (this: RTCDataChannel, data: unknown) {
        send.call(this, data);
        window.sent.most = Math.max(window.sent.most, this.bufferedAmount);
        if (ArrayBuffer.isView(data)) window.sent.bytes += data.byteLength;
      };
      window.digest = async (data) => {
        const hash = await crypto.subtle.digest("SHA-256", data instanceof Blob ? await data.arrayBuffer() : data);
        return Array.from(new Uint8Array(hash), (byte) => byte.toString(16).padStart(2, "0")).join("");
      };
      window.made = (size) => {
        const parts = Array.from({ length: Math.ceil(size / 65_536) }, (_, i) => crypto.getRandomValues(new Uint8Array(Math.min(65_536, size - i * 65_536))));
        return new File(parts, "made", { type: "text/x-made" });
      };
      const stream = await navigator.mediaDevices.getUserMedia({ video: { frameRate: 10 } });
      window.call = await window.parley.Call.join({ url, room, name, stream });
      window.files = window.call.channel("files");
      window.got = [];
      window.transfers = [];
      window.files.on("message", ({ peer, ...message }) => window.got.push({ from: peer.name, ...message }));
      window.files.on("incoming", (transfer) => {
        const seen = { received: 0, cancelled: false };
        window.transfers.push(seen);
        transfer.on("progress", ({ received }) => (seen.received = received));
        transfer.on("cancelled", () => (seen.cancelled = true));
      });
    },
    [localdev.ws, room, name] as const,
  );
  return page;
}

/** What has come since the last time, when it is so much; a Blob or bytes as their digest. */
async function take(page: Page, count: number): Promise<unknown[]> {
  await page.waitForFunction((count) => window.got.length >= count, count, often);
  return page.evaluate(async () => {
    const got = window.got.splice(0);
    window.transfers.length = 0;
    return Promise.all(got.map(async ({ data, ...rest }) => ({ ...rest, data: data instanceof Blob || data instanceof ArrayBuffer ? await window.digest(data) : data })));
  });
}

const framesDecoded = (page: Page): Promise<number> =>
  page.evaluate(async () => {
    const report = await [...window.call.peers.values()][0]!.connection!.getStats();
    return [...report.values()].reduce((sum, { type, framesDecoded = 0 }) => (type === "inbound-rtp" ? sum + framesDecoded : sum), 0);
  });

test("text, JSON, bytes and files of all sizes arrive as they were and in order, both ways", async () => {
  for (const [from, to] of [[ada, bob], [bob, ada]] as const) {
    const name = await from.evaluate(() => window.call.name);
    const digests = await from.evaluate(async () => {
      const [bytes, file] = [await window.made(3_000_001).arrayBuffer(), window.made(70_000)];
      const sent = [window.files.send("tea"), window.files.send({ tea: [1] }), window.files.send(bytes), window.files.send(file), window.files.send(new ArrayBuffer(0)), window.files.send("é".repeat(100_000))];
      for (const names of await Promise.all(sent)) if (names.length !== 1) throw new Error(`${names.length} got it`);
      return Promise.all([bytes, file, new ArrayBuffer(0)].map(window.digest));
    });
    expect(await take(to, 6)).toEqual([
      { from: name, data: "tea" },
      { from: name, data: { tea: [1] } },
      { from: name, data: digests[0] },
      { from: name, data: digests[1], name: "made", type: "text/x-made" },
      { from: name, data: digests[2] },
      { from: name, data: "é".repeat(100_000) },
    ]);
  }
});

test("50 MB arrive byte for byte while video runs, and the sender has little of them in memory at once", async () => {
  const before = await framesDecoded(bob);
  const sent = await ada.evaluate(async (size) => {
    const file = window.made(size);
    window.sent = { most: 0, bytes: 0 };
    const seen: number[] = [];
    let widest = 0;
    const slice = file.slice.bind(file);
    file.slice = (from = 0, to = 0) => {
      widest = Math.max(widest, to - from);
      return slice(from, to);
    };
    const names = await window.files.send(file, { onProgress: ({ sent }) => seen.push(sent) });
    return { names, seen, widest, most: window.sent.most, bytes: window.sent.bytes, digest: await window.digest(slice()) };
  }, 50 * MB);
  expect(await framesDecoded(bob)).toBeGreaterThan(before);
  expect(sent.names).toEqual(["bob"]);
  expect(await take(bob, 1)).toEqual([{ from: "ada", data: sent.digest, name: "made", type: "text/x-made" }]);
  expect(sent.bytes).toBe(50 * MB);
  expect(sent.most).toBeLessThanOrEqual(1.25 * MB);
  expect(sent.widest).toBeLessThanOrEqual(0.25 * MB);
  expect(sent.seen).toEqual(sent.seen.toSorted((a, b) => a - b));
  expect(sent.seen.at(-1)).toBe(50 * MB);
});

test("a connection that is made anew in the midst goes on where it was", async () => {
  const sending = ada.evaluate(async (size) => {
    const file = window.made(size);
    window.sent = { most: 0, bytes: 0 };
    return { names: await window.files.send(file), digest: await window.digest(file), bytes: window.sent.bytes };
  }, 24 * MB);
  for (const [page, share] of [[ada, 6], [bob, 12]] as const) {
    await bob.waitForFunction((share) => (window.transfers[0]?.received ?? 0) > share, share * MB, { polling: 5 });
    await page.evaluate(() => window.call.retry([...window.call.peers.keys()][0]!));
  }
  const sent = await sending;
  expect(sent.names).toEqual(["bob"]);
  expect(await bob.evaluate(() => window.transfers.length)).toBe(1);
  expect(await take(bob, 1)).toMatchObject([{ data: sent.digest }]);
  expect(sent.bytes).toBeLessThan(36 * MB);
});

test("who aborts, or is refused, sends no more of it, and the next message comes", async () => {
  const reason = ada.evaluate(async (size) => {
    const abort = new AbortController();
    const onProgress = ({ sent }: { sent: number }): void => void (sent > 2_000_000 && abort.abort());
    return window.files.send(window.made(size), { signal: abort.signal, onProgress }).catch(({ reason }) => reason);
  }, 20 * MB);
  expect(await reason).toBe("aborted");
  await bob.waitForFunction(() => window.transfers[0]?.cancelled, undefined, often);
  await bob.evaluate(() => {
    const off = window.files.on("incoming", (transfer) => {
      off();
      transfer.on("progress", ({ received }) => received > 2_000_000 && transfer.cancel());
    });
  });
  expect(await ada.evaluate((size) => window.files.send(window.made(size)), 20 * MB)).toEqual([]);
  expect(await ada.evaluate(() => window.files.send("next"))).toEqual(["bob"]);
  expect(await take(bob, 1)).toEqual([{ from: "ada", data: "next" }]);
});

test("what nobody has asked for waits, and order and reliability are the browser's", async () => {
  const options = { ordered: false, maxRetransmits: 0 };
  const seen = await ada.evaluate(async (options) => {
    const { createDataChannel } = RTCPeerConnection.prototype;
    const made: RTCDataChannel[] = [];
    RTCPeerConnection.prototype.createDataChannel = function (...args) {
      made.push(createDataChannel.apply(this, args));
      return made.at(-1)!;
    };
    const channel = window.call.channel("pointer", options);
    RTCPeerConnection.prototype.createDataChannel = createDataChannel;
    await channel.send({ x: 1 });
    const [{ ordered, maxRetransmits, label }] = made as [RTCDataChannel];
    const refused = await channel.send(new ArrayBuffer(65_537)).catch(({ reason }) => reason);
    return { ordered, maxRetransmits, label, refused };
  }, options);
  expect(seen).toEqual({ ...options, label: "parley:pointer", refused: "too-large" });
  const got = await bob.evaluate(() => new Promise((resolve) => window.call.channel("pointer").on("message", ({ data }) => resolve(data))));
  expect(got).toEqual({ x: 1 });
});

test("the example hands a file from page to page, to be saved", async () => {
  const [page, sdk] = await Promise.all([
    readFile(new URL("../../examples/file-drop/index.html", import.meta.url), "utf8"),
    script("../../src/index.ts", "Parley"),
  ]);
  const pages = [];
  for (let i = 0; i < 2; i++) {
    const opened = await (await browser.newContext()).newPage();
    opened.setDefaultTimeout(patience);
    await opened.route("**/dist/parley.iife.js", (route) => route.fulfill({ contentType: "text/javascript", body: sdk }));
    // Really from there, as in sdk.ts.
    await opened.goto(`${localdev.url}/style.css#drop-${process.pid}`);
    await opened.setContent(page.replace("ws://127.0.0.1:3000/prod", localdev.ws));
    pages.push(opened);
  }
  const [from, to] = pages as [Page, Page];
  for (const opened of pages) await opened.waitForFunction(() => !document.querySelector("#who")!.textContent!.includes("nobody"), undefined, often);
  const buffer = Buffer.alloc(300_000, "tea ");
  await from.getByLabel("Drop files here").setInputFiles({ name: "tea.txt", mimeType: "text/plain", buffer });
  await from.getByText("tea.txt to allhas reached").waitFor();
  const saving = to.waitForEvent("download");
  await to.getByText("Save").click();
  const download = await saving;
  expect(download.suggestedFilename()).toBe("tea.txt");
  expect(await readFile(await download.path())).toEqual(buffer);
});
