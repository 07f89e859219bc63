import { afterEach, describe, expect, test, vi } from "vitest";
import { Devices } from "../src/index.ts";
import { camera, fakeMediaDevices, mic, settled, speaker } from "./fake-media-devices.ts";
import { opened } from "./in-use.ts";

afterEach(() => void vi.unstubAllGlobals());

const inUse = ({ camera, microphone }: Devices) => [camera?.label, microphone?.label];
const reasons = ({ problems }: Devices) => [problems.camera?.reason, problems.microphone?.reason];

describe("opening", () => {
  test("asks once for both, and then knows what there is", async () => {
    const browser = fakeMediaDevices(camera("front"), camera("back"), mic("desk"), speaker("loud"));
    const devices = await Devices.open();
    expect(browser.asked).toEqual(["audio+video"]);
    expect(inUse(devices)).toEqual(["front", "desk"]);
    expect(devices.stream.getTracks()).toEqual([devices.microphone, devices.camera]);
    expect([devices.cameras, devices.microphones, devices.speakers].map((list) => list.map(({ label }) => label))).toEqual([["front", "back"], ["desk"], ["loud"]]);
    devices.close();
    expect([browser.live, devices.stream.getTracks(), devices.enabled]).toEqual([[], [], { camera: false, microphone: false }]);
  });

  test("opens nothing that is not wanted, and lists nothing that cannot be chosen", async () => {
    const browser = fakeMediaDevices(camera("front"), mic("desk"));
    const { devices, told } = await opened(browser, { audio: false, video: false });
    expect([browser.asked, devices.cameras, devices.enabled]).toEqual([[], [], { camera: false, microphone: false }]);
    await devices.enable("microphone");
    expect([browser.asked, inUse(devices)]).toEqual([["audio"], [undefined, "desk"]]);
    expect([devices.cameras.length, told]).toEqual([1, []]); // it is not plugged in because its name is known
  });

  test.each([
    ["a missing one does not spoil the other", [mic("desk")], {}, {}, ["media-missing", undefined], ["audio+video", "video", "audio"]],
    ["nor does a busy one", [camera("front"), mic("desk")], { front: "NotReadableError" }, {}, ["media-busy", undefined], ["audio+video", "video", "audio"]],
    ["nor one that the person has forbidden before", [camera("front"), mic("desk")], { front: "NotAllowedError" }, { camera: "denied", microphone: "granted" }, ["media-denied", undefined], ["audio+video", "audio"]],
    ["nor one that the system keeps", [camera("front"), mic("desk")], { front: "NotAllowedError Permission denied by system" }, {}, ["media-system", undefined], ["audio+video", "video", "audio"]],
    ["a person who said no is not asked twice", [camera("front"), mic("desk")], { front: "NotAllowedError", desk: "NotAllowedError" }, {}, ["media-denied", "media-denied"], ["audio+video"]],
  ])("%s", async (_, list, refusals, permissions, problems, asked) => {
    const browser = fakeMediaDevices(...list);
    for (const [id, name] of Object.entries(refusals)) browser.refusals.set(id, name);
    browser.permissions = permissions as Record<string, PermissionState>;
    const devices = await Devices.open();
    expect(reasons(devices)).toEqual(problems);
    expect(devices.enabled).toEqual({ camera: false, microphone: !problems[1] });
    expect(browser.asked).toEqual(asked);
  });

  test("what was in the way is asked for again by enable(), which says what still is", async () => {
    const browser = fakeMediaDevices(camera("front"), mic("desk"));
    browser.refusals.set("video", "NotReadableError");
    const { devices } = await opened(browser);
    await expect(devices.enable()).rejects.toMatchObject({ reason: "media-busy", retry: true });
    browser.refusals.clear();
    await devices.enable("camera");
    expect([inUse(devices), devices.problems]).toEqual([["front", "desk"], {}]);
    expect(browser.asked).toEqual(["video", "video"]);
  });

  test("that is aborted leaves nothing open", async () => {
    const browser = fakeMediaDevices(camera("front"), mic("desk"));
    browser.holding = true;
    const abort = new AbortController();
    const opening = Devices.open({ signal: abort.signal });
    const refused = expect(opening).rejects.toMatchObject({ reason: "aborted" });
    await settled();
    abort.abort();
    await browser.answer();
    await refused;
    expect([browser.live, browser.tracks.length]).toEqual([[], 2]);
    await expect(Devices.open({ signal: abort.signal })).rejects.toMatchObject({ reason: "aborted" });
    expect(browser.asked).toHaveLength(1);
  });
});

describe("on and off", () => {
  test.each([1, 2, 3, 4])("a camera that is clicked %i times while it opens is as wished last, and is one camera", async (clicks) => {
    const browser = fakeMediaDevices(camera("front"), mic("desk"));
    const { devices } = await opened(browser);
    devices.disable("camera");
    expect(browser.live).toEqual(["desk"]);
    browser.holding = true;
    for (let click = 0; click < clicks; click++) {
      if (devices.enabled.camera) devices.disable("camera");
      else void devices.enable("camera");
    }
    expect([devices.enabled.camera, browser.asked]).toEqual([clicks % 2 === 1, ["video"]]);
    await browser.answer();
    expect([browser.live, browser.asked]).toEqual([clicks % 2 ? ["desk", "front"] : ["desk"], ["video"]]);
  });

  test("a microphone that is off is silent and stays open", async () => {
    const browser = fakeMediaDevices(mic("desk"));
    const { devices } = await opened(browser, { video: false });
    devices.disable("microphone");
    expect([devices.microphone!.enabled, devices.enabled.microphone, browser.live]).toEqual([false, false, ["desk"]]);
    await devices.enable("microphone");
    expect([devices.microphone!.enabled, browser.asked]).toEqual([true, []]);
  });

  test("what cannot be opened is told to nobody who no longer wants it", async () => {
    const browser = fakeMediaDevices(camera("front"));
    const { devices } = await opened(browser, { audio: false });
    devices.disable("camera");
    browser.holding = true;
    browser.refusals.set("video", "NotReadableError");
    const enabling = devices.enable("camera");
    devices.disable("camera");
    await browser.answer();
    await enabling;
    expect(devices.problems).toEqual({});
  });
});

describe("a choice", () => {
  test("is taken before the former is let go, and by the next page too", async () => {
    const browser = fakeMediaDevices(camera("front"), camera("back"), mic("desk"), speaker("loud"));
    const { devices } = await opened(browser, { remember: "parley.devices" });
    const former = devices.camera!;
    devices.on("change", () => devices.camera !== former && states.push(former.readyState));
    const states: string[] = [];
    await devices.use("camera", "back");
    await devices.use("speaker", "loud");
    expect([states[0], former.readyState, browser.live, devices.speaker]).toEqual(["live", "ended", ["back", "desk"], "loud"]);
    await devices.use("camera", "back");
    expect(browser.asked).toEqual(["video=back"]);
    devices.close();

    const next = await opened(browser, { remember: "parley.devices" });
    expect([inUse(next.devices), next.devices.speaker]).toEqual([["back", "desk"], "loud"]);
    const other = await opened(browser);
    expect([inUse(other.devices), other.devices.speaker]).toEqual([["front", "desk"], ""]);
  });

  test("is taken by a page that has to ask first, and so knows no names before", async () => {
    const browser = fakeMediaDevices(camera("front"), camera("back"), mic("desk"));
    await (await Devices.open({ remember: "k" })).use("camera", "back");
    browser.named = false;
    browser.asked.length = 0;
    const devices = await Devices.open({ remember: "k" });
    expect([inUse(devices), browser.asked]).toEqual([["back", "desk"], ["audio+video~back", "video=back"]]);
  });

  test.each([
    ["NotReadableError", "media-busy", ["video=back", "video"], "front"],
    ["NotAllowedError", "media-denied", ["video=back"], undefined],
  ])("that cannot be had for a %s", async (name, reason, asked, used) => {
    const browser = fakeMediaDevices(camera("front"), camera("back"));
    await (await Devices.open({ audio: false, remember: "k" })).use("camera", "back");
    browser.refusals.set("back", name);
    browser.asked.length = 0;
    const devices = await Devices.open({ audio: false, remember: "k" });
    expect([inUse(devices)[0], reasons(devices)[0], browser.asked]).toEqual([used, reason, asked]);
    expect(JSON.parse(browser.stored.get("k")!)).toMatchObject({ camera: { id: "back" } });
    browser.refusals.clear();
    devices.disable();
    await devices.enable("camera");
    expect([inUse(devices)[0], devices.problems]).toEqual(["back", {}]);
  });

  test("is found by its name when it has another id", async () => {
    const browser = fakeMediaDevices(camera("front"), camera("usb1", "webcam"));
    await (await Devices.open({ audio: false, remember: "k" })).use("camera", "usb1");
    browser.list = [camera("front"), camera("usb2", "webcam")];
    const devices = await Devices.open({ audio: false, remember: "k" });
    expect(inUse(devices)[0]).toBe("webcam");
    expect(JSON.parse(browser.stored.get("k")!)).toEqual({ camera: { id: "usb2", label: "webcam" } });
  });

  test("of what is off is opened when it is turned on", async () => {
    const browser = fakeMediaDevices(camera("front"), mic("desk"), mic("head"));
    const { devices } = await opened(browser, { video: false });
    devices.disable("microphone");
    await devices.use("microphone", "head");
    expect([browser.live, browser.asked]).toEqual([[], []]);
    await devices.enable("microphone");
    expect([browser.live, browser.asked]).toEqual([["head"], ["audio=head"]]);
  });

  test("that another choice overtakes is not in use", async () => {
    const browser = fakeMediaDevices(camera("a"), camera("b"), camera("c"));
    const { devices } = await opened(browser, { audio: false });
    browser.holding = true;
    const all = Promise.all([devices.use("camera", "b"), devices.use("camera", "c")]);
    await browser.answer();
    await browser.answer();
    await all;
    expect([browser.live, browser.asked]).toEqual([["c"], ["video=b", "video=c"]]);
  });

  test("that opens only once the former is let go is tried again, and otherwise the former is back", async () => {
    const browser = fakeMediaDevices(camera("front"), camera("back"));
    const { devices } = await opened(browser, { audio: false, remember: "k" });
    browser.refusals.set("back", "NotReadableError");
    await expect(devices.use("camera", "back")).rejects.toMatchObject({ reason: "media-busy" });
    expect(browser.asked).toEqual(["video=back", "video=back", "video"]);
    expect([browser.live, devices.enabled.camera, browser.stored.size]).toEqual([["front"], true, 0]);

    const stop = devices.camera!.stop.bind(devices.camera);
    devices.camera!.stop = () => (browser.refusals.delete("back"), stop());
    await devices.use("camera", "back");
    expect([browser.live, devices.problems]).toEqual([["back"], {}]);
  });

  test("that is not there is refused, and one that the person refuses leaves the former in use", async () => {
    const browser = fakeMediaDevices(camera("front"), camera("back"));
    const { devices } = await opened(browser, { audio: false });
    await expect(devices.use("camera", "gone")).rejects.toMatchObject({ reason: "media-missing" });
    browser.refusals.set("back", "NotAllowedError");
    await expect(devices.use("camera", "back")).rejects.toMatchObject({ reason: "media-denied" });
    expect([browser.live, browser.asked]).toEqual([["front"], ["video=back"]]);
  });

  test.each(["{", "[]", "null", '{"camera":7,"microphone":{"id":1,"label":"desk"},"speaker":{"id":"x"}}'])("that reads %s is none", async (stored) => {
    const browser = fakeMediaDevices(camera("front"), mic("desk"));
    browser.stored.set("k", stored);
    expect(inUse(await Devices.open({ remember: "k" }))).toEqual(["front", "desk"]);
    expect(browser.asked).toEqual(["audio+video"]);
  });

  test("is kept for the page where the browser stores nothing", async () => {
    const browser = fakeMediaDevices(camera("front"), camera("back"));
    const refuse = () => {
      throw new DOMException("", "SecurityError");
    };
    vi.stubGlobal("localStorage", { getItem: refuse, setItem: refuse });
    const devices = await Devices.open({ audio: false, remember: "k" });
    await devices.use("camera", "back");
    devices.disable("camera");
    await devices.enable("camera");
    expect(browser.live).toEqual(["back"]);
  });
});

describe("plugging", () => {
  test("one that is unplugged is followed by another, and one that was chosen is taken again when it is back", async () => {
    const browser = fakeMediaDevices(camera("front"), camera("webcam"), mic("desk"), speaker("loud"));
    const { devices, told } = await opened(browser);
    await devices.use("camera", "webcam");
    await devices.use("speaker", "loud");
    await browser.unplug("webcam");
    expect([browser.live, devices.enabled.camera]).toEqual([["desk", "front"], true]);
    await browser.plug(camera("webcam"));
    expect([browser.live, devices.stream.getTracks().length]).toEqual([["desk", "webcam"], 2]);
    await browser.unplug("loud");
    expect(devices.speaker).toBe("");
    await browser.plug(speaker("loud"), camera("third"));
    expect([devices.speaker, inUse(devices)[0]]).toEqual(["loud", "webcam"]);
    expect(told).toEqual([
      "-camera webcam", "lost webcam, now front", "+camera webcam", "-speaker loud", "+camera third", "+speaker loud",
    ]);
  });

  test("the last one of its kind leaves nothing, and the next is taken if that was wanted", async () => {
    const browser = fakeMediaDevices(camera("front"), mic("desk"));
    const { devices, told } = await opened(browser);
    await browser.unplug("front");
    expect([reasons(devices), devices.enabled.camera]).toEqual([["media-missing", undefined], false]);
    expect(told).toEqual(["-camera front", "lost front, now undefined", "media-missing"]);
    await browser.plug(camera("webcam"));
    expect([browser.live, devices.problems]).toEqual([["desk", "webcam"], {}]);

    await browser.unplug("webcam");
    devices.disable("camera");
    await browser.plug(camera("webcam"));
    expect(browser.live).toEqual(["desk"]);
  });

  test("one that was missing from the start is taken when it comes", async () => {
    const browser = fakeMediaDevices(mic("desk"));
    const { devices } = await opened(browser);
    await browser.plug(camera("webcam"));
    expect(inUse(devices)).toEqual(["webcam", "desk"]);
  });

  test("one that is gone without an end of its track is missed all the same", async () => {
    const browser = fakeMediaDevices(camera("front"), camera("webcam"));
    const { told } = await opened(browser, { audio: false });
    browser.list = [camera("webcam")];
    await browser.plug();
    expect([browser.live, told.at(-1)]).toEqual([["webcam"], "lost front, now webcam"]);
  });

  test("one that was taken away, though it is there, is off, and nobody is asked for it", async () => {
    const browser = fakeMediaDevices(camera("front"), mic("desk"));
    const { devices, told } = await opened(browser);
    browser.permissions = { camera: "prompt", microphone: "granted" };
    browser.tracks.find(({ kind }) => kind === "video")!.end();
    browser.tracks.find(({ kind }) => kind === "audio")!.end(); // as by a fault of the driver
    await settled();
    expect([reasons(devices), browser.asked, browser.live]).toEqual([["media-denied", undefined], ["audio"], ["desk"]]);
    expect(told).toContain("media-denied");
  });

  test("the system's own microphone is followed to another", async () => {
    const browser = fakeMediaDevices(mic("default", "Default: desk", "g1"), mic("desk", "desk", "g1"), mic("head", "head", "g2"));
    const { devices } = await opened(browser, { video: false });
    await browser.plug(mic("other", "other", "g3"));
    expect(browser.asked).toEqual([]);
    browser.list[0] = mic("default", "Default: head", "g2");
    await browser.plug();
    expect([browser.asked, browser.live, devices.microphone!.label]).toEqual([["audio=default"], ["Default: head"], "Default: head"]);
  });

  test("nothing is told of once it is closed", async () => {
    const browser = fakeMediaDevices(camera("front"));
    const { devices, told } = await opened(browser, { audio: false });
    devices.close();
    await browser.plug(camera("back"));
    await devices.enable("camera");
    expect([told, browser.live]).toEqual([[], []]);
  });
});
