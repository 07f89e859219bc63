import { describe, expect, test } from "vitest";
import { type Devices, ParleyError, type Reason } from "../src/index.ts";
import { readInputs } from "../../web/src/devices.ts";
import { mediaWords } from "../../web/src/words.ts";

const problem = (reason: Reason): ParleyError => new ParleyError(reason, "no media");
const device = { deviceId: "1" };

function inputs(parts: object): ReturnType<typeof readInputs> {
  const none = { cameras: [], microphones: [], camera: undefined, microphone: undefined, enabled: { camera: false, microphone: false }, problems: {} };
  return readInputs({ ...none, ...parts } as unknown as Devices);
}

describe("the demo's camera and microphone", () => {
  test("cannot be used before they are open, or where there is none", () => {
    expect(readInputs(undefined)).toMatchObject({ mic: false, camera: false, usable: { mic: false, camera: false } });
    const problems = { camera: problem("media-missing"), microphone: problem("media-missing") };
    expect(inputs({ problems }).usable).toEqual({ mic: false, camera: false });
    expect(inputs({ problems, cameras: [device] }).usable).toEqual({ mic: false, camera: true });
    expect(inputs({ microphone: {}, enabled: { camera: true, microphone: false } })).toMatchObject({ mic: false, cameraWanted: true, usable: { mic: true } });
  });

  test("are not complained of by who has no camera, and knows it", () => {
    expect(inputs({ problems: { camera: problem("media-missing") } }).missing).toEqual([]);
    expect(inputs({ problems: { camera: problem("media-busy") } }).missing).toEqual(["camera"]);
    expect(inputs({ problems: { camera: problem("media-missing"), microphone: problem("media-missing") } }).missing).toEqual(["camera", "microphone"]);
  });

  test("are named as they are in the way", () => {
    expect(mediaWords(problem("media-denied"), ["camera", "microphone"]).title).toBe("Camera and microphone are blocked");
    expect(mediaWords(problem("media-denied"), ["microphone"])).toEqual({
      title: "Your microphone is blocked",
      advice: "Allow it beside the page’s address, and in your system’s privacy settings, then try again.",
    });
    expect(mediaWords(problem("media-busy"), ["camera"]).title).toBe("Your camera is in use");
  });
});
