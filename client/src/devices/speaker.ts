import { mediaError } from "../media/open.ts";

/** Plays `element` on that speaker, "" for the system's own. False where the browser leaves the choice to the system. */
export async function selectSpeaker(element: HTMLMediaElement, deviceId: string): Promise<boolean> {
  if (!("setSinkId" in element)) return false;
  try {
    if (element.sinkId !== deviceId) await element.setSinkId(deviceId);
    return true;
  } catch (cause) {
    throw await mediaError(cause);
  }
}
