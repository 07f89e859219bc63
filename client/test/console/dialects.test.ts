import { expect, test } from "vitest";
import { dialectsOf } from "../../../localdev/console/src/dialects.ts";
import type { Item } from "../../../localdev/console/src/items.ts";

const open = new Set(["AAAAAAAAAAAAAAA=", "BBBBBBBBBBBBBBB="]);
const of = (item: unknown): unknown => Object.fromEntries(dialectsOf(item as Item, (id) => open.has(id)));
const s = (text: string): unknown => ({ S: text });

test.each([
  ["the connection's own item", { connection: s("AAAAAAAAAAAAAAA="), dialect: s("peerjs"), opened: { N: "7" } }, { "AAAAAAAAAAAAAAA=": "peerjs" }],
  ["one that is undecided", { connection: s("AAAAAAAAAAAAAAA="), dialect: s("") }, {}],
  ["one that is not open", { connection: s("CCCCCCCCCCCCCCC="), dialect: s("peerjs") }, {}],
  [
    "a room with two",
    { room: s("r"), peers: { M: { ada: { M: { connection: s("AAAAAAAAAAAAAAA="), dialect: s("parley.v1") } }, bob: { M: { connection: s("BBBBBBBBBBBBBBB="), dialect: s("other") } } } } },
    { "AAAAAAAAAAAAAAA=": "parley.v1", "BBBBBBBBBBBBBBB=": "other" },
  ],
  ["entries by their connection", { entries: { M: { "AAAAAAAAAAAAAAA=": { M: { dialect: s("y-webrtc") } } } } }, { "AAAAAAAAAAAAAAA=": "y-webrtc" }],
  ["entries in a list", { entries: { L: [{ M: { conn: s("BBBBBBBBBBBBBBB="), dialect: s("y-webrtc") } }] } }, { "BBBBBBBBBBBBBBB=": "y-webrtc" }],
  ["a template that has no such word", { id: s("AAAAAAAAAAAAAAA="), kind: s("chat") }, {}],
  ["no string", { connection: s("AAAAAAAAAAAAAAA="), dialect: { BOOL: true } }, {}],
  ["something huge", { connection: s("AAAAAAAAAAAAAAA="), dialect: s("<b>".repeat(4000)) }, { "AAAAAAAAAAAAAAA=": expect.stringMatching(/^.{1,28}$/) }],
])("%s", (_, item, want) => expect(of(item)).toEqual(want));
