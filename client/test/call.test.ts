import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Call, type ParleyError, Transport } from "../src/index.ts";
import { fakePeerConnections, fakeStream, fakeTrack } from "./fake-peer-connection.ts";
import { fakeSockets, settle } from "./fake-socket.ts";
import { inCall } from "./in-call.ts";

beforeEach(() => {
  vi.useFakeTimers();
  vi.spyOn(Math, "random").mockReturnValue(1);
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

describe("Call", () => {
  test("calls those who are there, with one's stream and the room's ICE servers, and tells listeners added after the await", async () => {
    const { log, connections, sockets, stream } = await inCall();
    expect(log).toEqual(['peer bob {"hat":"red"}']);
    expect(connections.last().configurations).toEqual([{ iceServers: [{ urls: "stun:s.test" }] }]);
    expect(connections.last().getSenders().map(({ track }) => track)).toEqual(stream.getTracks());
    expect(sockets.last().of("signal")).toMatchObject([{ to: "bob", address: "b1", n: 2 ** 20 + 1, data: { description: { type: "offer" } } }]);
  });

  test("calls nobody once it is left, be it at once", async () => {
    const peers = [{ peer: "bob", address: "b1", data: null }];
    const fakes = fakeSockets((frame) => (frame["action"] === "join" ? { type: "joined", room: "tea", peer: "ada", rev: 1, peers, ice: [], seats: 4 } : { type: "ok" }));
    const { RTCPeerConnection, all } = fakePeerConnections();
    const joining = Call.join({ url: "wss://x.test", room: "tea", WebSocket: fakes.WebSocket, RTCPeerConnection });
    fakes.last().open();
    const call = await joining;
    const told = vi.fn();
    call.on("peer", told);
    void call.leave();
    await settle();
    expect([call.peers.size, all.length, told.mock.calls.length]).toEqual([0, 0, 0]);
  });

  test("answers those who come later, and takes no signals from strangers", async () => {
    const { log, connections, sockets, next, say } = await inCall([]);
    next({ type: "peer-joined", peer: "cyd", address: "c1", data: null });
    expect(log).toEqual(["peer cyd null"]);
    expect(connections.all).toHaveLength(0);
    const data = { session: "page.1", description: { type: "offer", sdp: "v=0 offer key77 " } };
    say({ type: "signal", from: "eve", data });
    await settle();
    expect(connections.all).toHaveLength(0);
    say({ type: "signal", from: "cyd", data, n: 1 });
    await settle();
    expect(sockets.last().of("signal")).toMatchObject([
      { to: "cyd", address: "c1", data: { for: "page.1", description: { type: "answer" } } },
    ]);
  });

  test.each([
    ["bob", true],
    ["aaron", false],
  ])("of two offers at once, ada takes %s's: %s", async (peer, taken) => {
    const { sockets, say, connections } = await inCall([{ peer }]);
    expect(connections.last().signalingState).toBe("have-local-offer");
    say({ type: "signal", from: peer, data: { session: "page.1", description: { type: "offer", sdp: "v=0 offer key77 " } }, n: 1 });
    await settle();
    const kinds = sockets.last().of("signal").map(({ data }) => (data as { description: { type: string } }).description.type);
    expect(kinds).toEqual(taken ? ["offer", "answer"] : ["offer"]);
  });

  test("tells streams, messages, states and data", async () => {
    const { call, log, connections, next } = await inCall();
    const pc = connections.last();
    pc.ontrack?.({ streams: [fakeStream("video")] } as never);
    pc.become("connected");
    expect(call.send("nobody hears")).toEqual([]);
    pc.channel.open();
    expect(call.send("hi")).toEqual(["bob"]);
    pc.channel.onmessage?.({ data: "hello" });
    next({ type: "peer-updated", peer: "bob", data: 2 });
    expect(log.slice(1)).toEqual(["stream bob", "bob connected", "bob: hello", "updated bob 2"]);
    expect(call.peers.get("bob")).toMatchObject({ name: "bob", data: 2, state: "connected" });
  });

  test("tells that messages reach nobody when the connection is made anew", async () => {
    const { call, connections } = await inCall();
    const told: boolean[] = [];
    call.on("channel", ({ open }) => told.push(open));
    connections.last().become("connected");
    connections.last().channel.open();
    call.retry("bob");
    expect(told).toEqual([true, false]);
    expect(call.peers.size).toBe(1);
    call.retry("bob");
    connections.last().channel.open();
    expect(told).toEqual([true, false, true]);
  });

  test("says who is not sent a track that the browser refuses", async () => {
    const { call, connections } = await inCall([{ peer: "bob" }, { peer: "cyd" }]);
    const refuse = () => Promise.reject(new DOMException("of another kind", "InvalidModificationError"));
    const sender = connections.all[1]!.getSenders().find(({ track }) => track?.kind === "video")!;
    const other = vi.spyOn(sender, "replaceTrack").mockImplementation(refuse);
    const camera = call.publications.get("camera")!;
    const refused = expect(camera.replaceTrack(fakeTrack("video"))).rejects.toMatchObject({ reason: "bad-signal", message: /^cyd / });
    await settle();
    await refused;
    await expect(call.publications.get("microphone")!.replaceTrack(fakeTrack("audio"))).resolves.toBeUndefined();
    other.mockRestore();
    await expect(camera.replaceTrack(fakeTrack("video"))).resolves.toBeUndefined();
  });

  test("gives its seat back when the page's own function fails", async () => {
    const { WebSocket, last } = fakeSockets((frame) => (frame["action"] === "join" ? { type: "joined", room: "tea", peer: "ada", rev: 1, peers: [], ice: [], seats: 4 } : { type: "ok" }));
    const transport = new Transport("wss://x.test", { WebSocket });
    const opening = transport.open();
    last().open();
    await opening;
    const stream = () => {
      throw new Error("no stream");
    };
    await expect(Call.join({ transport, room: "tea", stream })).rejects.toThrow("no stream");
    expect(last().of("leave")).toMatchObject([{ room: "tea" }]);
    expect(transport.state).toBe("open");
  });

  test("who leaves is gone at once", async () => {
    const { call, log, connections, next } = await inCall();
    connections.last().become("connected");
    next({ type: "peer-left", peer: "bob", reason: "left" });
    expect(log.at(-1)).toBe("left bob left");
    expect(call.peers.size).toBe(0);
    expect(connections.last().signalingState).toBe("closed");
  });

  test("whose socket is lost stays while connected, until the connection or the channel ends", async () => {
    for (const end of ["connection", "channel"] as const) {
      const { call, log, connections, next } = await inCall();
      connections.last().become("connected");
      next({ type: "peer-left", peer: "bob", reason: "lost" });
      expect(call.peers.has("bob")).toBe(true);
      if (end === "connection") connections.last().become("disconnected");
      else connections.last().channel.onclose?.();
      expect(log.at(-1)).toBe("left bob lost");
      expect(call.peers.size).toBe(0);
    }
    const { log, next } = await inCall();
    next({ type: "peer-left", peer: "bob", reason: "lost" });
    expect(log.at(-1), "never connected").toBe("left bob lost");
  });

  test("who comes back while connected keeps the connection", async () => {
    const { call, log, connections, next } = await inCall();
    connections.last().become("connected");
    next({ type: "peer-left", peer: "bob", reason: "lost" });
    next({ type: "peer-joined", peer: "bob", address: "b2", data: { hat: "blue" } });
    connections.last().become("disconnected");
    expect(call.peers.get("bob")).toMatchObject({ state: "reconnecting", data: { hat: "blue" } });
    expect(connections.all).toHaveLength(1);
    expect(log.slice(1)).toEqual(["bob connected", 'updated bob {"hat":"blue"}', "bob reconnecting"]);
  });

  test("a lost server is a state, and leaves those who are connected alone", async () => {
    const { call, log, connections, reconnect } = await inCall();
    connections.last().become("connected");
    await reconnect();
    expect(log.slice(1)).toEqual(["bob connected", "reconnecting", "joined"]);
    expect(connections.all).toHaveLength(1);
    expect(call.state).toBe("joined");
  });

  test("tries again after a reconnection with those who are not connected", async () => {
    const { sockets, reconnect } = await inCall();
    await reconnect();
    const offer = { to: "bob", data: { description: { type: "offer" } } };
    expect(sockets.last().of("signal").map(({ n }) => Number(n) % 2 ** 20).sort(), "what bob may not have, and the offer of now").toEqual([1, 2]);
    expect(sockets.last().of("signal")).toMatchObject([offer, offer]);
  });

  test("a seat that cannot be taken again ends the call, and says why", async () => {
    const { call, log, server, reconnect, connections, sockets } = await inCall();
    server.refuse = { type: "error", code: "room-locked", message: "locked", retry: false };
    await reconnect();
    expect(log.slice(1)).toEqual(["reconnecting", "left bob left", "left", "error room-locked"]);
    expect(call.state).toBe("left");
    expect(connections.last().signalingState).toBe("closed");
    expect(sockets.last().closed).toBe(true);
  });

  test("setStream and retry reach the peers", async () => {
    const { call, connections } = await inCall();
    call.setStream(undefined);
    await settle();
    expect(connections.last().getSenders().every(({ track }) => track === null)).toBe(true);
    call.retry("bob");
    expect(connections.all).toHaveLength(2);
    expect(connections.last().getSenders()).toEqual([]);
  });

  test("leave says goodbye and closes everything", async () => {
    const { call, log, sockets, connections } = await inCall();
    const left = call.leave();
    await call.leave();
    expect(sockets.last().of("leave")[0], "no answer is asked for").not.toHaveProperty("id");
    expect(log.slice(1)).toEqual(["left bob left", "left"]);
    expect(connections.last().signalingState).toBe("closed");
    await vi.advanceTimersByTimeAsync(1_000);
    await left;
    expect(sockets.last().of("leave")).toHaveLength(1);
    expect(sockets.last().closed).toBe(true);
  });

  test.each(["aborted", "timeout"])("a join that was given up (%s) gives back what it may have, at once and once it is there", async (reason) => {
    const fakes = fakeSockets(({ action }) => (action === "ping" ? { type: "pong" } : undefined));
    const stop = new AbortController();
    const call = Call.join({ url: "wss://x.test", room: "tea", signal: stop.signal, WebSocket: fakes.WebSocket, timeout: 1_000 });
    const joining = expect(call).rejects.toMatchObject({ reason });
    fakes.last().open();
    await settle();
    if (reason === "aborted") stop.abort();
    const socket = fakes.last();
    for (let time = 0; time < 20 && socket.of("leave").length === 0; time++) await vi.advanceTimersByTimeAsync(500);
    await joining;
    expect(socket.of("leave")).toMatchObject([{ room: "tea" }]);
    socket.say({ type: "joined", id: "1", room: "tea", peer: "ada", rev: 1, peers: [], ice: [], seats: 4 });
    expect(socket.of("leave")).toHaveLength(2);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(socket.closed).toBe(true);
  });

  test("a refused join leaves no socket open", async () => {
    const fakes = fakeSockets(() => ({ type: "error", code: "room-full", message: "full", retry: false }));
    const call = Call.join({ url: "wss://x.test", room: "tea", WebSocket: fakes.WebSocket });
    const joining = expect(call).rejects.toMatchObject({ reason: "room-full" });
    fakes.last().open();
    await joining;
    expect(fakes.last().closed).toBe(true);
  });
});

describe("what the browser refuses", () => {
  const good = { urls: "turn:t.test", username: "u", credential: "c" };
  const bad: RTCIceServer[] = [{ urls: "turn:x.test", username: "u" }, { urls: "http://y.test" }];

  test("of the ICE servers is left out, URL by URL, and told once, whoever comes and whatever is made anew", async () => {
    const ice = [bad[0]!, { urls: "stun:s.test" }, { ...good, urls: ["http://y.test", good.urls] }];
    const { call, log, connections, next, reconnect, server } = await inCall([{ peer: "bob" }, { peer: "cyd" }], undefined, ice);
    const errors: ParleyError[] = [];
    call.on("error", (error) => errors.push(error));
    await vi.advanceTimersByTimeAsync(0);
    call.retry("bob");
    next({ type: "peer-joined", peer: "dan" });
    await vi.advanceTimersByTimeAsync(4_000);
    server.peers = [...call.peers.keys()].map((peer) => ({ peer }));
    await reconnect();
    expect(connections.all.filter(({ signalingState }) => signalingState !== "closed")).toHaveLength(3);
    for (const { configurations } of connections.all) expect(configurations.at(-1)!.iceServers).toEqual([{ urls: "stun:s.test" }, good]);
    expect(log.filter((line) => line.startsWith("error"))).toEqual(["error bad-ice"]);

    ice.push({ urls: "stun:again.test" }, { urls: "http://new.test" });
    await reconnect();
    expect(connections.last().configurations.at(-1)!.iceServers).toEqual([{ urls: "stun:s.test" }, good, { urls: "stun:again.test" }]);
    expect(errors).toMatchObject([{ reason: "bad-ice", retry: false }]);
    const { message } = errors[0]!;
    for (const words of ["turn:x.test (", "credential are required", "http://y.test (", "http://new.test (", "ICE_SERVERS"]) {
      expect(message).toContain(words);
    }
    expect(message).not.toMatch(/s\.test|t\.test/);
  });

  test("may be all of the ICE servers: those that are in the same network still find each other", async () => {
    const { log, connections, sockets } = await inCall([{ peer: "bob" }], undefined, bad);
    expect(connections.last().configurations.at(-1)).toEqual({ iceServers: [] });
    expect(sockets.last().of("signal")).toMatchObject([{ data: { description: { type: "offer" } } }]);
    expect(log).toEqual(["peer bob undefined", "error bad-ice"]);
  });

  test("may be any RTCPeerConnection: that is told once, and retry() tries again", async () => {
    const { call, log, connections, next } = await inCall([{ peer: "bob" }, { peer: "cyd" }]);
    expect(connections.all).toHaveLength(2);
    connections.refuse = true;
    call.retry("bob");
    next({ type: "peer-joined", peer: "dan" });
    await vi.advanceTimersByTimeAsync(4_000);
    expect(call.state).toBe("joined");
    expect(log.slice(2)).toEqual(["bob failed", "peer dan undefined", "error no-webrtc", "dan failed"]);
    connections.refuse = false;
    call.retry("bob");
    await settle();
    expect(connections.all).toHaveLength(3);
    expect(call.peers.get("bob")!.state).toBe("connecting");
  });
});

describe("an action of the service's own", () => {
  test("is asked for and heard of in the call", async () => {
    const { call, say, sockets } = await inCall();
    const heard: unknown[] = [];
    call.on("custom", (frame) => heard.push(frame));
    await expect(call.act("sign", { document: 1 })).resolves.toEqual({});
    expect(sockets.last().of("sign")).toMatchObject([{ room: "tea", document: 1 }]);
    say({ type: "signed", from: "bob" });
    expect(heard).toMatchObject([{ type: "signed", room: "tea", from: "bob" }]);
  });
});
