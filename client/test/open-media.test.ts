import { afterEach, describe, expect, test, vi } from "vitest";
import { Devices, openMedia, selectSpeaker } from "../src/index.ts";
import { camera, fakeMediaDevices } from "./fake-media-devices.ts";

afterEach(() => void vi.unstubAllGlobals());

test("outside a browser devices cannot be had, and nothing else fails", async () => {
  const { problems } = await Devices.open();
  expect([problems.camera?.reason, problems.microphone?.reason]).toEqual(["media-insecure", "media-insecure"]);
});

describe("openMedia", () => {
  test.each([
    ["NotAllowedError", {}, "media-denied", false],
    ["NotAllowedError Permission dismissed", { camera: "prompt" }, "media-denied", true],
    ["NotAllowedError", { camera: "denied" }, "media-denied", false],
    ["NotAllowedError Permission denied by system", {}, "media-system", false],
    ["NotAllowedError", { camera: "granted" }, "media-system", false],
    ["SecurityError", {}, "media-denied", false],
    ["NotReadableError", {}, "media-busy", true],
    ["OverconstrainedError", {}, "media-missing", false],
    ["TypeError", {}, "bad-request", false],
    ["InvalidStateError", {}, "media-denied", true],
    ["InvalidAccessError", {}, "media-denied", true],
  ])("reads %s with %o as %s", async (name, permissions, reason, retry) => {
    const browser = fakeMediaDevices(camera("front"));
    browser.refusals.set("video", name);
    browser.permissions = permissions as Record<string, PermissionState>;
    await expect(openMedia({ video: true })).rejects.toMatchObject({ reason, retry });
  });

  test("says when the page is not served over https", async () => {
    fakeMediaDevices(camera("front"));
    vi.stubGlobal("isSecureContext", false);
    const { problems } = await Devices.open();
    expect([problems.camera?.reason, problems.microphone?.reason]).toEqual(["media-insecure", "media-insecure"]);
  });
});

test("an element plays on the speaker that is chosen, where the browser can do that", async () => {
  const able = { sinkId: "", setSinkId: vi.fn(async (id: string) => void (able.sinkId = id)) };
  const element = able as unknown as HTMLMediaElement;
  expect([await selectSpeaker(element, "loud"), await selectSpeaker(element, "loud"), able.setSinkId.mock.calls]).toEqual([true, true, [["loud"]]]);
  expect(await selectSpeaker({} as HTMLMediaElement, "loud")).toBe(false);
  able.setSinkId.mockRejectedValue(new DOMException("", "NotFoundError"));
  await expect(selectSpeaker(element, "gone")).rejects.toMatchObject({ reason: "media-missing" });
});
