import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { allot, type Demand, type Share, type Way } from "../src/media/allotment.ts";
import { Publications } from "../src/media/publications.ts";
import { Uplink } from "../src/media/uplink.ts";
import { fakePeerConnections, fakeStream, fakeTrack } from "./fake-peer-connection.ts";
import { seeded } from "./localdev/random.ts";

const one = { screen: false, sound: false, width: 1280, height: 720, priority: 1, muted: false };
const camera: Demand = one;
const microphone: Demand = { ...one, sound: true, priority: 3 };
const screen: Demand = { ...one, screen: true, width: 1920, height: 1080, priority: 2 };

const to = (peers: number, available: number | undefined, ...demands: Demand[]): Way[] => Array.from({ length: peers }, () => ({ available, demands }));
const words = ({ paused, maxBitrate, scaleResolutionDownBy, maxFramerate }: Share): string =>
  paused ? "paused" : `${maxBitrate / 1_000}k${scaleResolutionDownBy ? ` 1/${scaleResolutionDownBy} ${maxFramerate} fps` : ""}`;
/** What a peer gets of the microphone, a screen and the camera when nothing is known, or when the line carries so much to each. */
const gets = (peers: number, uplink: number, available?: number): string => allot(to(peers, available, microphone, screen, camera), uplink)[0]!.map(words).join(", ");

describe("the line is divided", () => {
  test.each([
    ["two on a good line", 2, 10_000_000, undefined, "48k, 2500k 1/1 30 fps, 2100k 1/1 30 fps"],
    ["two", 2, 4_000_000, undefined, "48k, 1800k 1/1 30 fps, 150k 1/3 20 fps"],
    ["six, on the usual line", 5, 4_000_000, undefined, "48k, 580k 1/1 15 fps, 150k 1/3 20 fps"],
    ["a thin one", 5, 1_000_000, undefined, "48k, 92k 1/1.5 5 fps, 40k 1/4 10 fps"],
    ["a thinner one", 5, 800_000, undefined, "20k, 80k 1/1.5 5 fps, 40k 1/4 10 fps"],
    ["where the camera has no room", 5, 700_000, undefined, "40k, 80k 1/1.5 5 fps, paused"],
    ["where there is sound alone", 5, 200_000, undefined, "20k, paused, paused"],
    ["where there is less than that", 5, 10_000, undefined, "16k, paused, paused"],
    ["by what the browser measures", 2, 4_000_000, 200_000, "48k, 190k 1/1.5 5 fps, 40k 1/4 10 fps"],
  ])("%s", (_, peers, uplink, available, expected) => expect(gets(peers, uplink, available)).toBe(expected));

  test("a mesh of six on a phone's line of 1.5 Mbit/s: everybody gets a face of 240 lines", () => {
    const shares = allot(to(5, undefined, microphone, camera), 1_500_000);
    expect(shares.map((of) => of.map(words).join(", "))).toEqual(Array(5).fill("48k, 230k 1/3 20 fps"));
  });

  test("what one peer cannot take goes to the others", () => {
    const ways = [...to(1, 100_000, microphone, camera), ...to(2, 5_000_000, microphone, camera)];
    const [poor, rich] = allot(ways, 2_100_000) as [Share[], Share[]];
    expect([words(poor[1]!), words(rich[1]!)]).toEqual(["82k 1/4 10 fps", "910k 1/1.5 30 fps"]);
  });

  test("a limit holds, and what has a higher priority has what it needs first", () => {
    const [[slow, fast]] = allot([{ demands: [{ ...camera, maxBitrate: 90_000 }, camera] }], 4_000_000) as [Share[]];
    expect([slow!.maxBitrate, fast!.maxBitrate]).toEqual([90_000, 2_100_000]);
    const [[face, board]] = allot([{ demands: [camera, { ...camera, priority: 5 }] }], 600_000) as [Share[]];
    expect([face!.maxBitrate, board!.maxBitrate]).toEqual([150_000, 450_000]);
  });

  test("what is muted takes nothing of it, and is not paused", () => {
    const [[muted, other]] = allot([{ demands: [{ ...camera, muted: true }, camera] }], 600_000) as [Share[]];
    expect([muted!.paused, muted!.maxBitrate, other!.maxBitrate]).toEqual([false, 40_000, 560_000]);
  });

  test("a picture does not change with every breath of the line", () => {
    let before: Share | undefined;
    const seen = new Set<string>();
    const at = (available: number) => {
      [[before]] = allot([{ available, demands: [{ ...camera, before }] }], 4_000_000) as [[Share]];
      return `1/${before.scaleResolutionDownBy} ${before.maxFramerate} fps`;
    };
    for (let n = 0; n < 20; n++) seen.add(at(n % 2 ? 405_000 : 425_000)); // half of each side takes 414,720
    expect([...seen]).toEqual(["1/2 30 fps", "1/3 30 fps"]);
    expect([at(190_000), at(200_000), at(260_000), at(310_000), at(520_000)]).toEqual(["1/3 20 fps", "1/3 20 fps", "1/3 20 fps", "1/3 30 fps", "1/2 30 fps"]);
    before = { maxBitrate: 40_000, paused: true };
    expect([at(45_000), before.paused, at(51_000), before.paused]).toEqual(["1/4 10 fps", true, "1/4 10 fps", false]);
  });

  test("nobody is given what is not there, whatever is asked for", () => {
    const random = seeded(1);
    const below = (most: number): number => Math.floor(random() * most);
    for (let n = 0; n < 500; n++) {
      const ways = Array.from({ length: 1 + below(6) }, () => ({
        available: below(3) ? below(3_000_000) : undefined,
        demands: Array.from({ length: 1 + below(5) }, () => ({ ...[camera, microphone, screen][below(3)]!, priority: below(4), muted: below(4) === 0 })),
      }));
      const uplink = 1 + below(5_000_000);
      const shares = allot(ways, uplink);
      const least = ways.flatMap(({ demands }) => demands).length * 80_000; // those of no use, and sounds, have a lower bound
      expect(shares.flat().reduce((sum, { maxBitrate }) => sum + maxBitrate, 0)).toBeLessThanOrEqual(uplink * 1.05 + least);
      shares.forEach((share, way) =>
        share.forEach(({ maxBitrate, paused, scaleResolutionDownBy = 1, maxFramerate = 30 }, at) => {
          const fair = !(paused && ways[way]!.demands[at]!.sound) && maxBitrate > 0 && scaleResolutionDownBy >= 1 && maxFramerate >= 5;
          if (!fair) expect.fail(JSON.stringify({ way: ways[way], share }));
        }),
      );
    }
  });
});

describe("the uplink", () => {
  beforeEach(() => {
    vi.useFakeTimers();
    vi.stubGlobal("MediaStream", class {});
  });
  afterEach(() => {
    vi.useRealTimers();
    vi.unstubAllGlobals();
  });

  const estimate = (bits: number, further = {}, fractionLost = 0) =>
    Object.entries({
      T: { type: "transport", selectedCandidatePairId: "P" },
      P: { type: "candidate-pair", availableOutgoingBitrate: bits, ...further },
      R: { type: "remote-inbound-rtp", fractionLost },
    });

  function uplink() {
    const { RTCPeerConnection } = fakePeerConnections();
    const connection = new RTCPeerConnection();
    const shaped: ReadonlyMap<unknown, Share>[] = [];
    const line = { state: "connected", connection, shape: (shares: ReadonlyMap<unknown, Share>) => void shaped.push(shares) };
    const lines = new Map([["bob", line]]);
    const publications = new Publications(async () => {});
    const uplink = new Uplink(() => lines, () => publications.all.values());
    const measure = vi.spyOn(connection, "getStats");
    const last = () => [...shaped.at(-1)!.values()].map(words).join(", ");
    return { uplink, publications, lines, measure, shaped, last };
  }

  test("is divided by what the browser measures, while there is somebody and something to send", async () => {
    const { uplink: up, publications, lines, measure, shaped, last } = uplink();
    up.apply();
    await vi.advanceTimersByTimeAsync(10_000);
    expect([shaped.length, measure.mock.calls.length]).toEqual([0, 0]);
    publications.setStream(fakeStream("audio", "video"));
    up.apply();
    expect(last()).toBe("48k, 1400k 1/1.5 30 fps"); // not all at once
    measure.mockImplementation(async () => new Map(estimate(150_000)) as unknown as RTCStatsReport);
    await vi.advanceTimersByTimeAsync(2_000);
    expect(last()).toBe("48k, 160k 1/4 15 fps");
    lines.clear();
    await vi.advanceTimersByTimeAsync(2_000);
    measure.mockClear();
    await vi.advanceTimersByTimeAsync(60_000);
    expect([measure.mock.calls.length, vi.getTimerCount()]).toEqual([0, 0]);
  });

  test("is what arrives, where much is lost, in Firefox too, which names the pair in no transport and believes nothing", async () => {
    const { uplink: up, publications, measure, last } = uplink();
    publications.setStream(fakeStream("audio", "video"));
    up.apply();
    for (const second of [2, 4]) {
      const pair = { type: "candidate-pair", selected: true, bytesSent: second * 25_000, timestamp: second * 1_000 }; // 200 kbit/s
      measure.mockImplementation(async () => new Map(Object.entries({ P: pair, R: { type: "remote-inbound-rtp", fractionLost: 0.5 } })) as never);
      await vi.advanceTimersByTimeAsync(2_000);
    }
    expect(last()).toBe("40k, 82k 1/4 10 fps");
  });

  test("is what arrives, where much is lost, whatever the browser believes", async () => {
    const { uplink: up, publications, measure, last } = uplink();
    publications.setStream(fakeStream("audio", "video"));
    up.apply();
    const pair = { bytesSent: 0, timestamp: 0 };
    for (const [lost, expected] of [[0.09, "48k, 600k 1/3 30 fps"], [0.5, "40k, 82k 1/4 10 fps"], [0, "48k, 600k 1/3 30 fps"]] as const) {
      Object.assign(pair, { bytesSent: pair.bytesSent + 50_000, timestamp: pair.timestamp + 2_000 }); // 200 kbit/s
      measure.mockImplementation(async () => new Map(estimate(445_000, pair, lost)) as unknown as RTCStatsReport);
      await vi.advanceTimersByTimeAsync(2_000);
      expect(last(), `${lost} lost`).toBe(expected);
    }
  });

  test("is tried again for what is paused, since estimates do not grow where little is sent", async () => {
    const { uplink: up, publications, measure, last } = uplink();
    publications.setStream(fakeStream("audio", "video"));
    up.apply();
    const pair = { bytesSent: 0, timestamp: 0 };
    const seen: string[] = [];
    for (let n = 0; n < 40; n++) {
      const paused = last().endsWith("paused");
      Object.assign(pair, { bytesSent: pair.bytesSent + (paused ? 10_000 : 20_000), timestamp: pair.timestamp + 2_000 });
      const lost = !paused && n < 30 ? 0.4 : 0; // until the line is better
      measure.mockImplementation(async () => new Map(estimate(50_000, pair, lost)) as unknown as RTCStatsReport);
      await vi.advanceTimersByTimeAsync(2_000);
      seen.push(last().endsWith("paused") ? "-" : "+");
    }
    expect(seen.join("")).toBe("-------+-------+-------+-------+++++++++");
  });

  test("is used as far as it may be where the browser measures nothing", async () => {
    const { uplink: up, publications, measure, last } = uplink();
    publications.publish(fakeTrack("video"), { maxBitrate: 300_000 });
    up.apply();
    measure.mockRejectedValue(new Error("closed"));
    await vi.advanceTimersByTimeAsync(4_000);
    expect([measure.mock.calls.length, last()]).toEqual([2, "300k 1/3 30 fps"]);
    up.close();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(measure).toHaveBeenCalledTimes(2);
  });
});
