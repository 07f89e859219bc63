import { useEffect, useMemo, useState } from "react";
import { Devices, type DevicesOptions } from "../devices/devices.ts";
import type { Publisher } from "../devices/publisher.ts";
import { useReading } from "./reading.ts";

/** What `devices` tells, as it is now, and `devices` itself for enable(), disable() and use(): undefined until the person has decided. */
export interface DevicesHandle
  extends Pick<Devices, "cameras" | "microphones" | "speakers" | "camera" | "microphone" | "speaker" | "enabled" | "problems"> {
  readonly stream: MediaStream | undefined;
  readonly devices: Devices | undefined;
}

type Reading = Omit<DevicesHandle, "devices">;

const read = ({ cameras, microphones, speakers, camera, microphone, speaker, stream, enabled, problems }: Devices): Reading => ({
  cameras, microphones, speakers, camera, microphone, speaker, stream, enabled, problems,
});
const nothing: Reading = {
  cameras: [], microphones: [], speakers: [], camera: undefined, microphone: undefined, speaker: "", stream: undefined,
  enabled: { camera: false, microphone: false }, problems: {},
};

/**
 * Opens camera and microphone, has `call` send them once there is one, and lets go of them with the component. Nothing is asked for
 * while `options` is undefined.
 */
export function useDevices(options: DevicesOptions | undefined, call?: Publisher): DevicesHandle {
  const [devices, setDevices] = useState<Devices>();
  const { signal: _, ...wish } = options ?? {};
  useEffect(() => {
    if (!options) return;
    const end = new AbortController();
    let opened: Devices | undefined;
    // Not yet: in StrictMode this effect is undone at once, and the person would be asked twice.
    queueMicrotask(async () => {
      if (end.signal.aborted) return;
      const signal = options.signal ? AbortSignal.any([end.signal, options.signal]) : end.signal;
      const one = await Devices.open({ ...options, signal }).catch(() => undefined); // it is not wanted any more
      if (end.signal.aborted) return one?.close();
      setDevices((opened = one));
    });
    return () => {
      end.abort();
      opened?.close();
      setDevices(undefined);
    };
  }, [options && JSON.stringify(wish)]);
  useEffect(() => call && devices?.attach(call), [call, devices]);
  const now = useReading(devices, ["change"], read, nothing);
  return useMemo(() => ({ ...now, devices }), [now, devices]);
}
