import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { Call, Negotiation, Outgoing, Peer } from "../../src/index.ts";
import { launchChromium } from "../browser/chromium.ts";
import { type Localdev, startLocaldev } from "../browser/localdev.ts";
import { bundle, openPage } from "../browser/sdk.ts";
import { givePaint } from "./paint.ts";

declare global {
  interface Window {
    call: Call;
    told: string[];
    shared: MediaStreamTrack;
  }
}

const patience = 180_000;
const often = { polling: 50 }; // by a timer: frames are not drawn on each of several pages

let localdev: Localdev;
let browser: Browser;
let sdk: string;
let pages: Page[] = [];
let rooms = 0;

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

async function open(): Promise<Page> {
  const page = await openPage(browser, localdev.url, sdk);
  pages.push(page);
  await givePaint(page, 160);
  return page;
}

/** Ada and Bob in a call, each of whom writes down what is told. */
async function adaAndBob(): Promise<[Page, Page]> {
  const room = `media-${process.pid}-${++rooms}`;
  for (const name of ["ada", "bob"]) {
    const page = await open();
    await page.evaluate(
      async ([url, room, name]) => {
        window.told = [];
        const call = (window.call = await window.parley.Call.join({ url, room, name }));
        call.on("track", ({ track }) => window.told.push(`+${track.name}`));
        call.on("track-removed", ({ track }) => window.told.push(`-${track.name}`));
        call.on("track-muted", ({ track }) => window.told.push(`${track.name} ${track.muted ? "muted" : "heard"}`));
        call.on("error", (error) => window.told.push(`error ${error.message}`));
      },
      [localdev.ws, room, name] as const,
    );
  }
  for (const page of pages) await page.waitForFunction(() => [...window.call.peers.values()][0]?.state === "connected", undefined, often);
  return pages as [Page, Page];
}

const told = (page: Page, ...what: string[]) =>
  expect.poll(() => page.evaluate(() => window.told.toSorted())).toEqual(what.toSorted()).then(() => page.evaluate(() => void (window.told.length = 0)));

/** Waits until frames of that colour come under that name. */
async function sees(page: Page, name: string, color: string): Promise<void> {
  await page.evaluate(
    async ([name, color]) => {
      const video = Object.assign(document.createElement("video"), { muted: true });
      document.body.append(video);
      const context = Object.assign(document.createElement("canvas"), { width: 1, height: 1 }).getContext("2d", { willReadFrequently: true })!;
      const wanted = [1, 3, 5].map((at) => parseInt(color.slice(at, at + 2), 16));
      let shown: MediaStreamTrack | undefined;
      for (let seen = 0; seen < 3; ) {
        const track = [...window.call.peers.values()][0]!.tracks.get(name)?.track; // which may go, and come again
        if (track && track !== shown) {
          shown = track;
          video.srcObject = new MediaStream([track]);
          video.play().catch(() => {}); // another came meanwhile
        }
        const came = await new Promise((resolve) => {
          video.requestVideoFrameCallback(() => resolve(true));
          setTimeout(resolve, 200, false);
        });
        if (!came) continue;
        context.drawImage(video, 0, 0, 1, 1);
        const [...got] = context.getImageData(0, 0, 1, 1).data.slice(0, 3);
        if (got.every((value, i) => Math.abs(value - wanted[i]!) < 60)) seen++;
      }
      video.remove();
    },
    [name, color] as const,
  );
}

const sections = (page: Page) =>
  page.evaluate(() => [...window.call.peers.values()][0]!.connection!.localDescription!.sdp.match(/^m=/gm)!.length);

describe("two who negotiate at the same moment", () => {
  test("a hundred times, by tracks that come and go and by restarts of ICE, are connected, and hear and see what is sent", async () => {
    const page = await open();
    const result = await page.evaluate(async () => {
      interface Side {
        peer: Peer;
        box: Negotiation[];
        track: MediaStreamTrack;
        errors: string[];
      }
      const until = async (what: () => boolean): Promise<void> => {
        while (!what()) await new Promise((resolve) => setTimeout(resolve, 5));
      };
      const offers = (side: Side) => side.box.some((said) => "description" in said && said.description.type === "offer");
      const stream = new MediaStream();
      const outgoing = (track: MediaStreamTrack): Outgoing => ({ name: "camera", kind: "camera", track, muted: false, stream, codecs: [], degradation: "balanced" });
      const side = (polite: boolean, color: string): Side => {
        const box: Negotiation[] = [];
        const peer = new window.parley.Peer({ polite, ice: [], send: (said) => void box.push(said) });
        const made: Side = { peer, box, track: window.paint(color), errors: [] };
        peer.on("error", ({ message }) => made.errors.push(message));
        return made;
      };
      const deliver = async (from: Side, to: Side): Promise<void> => {
        for (const said of from.box.splice(0)) await to.peer.receive(JSON.parse(JSON.stringify(said)) as Negotiation);
      };
      const settled = ({ peer }: Side) => peer.state === "connected" && peer.connection.signalingState === "stable";
      const exchange = async (a: Side, b: Side): Promise<void> => {
        for (let quiet = 0; quiet < 3; ) {
          await deliver(a, b);
          await deliver(b, a);
          await new Promise((resolve) => setTimeout(resolve, 10));
          quiet = settled(a) && settled(b) && a.box.length + b.box.length === 0 ? quiet + 1 : 0;
        }
      };
      let glares = 0;
      const errors: string[] = [];
      let [a, b] = [side(true, "#ff0000"), side(false, "#00ff00")];
      for (let n = 0; n < 100; n++) {
        if (n % 20 === 0 && n > 0) {
          // They begin at the same moment, too.
          a.peer.close();
          b.peer.close();
          errors.push(...a.errors, ...b.errors);
          [a, b] = [side(n % 40 === 0, "#ff0000"), side(n % 40 !== 0, "#00ff00")];
        } else if (n % 5 === 4) {
          for (const { peer } of [a, b]) peer.connection.restartIce();
        } else {
          for (const { peer, track } of [a, b]) void peer.publish(peer.connection.getSenders().some((sender) => sender.track) ? [] : [outgoing(track)]);
        }
        await until(() => offers(a) && offers(b));
        glares++;
        await exchange(...(n % 2 ? ([a, b] as const) : ([b, a] as const)));
      }
      for (const { peer, track } of [a, b]) void peer.publish([outgoing(track)]);
      await exchange(a, b);
      const got: string[] = [];
      for (const [from, to, text] of [[a, b, "from a"], [b, a, "from b"]] as const) {
        to.peer.on("message", (message) => got.push(message));
        from.peer.sendMessage(text);
      }
      await until(() => got.length === 2);
      const frames = async ({ peer }: Side): Promise<number> => {
        const stats = await peer.connection.getStats(peer.tracks.get("camera")!.track);
        return [...stats.values()].reduce((sum: number, report: { framesDecoded?: number }) => sum + (report.framesDecoded ?? 0), 0);
      };
      for (const one of [a, b]) for (const before = await frames(one); (await frames(one)) < before + 5; ) await new Promise((resolve) => setTimeout(resolve, 50));
      errors.push(...a.errors, ...b.errors);
      const counts = [a, b].map(({ peer }) => peer.connection.localDescription!.sdp.match(/^m=/gm)!.length);
      return { glares, errors, got: got.sort(), sections: counts };
    });
    expect(result).toEqual({ glares: 100, errors: [], got: ["from a", "from b"], sections: [2, 2] });
  }, patience);
});

describe("tracks with names", () => {
  test("a screen beside the camera are two tracks; mute is told with no negotiation and no message through the server", async () => {
    const [ada, bob] = await adaAndBob();
    await ada.evaluate(async () => {
      window.call.publish(window.paint("#ff0000"));
      const context = new AudioContext();
      const sound = context.createMediaStreamDestination().stream.getAudioTracks()[0]!;
      const screen = window.paint("#0000ff");
      // What a person would choose in a dialog of the browser's.
      navigator.mediaDevices.getDisplayMedia = async () => new MediaStream([screen, sound]);
      const [first] = await window.call.shareScreen();
      window.shared = first!.track;
    });
    await told(bob, "+camera", "+screen", "+screen-audio");
    await sees(bob, "camera", "#ff0000");
    await sees(bob, "screen", "#0000ff");
    const streams = await bob.evaluate(() => {
      const { tracks } = window.call.peers.get("ada")!;
      const [camera, screen, sound] = ["camera", "screen", "screen-audio"].map((name) => tracks.get(name)!);
      return [camera!.stream !== screen!.stream, screen!.stream === sound!.stream, screen!.stream.getTracks().length, screen!.kind];
    });
    expect(streams).toEqual([true, true, 2, "screen"]);

    const version = () => ada.evaluate(() => window.call.peers.get("bob")!.connection!.localDescription!.sdp.split("\n")[1]!);
    const quiet = () =>
      ada.evaluate(async () => {
        const { connection } = window.call.peers.get("bob")!;
        const said = () => connection!.signalingState + connection!.localDescription!.sdp;
        const before = said();
        await new Promise((resolve) => setTimeout(resolve, 500));
        return before === said() && before.startsWith("stable");
      });
    const before = await version();
    const frames: string[] = [];
    for (const page of [ada, bob]) await page.evaluate(() => (window.told.length = 0));
    const send = await ada.evaluateHandle(() => {
      const sent: string[] = [];
      const { send } = WebSocket.prototype;
      WebSocket.prototype.send = function (this: WebSocket, data) {
        sent.push(String(data));
        send.call(this, data);
      };
      return sent;
    });
    for (const muted of [true, false, true, false]) {
      await ada.evaluate((muted) => window.call.publications.get("camera")![muted ? "mute" : "unmute"](), muted);
      await told(bob, `camera ${muted ? "muted" : "heard"}`);
      if (muted) await sees(bob, "camera", "#000000");
    }
    await sees(bob, "camera", "#ff0000");
    await ada.evaluate(() => window.call.publications.get("screen")!.replaceTrack(window.paint("#ffffff")));
    await sees(bob, "screen", "#ffffff");
    frames.push(...(await send.jsonValue()));
    expect([frames, await version()]).toEqual([[], before]);

    // The person ends it by the browser's button.
    await ada.evaluate(() => void window.shared.dispatchEvent(new Event("ended")));
    expect(await ada.evaluate(() => [...window.call.publications.keys()])).toEqual(["camera"]);
    await expect.poll(() => bob.evaluate(() => [...window.call.peers.get("ada")!.tracks.keys()])).toEqual(["camera"]);
    await sees(bob, "camera", "#ff0000");

    // Another takes its place, with one description more, and is there once.
    await expect.poll(quiet).toBe(true);
    await bob.evaluate(() => (window.told.length = 0));
    const described = await version();
    await ada.evaluate(async () => {
      const screen = window.paint("#00ff00");
      navigator.mediaDevices.getDisplayMedia = async () => new MediaStream([screen]);
      await window.call.shareScreen();
    });
    await told(bob, "+screen");
    await sees(bob, "screen", "#00ff00");
    await expect.poll(quiet).toBe(true);
    expect([await version(), await bob.evaluate(() => window.told)]).toEqual([described.replace(/\d+(?= IN)/, (n) => String(Number(n) + 1)), []]);
  }, patience);

  test("that come and go, the one in the place of the other, fifty times, add no section", async () => {
    const [ada, bob] = await adaAndBob();
    await ada.evaluate(() => {
      window.call.publish(window.paint("#ff0000"));
      window.call.publish(window.paint("#0000ff"), { kind: "screen" });
    });
    await told(bob, "+camera", "+screen");
    expect(await sections(ada)).toBe(3);
    await ada.evaluate(async () => {
      const { connection } = window.call.peers.get("bob")!;
      const { call } = window;
      const [red, blue, white] = ["#ff0000", "#0000ff", "#ffffff"].map(window.paint) as [MediaStreamTrack, MediaStreamTrack, MediaStreamTrack];
      for (let n = 0; n < 50; n++) {
        // Sometimes at once, sometimes when the other side has heard of it.
        for (const publication of [...call.publications.values()]) call.unpublish(publication);
        if (n % 3 === 0) await new Promise((resolve) => setTimeout(resolve, 20));
        call.publish(n % 2 ? red : blue, { kind: n % 2 ? "camera" : "screen" });
        if (n % 4) call.publish(white, { kind: n % 2 ? "screen" : "camera" });
        if (n % 5 === 0) while (connection!.signalingState !== "stable") await new Promise((resolve) => setTimeout(resolve, 5));
      }
      for (const publication of [...call.publications.values()]) call.unpublish(publication);
      call.publish(white, { kind: "screen" });
      call.publish(blue, { kind: "camera" });
    });
    await expect.poll(() => bob.evaluate(() => [...window.call.peers.get("ada")!.tracks.keys()].sort())).toEqual(["camera", "screen"]);
    await sees(bob, "screen", "#ffffff");
    await sees(bob, "camera", "#0000ff");
    expect([await sections(ada), await sections(bob)]).toEqual([3, 3]);
    expect(await bob.evaluate(() => window.call.peers.get("ada")!.tracks.get("camera")!.stream.getTracks().length)).toBe(1);
    for (const page of pages) expect((await page.evaluate(() => window.told)).filter((line) => line.startsWith("error"))).toEqual([]);
  }, patience);

  test("are sent by the codec that they are to have, and a connection made anew has them all", async () => {
    const [ada, bob] = await adaAndBob();
    await ada.evaluate(() => {
      window.call.publish(window.paint("#ff0000"), { codecs: ["VP9"] });
      window.call.publish(window.paint("#00ff00"), { name: "board", kind: "board" }).mute();
    });
    await told(bob, "+camera", "+board");
    await sees(bob, "camera", "#ff0000");
    const codec = await bob.evaluate(async () => {
      const stats = await window.call.peers.get("ada")!.connection!.getStats(window.call.peers.get("ada")!.tracks.get("camera")!.track);
      const { codecId } = [...stats.values()].find(({ type }: { type: string }) => type === "inbound-rtp") as { codecId: string };
      return (stats.get(codecId) as { mimeType: string }).mimeType;
    });
    expect(codec).toBe("video/VP9");
    await bob.evaluate(() => window.call.retry("ada"));
    await told(bob, "-camera", "-board", "+camera", "+board");
    await sees(bob, "camera", "#ff0000");
    expect(await bob.evaluate(() => window.call.peers.get("ada")!.tracks.get("board")!.muted)).toBe(true);
  }, patience);
});
