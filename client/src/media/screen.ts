import { ParleyError } from "../errors.ts";
import { mediaError } from "./open.ts";
import type { Publication } from "./publication.ts";
import type { Publications } from "./publications.ts";

/** Asks for a screen, a window or a tab, and publishes it, and then its sound where there is one, until it is unpublished or the person ends it. */
export async function shareScreen(publications: Publications, constraints: DisplayMediaStreamOptions): Promise<Publication[]> {
  if (!navigator.mediaDevices?.getDisplayMedia) throw new ParleyError("media-missing", "this browser shares no screen");
  const stream = await navigator.mediaDevices.getDisplayMedia(constraints).catch(async (cause: unknown) => {
    throw await mediaError(cause);
  });
  const tracks = [...stream.getVideoTracks(), ...stream.getAudioTracks()];
  const shared: Publication[] = [];
  const end = (): void => {
    for (const publication of shared.splice(0)) publications.unpublish(publication);
    for (const track of tracks) track.stop();
  };
  try {
    for (const track of tracks) {
      const picture = track.kind === "video";
      const kind = picture ? "screen" : "screen-audio";
      shared.push(publications.publish(track, { kind }, picture ? end : () => track.stop()));
      if (picture) track.addEventListener("ended", end);
    }
  } catch (error) {
    end(); // the call is over
    throw error;
  }
  return [...shared];
}
