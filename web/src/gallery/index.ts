// The gallery: each demo with a room of its own, so that all tabs that are opened from here meet.

import { byID } from "../dom.ts";
import { ladder, madeUpRoom } from "../place.ts";

for (const [demo, page] of [["call", "/"], ["document", "/gallery/document/"]] as const) {
  const room = madeUpRoom();
  byID<HTMLAnchorElement>(`${demo}-open`).href = `${page}?room=${room}`;
  byID<HTMLAnchorElement>(`${demo}-ladder`).href = ladder(room);
}
