import { vi } from "vitest";
import { Call, type RosterEntry } from "../src/index.ts";
import { fakePeerConnections, fakeStream } from "./fake-peer-connection.ts";
import { fakeSockets, type Frame, settle } from "./fake-socket.ts";

const bob: RosterEntry = { peer: "bob", address: "b1", data: { hat: "red" } };

/** Ada in a call whose server is the test; `peers` are there before her. */
export async function inCall(peers: RosterEntry[] = [bob], resume?: string, ice: RTCIceServer[] = [{ urls: "stun:s.test" }]) {
  const server = { rev: 1, peers, refuse: undefined as Frame | undefined };
  const fakes = fakeSockets((frame) => {
    if (frame["action"] !== "join") return { type: "ok" };
    const { rev, peers } = server;
    return server.refuse ?? { type: "joined", room: "tea", peer: "ada", rev, peers, ice, seats: 4, ...(resume ? { resume } : {}) };
  });
  const connections = fakePeerConnections();
  const stream = fakeStream("audio", "video");
  const joining = Call.join({
    url: "wss://x.test",
    room: "tea",
    name: "ada",
    stream,
    WebSocket: fakes.WebSocket,
    RTCPeerConnection: connections.RTCPeerConnection,
  });
  joining.catch(() => {});
  fakes.last().open();
  const call = await joining;
  const log: string[] = [];
  call.on("peer", ({ name, data }) => log.push(`peer ${name} ${JSON.stringify(data)}`));
  call.on("peer-left", ({ peer, reason }) => log.push(`left ${peer.name} ${reason}`));
  call.on("peer-away", ({ name }) => log.push(`away ${name}`));
  call.on("peer-back", ({ name }) => log.push(`back ${name}`));
  call.on("peer-state", ({ name, state }) => log.push(`${name} ${state}`));
  call.on("peer-updated", ({ name, data }) => log.push(`updated ${name} ${JSON.stringify(data)}`));
  call.on("message", ({ peer, text }) => log.push(`${peer.name}: ${text}`));
  call.on("stream", ({ peer }) => log.push(`stream ${peer.name}`));
  call.on("state", (state) => log.push(state));
  call.on("error", ({ reason }) => log.push(`error ${reason}`));
  await settle();
  const say = (frame: Frame) => fakes.last().say({ room: "tea", rev: server.rev, ...frame });
  const next = (frame: Frame) => {
    server.rev++;
    say(frame);
  };
  const reconnect = async () => {
    fakes.last().lose();
    await vi.advanceTimersByTimeAsync(500);
    fakes.last().open();
    await settle();
  };
  return { call, log, server, stream, say, next, reconnect, sockets: fakes, connections };
}
