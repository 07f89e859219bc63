import { Raw } from "../../socketio/raw.ts";
import type { Side } from "./stage.ts";

/** What a script says, frame by frame, to a server that echoes `say` as `said`, and what that comes to. */
export const frames: Record<string, string[]> = {
  "an event": ["40", '42["say",1]'],
  "an event before its CONNECT": ['42["say",1]', "40"],
  "another namespace's event before its CONNECT": ["40", '42/video,["say",1]'],
  "a CONNECT with a query": ["40/?x=1,", '42["say",1]'],
  "a CONNECT whose auth is no object": ['40"token"'],
  "a CONNECT whose auth is no JSON": ['40{"token'],
  "a CONNECT of a namespace with no comma": ["40/video"],
  "a DISCONNECT of one namespace": ["40", "40/video,", "41/video,", '42["say",1]'],
  "an acknowledgement that nobody asked for": ["40", "430[1]", '42["say",1]'],
  "an acknowledgement that is no list": ["40", '430{"a":1}', '42["say",1]'],
  "no packet at all": ["40", "hello", '42["say",1]'],
  "an empty frame": ["40", "", '42["say",1]'],
  "a packet of an unknown type": ["40", "49", '42["say",1]'],
  "an event that is no list": ["40", '42{"say":1}', '42["say",1]'],
  "an event with no name": ["40", "42[]", '42["say",1]'],
  "an event whose name is a number": ["40", "42[7,1]", '42["say",1]'],
  "an event whose name is an object": ["40", '42[{"a":1},1]', '42["say",1]'],
  "an event that is no JSON": ["40", '42["say",', '42["say",1]'],
  "an event that is reserved, connect": ["40", '42["connect",1]', '42["say",1]'],
  "an event that is reserved, disconnect": ["40", '42["disconnect",1]', '42["say",1]'],
  "an event that is reserved, connect_error": ["40", '42["connect_error",1]', '42["say",1]'],
  "an event that is reserved, disconnecting": ["40", '42["disconnecting",1]', '42["say",1]'],
  "an event that is reserved, newListener": ["40", '42["newListener",1]', '42["say",1]'],
  "an event that is reserved, removeListener": ["40", '42["removeListener",1]', '42["say",1]'],
  "a CONNECT_ERROR from a client": ["40", '44{"message":"x"}', '42["say",1]'],
  "a noop": ["40", "6", '42["say",1]'],
  "a pong that nobody asked for": ["40", "3", '42["say",1]'],
  "bytes": ["40", '451-["say",{"_placeholder":true,"num":0}]', "bAQID"],
  "bytes of which there are none": ["40", '450-["say",1]'],
  "bytes with a number that is none of theirs": ["40", '451-["say",{"_placeholder":true,"num":7}]', "bAQID"],
  "bytes announced by no number": ["40", '45-["say",1]', '42["say",1]'],
  "a DISCONNECT, and an event": ["40", "41", '42["say",1]'],
};

/** What is not the same, why, and what it comes to after the answer to the CONNECT. */
export const otherFrames: Record<string, { because: string; said: string[]; ours: string[]; reference: string[] }> = {
  "a second CONNECT": {
    because: "socket.io-client 4.6.0 says it twice where a connection has several namespaces",
    said: ["40", "40", '42["say",1]'],
    ours: ['42["said",1]', "open"],
    reference: ["closed"],
  },
  "a DISCONNECT of a namespace that it is not in": {
    because: "frames come side by side, and a second one is no offence",
    said: ["40", "41/video,", '42["say",1]'],
    ours: ['42["said",1]', "open"],
    reference: ["closed"],
  },
  "a ping, which is the server's to send": {
    because: "a ping is answered whatever the client, as that keeps a quiet connection open",
    said: ["40", "2", '42["say",1]'],
    ours: ["3", '42["said",1]', "open"],
    reference: ["closed"],
  },
  "a close": {
    because: "who says so is done",
    said: ["40", "1", '42["say",1]'],
    ours: ["closed"],
    reference: ['42["said",1]', "open"],
  },
  "bytes that are twice in an event": {
    because: "they are sent once, and both places name them",
    said: ["40", '451-["say",[{"_placeholder":true,"num":0},{"_placeholder":true,"num":0}]]', "bAQID"],
    ours: ['451-["said",[{"_placeholder":true,"num":0},{"_placeholder":true,"num":0}]]', "bAQID", "open"],
    reference: ['452-["said",[{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]]', "bAQID", "bAQID", "open"],
  },
  "bytes that were not announced": {
    because: "what announces them may be handled a moment later",
    said: ["40", "bAQID", '42["say",1]'],
    ours: ['42["said",1]', "open"],
    reference: ["closed"],
  },
  "bytes that do not come before the next event": {
    because: "the same",
    said: ["40", '451-["say",{"_placeholder":true,"num":0}]', '42["say",1]'],
    ours: ['42["said",1]', "open"],
    reference: ["closed"],
  },
  "bytes that are no base64": {
    because: "they are checked",
    said: ["40", '451-["say",{"_placeholder":true,"num":0}]', "b!!"],
    ours: ["closed"],
    reference: ['451-["said",{"_placeholder":true,"num":0}]', "b", "open"],
  },
  "an ack id of twenty digits": {
    because: "a number has an end",
    said: ["40", '4212345678901234567890["say",1]'],
    ours: ["closed"],
    reference: ['42["said",1]', "open"],
  },
};

/** What the server at that address has said, ids apart, and whether it has closed the connection. */
export async function outcome(side: Side, url: string, said: readonly string[]): Promise<string[]> {
  const raw = await Raw.open(url);
  for (const [i, frame] of said.entries()) {
    raw.say(frame);
    // As clients do. Who answers no first CONNECT closes the connection.
    if (frame.startsWith("40") && said.indexOf(frame) === i) await raw.hearsOrEnds(/^4[04]/, said.slice(0, i + 1).filter((frame) => frame.startsWith("40")).length);
  }
  if (side === "ours") {
    const pongs = said.filter((frame) => frame === "2").length;
    raw.say("2"); // comes after all of it
    await raw.hearsOrEnds(/^3$/, pongs + 1);
    if (!raw.closed) raw.heard.splice(raw.heard.lastIndexOf("3"), 1);
  } else {
    const later = await Raw.open(url); // it does one thing after the other
    later.say("40");
    await later.hears(/^40/);
    later.close();
  }
  raw.close();
  await raw.ends();
  return [...raw.heard.slice(1).map((frame) => frame.replaceAll(/"(sid|pid)":"[^"]*"/g, '"$1":"…"')), raw.closedByServer ? "closed" : "open"];
}
