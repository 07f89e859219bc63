import { engineLabel } from "./engineio.ts";
import { jsonLabel } from "./json.ts";
import { sipLabel } from "./sip.ts";

/** What a frame says, in a few words, by its form; undefined if that is none that is known here. */
export const label = (frame: string, speaks?: string): string | undefined => sipLabel(frame) ?? engineLabel(frame, speaks === "socket.io") ?? jsonLabel(frame);
