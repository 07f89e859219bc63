import { afterEach, describe, expect, test, vi } from "vitest";
import { Devices, type ParleyError, type Publisher } from "../src/index.ts";
import { camera, fakeMediaDevices, mic, settled } from "./fake-media-devices.ts";
import { opened } from "./in-use.ts";

afterEach(() => void vi.unstubAllGlobals());

describe("a call", () => {
  function call() {
    const did: string[] = [];
    type Publication = ReturnType<Publisher["publish"]>;
    const publications = new Map<string, { -readonly [key in keyof Publication]: Publication[key] }>();
    const publish = (track: MediaStreamTrack, { name, kind }: { name: string; kind: string }): Publication => {
      did.push(`publish ${name} ${kind} ${track.label}`);
      const one = {
        track,
        get muted() {
          return !one.track.enabled;
        },
        replaceTrack: async (next: MediaStreamTrack) => {
          did.push(`replace ${one.track.label} by ${next.label}`);
          next.enabled = one.track.enabled;
          one.track = next;
        },
        mute: () => void (did.push(`mute ${name}`), (one.track.enabled = false)),
        unmute: () => void (did.push(`unmute ${name}`), (one.track.enabled = true)),
      };
      publications.set(name, one);
      return one;
    };
    return { state: "joined", publications, publish, did, take: () => did.splice(0) };
  }

  test("sends what is in use, and shows what is off as muted, without a new publication", async () => {
    const browser = fakeMediaDevices(camera("front"), camera("back"), mic("desk"));
    const { devices } = await opened(browser);
    devices.disable("microphone");
    const its = call();
    const detach = devices.attach(its);
    expect(its.take().sort()).toEqual(["mute microphone", "publish camera camera front", "publish microphone microphone desk"]);
    await devices.use("camera", "back");
    expect(its.take()).toEqual(["replace front by back"]);
    devices.disable("camera");
    await devices.enable();
    expect(its.take()).toEqual(["mute camera", "unmute microphone", "replace back by back", "unmute camera"]);
    await browser.unplug("back");
    expect(its.take()).toEqual(["mute camera", "replace back by front", "unmute camera"]);
    expect(devices.camera!.enabled).toBe(true);
    its.state = "left";
    await devices.use("camera", "front");
    devices.disable();
    expect(its.take()).toEqual([]);
    its.state = "joined";
    await devices.enable();
    its.take();
    detach();
    await devices.use("camera", "front");
    devices.disable();
    expect(its.take()).toEqual([]);
  });

  test("shows the next ones as they are, whatever those before it left behind", async () => {
    const browser = fakeMediaDevices(camera("front"), mic("desk"));
    const { devices } = await opened(browser);
    const its = call();
    devices.attach(its);
    expect(its.take()).toHaveLength(2);
    devices.close();
    expect(its.take()).toEqual(["mute camera", "mute microphone"]);
    const { devices: next } = await opened(browser);
    next.attach(its);
    expect(its.take()).toEqual(["replace front by front", "unmute camera", "replace desk by desk", "unmute microphone"]);
    expect([next.camera!.enabled, next.microphone!.enabled]).toEqual([true, true]);
  });

  test("that cannot send a track is an error", async () => {
    fakeMediaDevices(camera("front"), camera("back"));
    const devices = await Devices.open({ audio: false });
    const its = call();
    devices.attach(its);
    its.publications.get("camera")!.replaceTrack = () => Promise.reject(new Error("closed"));
    const errors: ParleyError[] = [];
    devices.on("error", (error) => errors.push(error));
    await devices.use("camera", "back");
    await settled();
    expect(errors.map(({ reason }) => reason)).toEqual(["bad-signal"]);
  });
});
