import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Publications } from "../src/media/publications.ts";
import { shareScreen } from "../src/media/screen.ts";
import { fakeStream, fakeTrack } from "./fake-peer-connection.ts";

class FakeMediaStream {}

function publishing() {
  const changed = vi.fn(async () => {});
  const publications = new Publications(changed);
  const log: string[] = [];
  publications.on("published", ({ name }) => log.push(`+${name}`));
  publications.on("unpublished", ({ name }) => log.push(`-${name}`));
  const told = () => log.splice(0).join(", ");
  const names = () => [...publications.all.keys()];
  return { publications, changed, told, names };
}

beforeEach(() => void vi.stubGlobal("MediaStream", FakeMediaStream));
afterEach(() => void vi.unstubAllGlobals());

describe("publications", () => {
  test("are called by their kind, with a number where that is taken", () => {
    const { publications, names } = publishing();
    publications.publish(fakeTrack("video"));
    publications.publish(fakeTrack("audio"));
    publications.publish(fakeTrack("video"));
    publications.publish(fakeTrack("video"), { kind: "board" });
    publications.publish(fakeTrack("video"), { kind: "board", name: "notes" });
    expect(names()).toEqual(["camera", "microphone", "camera-2", "board", "notes"]);
    expect(() => publications.publish(fakeTrack("video"), { name: "notes" })).toThrow(expect.objectContaining({ reason: "name-taken" }));
    for (const name of ["", "x".repeat(65)]) {
      expect(() => publications.publish(fakeTrack("video"), { name })).toThrow(expect.objectContaining({ reason: "bad-request" }));
    }
  });

  test("of one track are one, and end by either", () => {
    const { publications, told } = publishing();
    const track = fakeTrack("video");
    const publication = publications.publish(track);
    expect(publications.publish(track, { name: "again" })).toBe(publication);
    publications.unpublish(track);
    publications.unpublish(publication);
    expect(told()).toBe("+camera, -camera");
    publications.unpublish(publications.publish(track));
    expect(told()).toBe("+camera, -camera");
  });

  test("that are muted stay so with another track, which has to be of the same sort", async () => {
    const { publications, changed } = publishing();
    const [first, second] = [fakeTrack("audio"), fakeTrack("audio")];
    const publication = publications.publish(first);
    changed.mockClear();
    publication.mute();
    expect([publication.muted, first.enabled, changed.mock.calls.length]).toEqual([true, false, 1]);
    await publication.replaceTrack(second);
    expect([publication.muted, second.enabled, publication.track === second]).toEqual([true, false, true]);
    publication.unmute();
    expect([publication.muted, second.enabled]).toEqual([false, true]);
    await expect(publication.replaceTrack(fakeTrack("video"))).rejects.toMatchObject({ reason: "bad-request" });
  });

  test("have limits, for everybody and for one", () => {
    const { publications } = publishing();
    const publication = publications.publish(fakeTrack("video"), { maxBitrate: 9 });
    publication.limit({ maxBitrate: 5, priority: 4 });
    publication.limit({ maxBitrate: 2 }, "bob");
    expect([publication.limitsFor("ada"), publication.limitsFor("bob")]).toEqual([
      { maxBitrate: 5, priority: 4 },
      { maxBitrate: 2, priority: 4 },
    ]);
  });

  test("are played together: faces and voices, a screen and its sound, and what is said to be", () => {
    const { publications } = publishing();
    const own = new MediaStream();
    const [camera, microphone, screen, sound, other] = (["camera", "microphone", "screen", "screen-audio", "tv"] as const).map((kind) =>
      publications.publish(fakeTrack(/audio|phone/.test(kind) ? "audio" : "video"), { kind, ...(kind === "tv" ? { stream: own } : {}) }),
    );
    expect(microphone!.stream).toBe(camera!.stream);
    expect(sound!.stream).toBe(screen!.stream);
    expect(new Set([camera!.stream, screen!.stream, other!.stream]).size).toBe(3);
    expect(publications.publish(fakeTrack("audio"), { stream: own }).stream).toBe(other!.stream);
    expect(publications.publish(fakeTrack("audio"), { stream: new MediaStream() }).stream).not.toBe(other!.stream);
  });

  test("by setStream() leave those by name alone", () => {
    const { publications, names, told } = publishing();
    const screen = fakeTrack("video");
    publications.publish(screen, { kind: "screen" });
    publications.setStream(fakeStream("audio", "video"));
    const [, , camera] = [...publications.all.values()];
    told();
    publications.setStream(fakeStream("video", "audio"));
    expect([told(), publications.all.get("camera") === camera]).toEqual(["", true]);
    publications.setStream(Object.assign(fakeStream(), { getTracks: () => [screen] }));
    expect(names()).toEqual(["screen"]);
    publications.setStream(undefined);
    expect(names()).toEqual(["screen"]);
  });

  test("by setStream() that are muted stay so with another stream", () => {
    const { publications } = publishing();
    publications.setStream(fakeStream("audio", "video"));
    publications.all.get("microphone")!.mute();
    const next = fakeStream("audio", "video");
    publications.setStream(next);
    expect(next.getTracks().map(({ enabled }) => enabled)).toEqual([false, true]);
    expect([...publications.all.values()].map(({ muted }) => muted)).toEqual([true, false]);
  });

  test("end with the call", () => {
    const { publications, names } = publishing();
    publications.publish(fakeTrack("video"));
    publications.close();
    expect(names()).toEqual([]);
    expect(() => publications.publish(fakeTrack("video"))).toThrow(expect.objectContaining({ reason: "aborted" }));
    publications.setStream(fakeStream("video"));
    expect(names()).toEqual([]);
  });
});

describe("a screen that is shared", () => {
  const stopped = (track: MediaStreamTrack) => (track.stop as ReturnType<typeof vi.fn>).mock.calls.length > 0;

  function browser(...kinds: string[]) {
    const stream = fakeStream(...kinds);
    for (const track of stream.getTracks()) track.stop = vi.fn();
    vi.stubGlobal("navigator", { mediaDevices: { getDisplayMedia: async () => stream } });
    return stream.getTracks();
  }

  test("is published with its sound, and both end when the person ends it", async () => {
    const { publications, told } = publishing();
    const tracks = browser("video", "audio");
    expect((await shareScreen(publications, {})).map(({ kind }) => kind)).toEqual(["screen", "screen-audio"]);
    tracks[0]!.dispatchEvent(new Event("ended"));
    expect([told(), tracks.map(stopped)]).toEqual(["+screen, +screen-audio, -screen, -screen-audio", [true, true]]);
  });

  test("and when it is unpublished, or the call ends; without its sound it goes on", async () => {
    for (const end of ["screen", "screen-audio", "call"]) {
      const { publications, names } = publishing();
      const tracks = browser("video", "audio");
      await shareScreen(publications, {});
      if (end === "call") publications.close();
      else publications.unpublish(publications.all.get(end)!);
      const rest = end === "screen-audio" ? ["screen"] : [];
      expect([names(), tracks.map(stopped)]).toEqual([rest, [rest.length === 0, true]]);
    }
  });

  test("is not, once the call is over", async () => {
    const { publications } = publishing();
    const tracks = browser("video");
    const sharing = shareScreen(publications, {});
    publications.close();
    await expect(sharing).rejects.toMatchObject({ reason: "aborted" });
    expect(tracks.map(stopped)).toEqual([true]);
  });

  test("is refused in words, also by browsers that have no such thing", async () => {
    const { publications } = publishing();
    const getDisplayMedia = () => Promise.reject(new DOMException("no", "NotAllowedError"));
    vi.stubGlobal("navigator", { mediaDevices: { getDisplayMedia } });
    await expect(shareScreen(publications, {})).rejects.toMatchObject({ reason: "media-denied" });
    vi.stubGlobal("navigator", { mediaDevices: {} });
    await expect(shareScreen(publications, {})).rejects.toMatchObject({ reason: "media-missing" });
  });
});
