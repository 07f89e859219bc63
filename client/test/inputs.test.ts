import { expect, test } from "vitest";
import { type Devices, ParleyError, type Reason } from "../src/index.ts";
import { readInputs, wishes } from "../../web/src/devices.ts";

const devices = (camera?: Reason, microphone?: Reason): Devices => {
  const problem = (reason?: Reason): ParleyError | undefined => reason && new ParleyError(reason, "");
  const enabled = { camera: true, microphone: true };
  return { cameras: [], microphones: [], enabled, problems: { camera: problem(camera), microphone: problem(microphone) } } as unknown as Devices;
};

test.each<[string, Reason | undefined, Reason | undefined, string[]]>([
  ["nothing", undefined, undefined, []],
  ["no camera, which they know", "media-missing", undefined, []],
  ["neither", "media-missing", "media-missing", ["camera", "microphone"]],
  ["a camera that another uses", "media-busy", undefined, ["camera"]],
  ["a microphone that is refused beside no camera", "media-missing", "media-denied", ["microphone"]],
])("people are told of %s", (_, camera, microphone, missing) => {
  expect(readInputs(devices(camera, microphone)).missing).toEqual(missing);
});

test("what is off since a reload can be turned on though the browser tells nothing of it yet", () => {
  const off = { ...devices(undefined, "media-missing"), enabled: { camera: false, microphone: false } } as unknown as Devices;
  expect(readInputs(off).usable).toEqual({ camera: true, mic: false });
});

test("after a reload what was wanted in vain is asked for again, and what was turned off is not", () => {
  const off = { ...devices(undefined, "media-denied"), enabled: { camera: false, microphone: false } } as unknown as Devices;
  expect(wishes(off)).toEqual({ camera: false, mic: true });
  expect(wishes(devices())).toEqual({ camera: true, mic: true });
});
