// What just happened: the messages of one call as a ladder, from localdev's own record.

import { byID, make } from "../dom.ts";
import { findRoom, ladder as consoleLink } from "../place.ts";
import { draw } from "./draw.ts";
import type { Span } from "./spans.ts";
import { tell } from "./story.ts";

const room = new URL(location.href).searchParams.get("room") ?? findRoom();
const spans = new Map<number, Span>();
let scheduled = false;

const link = byID<HTMLAnchorElement>("room");
link.textContent = room;
link.search = new URLSearchParams({ room }).toString();
byID<HTMLAnchorElement>("console").href = consoleLink(room);
document.title = `What just happened in ${room} · Parley`;

function setStatus(state: string, words: string): void {
  const status = byID("live");
  status.dataset["state"] = state;
  status.textContent = words;
}

function show(problem?: string): void {
  const story = tell([...spans.values()], room);
  const empty = story.chapters.length === 0;
  byID("story").hidden = empty;
  const none = byID("none");
  none.hidden = !empty;
  none.textContent = problem ?? "Nobody has been in this room since localdev began, or it keeps no record of it any more.";
  if (!empty) draw(story);
}

/** At most once a frame, however much comes in. */
function later(): void {
  if (scheduled) return;
  scheduled = true;
  requestAnimationFrame(() => {
    scheduled = false;
    show();
  });
}

const events = new EventSource("/_localdev/events");
events.addEventListener("open", () => {
  spans.clear(); // all that is kept comes once more, and it may be another localdev
  setStatus("joined", "Live");
  later();
});
events.addEventListener("spans", ({ data }: MessageEvent<string>) => {
  for (const span of JSON.parse(data) as Span[]) spans.set(span.id, span);
  later();
});
events.addEventListener("error", () => {
  if (events.readyState !== EventSource.CLOSED) return setStatus("reconnecting", "localdev does not answer");
  setStatus("left", "No record");
  byID("none").replaceChildren(
    "Only localdev keeps a record of messages, and this page does not come from it. A service on AWS keeps none: " +
      "its log has a line for each, without names and without what was said. Run ",
    make("code", "", "make dev"),
    ", make a call there, and come back.",
  );
  byID("none").hidden = false;
});
