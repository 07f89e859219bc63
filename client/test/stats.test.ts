import { describe, expect, test } from "vitest";
import { summarize } from "../src/stats/summary.ts";
import { chromium, firefox, report, safari } from "./reports.ts";

describe("summarize", () => {
  test("reads Chromium's report, in bits, seconds and fractions of the time between two", () => {
    expect(summarize(chromium(2), chromium(0))).toEqual({
      bitrateIn: 832_000,
      bitrateOut: 512_000,
      loss: 20 / 300,
      lossOut: 0.015625,
      roundTrip: 0.041,
      jitter: 0.012,
      width: 640,
      height: 480,
      framesPerSecond: 25,
      audioLevel: 0.25,
      available: 4_295_384,
      limited: false,
      path: { local: "host", remote: "srflx", protocol: "udp", relayed: false },
    });
  });

  test("takes the pair that Firefox selected, and the round trip of RTCP", () => {
    expect(summarize(firefox(1), firefox(0))).toMatchObject({
      bitrateIn: 1_232_000,
      bitrateOut: 32_000,
      loss: 0,
      roundTrip: 0.12,
      jitter: 0.03,
      width: 1280,
      audioLevel: 0,
      available: undefined,
      path: { local: "relay", remote: "prflx", protocol: "tcp", relayed: true },
    });
  });

  test("takes a pair that is nominated and works where Safari's transport names none", () => {
    expect(summarize(safari(1), safari(0))).toMatchObject({
      bitrateIn: 720_000,
      roundTrip: 0.02,
      width: 480,
      framesPerSecond: 0,
      path: { local: "srflx", remote: "host", protocol: "udp", relayed: false },
    });
  });

  test("says that a relay is reached over TLS", () => {
    const over = chromium(0, { T01: { selectedCandidatePairId: "CPold" } });
    expect(summarize(over).path).toEqual({ local: "relay", remote: "srflx", protocol: "tls", relayed: true });
  });

  test.each([
    ["the browser makes it coarser", { qualityLimitationReason: "bandwidth" }, true],
    ["it is sent smaller than it is", { frameWidth: 320 }, true],
    ["it is paused", { active: false, frameWidth: undefined }, true],
    ["the processor is too slow", { qualityLimitationReason: "cpu", frameWidth: 320 }, false],
    ["nothing is sent", { active: false, mediaSourceId: undefined }, false],
  ])("says whether a picture is limited when %s", (_, outbound, limited) => {
    expect(summarize(chromium(1, { OT01V: outbound })).limited).toBe(limited);
  });

  test("counts nothing from one report, nor from counters that began anew or a clock that stood still", () => {
    for (const stats of [summarize(chromium(1)), summarize(chromium(0), chromium(5)), summarize(chromium(0), chromium(0))]) {
      expect(stats).toMatchObject({ bitrateIn: 0, bitrateOut: 0, loss: 0 });
    }
    const still = summarize(chromium(1, { IT01V: { timestamp: 1_795_909_304_935.295 } }), chromium(0));
    expect(still.bitrateIn).toBe(32_000); // the sound's alone
  });

  test("takes what has nothing in it, or too little", () => {
    const nothing = { bitrateIn: 0, bitrateOut: 0, loss: 0, lossOut: 0, roundTrip: undefined, jitter: 0, width: 0, path: undefined };
    expect(summarize(report())).toMatchObject(nothing);
    const little = report(
      { id: "1", type: "inbound-rtp" },
      { id: "2", type: "outbound-rtp" },
      { id: "3", type: "remote-inbound-rtp" },
      { id: "4", type: "transport", selectedCandidatePairId: "gone" },
      { id: "5", type: "candidate-pair", selected: true, localCandidateId: "1" },
    );
    expect(summarize(little, little)).toMatchObject(nothing);
  });
});
