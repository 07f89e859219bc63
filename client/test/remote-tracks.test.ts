import { describe, expect, test } from "vitest";
import { RemoteTracks } from "../src/media/remote-tracks.ts";
import { fakeStream, fakeTrack } from "./fake-peer-connection.ts";

const info = (name: string, muted = false) => ({ name, kind: "camera", muted });

/** What comes by these sections, which the test changes. */
function coming(...kinds: string[]) {
  const stream = fakeStream();
  const transceivers = kinds.map((kind, at) => ({ mid: String(at), currentDirection: "recvonly", receiver: { track: fakeTrack(kind) } }));
  const remote = new RemoteTracks({ getTransceivers: () => transceivers } as unknown as RTCPeerConnection);
  for (const { receiver } of transceivers) remote.arrived(receiver.track, stream);
  const log: string[] = [];
  remote.on("track", ({ name }) => log.push(`+${name}`));
  remote.on("track-removed", ({ name }) => log.push(`-${name}`));
  remote.on("track-muted", ({ name, muted }) => log.push(`${name} ${muted ? "muted" : "heard"}`));
  const told = () => log.splice(0).join(", ");
  return { remote, transceivers, stream, told };
}

describe("the tracks of a peer", () => {
  test("have the names that it says", () => {
    const { remote, transceivers, stream, told } = coming("video", "video");
    remote.hear({ rev: 1, tracks: { 0: info("camera"), 1: info("slides", true) } });
    expect(told()).toBe("+camera, +slides");
    expect(remote.all.get("slides")).toEqual({ name: "slides", kind: "camera", muted: true, track: transceivers[1]!.receiver.track, stream });
    remote.update();
    expect(told()).toBe("");
  });

  test("are none of what a section is called that the language knows", () => {
    const { remote, transceivers, told } = coming("video", "video");
    transceivers[0]!.mid = "constructor";
    remote.hear({ rev: 1, tracks: { 1: info("camera") } });
    expect(told()).toBe("+camera");
  });

  test("are muted, renamed and gone as it says, and with their section", () => {
    const { remote, transceivers, told } = coming("video", "audio");
    remote.hear({ rev: 1, tracks: { 0: info("camera"), 1: info("voice") } });
    told();
    const camera = remote.all.get("camera");
    remote.hear({ rev: 2, tracks: { 0: info("camera", true), 1: info("voice") } });
    expect([told(), camera!.muted, remote.all.get("camera") === camera]).toEqual(["camera muted", true, true]);
    remote.hear({ rev: 3, tracks: { 0: info("screen"), 1: info("voice") } });
    expect(told()).toBe("-camera, +screen");
    remote.hear({ rev: 4, tracks: { 1: info("voice") } });
    expect(told()).toBe("-screen");
    transceivers[1]!.currentDirection = "inactive";
    remote.update();
    expect([told(), remote.all.size]).toEqual(["-voice", 0]);
  });

  test("are there once both is known: their names, and that they come", () => {
    const { remote, transceivers, told } = coming("video");
    transceivers[0]!.currentDirection = "sendonly";
    remote.hear({ rev: 1, tracks: { 0: info("camera"), 9: info("screen") } });
    expect(told()).toBe("");
    transceivers[0]!.currentDirection = "sendrecv";
    remote.update();
    expect(told()).toBe("+camera");
  });

  test("are as it said last, in whatever order that comes", () => {
    const { remote, told } = coming("video");
    remote.hear({ rev: 2, tracks: { 0: info("camera", true) } }); // from page to page
    remote.hear({ rev: 1, tracks: { 0: info("camera") } }); // through the server
    expect([told(), remote.all.get("camera")!.muted]).toEqual(["+camera", true]);
  });

  test("of the same name are one", () => {
    const { remote, told } = coming("video", "video");
    remote.hear({ rev: 1, tracks: { 0: info("camera"), 1: info("camera") } });
    expect(told()).toBe("+camera");
  });

  test("of who says nothing are called after what they are", () => {
    const { remote, told } = coming("audio", "video", "video");
    remote.update();
    expect(told()).toBe("+microphone, +camera, +camera-2");
  });
});
