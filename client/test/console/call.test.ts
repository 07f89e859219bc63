import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { callOf, callPicture } from "../../../localdev/console/src/call.ts";
import type { Picture } from "../../../localdev/console/src/drawing.ts";
import { sipLabel } from "../../../localdev/console/src/sip.ts";
import type { Span } from "../../../localdev/console/src/types.ts";

// What localdev has kept of a call between phones with JsSIP, whose callee has registered two. Of the descriptions only media and directions are here.
const spans = JSON.parse(readFileSync(new URL("testdata/fork.json", import.meta.url), "utf8")) as Span[];
const callID = "90k39o6qc2lc9v0uad6b";

function told({ lanes, rows }: Picture): string[] {
  const name = (key: string): string => ["bob", "Parley", "ada 1", "ada 2"][lanes.findIndex((lane) => lane.key === key)]!;
  return rows.map((row) => `${name(row.from)} → ${name(row.to)}: ${row.above}`);
}

test("a call is a ladder of what all its phones have sent and were sent, in order", () => {
  const picture = callPicture([...spans].reverse(), callID);
  expect(picture.lanes.map(({ name }) => name)).toEqual(["bob", "Parley", "ada", "ada"]);
  expect(told(picture)).toEqual([
    "bob → Parley: INVITE · audio, video",
    "Parley → ada 1: INVITE · audio, video",
    "Parley → ada 2: INVITE · audio, video",
    "ada 1 → Parley: 100 Trying to INVITE",
    "ada 1 → Parley: 180 Ringing to INVITE",
    "Parley → bob: 180 Ringing to INVITE",
    "ada 2 → Parley: 100 Trying to INVITE",
    "ada 2 → Parley: 180 Ringing to INVITE",
    "Parley → bob: 180 Ringing to INVITE",
    "ada 2 → Parley: 200 OK to INVITE · audio, video",
    "Parley → bob: 200 OK to INVITE · audio, video",
    "Parley → ada 1: CANCEL",
    "bob → Parley: ACK",
    "ada 1 → Parley: 200 OK to CANCEL",
    "ada 1 → Parley: 487 Request Terminated to INVITE",
    "Parley → ada 1: ACK",
    "Parley → ada 2: ACK",
    "bob → Parley: BYE",
    "Parley → ada 2: BYE",
    "ada 2 → Parley: 200 OK to BYE",
    "Parley → bob: 200 OK to BYE",
  ]);
  expect(picture.words).toMatch(/^Call 90k39o… between bob, ada\. 0 µs: bob to Parley, INVITE/);
  expect(picture.rows[0]?.below).toMatch(/^CSeq 5733 · [\d.]+ ms/);
});

test("a push that is refused is one that failed", () => {
  const gone = spans.map((span) => ({ ...span, steps: span.steps.map((step) => ({ ...step, status: 410 })) }));
  const refused = callPicture(gone, callID).rows.filter((row) => row.from === "parley");
  expect(new Set(refused.map((row) => row.look))).toEqual(new Set(["fail"]));
  expect(refused[0]?.below).toBe("CSeq 5733 · push refused: 410");
});

test("of another call nothing is shown", () => expect(callPicture(spans, "another")).toMatchObject({ lanes: [{ name: "Parley" }], rows: [] }));

test("each of its messages leads to the call, and is read in a line", () => {
  expect(new Set(spans.map(callOf))).toEqual(new Set([callID]));
  expect(callOf({ ...spans[0]!, event: { body: "hello" }, steps: [] })).toBeUndefined();
  expect([0, 2, 5].map((i) => sipLabel(spans[i]!.event!.body!))).toEqual([
    "INVITE bob → ada · audio, video · CSeq 5733 · call 90k39o…",
    "180 Ringing to INVITE bob → ada · CSeq 5733 · call 90k39o…",
    "200 OK to INVITE bob → ada · audio, video · CSeq 5733 · call 90k39o…",
  ]);
});
