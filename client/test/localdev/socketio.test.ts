import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { io, pointAt } from "../../src/socket.io.ts";
import { type Localdev, startLocaldev } from "../browser/localdev.ts";
import { Raw } from "../socketio/raw.ts";
import { isOld, load, type Options, pointedAt, type Release, releases } from "../socketio/releases.ts";
import { Talker } from "../socketio/talker.ts";

let localdev: Localdev;
/** What the test has opened: it may fail before it closes anything. */
let opened: { close(): void }[] = [];
let rooms = 0;

beforeAll(async () => {
  // How soon a description is through is not for the speed of this machine to decide.
  localdev = await startLocaldev("-env", "HOLD_CANDIDATES=2000");
});
afterAll(async () => {
  await localdev?.stop();
});
/** Waits until there are so many connections. */
async function isLeft(connections: number): Promise<void> {
  await expect.poll(async () => ((await localdev.control("GET", "connections")) as unknown[]).length).toBe(connections);
}

afterEach(async () => {
  for (const one of opened) one.close();
  opened = [];
  await localdev.control("DELETE", "weather");
  await isLeft(0);
  expect(localdev.errors()).toEqual([]);
});

/** A room of nobody else's. */
const fresh = (): string => `room ${++rooms}`;

function opens<One extends { close(): void }>(one: One): One {
  opened.push(one);
  return one;
}

function starts(name: string, recipe: string, release: Release = "socket.io-client", namespace = "/", options: Options = {}): Talker {
  const pointed = pointedAt(localdev.ws, release, { ...options, query: { recipe, ...options.query } });
  return opens(new Talker(name, load(release), new URL(namespace, localdev.ws).href, pointed));
}

const connects = (...args: Parameters<typeof starts>): Promise<Talker> => starts(...args).hears("connect");

describe.each(releases)("%s", (release) => {
  test("signals from id to id with the recipe group, in two namespaces that do not meet", async () => {
    const room = fresh();
    const [ada, bob] = await Promise.all([connects("ada", "group", release), connects("bob", "group", release)]);
    const [main, chat] = [starts("eve", "group", release, "/", { forceNew: false }), starts("eve in chat", "group", release, "/chat", { forceNew: false })];
    await Promise.all([main.hears("connect"), chat.hears("connect")]);
    expect(main.socket.io).toBe(chat.socket.io);
    expect(await chat.asks("join room", room)).toEqual([[]]);
    expect(await ada.asks("join room", room)).toEqual([[]]);
    expect(await bob.asks("join room", room)).toEqual([[ada.socket.id]]);
    await bob.hears("all users");
    bob.emit("sending signal", { userToSignal: ada.socket.id, callerID: "somebody else", signal: { type: "offer", sdp: "v=0" } });
    await ada.hears("user joined");
    expect(ada.got("user joined")).toMatchObject([[{ signal: { type: "offer", sdp: "v=0" }, callerID: bob.socket.id }]]);
    ada.emit("returning signal", { callerID: bob.socket.id, signal: "answer" });
    await bob.hears("receiving returned signal");
    expect(bob.got("receiving returned signal")).toMatchObject([[{ signal: "answer", id: ada.socket.id }]]);
    const left = bob.socket.id;
    bob.close();
    await ada.hears("user left");
    expect(ada.got("user left")[0]![0]).toBe(left);
    expect([...main.heard, ...chat.heard].filter((line) => !/^(connect|ack|all users)/.test(line))).toEqual([]);
  });

  test("calls in a room of two with codelab, with bytes, and announces an id of its own with zoom-clone", async () => {
    const room = fresh();
    const [ada, bob, eve] = await Promise.all(["ada", "bob", "eve"].map((name) => connects(name, "codelab", release, "/", { forceBase64: true })));
    ada!.emit("create or join", room);
    await ada!.hears("created");
    bob!.emit("create or join", room);
    await Promise.all([ada!.hears("join"), ada!.hears("ready"), bob!.hears("joined"), bob!.hears("ready")]);
    eve!.emit("create or join", room);
    await eve!.hears("full");
    ada!.emit("message", { type: "key", data: Buffer.from([1, 2, 255]) });
    await bob!.hears("message");
    expect(bob!.got("message")[0]![0]).toEqual({ type: "key", data: { bytes: [1, 2, 255] } });

    const [cyd, dan] = await Promise.all([connects("cyd", "zoom-clone", release, "/zoom"), connects("dan", "zoom-clone", release, "/zoom")]);
    cyd!.emit("join-room", room, "cyd-of-peerjs");
    cyd!.emit("message", "first"); // to all, oneself included
    await cyd!.hears("createMessage");
    dan!.emit("join-room", room, "dan-of-peerjs");
    await cyd!.hears("user-connected");
    expect(cyd!.got("user-connected")[0]![0]).toBe("dan-of-peerjs");
    dan!.close();
    await cyd!.hears("user-disconnected");
    expect(cyd!.got("user-disconnected")[0]![0]).toBe("dan-of-peerjs");
    expect(eve!.heard.filter((line) => !/^(connect|full)/.test(line))).toEqual([]);
  });
});

test.each(releases.filter((release) => !isOld(release) && !/-(3|4\.0)/.test(release)))("%s takes its socket up again: id, rooms and what it missed", async (release) => {
  const room = fresh();
  const [ada, bob] = await Promise.all([
    connects("ada", "codelab", release, "/", { reconnection: false }),
    connects("bob", "codelab", release),
  ]);
  ada.emit("create or join", room);
  await ada.hears("created");
  bob.emit("create or join", room);
  await ada.hears("ready");
  const missed = [1, 2, 3, 4];
  for (let round = 1; round <= 2; round++) {
    ada.socket.io.engine.close();
    await isLeft(1); // before that API Gateway takes what nobody will hear
    for (const n of missed) bob.emit("message", `${round}.${n}`);
    ada.socket.connect();
    await ada.hears("connect", round + 1);
    expect(ada.socket.recovered).toBe(true);
    await ada.hears("message", round * missed.length);
    ada.emit("message", round);
    await bob.hears("message", round);
  }
  expect(ada.got("message").map(([text]) => text).sort()).toEqual([1, 2].flatMap((round) => missed.map((n) => `${round}.${n}`)));
  expect(ada.ids).toHaveLength(1);
  expect(bob.got("bye")).toEqual([]);
});

const candidates = [0, 1, 2, 3];

/** Two who exchange descriptions and bursts of candidates, and check what came. */
async function call(name: string): Promise<void> {
  const room = fresh();
  // At once, as whoever opens later than another call has failed is closed by nobody.
  const [ada, bob] = await Promise.all(["ada", "bob"].map((who) => connects(`${who} of ${name}`, "codelab"))) as [Talker, Talker];
  const says = (one: Talker, type: string): void => {
    one.emit("message", { type, sdp: "v=0\r\n" });
    for (const n of candidates) one.emit("message", { type: "candidate", candidate: `candidate:${n}`, n });
  };
  bob.socket.on("message", (({ type }: { type: string }) => {
    if (type === "offer") says(bob, "answer");
  }) as never);
  ada.emit("create or join", room);
  await ada.hears("created");
  bob.emit("create or join", room);
  await ada.hears("ready");
  says(ada, "offer");
  await Promise.all([ada.hears("message", 1 + candidates.length), bob.hears("message", 1 + candidates.length)]);
  for (const [one, first] of [[ada, "answer"], [bob, "offer"]] as const) {
    const came = one.got("message").map(([message]) => message as { type: string; n?: number });
    expect(came[0]!.type, one.name).toBe(first);
    expect(came.slice(1).map(({ n }) => n).sort(), one.name).toEqual(candidates);
  }
}

test("twenty calls lose nothing, and no candidate comes before its description, while frames overtake each other", async () => {
  await localdev.control("POST", "weather", { name: "overtaking", fault: "reorder", delay: "100ms", probability: 0.3 });
  for (const round of [0, 1]) await Promise.all(Array.from({ length: 10 }, (_, i) => call(`call ${round}.${i}`)));
});

test("fifty in one room all hear each other once", async () => {
  const room = fresh();
  const all = await Promise.all(Array.from({ length: 50 }, (_, i) => connects(`${i}`, "zoom-clone")));
  await Promise.all(
    all.map(async (one) => {
      one.emit("join-room", room, one.name);
      one.emit("message", `from ${one.name}`);
      await one.hears("createMessage"); // is in the room
    }),
  );
  for (const one of all) one.emit("shout", one.name);
  await Promise.all(all.map((one) => one.hears("shout", 49)));
  const names = all.map(({ name }) => name);
  for (const one of all) {
    expect(one.got("shout").map(([from]) => from as string).sort(), one.name).toEqual(names.filter((name) => name !== one.name).sort());
  }
  for (const [i, one] of all.slice(0, -1).entries()) {
    one.close();
    await all[i + 1]!.hears("user-left", i + 1);
  }
  await all.at(-1)!.hears("user-left", names.length - 1);
  expect(all.at(-1)!.got("user-left").map(([who]) => who as string).sort()).toEqual(names.slice(0, -1).sort());
});

test("io() of the package goes to the stage, with the app's namespace, and keeps its connection open", async () => {
  expect(() => io("/chat")).toThrow("say where Parley is before io(): pointAt(");
  expect(() => pointAt({ url: "calls.example/prod" })).toThrow('"calls.example/prod" is no address of a stage');
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
  try {
    pointAt({ url: localdev.ws, recipe: "group" });
    const room = fresh();
    const socket = io("https://elsewhere.example:8080/chat?x=1", { transports: ["polling"], path: "/other", port: 1 });
    opens({ close: () => socket.disconnect() });
    const ada = await connects("ada", "group", "socket.io-client", "/chat");
    await ada.asks("join room", room);
    expect(await socket.emitWithAck("join room", room)).toEqual([ada.socket.id]);
    const main = io({ path: "/other" });
    opens({ close: () => main.disconnect() });
    expect(main.io === socket.io, "namespaces share a connection").toBe(true);
    await main.emitWithAck("join room", room);

    const packets: string[] = [];
    const note = ({ type }: { type: string }): void => void (type === "message" || packets.push(type));
    socket.io.engine.on("packet", note);
    socket.io.engine.on("packetCreate", note);
    vi.advanceTimersByTime(480_000);
    await vi.waitUntil(() => packets.length === 3, { timeout: 120_000 });
    expect(packets).toEqual(["ping", "pong", "pong"]); // the answer, last, counts as a ping, which has one too
  } finally {
    vi.useRealTimers();
  }
});

test("hostile frames end or waste their own connection, and disturb nobody", async () => {
  const url = (more = ""): string => `${localdev.ws}?EIO=4&transport=websocket&recipe=codelab${more}`;
  const deep = "[".repeat(5_000);
  const hostile = [
    ['42["create or join","x"]'],
    [`40/${"n".repeat(4_000)},`],
    ["40", `42${"9".repeat(20)}["message",1]`],
    ["40", '42["create or join","x"]', '42["message",{"__proto__":{"admin":true},"constructor":{"prototype":{}}}]'],
    ["40", '42["connect"]', '42["disconnect"]', '42["disconnecting"]', '42["newListener"]'],
    ["40", `42["message",${deep}`],
    ["40", `42["message",${deep}${"]".repeat(5_000)}]`],
    ["40", "451-[", "b", "451-[\"message\",{\"_placeholder\":true,\"num\":0}]"], // of which the bytes never come
    ["40", '459999999-["message",{"_placeholder":true,"num":9999998}]', "bAQID"],
    ["40", '45-1-["message"]', "4", "40{", "41,", "43[]", "44", "46[]", "5", "7", "", " ", "\u0000"],
    ["40", `42["message","${"x".repeat(30_000)}"]`],
    ["40", `42["message","${"x".repeat(100_000)}"]`],
    ["40", ...Array.from({ length: 60 }, () => `42["create or join","${fresh()}"]`)],
    ["40{\"pid\":\"nobody\",\"offset\":{}}", '42["message",1]'],
  ];
  const raws = hostile.map(() => opens(new Raw(url())));
  const more = ["&query[]=%00%ff", `&x=${"y".repeat(3_000)}`].map((query) => opens(new Raw(url(query))));
  await Promise.all([...raws, ...more].map((raw) => raw.greeted()));
  for (const [i, raw] of raws.entries()) raw.say(...hostile[i]!);
  for (const raw of more) raw.say("40");
  await Promise.all(Array.from({ length: 3 }, (_, i) => call(`bystanders ${i}`)));
  const heard = [...raws, ...more].flatMap(({ heard }) => heard);
  expect(heard.filter((frame) => frame.includes("Internal server error"))).toEqual([]);
  for (const raw of [...raws, ...more]) raw.close();
  await Promise.all([...raws, ...more].map((raw) => raw.ends()));
});
