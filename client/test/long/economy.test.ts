import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { launchChromium } from "../browser/chromium.ts";
import { type Localdev, startLocaldev } from "../browser/localdev.ts";
import { bundle, openPage } from "../browser/sdk.ts";

declare global {
  interface Window {
    call: import("../../src/index.ts").Call;
    /** What a page waits for a minute or longer takes this part of it. */
    minutes: number;
    /** Nothing happens any more of what a page waits for so long. */
    over: boolean;
  }
}

let localdev: Localdev;
let browser: Browser;
let ada: Page;
let bob: Page;
beforeAll(async () => {
  const sdk = bundle();
  [browser, localdev] = await Promise.all([launchChromium({ allow: true }), startLocaldev()]);
  [ada, bob] = await Promise.all([1, 2].map(async () => openPage(browser, localdev.url, await sdk))) as [Page, Page];
  for (const page of [ada, bob]) await page.evaluate(arrange);
});
afterAll(async () => {
  await Promise.all([browser?.close(), localdev?.stop()]);
});

/**
 * What the SDK waits for in milliseconds and seconds takes longer, so that a busy machine is none too slow. And browsers find ten more
 * ways to be reached, as those with several networks and TURN servers do, the last when a description has gone; these lead nowhere.
 */
function arrange(): void {
  window.minutes = 1;
  const later = globalThis.setTimeout;
  globalThis.setTimeout = ((f: () => void, ms = 0) => {
    const long = ms >= 60_000;
    return later(() => long && window.over || f(), ms * (long ? window.minutes : ms >= 50 ? 10 : 1));
  }) as typeof setTimeout;
  class Seeker extends RTCPeerConnection {
    #found: string[] = [];
    #find = (): void => {};
    override async setLocalDescription(description?: RTCLocalSessionDescriptionInit): Promise<void> {
      await super.setLocalDescription(description);
      if (this.#found.length > 0) return;
      const tell = (candidate: string | null): void => {
        const init = candidate === null ? {} : { candidate: new RTCIceCandidate({ candidate, sdpMid: "0" }) };
        this.dispatchEvent(new RTCPeerConnectionIceEvent("icecandidate", init));
      };
      this.#find = () => {
        tell(this.#found[this.#found.push(`candidate:${this.#found.length} 1 udp 1 192.0.2.1 9 typ host`) - 1]!);
        if (this.iceGatheringState === "complete") tell(null);
      };
      for (let ms = 0; ms < 45; ms += 5) later(this.#find, ms);
    }
    override set onicecandidate(listener: (event: RTCPeerConnectionIceEvent) => void) {
      super.onicecandidate = (event) => (event.candidate || this.iceGatheringState === "complete") && listener(event);
    }
    override get iceGatheringState(): RTCIceGatheringState {
      return this.#found.length < 10 ? "gathering" : super.iceGatheringState;
    }
    override get localDescription(): RTCSessionDescription | null {
      const { type, sdp } = super.localDescription ?? {};
      if (this.#found.length === 9) later(this.#find);
      const found = this.#found.map((candidate) => `a=${candidate}\r\n`).join("");
      return type && sdp ? new RTCSessionDescription({ type, sdp: sdp.replace(/^a=ice-ufrag/m, `${found}$&`) }) : null;
    }
  }
  globalThis.RTCPeerConnection = Seeker;
}

interface Bill {
  readonly messagesIn: number;
  readonly messagesOut: number;
  readonly invocations: Readonly<Record<string, number>>;
}

async function bill(): Promise<{ messages: number; invocations: number }> {
  const { messagesIn, messagesOut, invocations } = (await localdev.control("GET", "bill")) as Bill;
  return { messages: messagesIn + messagesOut, invocations: Object.values(invocations).reduce((sum, n) => sum + n, 0) };
}

async function dial(room: string): Promise<void> {
  for (const [page, name] of [[ada, "ada"], [bob, "bob"]] as const) {
    await page.evaluate(async ({ url, room, name }) => {
      const stream = await navigator.mediaDevices.getUserMedia({ audio: true, video: true });
      window.call = await window.parley.Call.join({ url, room, name, stream });
    }, { url: localdev.ws, room, name });
  }
  await Promise.all([receives(ada, 2), receives(bob, 2)]);
}

/** Waits until that many tracks of the other side flow, and all ways to be reached have been found. */
const receives = (page: Page, tracks: number) =>
  expect.poll(() => page.evaluate(async () => {
    const [peer] = window.call.peers.values();
    if (peer?.state !== "connected" || peer.connection!.iceGatheringState !== "complete") return 0;
    const stats = [...((await peer.connection!.getStats()) as unknown as Map<string, RTCInboundRtpStreamStats>).values()];
    // What is negotiated before both channels are there goes by the server.
    const channels = stats as unknown as { type: string; state?: string }[];
    if (channels.filter(({ type, state }) => type === "data-channel" && state === "open").length < 2) return 0;
    return stats.filter(({ type, packetsReceived }) => type === "inbound-rtp" && packetsReceived! > 0).length;
  })).toBe(tracks);

/** The descriptions that have gone through the server. */
async function descriptions(): Promise<string[]> {
  const trace = (await localdev.control("GET", "trace")) as { event?: { body?: string } }[];
  const bodies = trace.map(({ event }) => JSON.parse(event?.body ?? "{}") as { data?: { description?: { type: string } } });
  return bodies.flatMap(({ data }) => data?.description?.type ?? []);
}

test("a call of two, from dialling to hanging up: 18 messages and 12 invocations at most, and none for what is negotiated meanwhile", async () => {
  await localdev.control("DELETE", "bill");
  await dial("busy");
  await ada.evaluate(async () => {
    const stream = await navigator.mediaDevices.getUserMedia({ audio: true });
    const [peer] = window.call.peers.values();
    peer!.connection!.addTrack(stream.getAudioTracks()[0]!, stream);
  });
  await receives(bob, 3);
  for (const page of [ada, bob]) await page.evaluate(() => window.call.leave());
  await expect.poll(() => localdev.control("GET", "connections")).toEqual([]);
  const { messages, invocations } = await bill();
  console.log(`${messages} messages, ${invocations} invocations`);
  expect(messages).toBeLessThanOrEqual(18);
  expect(invocations).toBeLessThanOrEqual(12);
  expect(await descriptions(), "the third track was negotiated from page to page").toEqual(["offer", "answer"]);
  expect(localdev.errors()).toEqual([]);
});

test("a quiet call of 30 minutes: six messages a side at most", async () => {
  await dial("quiet");
  const began = await bill();
  await Promise.all([ada, bob].map((page) => page.evaluate(async () => {
    window.minutes = 1 / 1_000;
    await window.call.refresh(); // of which both count their idle time
    await new Promise<void>((resolve) => setTimeout(resolve, 30 * 60_000));
    window.over = true; // the other page may take longer
  })));
  const refreshing = 2 * 2;
  const messages = (await bill()).messages - began.messages - refreshing;
  console.log(`${messages} messages`);
  expect(messages).toBeGreaterThanOrEqual(2 * 2 * 2); // of two pings at least, each answered
  expect(messages).toBeLessThanOrEqual(2 * 6);
});
