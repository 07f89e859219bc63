import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Devices } from "../../web/src/devices.ts";

type Kind = "audio" | "video";

class FakeTrack extends EventTarget {
  enabled = true;
  live = true;
  readonly kind: Kind;
  constructor(kind: Kind) {
    super();
    this.kind = kind;
  }
  stop(): void {
    this.live = false;
  }
}

class FakeStream {
  readonly #tracks = new Set<FakeTrack>();
  constructor(tracks: FakeTrack[] = []) {
    for (const track of tracks) this.addTrack(track);
  }
  addTrack(track: FakeTrack): void {
    this.#tracks.add(track);
  }
  removeTrack(track: FakeTrack): void {
    this.#tracks.delete(track);
  }
  getTracks(): FakeTrack[] {
    return [...this.#tracks];
  }
  getAudioTracks(): FakeTrack[] {
    return this.getTracks().filter(({ kind }) => kind === "audio");
  }
  getVideoTracks(): FakeTrack[] {
    return this.getTracks().filter(({ kind }) => kind === "video");
  }
}

/** Devices of a browser that answers when the test says so. */
function browser() {
  const asked: { kinds: string; answer: (refusal?: string) => Promise<void> }[] = [];
  const tracks: FakeTrack[] = [];
  const getUserMedia = (constraints: Record<Kind, unknown>) =>
    new Promise((resolve, reject) => {
      const kinds = Object.keys(constraints) as Kind[];
      const answer = async (refusal?: string): Promise<void> => {
        const opened = kinds.map((kind) => new FakeTrack(kind));
        if (refusal) reject(new DOMException(refusal, refusal));
        else resolve(new FakeStream(opened));
        if (!refusal) tracks.push(...opened);
        for (let turn = 0; turn < 20; turn++) await Promise.resolve();
      };
      asked.push({ kinds: kinds.join(" and "), answer });
    });
  vi.stubGlobal("navigator", { mediaDevices: { getUserMedia } });
  const changed = vi.fn();
  const devices = new Devices(changed);
  const live = () => tracks.filter((track) => track.live).map(({ kind }) => kind).sort();
  const sent = () => devices.stream.getTracks().map(({ kind }) => kind).sort();
  const answer = (refusal?: string) => asked.shift()!.answer(refusal);
  return { devices, asked, answer, live, sent, tracks, changed };
}

async function withBoth() {
  const all = browser();
  void all.devices.open();
  await all.answer();
  return all;
}

beforeEach(() => {
  vi.stubGlobal("isSecureContext", true);
  vi.stubGlobal("MediaStream", FakeStream);
});
afterEach(() => void vi.unstubAllGlobals());

describe("the demo's camera", () => {
  test.each([
    [1, true],
    [2, false],
    [3, true],
    [4, false],
  ])("clicked %i times while it opens: on is %s, and it is one camera", async (clicks, on) => {
    const { devices, asked, answer, live, sent } = await withBoth();
    void devices.toggleCamera();
    expect([devices.camera, live()]).toEqual([false, ["audio"]]);
    for (let click = 0; click < clicks; click++) void devices.toggleCamera();
    expect(asked).toHaveLength(1);
    expect(devices.cameraWanted).toBe(on);
    await answer();
    const expected = on ? ["audio", "video"] : ["audio"];
    expect([devices.camera, devices.cameraWanted, live(), sent(), asked.length]).toEqual([on, on, expected, expected, 0]);
    void devices.toggleCamera(); // and can be clicked again
    if (!on) await answer();
    expect([devices.camera, live()]).toEqual([!on, on ? ["audio"] : ["audio", "video"]]);
  });

  test("that cannot be opened is off, and says why only to who still wants it", async () => {
    const { devices, answer, live } = await withBoth();
    void devices.toggleCamera();
    void devices.toggleCamera();
    await answer("NotReadableError");
    expect([devices.cameraWanted, devices.problem?.reason]).toEqual([false, "media-busy"]);
    void devices.toggleCamera();
    await answer();
    expect([devices.cameraWanted, devices.problem, live()]).toEqual([true, undefined, ["audio", "video"]]);
    for (let click = 0; click < 3; click++) void devices.toggleCamera(); // off, on, off
    await answer("NotReadableError");
    expect([devices.cameraWanted, devices.problem]).toEqual([false, undefined]);
  });

  test("that is unplugged is off, and can be turned on again", async () => {
    const { devices, answer, tracks, sent } = await withBoth();
    tracks.find(({ kind }) => kind === "video")!.dispatchEvent(new Event("ended"));
    expect([devices.cameraWanted, sent()]).toEqual([false, ["audio"]]);
    void devices.toggleCamera();
    await answer();
    expect(sent()).toEqual(["audio", "video"]);
  });
});

describe("Try again", () => {
  test("clicked twice asks once", async () => {
    const { devices, asked, answer, live } = browser();
    for (let click = 0; click < 2; click++) void devices.open();
    expect(asked).toHaveLength(1);
    await answer();
    expect([asked.length, live()]).toEqual([0, ["audio", "video"]]);
  });

  test("asks only for what is missing, and leaves a microphone muted that was", async () => {
    const { devices, asked, answer, live } = browser();
    void devices.open();
    await answer("NotReadableError");
    expect(asked.map(({ kinds }) => kinds)).toEqual(["audio"]);
    await answer();
    await answer("NotReadableError");
    expect([devices.problem?.reason, devices.mic, devices.cameraWanted]).toEqual(["media-busy", true, false]);
    devices.toggleMic();
    void devices.open();
    expect(asked.map(({ kinds }) => kinds)).toEqual(["video"]);
    await answer();
    expect([devices.problem, devices.mic, live()]).toEqual([undefined, false, ["audio", "video"]]);
  });

  test("while a camera opens that was turned on asks for the microphone after it", async () => {
    const { devices, asked, answer, tracks, live } = await withBoth();
    tracks.find(({ kind }) => kind === "audio")!.dispatchEvent(new Event("ended"));
    void devices.toggleCamera();
    void devices.toggleCamera();
    void devices.open();
    expect(asked.map(({ kinds }) => kinds)).toEqual(["video"]);
    await answer();
    expect(asked.map(({ kinds }) => kinds)).toEqual(["audio"]);
    await answer();
    expect(live()).toEqual(["audio", "video"]);
  });

  test("a person who said no is asked no more", async () => {
    const { devices, asked, answer, changed } = browser();
    void devices.open();
    await answer("NotAllowedError");
    expect([devices.problem?.reason, devices.cameraWanted, asked.length]).toEqual(["media-denied", false, 0]);
    expect(changed).toHaveBeenCalledTimes(1);
  });
});
