import { load, pointedAt } from "../../socketio/releases.ts";
import { Raw } from "../../socketio/raw.ts";
import { Talker } from "../../socketio/talker.ts";
import type { Side } from "./stage.ts";

/** Where a server keeps lost sockets: ws://HOST/STAGE of ours, http://HOST of the reference. */
export interface Place {
  side: Side;
  url: string;
}

export const recipe = `
on:
  join: [{join: $0}, {ack: []}]
  say: [{in: $0}, {emit: said, to: others, args: [$1]}, {ack: []}]
  tell: [{emit: told, to: $0, args: [$1]}, {ack: []}]`;

const socketURL = ({ side, url }: Place): string =>
  side === "ours" ? `${url}?EIO=4&transport=websocket&recipe=recovery` : `${url.replace("http", "ws")}/socket.io/?EIO=4&transport=websocket`;

function talker(place: Place, name: string, release: "socket.io-client" | "socket.io-client-4.6" = "socket.io-client"): Talker {
  const options = { reconnection: false, query: { recipe: "recovery" } };
  const pointed = place.side === "ours" ? pointedAt(place.url, release, options) : { ...options, transports: ["websocket"] };
  return new Talker(name, load(release), new URL("/", place.url).href, pointed);
}

interface Accepted {
  sid: string;
  pid: string;
}

/** A socket frame by frame, in a room, that has heard one event and so knows an offset. */
async function frameByFrame(place: Place): Promise<{ raw: Raw; offset: string } & Accepted> {
  const raw = await Raw.open(socketURL(place));
  raw.say("40");
  const { sid, pid } = JSON.parse((await raw.hears(/^40/)).slice(2)) as Accepted;
  raw.say('420["join","tea"]');
  await raw.hears(/^430/);
  const bob = await talker(place, "bob").hears("connect");
  await bob.asks("tell", sid, 0);
  const [, , offset] = JSON.parse((await raw.hears(/^42\["told"/)).slice(2)) as [string, number, string];
  bob.close();
  return { raw, sid, pid, offset };
}

/** Brings that to a connection of its own, and returns what it is then and what it is sent first. */
async function brings(place: Place, auth: object): Promise<{ first: string[] } & Accepted> {
  const raw = await Raw.open(socketURL(place));
  raw.say(`40${JSON.stringify(auth)}`);
  const answer = JSON.parse((await raw.hears(/^40/)).slice(2)) as Accepted;
  const first = raw.heard.slice(1, raw.heard.findIndex((frame) => frame.startsWith("40")));
  raw.close();
  return { ...answer, first: first.map((frame) => frame.replace(/,"[^"]*"\]$/, "]")) };
}

const without = (heard: readonly string[], { offset }: { offset: boolean }): string[] =>
  heard.map((line) => (offset && /^(said|told) /.test(line) ? line.replace(/,"[^"]*"\]$/, "]") : line));

/** What is the same. */
export const recoveries: Record<string, (place: Place) => Promise<unknown>> = Object.fromEntries(
  (["socket.io-client", "socket.io-client-4.6"] as const).map((release) => [
    `a transport of ${release} that is killed, and what is emitted meanwhile`,
    async (place: Place): Promise<unknown> => {
      const [ada, bob] = [talker(place, "ada", release), talker(place, "bob")];
      await Promise.all([ada.hears("connect"), bob.hears("connect")]);
      await ada.asks("join", "tea");
      const id = ada.socket.id!;
      await bob.asks("say", "tea", 1);
      await ada.hears("said");
      for (let round = 1; round <= 2; round++) {
        ada.socket.io.engine.close();
        await ada.hears("disconnect", round);
        for (let i = 0; i < 5; i++) await bob.asks(i % 2 ? "tell" : "say", i % 2 ? id : "tea", round * 10 + i);
        ada.socket.connect();
        await ada.hears("connect", round + 1);
        await bob.asks("say", "tea", round * 10 + 5); // still in the room
        await ada.hears("said", 1 + 4 * round);
      }
      const heard = without(ada.heard, { offset: true }).map((line) => line.replaceAll(id, "<ada>"));
      for (const one of [ada, bob]) one.close();
      return heard;
    },
  ]),
);

recoveries["a private id that nobody has"] = async (place) => {
  const { raw, sid } = await frameByFrame(place);
  raw.close();
  const got = await brings(place, { pid: "nobody", offset: "x" });
  return [got.sid === sid, got.first, typeof got.pid];
};
recoveries["a private id of somebody who is there"] = async (place) => {
  const { raw, sid, pid, offset } = await frameByFrame(place);
  const got = await brings(place, { pid, offset });
  raw.say('421["join","coffee"]'); // is served as before
  await raw.hears(/^431/);
  raw.close();
  return [got.sid === sid, got.pid === pid, got.first];
};
recoveries["a private id in another namespace"] = async (place) => {
  const { raw, sid, pid, offset } = await frameByFrame(place);
  raw.close();
  await raw.ends();
  const other = await Raw.open(socketURL(place));
  other.say(`40/other,${JSON.stringify({ pid, offset })}`);
  const got = JSON.parse((await other.hears(/^40/)).slice("40/other,".length)) as Accepted;
  other.close();
  return [got.sid === sid, got.pid === pid];
};

/** What is not, and why. */
export const otherRecoveries: Record<string, { because: string; story: (place: Place) => Promise<unknown>; ours: unknown; reference: unknown }> = {
  "two that bring one private id": {
    because: "one socket cannot be in two places: the first has it",
    story: async (place) => {
      const { raw, sid, pid, offset } = await frameByFrame(place);
      raw.close();
      await raw.ends();
      const both = await Promise.all([brings(place, { pid, offset }), brings(place, { pid, offset })]);
      return both.filter((got) => got.sid === sid).length;
    },
    ours: 1,
    reference: 2,
  },
  "an offset from nowhere": {
    because: "an offset says what a client has heard last, and what it may have missed is kept from when it was lost",
    story: async (place) => {
      const { raw, sid, pid } = await frameByFrame(place);
      raw.close();
      await raw.ends();
      return (await brings(place, { pid, offset: "nowhere" })).sid === sid;
    },
    ours: true,
    reference: false,
  },
};

