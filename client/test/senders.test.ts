import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { type Outgoing, Peer, type Share } from "../src/index.ts";
import { Publications } from "../src/media/publications.ts";
import { fakePeerConnections, fakeStream, fakeTrack } from "./fake-peer-connection.ts";
import { settle } from "./fake-socket.ts";

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("MediaStream", class {});
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

/** A peer whose other side takes every offer. */
async function sending(first: MediaStream | undefined) {
  const { RTCPeerConnection, last } = fakePeerConnections();
  const sent: string[] = [];
  const errors = vi.fn();
  const peer = new Peer({
    polite: true,
    ice: [],
    send: (signal) => {
      sent.push("description" in signal ? signal.description.type : "candidates");
      void peer.receive({ description: { type: "answer", sdp: "v=0 answer key99" } });
    },
    RTCPeerConnection,
  });
  const pc = last();
  peer.on("error", errors);
  const publications: Publications = new Publications(() => peer.publish([...publications.all.values()]));
  publications.setStream(first);
  await settle();
  sent.length = 0;
  const tracks = () => pc.getSenders().map(({ track }) => track);
  const directions = () => pc.getTransceivers().map(({ direction }) => direction);
  const set = async (stream: MediaStream | undefined) => {
    publications.setStream(stream);
    await settle();
  };
  return { peer, publications, pc, sent, errors, tracks, directions, set };
}

describe("what is sent", () => {
  test("is switched without a negotiation, however often", async () => {
    const { pc, sent, tracks, set } = await sending(fakeStream("audio", "video"));
    const before = pc.localDescription;
    for (let n = 0; n < 50; n++) {
      const stream = fakeStream("video", "audio");
      await set(stream);
      expect(tracks()).toEqual(stream.getTracks().toReversed());
    }
    expect(sent).toEqual([]);
    expect(pc.localDescription).toBe(before);
  });

  test("keeps what stays", async () => {
    const camera = fakeStream("audio", "video");
    const [audio, video] = camera.getTracks();
    const { pc, sent, tracks, set } = await sending(camera);
    const replace = vi.spyOn(pc.getSenders()[0]!, "replaceTrack");
    const other = fakeTrack("video");
    await set(Object.assign(fakeStream(), { getTracks: () => [other, audio!] }));
    expect(tracks()).toEqual([audio, other]);
    expect(video).not.toBe(other);
    expect(replace).not.toHaveBeenCalled();
    expect(sent).toEqual([]);
  });

  test("can go without a camera and have one again, in the same places", async () => {
    const { sent, tracks, directions, set } = await sending(fakeStream("audio", "video"));
    for (let n = 0; n < 10; n++) {
      const audio = fakeStream("audio");
      await set(audio);
      expect(tracks()).toEqual([...audio.getTracks(), null]);
      expect(directions()).toEqual(["sendrecv", "recvonly"]);
      const both = fakeStream("audio", "video");
      await set(both);
      expect(tracks()).toEqual(both.getTracks());
      expect(directions()).toEqual(["sendrecv", "sendrecv"]);
      await set(undefined);
      expect(tracks()).toEqual([null, null]);
      const again = fakeStream("audio", "video");
      await set(again);
      expect(tracks()).toEqual(again.getTracks());
    }
    expect(sent.length).toBe(40); // the other side is told of each change of what there is
  });

  test("gets a place more for a track more, and no more for the next", async () => {
    const { tracks, directions, set } = await sending(fakeStream("audio", "video"));
    for (let n = 0; n < 5; n++) {
      const three = fakeStream("video", "audio", "video");
      await set(three);
      const [camera, audio, screen] = three.getTracks();
      expect(tracks()).toEqual([audio, camera, screen]);
      const two = fakeStream("audio", "video");
      await set(two);
      expect(tracks()).toEqual([...two.getTracks(), null]);
      expect(directions()).toEqual(["sendrecv", "sendrecv", "recvonly"]);
    }
  });

  test("goes where something is sent already, so that nothing has to be negotiated", async () => {
    const two = fakeStream("video", "video");
    const { sent, tracks, set } = await sending(two);
    await set(Object.assign(fakeStream(), { getTracks: () => [two.getTracks()[1]!] }));
    sent.length = 0;
    const other = fakeStream("video");
    await set(other);
    expect(tracks()).toEqual([null, ...other.getTracks()]);
    expect(sent).toEqual([]);
  });

  test("belongs to its stream for good: another stream has places of its own, which are used again", async () => {
    const { publications, pc } = await sending(fakeStream("video"));
    for (let n = 0; n < 20; n++) {
      const publication = publications.publish(fakeTrack("video"), { stream: fakeStream() });
      await settle();
      expect(pc.getSenders().map(({ track }) => track)).toEqual([expect.anything(), publication.track]);
      publications.unpublish(publication);
      if (n % 2) await settle();
    }
    expect(pc.getSenders()[0]!.streams).not.toEqual(pc.getSenders()[1]!.streams);
  });

  test("is told in the next description, and of what needs none from page to page", async () => {
    const { publications, pc } = await sending(fakeStream("audio"));
    const said = () => pc.control.sent.splice(0).map((text) => JSON.parse(text) as unknown);
    const microphone = publications.all.get("microphone")!;
    microphone.mute();
    await settle();
    expect(said()).toEqual([]);
    pc.control.open();
    const info = { name: "microphone", kind: "microphone", muted: true };
    expect(said()).toEqual([{ tracks: { 1: info }, rev: expect.any(Number) }]);
    microphone.unmute();
    microphone.mute();
    microphone.unmute();
    await settle();
    expect(said().at(-1)).toMatchObject({ tracks: { 1: { ...info, muted: false } } });
    publications.publish(fakeTrack("video"), { name: "board", kind: "board", stream: fakeStream() });
    await settle();
    expect(said()).toEqual([]); // an offer says it
    publications.unpublish(microphone);
    await settle();
    expect(said()).toEqual([{ tracks: { 2: { name: "board", kind: "board", muted: false } }, rev: expect.any(Number) }]);
  });

  test("is told to be muted when its device is gone, until another track is in its place", async () => {
    const { publications, pc } = await sending(fakeStream("video"));
    pc.control.open();
    pc.control.sent.length = 0;
    const said = () => pc.control.sent.splice(0).map((text) => (JSON.parse(text) as { tracks: { [mid: string]: { muted: boolean } } }).tracks["1"]!.muted);
    const camera = publications.all.get("camera")!;
    for (let n = 0; n < 2; n++) {
      camera.track.stop();
      camera.track.dispatchEvent(new Event("ended"));
      await settle();
      await camera.replaceTrack(fakeTrack("video"));
      expect([said(), camera.muted]).toEqual([[true, false], false]);
    }
  });

  test("prefers the codecs that it is to have", async () => {
    const codecs = ["video/VP8", "video/rtx", "video/AV1", "video/H264"].map((mimeType) => ({ mimeType }));
    vi.stubGlobal("RTCRtpReceiver", { getCapabilities: () => ({ codecs }) });
    const { publications, pc } = await sending(undefined);
    publications.publish(fakeTrack("video"), { codecs: ["av1", "h264"], stream: fakeStream() });
    await settle();
    const order = ["video/AV1", "video/H264", "video/VP8", "video/rtx"];
    expect(pc.getTransceivers()[0]!.codecs?.map(({ mimeType }) => mimeType)).toEqual(order);
  });

  test("has other codecs in a place of its own, where nothing would be negotiated anew", async () => {
    vi.stubGlobal("RTCRtpReceiver", { getCapabilities: () => ({ codecs: [] }) });
    const { publications, sent, tracks } = await sending(fakeStream("video"));
    const [camera] = [...publications.all.values()];
    publications.unpublish(camera!);
    const other = publications.publish(fakeTrack("video"), { codecs: ["av1"] });
    await settle();
    expect([tracks(), sent]).toEqual([[null, other.track], ["offer"]]);
    publications.unpublish(other);
    await settle();
    const third = publications.publish(fakeTrack("video"), { codecs: ["vp9"] });
    await settle();
    expect(tracks()).toEqual([third.track, null]);
  });

  test("has the shares that it is given, and says when it is paused", async () => {
    const { peer, publications, pc } = await sending(fakeStream("video", "audio"));
    pc.control.open();
    pc.control.sent.length = 0;
    const [camera, microphone] = [...publications.all.values()];
    const set = pc.getSenders().map((sender) => vi.spyOn(sender, "setParameters"));
    const share = { maxBitrate: 50_000, scaleResolutionDownBy: 4, maxFramerate: 10, paused: true };
    for (let n = 0; n < 2; n++) peer.shape(new Map<Outgoing, Share>([[camera!, share], [microphone!, { maxBitrate: 16_000, paused: false }]]));
    expect(set.map(({ mock }) => mock.calls.length)).toEqual([1, 1]);
    const { paused: _, ...encoding } = share;
    expect(pc.getSenders().map(({ parameters }) => parameters.encodings)).toEqual([
      [{ ...encoding, active: false }],
      [{ maxBitrate: 16_000, active: true }],
    ]);
    expect(pc.control.sent.map((text) => (JSON.parse(text) as { tracks: object }).tracks)).toMatchObject([{ 1: { muted: true }, 2: { muted: false } }]);
  });

  test("is one stream for the other side, from first to last", async () => {
    const first = fakeStream("audio");
    const { pc, set } = await sending(first);
    await set(fakeStream("audio", "video"));
    await set(undefined);
    await set(fakeStream("audio", "video", "video"));
    expect(pc.getSenders().map(({ streams }) => streams)).toEqual([[first], [first], [first]]);
  });

  test("is the last of what was set while a switch was under way", async () => {
    const first = fakeStream("video");
    const { publications, tracks } = await sending(first);
    const [a, b, c] = [fakeStream("video"), fakeStream("video", "audio"), fakeStream("video")] as const;
    publications.setStream(a);
    publications.setStream(b);
    const all = Object.assign(fakeStream(), { getTracks: () => [...first.getTracks(), ...a.getTracks(), ...c.getTracks()] });
    publications.setStream(all);
    await settle();
    expect(new Set(tracks())).toEqual(new Set(all.getTracks()));
  });

  test("that is refused is an error event, and the next is taken", async () => {
    const { pc, errors, tracks, set } = await sending(fakeStream("video"));
    vi.spyOn(pc.getSenders()[0]!, "replaceTrack").mockRejectedValueOnce(new DOMException("of another kind", "InvalidModificationError"));
    await set(fakeStream("video"));
    expect(errors).toHaveBeenCalledExactlyOnceWith(expect.objectContaining({ reason: "bad-signal", message: "a track cannot be sent" }));
    const next = fakeStream("video");
    await set(next);
    expect(tracks()).toEqual(next.getTracks());
  });

  test("has a place of its own when it becomes something else in one turn", async () => {
    const camera = fakeStream("video");
    const { publications, errors, tracks, directions } = await sending(camera);
    const [track] = camera.getTracks();
    publications.unpublish(track!);
    publications.publish(track!, { kind: "screen" });
    await settle();
    expect([tracks(), directions()]).toEqual([[null, track], ["recvonly", "sendrecv"]]);
    expect(errors).not.toHaveBeenCalled();
  });

  test("may be sent twice, also to who comes later, and is no third time alive", async () => {
    const { publications, tracks } = await sending(fakeStream("video", "audio"));
    const screen = publications.publish(fakeTrack("video"), { kind: "screen" });
    const copy = vi.spyOn(screen.track, "clone");
    await publications.all.get("camera")!.replaceTrack(screen.track);
    await settle();
    const newcomer = await sending(undefined);
    await newcomer.peer.publish([...publications.all.values()]);
    expect(tracks()).toEqual([...publications.all.values()].map(({ track }) => track));
    expect(newcomer.tracks()).toEqual(tracks());
    expect(copy.mock.results.map(({ value }) => (value as MediaStreamTrack).readyState)).toEqual(["ended"]);
    expect(newcomer.errors).not.toHaveBeenCalled();
  });

  test("does not share the place of another before the other side has answered", async () => {
    const { RTCPeerConnection, last } = fakePeerConnections();
    const peer = new Peer({ polite: true, ice: [], send: () => {}, RTCPeerConnection });
    const publications: Publications = new Publications(() => peer.publish([...publications.all.values()]));
    const [camera, screen, board] = [fakeTrack("video"), fakeTrack("video"), fakeTrack("video")];
    const sent = () => last().getTransceivers().filter(({ direction }) => direction === "sendrecv").map(({ sender }) => sender.track);
    for (let n = 0; n < 3; n++) {
      publications.publish(camera);
      await settle();
      publications.unpublish(camera);
      await settle();
      publications.publish(screen, { kind: "screen" });
      await settle();
      publications.publish(camera);
      await settle();
      expect(sent()).toHaveLength(2);
      expect(new Set(sent())).toEqual(new Set([camera, screen]));
      publications.unpublish(camera);
      publications.unpublish(screen);
      await settle();
      publications.publish(camera); // takes the place that is free, and the next one would take it from there
      publications.publish(board, { kind: "board", stream: fakeStream() });
      await settle();
      expect(new Set(sent())).toEqual(new Set([camera, board]));
      publications.unpublish(camera);
      publications.unpublish(board);
      await settle();
    }
    expect(last().getSenders().length).toBeLessThanOrEqual(3);
  });

  test("that cannot be added or taken away does not keep others from being sent", async () => {
    const { publications, pc, errors, tracks } = await sending(undefined);
    const add = pc.addTrack.bind(pc);
    const refusing = vi.spyOn(pc, "addTrack").mockImplementation((track, ...streams) => {
      if (track.kind === "video") throw new DOMException("too many", "OperationError");
      return add(track, ...streams);
    });
    const [camera, microphone] = ["video", "audio"].map((kind) => publications.publish(fakeTrack(kind)));
    await settle();
    expect(errors).toHaveBeenCalledWith(expect.objectContaining({ message: "a track cannot be sent" }));
    expect(tracks()).toEqual([microphone!.track]);
    refusing.mockRestore();
    vi.spyOn(pc, "removeTrack").mockImplementationOnce(() => {
      throw new DOMException("not now", "InvalidStateError");
    });
    publications.unpublish(microphone!);
    await settle();
    await camera!.replaceTrack(fakeTrack("video"));
    expect(tracks()).toEqual([null, camera!.track]);
  });

  test("takes a new place for one that the other side has closed", async () => {
    const { pc, tracks, set } = await sending(fakeStream("video"));
    pc.getTransceivers()[0]!.direction = "stopped";
    const next = fakeStream("video");
    await set(next);
    expect(tracks().at(-1)).toBe(next.getTracks()[0]);
    expect(tracks()).toHaveLength(2);
  });

  test("does not matter any more after the end, also of a switch under way", async () => {
    const { peer, publications, errors, set } = await sending(fakeStream("video"));
    publications.setStream(fakeStream("video"));
    publications.setStream(fakeStream("video", "audio"));
    peer.close();
    await set(fakeStream("video"));
    expect(errors).not.toHaveBeenCalled();
  });
});
