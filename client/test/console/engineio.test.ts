import { describe, expect, test } from "vitest";
import { engineLabel } from "../../../localdev/console/src/engineio.ts";

const known = (frame: string): string | undefined => engineLabel(frame, true);

test.each([
  ['0{"sid":"aYZF","upgrades":[],"pingInterval":25000}', "Engine.IO open"],
  ["1", "Engine.IO close"],
  ["2", "Engine.IO ping"],
  ["2probe", "Engine.IO ping"],
  ["3", "Engine.IO pong"],
  ["6", "Engine.IO noop"],
  ["bAQID", "Engine.IO binary, 3 B"],
  ["bAQI=", "Engine.IO binary, 2 B"],
  ["bAQ==", "Engine.IO binary, 1 B"],
  ["40", "CONNECT"],
  ['40{"token":"abc"}', "CONNECT"],
  ['40/video,{"t":1}', "CONNECT in /video"],
  ["40/video,", "CONNECT in /video"],
  ["41", "DISCONNECT"],
  ['42["offer",{"to":"pz3H"}]', "EVENT offer"],
  ['420["join","r1"]', "EVENT join #0"],
  ['42/video,17["hello",1]', "EVENT hello #17 in /video"],
  ['430[{"ok":true}]', "ACK #0"],
  ['44{"message":"not authorized"}', "CONNECT_ERROR not authorized"],
  ['44/nope,{"message":"Invalid namespace"}', "CONNECT_ERROR Invalid namespace in /nope"],
  ['451-["bin",{"_placeholder":true,"num":0}]', "BINARY_EVENT bin +1 binary"],
  ['461-/video,3[{"_placeholder":true,"num":0}]', "BINARY_ACK +1 binary #3 in /video"],
  [`42["offer",{"sdp":"${"x".repeat(8000)}`, "EVENT offer"],
])("%s", (frame, want) => expect(known(frame)).toBe(want));

describe("a connection of which nothing is known", () => {
  test.each(["1", "2", "3", "6", "40", "41", "42", "4000", "bword", "bAQID"])("says nothing of %s, which may be anything", (frame) => expect(engineLabel(frame, false)).toBeUndefined());
  test.each([
    ['42["chat","hi"]', "EVENT chat"],
    ['0{"sid":"x"}', "Engine.IO open"],
    ["40/video,", "CONNECT in /video"],
  ])("shows by %s what it speaks", (frame, want) => expect(engineLabel(frame, false)).toBe(want));
});

test.each(["", "4", "47[]", "9", "0{", "hello", '{"type":"x"}', "42hello", "2 ", "b", "b!", "INVITE"])("says nothing of %s", (frame) => expect(known(frame)).toBeUndefined());
