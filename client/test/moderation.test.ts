import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Call, type Json, Transport } from "../src/index.ts";
import { fakePeerConnections } from "./fake-peer-connection.ts";
import { fakeSockets, type Frame, settle } from "./fake-socket.ts";
import { inCall } from "./in-call.ts";
import { bob, error, joined } from "./seated.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A call that is being joined at a server whose answers to `join` are these, one after the other. */
function entering(answers: Frame[], options: { knock?: boolean | (() => void); data?: Json | (() => Json); signal?: AbortSignal } = {}) {
  const fakes = fakeSockets((frame) => (frame["action"] === "join" ? answers.shift() : { type: "ok" }));
  const { RTCPeerConnection } = fakePeerConnections();
  const call = Call.join({ url: "wss://x.test", room: "tea", name: "ada", WebSocket: fakes.WebSocket, RTCPeerConnection, ...options });
  call.catch(() => {});
  fakes.last().open();
  return { call, ...fakes };
}

describe("roles", () => {
  const host = { peer: "bob", address: "b1", role: "host" };
  const next = { peer: "cyd", address: "c1", role: "guest" };

  test("are those that the server says, one's own too", async () => {
    const { call } = entering([joined({ role: "guest", peers: [host, next] })]);
    const { role, peers, seats } = await call;
    expect([role, seats, [...peers.values()].map(({ role }) => role)]).toEqual(["guest", 16, []]);
    await settle();
    expect([...peers.values()].map(({ role }) => role)).toEqual(["host", "guest"]);
  });

  test("are asked for when the last host has left: it may be oneself who is host now, and has to see who waits", async () => {
    const { call, last } = entering([joined({ role: "guest", peers: [host, next] })]);
    const joinedCall = await call;
    const log: unknown[] = [];
    joinedCall.on("role", (role) => log.push(role));
    joinedCall.on("knock", ({ peer }) => log.push(peer));
    last().respond = ({ action }) => (action === "roster" ? { type: "roster", room: "tea", rev: 6, role: "host", peers: [next], waiting: [{ peer: "dee" }] } : { type: "ok" });
    last().say({ type: "peer-left", room: "tea", rev: 6, peer: "bob", reason: "left" });
    await vi.advanceTimersByTimeAsync(300);
    expect([joinedCall.role, log]).toEqual(["host", ["host", "dee"]]);
    last().say({ type: "peer-left", room: "tea", rev: 7, peer: "cyd", reason: "left" });
    await vi.advanceTimersByTimeAsync(300);
    expect(last().of("roster")).toHaveLength(1);
  });

  test("of another who is host now are told as a change", async () => {
    const { call, last } = entering([joined({ role: "guest", peers: [host, next] })]);
    const updated: unknown[] = [];
    (await call).on("peer-updated", ({ name, role }) => updated.push([name, role]));
    last().respond = ({ action }) => (action === "roster" ? { type: "roster", room: "tea", rev: 6, role: "guest", peers: [{ ...next, role: "host" }] } : { type: "ok" });
    last().say({ type: "peer-left", room: "tea", rev: 6, peer: "bob", reason: "left" });
    await vi.advanceTimersByTimeAsync(300);
    expect(updated).toEqual([["cyd", "host"]]);
  });
});

test("what a peer has the server tell everybody comes, and so does what one tells", async () => {
  const { call, say, sockets } = await inCall();
  const heard: unknown[] = [];
  call.on("broadcast", ({ peer, data }) => heard.push([peer.name, data]));
  say({ type: "broadcast", from: "bob", n: 2 ** 20 + 1, data: { hands: "up" } });
  expect(heard).toEqual([["bob", { hands: "up" }]]);
  await call.broadcast("hi");
  expect(sockets.last().of("broadcast")).toMatchObject([{ room: "tea", data: "hi" }]);
});

describe("a call at a locked door", () => {
  test("is refused at once", async () => {
    const { call, last } = entering([error("room-locked", true)]);
    await expect(call).rejects.toMatchObject({ reason: "room-locked" });
    expect(last().of("knock")).toEqual([]);
    expect(last().closed).toBe(true);
  });

  test("knocks if it may, and comes in with the pass", async () => {
    const waits = vi.fn();
    let data = "before";
    const { call, last } = entering([error("room-locked", true), joined()], { knock: waits, data: () => data });
    data = "now";
    await settle();
    expect(waits).toHaveBeenCalledOnce();
    expect(last().of("knock")).toMatchObject([{ room: "tea", peer: "ada", data: "now" }]);
    last().say({ type: "admitted", room: "tea", peer: "ada", pass: "p" });
    expect((await call).state).toBe("joined");
    expect(last().of("join")).toMatchObject([{}, { pass: "p", data: "now" }]);
  });

  test("knocks again when its pass is of no use any more", async () => {
    const { call, last } = entering([error("room-locked", true), error("forbidden"), joined()], { knock: true });
    for (const pass of ["old", "new"]) {
      await settle();
      last().say({ type: "admitted", room: "tea", peer: "ada", pass });
    }
    await call;
    expect(last().of("join").map(({ pass }) => pass)).toEqual([undefined, "old", "new"]);
  });

  test.each(["forbidden", "room-full"])("does not knock where that does not help: %s", async (code) => {
    const { call, last } = entering([error(code)], { knock: true });
    await expect(call).rejects.toMatchObject({ reason: code });
    expect(last().of("knock")).toEqual([]);
  });

  test("can be denied, or give up", async () => {
    const denied = entering([error("room-locked", true)], { knock: true });
    await settle();
    denied.last().say({ type: "denied", room: "tea", by: "eve" });
    await expect(denied.call).rejects.toMatchObject({ reason: "denied" });
    expect(denied.last().closed).toBe(true);
    const giveUp = new AbortController();
    const waiting = entering([error("room-locked", true)], { knock: true, signal: giveUp.signal });
    await settle();
    giveUp.abort();
    await expect(waiting.call).rejects.toMatchObject({ reason: "aborted" });
    expect(waiting.last().of("leave")).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(waiting.last().closed).toBe(true);
  });
});

describe("a host in a call", () => {
  test("sees who waits, those from before included, and asks nothing for it", async () => {
    const { call, last } = entering([joined({ waiting: [{ peer: "cyd", data: 1 }] })]);
    const log: string[] = [];
    const host = await call;
    host.on("knock", ({ peer }) => log.push(`+${peer}`));
    host.on("knock-left", ({ peer, by }) => log.push(`-${peer} ${by}`));
    last().say({ type: "knocked", room: "tea", peer: "dan" });
    await settle();
    expect(log).toEqual(["+cyd", "+dan"]);
    expect([...host.waiting.keys()]).toEqual(["cyd", "dan"]);
    last().say({ type: "admitted", room: "tea", peer: "cyd", by: "eve" });
    expect(log.at(-1)).toBe("-cyd eve");
    await host.admit("dan");
    last().say({ type: "knocked", room: "tea", peer: "fay" });
    await host.deny("fay");
    expect(log.slice(-3)).toEqual(["-dan ada", "+fay", "-fay ada"]);
    expect(last().of("roster")).toEqual([]);
  });

  test("lets in, sends away, locks, unlocks and removes", async () => {
    const { call, log, sockets } = await inCall();
    await call.admit("cyd");
    await call.deny("dan", "full");
    await call.lock();
    await call.unlock();
    await call.kick("bob", "enough");
    const sent = sockets.last().sent.filter(({ action }) => !["join", "signal"].includes(action as string));
    expect(sent).toMatchObject([
      { action: "admit", peer: "cyd" },
      { action: "deny", peer: "dan", reason: "full" },
      { action: "lock", room: "tea" },
      { action: "unlock", room: "tea" },
      { action: "kick", peer: "bob", reason: "enough" },
    ]);
    expect(log.at(-1)).toBe("left bob kicked"); // which the server tells the others only
    expect(call.peers.size).toBe(0);
  });

  test("asks who waits when it has become one", async () => {
    const { call, sockets, say } = await inCall();
    sockets.last().respond = () => ({ type: "roster", room: "tea", rev: 1, peers: [bob], waiting: [{ peer: "cyd" }] }) as Frame;
    await call.refresh();
    expect([...call.waiting.keys()]).toEqual(["cyd"]);
    const locks: unknown[] = [];
    call.on("locked", (event) => locks.push(event));
    say({ type: "room-locked", rev: 2, by: "bob" });
    expect(locks).toEqual([{ locked: true, by: "bob" }]);
  });
});

describe("who is removed", () => {
  test("hears by whom, and has left, without waiting for the socket to close", async () => {
    const { call, log, say, sockets } = await inCall();
    const kicks: unknown[] = [];
    call.on("kicked", (event) => kicks.push([event, call.state]));
    say({ type: "kicked", by: "bob", reason: "enough" });
    expect(kicks).toEqual([[{ by: "bob", reason: "enough" }, "left"]]);
    expect(log.slice(1)).toEqual(["left bob left", "left", "error kicked"]);
    expect(sockets.last().closed).toBe(true);
  });

  test("is not by a newer page of one's own", async () => {
    const { call, log, say } = await inCall();
    const kicked = vi.fn();
    call.on("kicked", kicked);
    say({ type: "kicked", by: "ada", reason: "replaced" });
    expect(log.at(-1)).toBe("error replaced");
    expect(kicked).not.toHaveBeenCalled();
  });

  test("keeps the other rooms of the connection, and the connection", async () => {
    const { WebSocket, last: line } = fakeSockets((frame) => (frame["action"] === "join" ? joined({ room: frame["room"] }) : { type: "ok" }));
    const shared = new Transport("wss://x.test", { WebSocket });
    const opening = shared.open();
    line().open();
    await opening;
    const { RTCPeerConnection } = fakePeerConnections();
    const [one, two] = await Promise.all(["one", "two"].map((room) => Call.join({ transport: shared, room, name: "ada", RTCPeerConnection })));
    const states: string[] = [];
    two!.on("state", (state) => states.push(state));
    line().say({ type: "kicked", room: "one", by: "bob" });
    expect([one!.state, two!.state, shared.state]).toEqual(["left", "joined", "open"]);
    await expect(two!.update({ still: "here" })).resolves.toBeUndefined();
    await two!.leave();
    expect(line().closed).toBe(false);
    expect(states).toEqual(["left"]);
  });
});
