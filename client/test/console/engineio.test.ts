import { describe, expect, test } from "vitest";
import { engineLabel, layOut } from "../../../localdev/console/src/engineio.ts";

const known = (frame: string): string | undefined => engineLabel(frame, true);

test.each([
  ['0{"sid":"aYZF","upgrades":[],"pingInterval":25000}', "Engine.IO open, ping every 25 s"],
  ['0{"sid":"aYZF","upgrades":[],"pingInterval":300000,"pingTimeout":330000,"maxPayload":131072}', "Engine.IO open, ping every 300 s, within 330 s"],
  ["1", "Engine.IO close"],
  ["2", "Engine.IO ping"],
  ["2probe", "Engine.IO ping"],
  ["3", "Engine.IO pong"],
  ["6", "Engine.IO noop"],
  ["bAQID", "Engine.IO binary, 3 B"],
  ["bAQI=", "Engine.IO binary, 2 B"],
  ["bAQ==", "Engine.IO binary, 1 B"],
  ["b", "Engine.IO binary, 0 B"],
  ["b4AQID", "Engine.IO binary, 3 B"],
  ["b4AQ==", "Engine.IO binary, 1 B"],
  ["b4", "Engine.IO binary, 0 B"],
  ["b4AQI", "Engine.IO binary, 3 B"],
  ["40", "CONNECT"],
  ['40{"token":"abc"}', "CONNECT: {token}"],
  ['40{"sid":"pz3H_M1b","pid":"x"}', "CONNECT as pz3H_M1b"],
  ['40{"pid":"x","offset":"y"}', "CONNECT again"],
  ['40/video,{"t":1}', "CONNECT in /video: {t}"],
  ["40/video,", "CONNECT in /video"],
  ["41", "DISCONNECT"],
  ['42["offer",{"to":"pz3H"}]', "EVENT offer: {to}"],
  ['420["join","r1"]', 'EVENT join #0: "r1"'],
  ['42/video,17["hello",1]', "EVENT hello #17 in /video: 1"],
  ['430[{"ok":true}]', "ACK #0: {ok}"],
  ["430[]", "ACK #0"],
  ['42[1,true,null,[1,2],{}]', "EVENT 1: true, null, [2], +1"],
  ['42["x",{"a":1,"b":2,"c":3,"d":4,"e":5}]', "EVENT x: {a, b, c, +2}"],
  ['44{"message":"not authorized"}', "CONNECT_ERROR not authorized"],
  ['44/nope,"Invalid namespace"', "CONNECT_ERROR Invalid namespace in /nope"],
  ['44/nope,{"message":"Invalid namespace"}', "CONNECT_ERROR Invalid namespace in /nope"],
  ['451-["bin",{"_placeholder":true,"num":0}]', "BINARY_EVENT bin +1 binary: binary"],
  ['461-/video,3[{"_placeholder":true,"num":0}]', "BINARY_ACK +1 binary #3 in /video: binary"],
  [`42["offer",{"sdp":"${"x".repeat(8000)}`, "EVENT offer"],
])("%s", (frame, want) => expect(known(frame)).toBe(want));

describe("a connection of which nothing is known", () => {
  test.each(["1", "2", "3", "6", "40", "41", "42", "4000", "bword", "bAQID"])("says nothing of %s, which may be anything", (frame) => expect(engineLabel(frame, false)).toBeUndefined());
  test.each([
    ['42["chat","hi"]', 'EVENT chat: "hi"'],
    ['0{"sid":"x"}', "Engine.IO open"],
    ["40/video,", "CONNECT in /video"],
  ])("shows by %s what it speaks", (frame, want) => expect(engineLabel(frame, false)).toBe(want));
});

test.each(["", "4", "47[]", "9", "0{", "hello", '{"type":"x"}', "42hello", "2 ", "b!", "bAQ", "b4AQ", "INVITE"])("says nothing of %s", (frame) => expect(known(frame)).toBeUndefined());

test("the JSON of a packet is laid out below what stands before it", () => {
  expect(layOut('42/video,7["a",{"b":1}]')).toBe('42/video,7\n[\n  "a",\n  {\n    "b": 1\n  }\n]');
  for (const frame of ["42", "hello", '{"a":1}', '42["cut', "bAQID"]) expect(layOut(frame)).toBeUndefined();
});
