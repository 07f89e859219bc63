import { Devices, type DevicesOptions } from "../src/index.ts";
import type { fakeMediaDevices } from "./fake-media-devices.ts";

/** Devices that are open, with what they told. */
export async function opened(browser: ReturnType<typeof fakeMediaDevices>, options?: DevicesOptions) {
  const devices = await Devices.open(options);
  const told: string[] = [];
  devices.on("plugged", ({ kind, device }) => told.push(`+${kind} ${device.label}`));
  devices.on("unplugged", ({ kind, device }) => told.push(`-${kind} ${device.label}`));
  devices.on("lost", ({ label, track }) => told.push(`lost ${label}, now ${track?.label}`));
  devices.on("error", ({ reason }) => told.push(reason));
  browser.asked.length = 0;
  return { devices, told };
}
