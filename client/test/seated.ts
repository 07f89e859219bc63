import { vi } from "vitest";
import { type ParleyError, Room, type RosterEntry, Transport } from "../src/index.ts";
import { type FakeSocket, fakeSockets, type Frame, settle } from "./fake-socket.ts";

export const bob: RosterEntry = { peer: "bob", address: "b1", data: { n: 1 } };
const seat: Frame = { type: "joined", room: "tea", peer: "ada", rev: 5, peers: [bob], ice: [], seats: 16 };
export const joined = (over: Frame = {}): Frame => ({ ...seat, ...over });

/** A room on a socket whose answers `answers` gives by action; `ok` by default. */
export async function seated(answers: Record<string, (frame: Frame, socket: FakeSocket) => Frame | undefined> = {}) {
  const respond = (frame: Frame, socket: FakeSocket) => {
    const action = frame["action"] as string;
    return answers[action] ? answers[action](frame, socket) : action === "join" ? joined() : { type: "ok" };
  };
  const fakes = fakeSockets(respond);
  const transport = new Transport("wss://x.test", { WebSocket: fakes.WebSocket, timeout: 1_000 });
  const opening = transport.open();
  fakes.last().open();
  await opening;
  const room = await Room.join(transport, { room: "tea", peer: "ada", data: { hi: 1 } });
  const log: string[] = [];
  room.on("peer-joined", ({ peer }) => log.push(`+${peer}`));
  room.on("peer-left", ({ peer, reason }) => log.push(`-${peer} ${reason}`));
  room.on("peer-lost", ({ peer }) => log.push(`?${peer}`));
  room.on("peer-back", ({ peer }) => log.push(`!${peer}`));
  room.on("peer-updated", ({ peer }) => log.push(`~${peer}`));
  room.on("signal", ({ from, data }) => log.push(`${from}: ${String(data)}`));
  room.on("state", (state) => log.push(state));
  const errors: ParleyError[] = [];
  room.on("error", (error) => errors.push(error));
  const loseAndReopen = async () => {
    fakes.last().lose();
    await vi.advanceTimersByTimeAsync(500);
    fakes.last().open();
    await settle();
  };
  return { room, transport, log, errors, loseAndReopen, ...fakes };
}

export const left = (rev: number, peer: string): Frame => ({ type: "peer-left", room: "tea", rev, peer, reason: "left" });
export const came = (rev: number, peer: string): Frame => ({ type: "peer-joined", room: "tea", rev, peer, address: `${peer}${rev}` });
export const error = (code: string, retry = false): Frame => ({ type: "error", code, message: code, retry });
