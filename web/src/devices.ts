import { Devices, type ParleyError } from "../../client/src/index.ts";

/** How one's own camera and microphone are, be they open yet or not. */
export interface Inputs {
  readonly stream: MediaStream | undefined;
  /** Whether it is sent. */
  readonly mic: boolean;
  readonly camera: boolean;
  /** Whether it is on, or will be once it has opened. */
  readonly cameraWanted: boolean;
  /** Which there are, on or off. */
  readonly usable: { readonly mic: boolean; readonly camera: boolean };
  /** Why something that was wanted is not there. */
  readonly problems: readonly ParleyError[];
  /** What the problems are with. */
  readonly missing: readonly ("camera" | "microphone")[];
}

/** Asks for those that are to be on, or for the one that can be had. What was chosen before is chosen again. */
export function openDevices(on: { readonly mic: boolean; readonly camera: boolean }, changed: () => void): Promise<Devices> {
  const opening = Devices.open({
    audio: on.mic && { echoCancellation: true, noiseSuppression: true },
    video: on.camera && { width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 30, max: 30 } },
    remember: "parley.devices",
  });
  return opening.then((devices) => {
    devices.on("change", changed);
    return devices;
  });
}

const closed: Inputs = {
  stream: undefined,
  mic: false,
  camera: false,
  cameraWanted: true,
  usable: { mic: false, camera: false },
  problems: [],
  missing: [],
};

/** What is to be on after a reload. One that was wanted in vain is asked for again: the person may have allowed it since. */
export function wishes({ enabled, problems }: Devices): { readonly mic: boolean; readonly camera: boolean } {
  return { mic: enabled.microphone || !!problems.microphone, camera: enabled.camera || !!problems.camera };
}

export function readInputs(devices: Devices | undefined): Inputs {
  if (!devices) return closed;
  const { camera, cameras, enabled, microphone, microphones, stream } = devices;
  const { problems: found } = devices;
  // Of one that is off since a reload some browsers tell nothing before it is asked for.
  const unknown = (kind: "camera" | "microphone"): boolean => !enabled[kind] && !found[kind];
  const usable = {
    mic: !!microphone || microphones.length > 0 || unknown("microphone"),
    camera: !!camera || cameras.length > 0 || unknown("camera"),
  };
  const all = (["camera", "microphone"] as const).flatMap((kind) => (found[kind] ? [[kind, found[kind]] as const] : []));
  // Who has no camera knows it, and is not told each time.
  const neither = all.length === 2 && all.every(([, { reason }]) => reason === "media-missing");
  const problems = neither ? all : all.filter(([, { reason }]) => reason !== "media-missing");
  return {
    stream,
    mic: !!microphone && enabled.microphone,
    camera: !!camera,
    cameraWanted: enabled.camera,
    usable,
    problems: problems.map(([, error]) => error),
    missing: problems.map(([kind]) => kind),
  };
}

/** Turns one of them on or off. Why it stays off, the devices' problems tell. */
export function toggle(devices: Devices | undefined, kind: "camera" | "microphone"): void {
  if (!devices) return;
  if (devices.enabled[kind]) devices.disable(kind);
  else devices.enable(kind).catch(() => {});
}
