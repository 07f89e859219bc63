import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { knock, Lobby, type ParleyError, Room, Transport } from "../src/index.ts";
import { type FakeSocket, fakeSockets, type Frame, settle } from "./fake-socket.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

async function connected(answers: Record<string, Frame> = {}) {
  const respond = (frame: Frame, _: FakeSocket): Frame => answers[frame["action"] as string] ?? { type: "ok" };
  const fakes = fakeSockets(respond);
  const transport = new Transport("wss://x.test", { WebSocket: fakes.WebSocket, timeout: 1_000 });
  const opening = transport.open();
  fakes.last().open();
  await opening;
  return { transport, answers, ...fakes };
}

const error = (code: string): Frame => ({ type: "error", code, message: code, retry: false });

describe("knock", () => {
  test("waits for a pass, which the join then shows", async () => {
    const joined = { type: "joined", room: "tea", peer: "ada", rev: 1, peers: [], ice: [], seats: 4 };
    const { transport, last } = await connected({ join: joined });
    const pass = knock(transport, { room: "tea", peer: "ada", data: { hi: 1 } });
    await settle();
    expect(last().sent[0]).toMatchObject({ action: "knock", room: "tea", peer: "ada", data: { hi: 1 } });
    last().say({ type: "admitted", room: "coffee", peer: "ada", pass: "of another room" });
    last().say({ type: "admitted", room: "tea", peer: "bob", by: "host" }); // told to a host
    last().say({ type: "admitted", room: "tea", peer: "ada", pass: "p" });
    expect(await pass).toBe("p");
    await Room.join(transport, { room: "tea", peer: "ada", pass: "p" });
    expect(last().of("join")[0]).toMatchObject({ pass: "p" });
  });

  test("rejects when a host says no, and with what the server says", async () => {
    const { transport, last, answers } = await connected();
    const denied = expect(knock(transport, { room: "tea" })).rejects.toMatchObject({ reason: "denied", message: "eve does not let you in: full" });
    await settle();
    last().say({ type: "denied", room: "tea", peer: "bob", by: "eve" });
    last().say({ type: "denied", room: "tea", by: "eve", reason: "full" });
    await denied;
    answers["knock"] = error("name-taken");
    await expect(knock(transport, { room: "tea" })).rejects.toMatchObject({ reason: "name-taken" });
  });

  test("stays on the connection by which the server knows it, as long as it waits", async () => {
    const { transport, last, sockets } = await connected();
    const pass = knock(transport, { room: "tea" });
    await settle();
    await expect(transport.renew()).rejects.toMatchObject({ reason: "resume-expired" });
    last().say({ type: "admitted", room: "tea", peer: "ada", pass: "p" });
    await pass;
    void transport.renew().catch(() => {});
    expect(sockets).toHaveLength(2);
  });

  test("knocks again on a new connection, and gives up when told to", async () => {
    const { transport, last } = await connected();
    const giveUp = new AbortController();
    const waiting = expect(knock(transport, { room: "tea", signal: giveUp.signal })).rejects.toMatchObject({ reason: "aborted" });
    await settle();
    last().lose();
    await vi.advanceTimersByTimeAsync(500);
    last().open();
    await settle();
    expect(last().of("knock")).toHaveLength(1);
    giveUp.abort();
    await waiting;
    expect(last().of("leave")).toHaveLength(1);
    last().lose();
    await vi.advanceTimersByTimeAsync(1_000);
    last().open();
    await settle();
    expect(last().of("knock")).toHaveLength(0);
  });

  test("waits for its name while the connection that was lost still has it, and only then", async () => {
    const { transport, last, answers } = await connected();
    const pass = knock(transport, { room: "tea", peer: "ada" });
    await settle();
    answers["knock"] = error("name-taken");
    last().lose();
    await vi.advanceTimersByTimeAsync(500);
    last().open();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(last().of("knock").length).toBeGreaterThan(2);
    answers["knock"] = { type: "ok" };
    await vi.advanceTimersByTimeAsync(20_000);
    const knocks = last().of("knock").length;
    await vi.advanceTimersByTimeAsync(60_000);
    expect(last().of("knock")).toHaveLength(knocks);
    last().say({ type: "admitted", room: "tea", peer: "ada", pass: "p" });
    expect(await pass).toBe("p");
    answers["knock"] = error("name-taken");
    await expect(knock(transport, { room: "tea", peer: "ada" })).rejects.toMatchObject({ reason: "name-taken" });
  });

  test("says that nobody waits when it had no answer in time", async () => {
    const { transport, last } = await connected();
    last().respond = ({ action }) => (action === "knock" ? undefined : { type: "ok" });
    const waiting = expect(knock(transport, { room: "tea" })).rejects.toMatchObject({ reason: "timeout" });
    await vi.advanceTimersByTimeAsync(2_000);
    await waiting;
    expect(last().of("leave")).toMatchObject([{ room: "tea" }]);
  });

  test("ends with the transport", async () => {
    const { transport } = await connected();
    const waiting = expect(knock(transport, { room: "tea" })).rejects.toMatchObject({ reason: "aborted" });
    transport.close();
    await waiting;
    await expect(knock(transport, { room: "tea" })).rejects.toMatchObject({ reason: "socket-closed" });
  });
});

describe("Lobby", () => {
  const roster = (...waiting: Frame[]): Frame => ({ type: "roster", room: "tea", rev: 1, peers: [], waiting });

  async function hosting(answers: Record<string, Frame>) {
    const stage = await connected(answers);
    const lobby = new Lobby(stage.transport, "tea");
    const log: string[] = [];
    lobby.on("knock", ({ peer, data }) => log.push(`+${peer} ${JSON.stringify(data)}`));
    lobby.on("knock-left", ({ peer, by }) => log.push(`-${peer} ${by ?? ""}`));
    await settle();
    return { lobby, log, ...stage };
  }

  test("knows who waits", async () => {
    const { lobby, log, last } = await hosting({ roster: roster({ peer: "bob", data: 1 }, { nobody: 1 }) });
    last().say({ type: "knocked", room: "tea", peer: "cy" });
    last().say({ type: "knocked", room: "coffee", peer: "dan" });
    expect([...lobby.waiting.values()]).toEqual([{ peer: "bob", data: 1 }, { peer: "cy" }]);
    last().say({ type: "knock-left", room: "tea", peer: "bob" });
    last().say({ type: "denied", room: "tea", peer: "cy", by: "eve" });
    last().say({ type: "admitted", room: "tea", peer: "nobody", by: "eve" });
    expect(log).toEqual(["+bob 1", "+cy undefined", "-bob ", "-cy eve"]);
    lobby.close();
    last().say({ type: "knocked", room: "tea", peer: "fay" });
    expect(lobby.waiting.size).toBe(0);
  });

  test("admits and denies", async () => {
    const { lobby, log, last, answers } = await hosting({ roster: roster({ peer: "bob" }, { peer: "cy" }, { peer: "dan" }) });
    await lobby.admit("bob");
    await lobby.deny("cy", "full");
    expect(last().of("admit")[0]).toMatchObject({ room: "tea", peer: "bob" });
    expect(last().of("deny")[0]).toMatchObject({ room: "tea", peer: "cy", reason: "full" });
    answers["admit"] = error("forbidden");
    await expect(lobby.admit("dan")).rejects.toMatchObject({ reason: "forbidden" } satisfies Partial<ParleyError>);
    expect([...lobby.waiting.keys()]).toEqual(["dan"]);
    answers["admit"] = error("no-such-peer");
    await expect(lobby.admit("dan")).rejects.toMatchObject({ reason: "no-such-peer" });
    expect(log.slice(3)).toEqual(["-bob ", "-cy ", "-dan "]);
  });

  test("catches up on a new connection once the seat is there", async () => {
    const { lobby, last, answers } = await hosting({ roster: roster({ peer: "bob" }) });
    answers["roster"] = error("not-in-room");
    last().lose();
    await vi.advanceTimersByTimeAsync(500);
    last().open();
    await settle();
    answers["roster"] = roster({ peer: "cy" });
    await vi.advanceTimersByTimeAsync(1_100);
    expect([...lobby.waiting.keys()]).toEqual(["cy"]);
  });
});
