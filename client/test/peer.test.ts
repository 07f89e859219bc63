import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { type Negotiation, Peer } from "../src/index.ts";
import { Publications } from "../src/media/publications.ts";
import { fakePeerConnections, fakeStream, fakeTrack } from "./fake-peer-connection.ts";
import { settle } from "./fake-socket.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function lone({ polite = true } = {}) {
  const { RTCPeerConnection, last } = fakePeerConnections();
  const sent: Negotiation[] = [];
  const peer = new Peer({ polite, ice: [{ urls: "stun:s.test" }], send: (signal) => sent.push(signal), RTCPeerConnection });
  const errors = vi.fn();
  const states: string[] = [];
  peer.on("error", errors);
  peer.on("state", (state) => states.push(state));
  return { peer, pc: last(), sent, errors, states };
}

/** Two peers and the post between them, which can be held back. */
function pair() {
  const a = lone({ polite: true });
  const b = lone({ polite: false });
  const deliver = async (from: typeof a, to: typeof b) => {
    for (const signal of from.sent.splice(0)) await to.peer.receive(signal);
    await settle();
  };
  const exchange = async () => {
    await settle();
    while (a.sent.length + b.sent.length > 0) {
      await deliver(a, b);
      await deliver(b, a);
    }
  };
  return { a, b, deliver, exchange };
}

const what = (signals: Negotiation[]) =>
  signals.map((signal) => {
    if ("description" in signal) return signal.description.type;
    return signal.candidates.map(({ candidate }) => candidate).join();
  });

describe("negotiation", () => {
  test("one offers, the other answers", async () => {
    const { a, b, deliver } = pair();
    await settle();
    b.sent.length = 0; // as if b had not begun
    expect(what(a.sent)).toEqual(["offer"]);
    expect(a.pc.configurations).toEqual([{ iceServers: [{ urls: "stun:s.test" }] }]);
    b.pc.signalingState = "stable";
    await deliver(a, b);
    expect(what(b.sent)).toEqual(["answer"]);
    await deliver(b, a);
    expect([a.pc.signalingState, b.pc.signalingState]).toEqual(["stable", "stable"]);
  });

  test("of two offers at once, the polite one's is rolled back and the impolite one's is answered", async () => {
    const { a, b, deliver } = pair();
    await settle();
    expect([what(a.sent), what(b.sent)]).toEqual([["offer"], ["offer"]]);
    await deliver(a, b);
    expect(what(b.sent)).toEqual(["offer"]); // it ignores a's
    await deliver(b, a);
    expect(what(a.sent)).toEqual(["answer"]);
    await deliver(a, b);
    expect([a.pc.signalingState, b.pc.signalingState]).toEqual(["stable", "stable"]);
    expect(a.pc.remoteDescription?.sdp).toContain(`key${b.pc.id}`);
    expect(b.pc.remoteDescription?.sdp).toContain(`key${a.pc.id}`);
    expect(a.errors).not.toHaveBeenCalled();
    expect(b.errors).not.toHaveBeenCalled();
  });

  test("an offer that comes while one's own is being made is a collision too", async () => {
    const { a, b } = pair();
    vi.advanceTimersByTime(0); // negotiationneeded fires, setLocalDescription is under way
    expect(b.pc.signalingState).toBe("stable");
    await b.peer.receive({ description: { type: "offer", sdp: `v=0 offer key${a.pc.id}` } });
    expect(b.pc.remoteDescription).toBeNull();
  });

  test("candidates of an offer that was ignored are ignored with it", async () => {
    const { a, b, deliver, exchange } = pair();
    await settle();
    a.pc.gather("rolled-back");
    await vi.advanceTimersByTimeAsync(50);
    expect(what(a.sent)).toEqual(["offer", "rolled-back"]);
    await deliver(a, b);
    await exchange();
    expect(b.pc.candidates).toEqual([]);
    expect(b.errors).not.toHaveBeenCalled();
  });

  test("candidates of one's own offer that is rolled back are not sent any more", async () => {
    const { a, b, deliver } = pair();
    await settle();
    a.pc.gather("rolled-back");
    await deliver(b, a);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(what(a.sent)).toEqual(["offer", "answer"]);
  });

  test("an answer to an offer that was sent twice is not taken for that to the next", async () => {
    for (const says of [true, false]) {
      const { peer, pc, sent } = lone();
      await settle();
      peer.restart(); // as when the server is back: the offer may be lost
      await settle();
      expect(sent).toMatchObject([{ offer: 1 }, { offer: 1 }]);
      const answer = (offer: number) => peer.receive({ description: { type: "answer", sdp: `v=0 answer key99 to ${offer}` }, ...(says ? { offer } : {}) });
      await answer(1);
      pc.restartIce(); // something is to be negotiated anew, with as many sections
      await settle();
      expect(sent.at(-1)).toMatchObject({ offer: 2 });
      await answer(1);
      expect(pc.signalingState).toBe(says ? "have-local-offer" : "stable");
      await answer(2);
      expect(pc.remoteDescription?.sdp).toBe(`v=0 answer key99 to ${says ? 2 : 1}`);
    }
  });

  test("an answer says which offer it is to, if that says it", async () => {
    for (const offer of [undefined, 7]) {
      const { peer, sent } = lone();
      await settle();
      await peer.receive({ description: { type: "offer", sdp: "v=0 offer key99" }, ...(offer ? { offer } : {}) });
      await settle();
      expect(sent.at(-1)).toMatchObject({ description: { type: "answer" } });
      expect((sent.at(-1) as { offer?: number }).offer).toBe(offer);
    }
  });

  test("an answer that waits for its candidates says to which it was when the next offer comes", async () => {
    const { peer, pc, sent } = lone();
    await settle();
    pc.iceGatheringState = "gathering";
    const offer = (number: number) => peer.receive({ description: { type: "offer", sdp: "v=0 offer key99" }, offer: number });
    await offer(1);
    await vi.advanceTimersByTimeAsync(50);
    await offer(1); // sent twice
    await offer(2);
    await vi.advanceTimersByTimeAsync(50);
    expect(sent.slice(1)).toMatchObject([1, 1, 2].map((offer) => ({ description: { type: "answer" }, offer })));
  });

  test("an answer to nothing is ignored", async () => {
    const { a, exchange } = pair();
    await exchange();
    await a.peer.receive({ description: { type: "answer", sdp: "v=0 answer key99" } });
    expect(a.errors).not.toHaveBeenCalled();
  });

  test("what the browser refuses is an error event, and the next signal is taken all the same", async () => {
    const { a, b, exchange } = pair();
    await exchange();
    const stuck = vi.fn();
    a.peer.on("stuck", stuck);
    await a.peer.receive({ description: { type: "offer", sdp: "nonsense" } });
    expect(a.errors).toHaveBeenCalledWith(expect.objectContaining({ reason: "bad-signal" }));
    const bad = { candidate: "bad", usernameFragment: "nobody" };
    await a.peer.receive({ candidates: [bad, { candidate: "good", usernameFragment: b.pc.fragment }] });
    expect(a.pc.candidates).toEqual(["good"]);
    expect(a.errors).toHaveBeenCalledTimes(2);
    expect(stuck).toHaveBeenCalledTimes(1); // by the description alone
  });
});

describe("candidates", () => {
  test("of a description go with it, which waits 50 ms for them and no longer", async () => {
    const { pc, sent } = lone();
    pc.iceGatheringState = "gathering";
    await settle();
    pc.gather("1", true);
    await vi.advanceTimersByTimeAsync(48);
    expect(sent).toEqual([]);
    pc.gather("2", true);
    await vi.advanceTimersByTimeAsync(2);
    expect(what(sent)).toEqual(["offer"]);
    expect(sent[0]).toHaveProperty("description.sdp", expect.stringMatching(/a=candidate:1 .*a=candidate:2 /s));
  });

  test("have their description go at once when they are all", async () => {
    const { pc, sent } = lone();
    pc.iceGatheringState = "gathering";
    await settle();
    pc.gather("1", true);
    pc.gather(null);
    expect(what(sent)).toEqual(["offer"]);
  });

  test("that a description lacks follow it at once", async () => {
    const { pc, sent } = lone();
    pc.iceGatheringState = "gathering";
    await settle();
    pc.gather("1", true);
    pc.gather("another");
    await vi.advanceTimersByTimeAsync(50);
    expect(what(sent)).toEqual(["offer", "another"]);
  });

  test("an answer that waits for its candidates goes before an offer is made", async () => {
    const { a, b, deliver, exchange } = pair();
    await settle();
    b.pc.iceGatheringState = "gathering";
    b.sent.length = 0;
    b.pc.signalingState = "stable";
    await deliver(a, b);
    expect(b.sent).toEqual([]);
    const publications: Publications = new Publications(() => b.peer.publish([...publications.all.values()]));
    publications.setStream(fakeStream("audio"));
    await settle();
    expect(what(b.sent)).toEqual(["answer"]);
    await vi.advanceTimersByTimeAsync(50);
    expect(what(b.sent)).toEqual(["answer", "offer"]);
    await exchange();
    expect([a.pc.signalingState, b.pc.signalingState]).toEqual(["stable", "stable"]);
  });

  test("and an offer that wait when the offer is rolled back are not sent any more", async () => {
    const { a, b, deliver } = pair();
    a.pc.iceGatheringState = "gathering";
    await settle();
    a.pc.gather("rolled-back");
    await deliver(b, a);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(what(a.sent)).toEqual(["answer"]);
  });

  test("found later are sent together, 50 ms after the first, and then after longer and longer", async () => {
    const { pc, sent } = lone();
    await settle();
    sent.length = 0;
    pc.gather("1");
    await vi.advanceTimersByTimeAsync(30);
    pc.gather("2");
    await vi.advanceTimersByTimeAsync(19);
    expect(sent).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(what(sent)).toEqual(["1,2"]);
    pc.gather("3");
    await vi.advanceTimersByTimeAsync(149);
    expect(what(sent)).toEqual(["1,2"]);
    await vi.advanceTimersByTimeAsync(1);
    expect(what(sent)).toEqual(["1,2", "3"]);
  });

  test("are sent at once when there are no more, and never empty", async () => {
    const { pc, sent } = lone();
    await settle();
    sent.length = 0;
    pc.gather("1");
    pc.gather("");
    pc.gather(null);
    expect(what(sent)).toEqual(["1"]);
    pc.gather(null);
    await vi.advanceTimersByTimeAsync(100);
    expect(sent).toHaveLength(1);
  });

  test("that come before their description wait for it", async () => {
    const { a, b, exchange } = pair();
    await settle();
    await b.peer.receive({ candidates: [{ candidate: "early", usernameFragment: a.pc.fragment }] });
    expect(b.pc.candidates).toEqual([]);
    await exchange();
    expect(b.pc.candidates).toEqual(["early"]);
    expect(b.errors).not.toHaveBeenCalled();
  });
});

describe("state", () => {
  test("follows the connection", async () => {
    const { pc, states, peer } = lone();
    pc.become("connected");
    pc.become("disconnected");
    pc.become("connected");
    peer.close();
    expect(states).toEqual(["connected", "reconnecting", "connected", "closed"]);
    expect(pc.signalingState).toBe("closed");
  });

  test("is not reconnecting as long as it has never been connected", () => {
    const { pc, peer } = lone();
    pc.become("disconnected");
    expect(peer.state).toBe("connecting");
  });

  test("a failure restarts ICE, three times, then it is failed; restart() begins again", async () => {
    const { a, exchange } = pair();
    await exchange();
    a.pc.become("connected");
    for (const restarts of [1, 2, 3]) {
      a.pc.become("failed");
      await exchange();
      expect(a.pc.restarts).toBe(restarts);
      expect(a.peer.state).toBe("reconnecting");
    }
    a.pc.become("failed");
    expect(a.peer.state).toBe("failed");
    expect(a.pc.restarts).toBe(3);
    a.peer.restart();
    expect(a.pc.restarts).toBe(4);
    a.pc.become("connected");
    expect(a.states).toEqual(["connected", "reconnecting", "failed", "reconnecting", "connected"]);
  });

  test("an offer that is never answered is sent again, then it is failed", async () => {
    const { peer, pc, sent } = lone();
    await settle();
    await vi.advanceTimersByTimeAsync(20_000);
    expect(what(sent)).toEqual(["offer", "offer"]);
    expect(sent[0]).toEqual(sent[1]);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(what(sent)).toHaveLength(4);
    expect(peer.state).toBe("failed");
    expect(pc.restarts).toBe(0);
  });

  test("a description that comes twice does no harm", async () => {
    const { a, b, exchange } = pair();
    await settle();
    b.sent.push(...b.sent);
    await exchange();
    expect([a.pc.signalingState, b.pc.signalingState]).toEqual(["stable", "stable"]);
    expect(a.errors).not.toHaveBeenCalled();
    expect(b.errors).not.toHaveBeenCalled();
  });

  test("after close() nothing is sent or taken", async () => {
    const { a, b, deliver } = pair();
    await settle();
    b.peer.close();
    await deliver(a, b);
    b.pc.gather("late");
    await vi.advanceTimersByTimeAsync(200_000);
    expect(what(b.sent)).toEqual(["offer"]);
    expect(b.errors).not.toHaveBeenCalled();
  });
});

describe("media and messages", () => {
  test("what is published is added, kept or removed, and negotiated", async () => {
    const { a, exchange } = pair();
    await exchange();
    const publications: Publications = new Publications(() => a.peer.publish([...publications.all.values()]));
    const camera = fakeStream("audio", "video");
    publications.setStream(camera);
    await exchange();
    const [audio, video] = camera.getTracks();
    expect(a.pc.getSenders().map(({ track }) => track)).toEqual([audio, video]);
    const before = a.pc.localDescription;
    publications.setStream(Object.assign(fakeStream(), { getTracks: () => [audio] }));
    await exchange();
    expect(a.pc.getSenders().map(({ track }) => track)).toEqual([audio, null]);
    expect(a.pc.localDescription).not.toBe(before);
    publications.setStream(undefined);
    await settle();
    expect(a.pc.getSenders().map(({ track }) => track)).toEqual([null, null]);
  });

  test("each stream of the other side is told once", () => {
    const { peer, pc } = lone();
    const streams: MediaStream[] = [];
    peer.on("stream", (stream) => streams.push(stream));
    const camera = fakeStream("audio");
    vi.stubGlobal("MediaStream", Object);
    const track = fakeTrack("audio");
    pc.ontrack?.({ track, streams: [camera] } as never);
    pc.ontrack?.({ track, streams: [camera] } as never);
    pc.ontrack?.({ track, streams: [] } as never);
    vi.unstubAllGlobals();
    expect(streams).toEqual([camera]);
    expect(peer.streams).toEqual([camera]);
  });

  test("text goes through the channel once it is open", () => {
    const { peer, pc } = lone();
    const got: string[] = [];
    peer.on("message", (text) => got.push(text));
    expect(peer.sendMessage("too early")).toBe(false);
    pc.channel.open();
    expect(peer.sendMessage("hi")).toBe(true);
    expect(pc.channel.sent).toEqual(["hi"]);
    expect(() => peer.sendMessage("é".repeat(8_193))).toThrow(expect.objectContaining({ reason: "too-large" }));
    for (const data of ["hello", new ArrayBuffer(1), "x".repeat(16_385)]) pc.channel.onmessage?.({ data });
    expect(got).toEqual(["hello"]);
  });

  test("what the pages tell each other has a channel of its own", () => {
    const { peer, pc } = lone();
    const log: unknown[] = [];
    peer.on("control", (open) => log.push(open));
    peer.on("frame", (frame) => log.push(frame));
    peer.on("datachannel", ({ label }) => log.push(label));
    expect(peer.sendFrame({ type: "early" })).toBe(false);
    pc.control.open();
    expect(peer.sendFrame({ type: "hat" })).toBe(true);
    pc.control.onmessage?.({ data: '{"type":"coat"}' });
    pc.ondatachannel?.({ channel: { label: "files" } } as never);
    expect([log, pc.control.sent, pc.channel.sent]).toEqual([[true, { type: "coat" }, "files"], ['{"type":"hat"}'], []]);
  });

  test("new ICE servers are used from then on", () => {
    const { peer, pc } = lone();
    const turn = { urls: "turn:t.test", username: "u", credential: "c" };
    peer.setICE([turn]);
    expect(pc.configurations.at(-1)).toEqual({ iceServers: [turn] });
  });
});
