import { describe, expect, test } from "vitest";
import { iceExpiry } from "../src/room/ice.ts";

describe("iceExpiry", () => {
  test("is the earliest end among time-limited credentials", () => {
    const turn = (username: string): RTCIceServer => ({ urls: "turn:turn.test", username, credential: "x" });
    expect(iceExpiry([turn("1800000000:ab"), turn("1700000000")])).toBe(1_700_000_000);
    expect(iceExpiry([{ urls: "stun:stun.test" }, turn("alice"), turn("12:ab")])).toBeUndefined();
    expect(iceExpiry([{ urls: "turn:turn.test", username: "1800000000:ab" }])).toBeUndefined();
  });
});
