import { describe, expect, test } from "vitest";
import { type Quality, rate, Steady } from "../src/stats/quality.ts";
import { type PeerStats, summarize } from "../src/stats/summary.ts";
import { chromium } from "./reports.ts";

const fine: PeerStats = { ...summarize(chromium(1)), loss: 0, lossOut: 0 };
const relay = { local: "relay", remote: "host", protocol: "udp", relayed: true } as const;

describe("rate", () => {
  test.each<[string, Partial<PeerStats>, Quality]>([
    ["nothing is in the way", {}, { level: "good" }],
    ["some packets are lost here", { loss: 0.04 }, { level: "fair", reason: "packet-loss" }],
    ["many are lost there", { lossOut: 0.15 }, { level: "poor", reason: "packet-loss" }],
    ["answers take long", { roundTrip: 0.4 }, { level: "fair", reason: "round-trip" }],
    ["answers take very long", { roundTrip: 1.2 }, { level: "poor", reason: "round-trip" }],
    ["no round trip is known", { roundTrip: undefined }, { level: "good" }],
    ["a relay serves well", { path: relay }, { level: "good", reason: "relayed" }],
    ["a relay is far", { path: relay, roundTrip: 0.4 }, { level: "fair", reason: "relayed" }],
    ["a relay is reached over TCP", { path: { ...relay, protocol: "tcp" } }, { level: "fair", reason: "relayed" }],
    ["little can be sent", { limited: true, available: 200_000 }, { level: "fair", reason: "low-bandwidth" }],
    ["next to nothing can be sent", { limited: true, available: 60_000 }, { level: "poor", reason: "low-bandwidth" }],
    ["little is all that is wanted", { limited: false, available: 60_000 }, { level: "good" }],
    ["nothing is known of what can be sent", { limited: true, available: undefined }, { level: "good" }],
    ["loss makes the browser send less", { loss: 0.05, limited: true, available: 60_000 }, { level: "poor", reason: "packet-loss" }],
    ["a thin line makes packets wait", { roundTrip: 0.9, limited: true, available: 200_000 }, { level: "poor", reason: "low-bandwidth" }],
  ])("when %s", (_, stats, quality) => {
    expect(rate({ ...fine, ...stats })).toEqual(quality);
  });
});

describe("Steady", () => {
  const good: Quality = { level: "good" };
  const lossy: Quality = { level: "fair", reason: "packet-loss" };
  const slow: Quality = { level: "fair", reason: "round-trip" };
  const run = (steady: Steady, ...seen: Quality[]): Quality[] => seen.map((quality) => steady.see(quality));

  test("follows what is worse when it is so twice running", () => {
    const steady = new Steady();
    expect(run(steady, good, lossy, good, lossy, lossy)).toEqual([good, good, good, good, lossy]);
  });

  test("follows what is better, or another reason, when it is so four times", () => {
    const steady = new Steady();
    run(steady, lossy, lossy);
    expect(run(steady, good, good, good, lossy, good, good, good, good)).toEqual([...Array(7).fill(lossy), good]);
    run(steady, lossy, lossy);
    expect(run(steady, slow, slow, slow, slow)).toEqual([lossy, lossy, lossy, slow]);
  });

  test("returns the same object until something changes", () => {
    const steady = new Steady();
    expect(steady.see({ level: "good" })).toBe(steady.see({ level: "good" }));
  });
});
