import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Monitor } from "../src/index.ts";
import { chromium } from "./reports.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

/** A connection whose report and loudness the test sets. */
class FakeConnection {
  second = 0;
  level = 0;
  more: Parameters<typeof chromium>[1] = {};
  asked = 0;
  plays = true;
  #played = 0;
  readonly film = { track: { kind: "audio" }, getSynchronizationSources: () => [{ audioLevel: 1, timestamp: performance.now() }] };
  async getStats(): Promise<RTCStatsReport> {
    this.asked++;
    return chromium(this.second++, { IT01V: { packetsLost: 0 }, RIV: { fractionLost: 0 }, ...this.more });
  }
  getReceivers() {
    if (this.plays) this.#played++;
    const sources = [{ audioLevel: this.level, timestamp: this.#played, source: 1, rtpTimestamp: 1 }];
    const silent = { track: { kind: "video" }, getSynchronizationSources: () => [{ audioLevel: 1, timestamp: Infinity }] };
    return [silent, this.film, { track: { kind: "audio" }, getSynchronizationSources: () => sources }];
  }
}

function inCall(...names: string[]) {
  const peers = new Map<string, { name: string; state: string; connection: FakeConnection; tracks: Map<string, unknown> }>();
  for (const name of names) {
    const connection = new FakeConnection();
    const tracks = new Map([["film", { kind: "screen-audio", track: connection.film.track }]]);
    peers.set(name, { name, state: "connected", connection, tracks });
  }
  const publications = new Map([["film", { kind: "screen-audio", track: {} }], ["mine", { kind: "microphone", track: {} }]]);
  const call = { name: "ada", state: "joined", peers, publications };
  const monitor = new Monitor(call as never);
  return { call, monitor, peers, of: (name: string) => peers.get(name)! };
}

const seconds = (n: number): Promise<unknown> => vi.advanceTimersByTimeAsync(n * 1_000);

describe("stats and quality", () => {
  test("come each second, and cost nothing when nobody listens", async () => {
    const { monitor, of } = inCall("bob");
    const bits: [string, number][] = [];
    await seconds(5);
    expect([vi.getTimerCount(), of("bob").connection.asked]).toEqual([0, 0]);

    const off = monitor.on("stats", ({ peer, stats }) => bits.push([peer.name, stats.bitrateIn]));
    await seconds(2);
    expect(bits).toEqual([["bob", 0], ["bob", 832_000], ["bob", 832_000]]);
    expect(monitor.stats.get("bob")?.bitrateIn).toBe(832_000);

    off();
    expect(vi.getTimerCount()).toBe(0);
    expect(monitor.stats.size).toBe(0);
  });

  test("end by a signal too, and start one timer for many listeners", () => {
    const { monitor } = inCall("bob");
    const stop = new AbortController();
    for (let n = 0; n < 3; n++) monitor.on(n ? "stats" : "quality", () => {}, { signal: stop.signal });
    expect(vi.getTimerCount()).toBe(1);
    stop.abort();
    expect(vi.getTimerCount()).toBe(0);
  });

  test("tell a quality once it is known, then when it changes", async () => {
    const { monitor, of } = inCall("bob");
    const told: string[] = [];
    monitor.on("quality", ({ peer, level, reason }) => told.push(`${peer.name} ${level} ${reason ?? ""}`.trim()));
    await seconds(3);
    expect(told).toEqual(["bob good"]);
    of("bob").connection.more = { RIV: { fractionLost: 0.2 } };
    await seconds(3);
    of("bob").connection.more = {};
    await seconds(6);
    expect(told).toEqual(["bob good", "bob poor packet-loss", "bob good"]);
    expect(monitor.quality.get("bob")).toEqual({ level: "good" });
  });

  test("are poor while a connection that was there is lost, and unknown before it is there", async () => {
    const { monitor, of } = inCall("bob", "cyd");
    const told: string[] = [];
    of("cyd").state = "connecting";
    monitor.on("quality", ({ peer, level }) => told.push(`${peer.name} ${level}`));
    await seconds(2);
    of("bob").state = "reconnecting";
    await seconds(4);
    expect(told).toEqual(["bob good", "bob poor"]);
  });

  test("begin anew with a new RTCPeerConnection, and survive one that fails", async () => {
    const { monitor, of } = inCall("bob");
    const bits: number[] = [];
    monitor.on("stats", ({ stats }) => bits.push(stats.bitrateIn));
    await seconds(1);
    of("bob").connection = Object.assign(new FakeConnection(), { second: 100 });
    await seconds(2);
    expect(bits).toEqual([0, 832_000, 0, 832_000]);
    of("bob").connection.getStats = () => Promise.reject(new DOMException("closed", "InvalidStateError"));
    await seconds(2);
    expect(bits).toHaveLength(4);
  });

  test("ask no second time while the browser has not answered", async () => {
    const { monitor, of } = inCall("bob");
    const { connection } = of("bob");
    let answer = (_: RTCStatsReport): void => {};
    connection.getStats = () => (connection.asked++, new Promise((resolve) => (answer = resolve)));
    const told: string[] = [];
    const off = monitor.on("stats", ({ peer }) => told.push(peer.name));
    await seconds(5);
    expect(connection.asked).toBe(1);
    answer(chromium(0));
    await seconds(1);
    expect([connection.asked, told]).toEqual([2, ["bob"]]);
    off();
    answer(chromium(1));
    await seconds(1);
    expect([told, monitor.stats.size]).toEqual([["bob"], 0]);
  });

  test("forget who has gone, and end with the call", async () => {
    fakeAudio();
    const { monitor, peers, call } = inCall("bob", "cyd");
    monitor.on("stats", () => {});
    monitor.on("speakers", () => {});
    await seconds(2);
    peers.delete("bob");
    await seconds(1);
    expect([[...monitor.stats.keys()], [...monitor.quality.keys()]]).toEqual([["cyd"], ["cyd"]]);
    call.state = "left";
    await seconds(1);
    expect(vi.getTimerCount()).toBe(0);
    monitor.on("stats", () => {});
    expect(vi.getTimerCount()).toBe(0);
  });
});

/** An AudioContext that hears what the test says. */
function fakeAudio() {
  const audio = { level: 0, contexts: 0, resumed: 0, state: "running", track: undefined as unknown };
  class Context {
    get state(): string {
      return audio.state;
    }
    constructor() {
      audio.contexts++;
    }
    createAnalyser() {
      return { fftSize: 2048, getFloatTimeDomainData: (samples: Float32Array) => samples.fill(audio.level) };
    }
    createMediaStreamSource({ tracks }: { tracks: unknown[] }) {
      [audio.track] = tracks;
      return { connect() {} };
    }
    async resume(): Promise<void> {
      audio.resumed++;
    }
    async close(): Promise<void> {
      audio.contexts--;
    }
  }
  vi.stubGlobal("AudioContext", Context);
  vi.stubGlobal("navigator", { userActivation: { isActive: true } });
  vi.stubGlobal("MediaStream", class {
    readonly tracks: unknown[];
    constructor(tracks: unknown[]) {
      this.tracks = tracks;
    }
  });
  return audio;
}

describe("who speaks", () => {
  test("is told by name, the loudest first, and the listening ends with the last listener", async () => {
    const audio = fakeAudio();
    const { monitor, of } = inCall("bob", "cyd");
    const told: string[] = [];
    const lists: (readonly string[])[] = [];
    const off = [
      monitor.on("speaking", ({ peer, speaking }) => told.push(`${peer?.name ?? "me"} ${speaking}`)),
      monitor.on("speakers", (names) => lists.push(names)),
    ];
    of("bob").connection.level = 0.1;
    await seconds(1);
    of("cyd").connection.level = 0.5;
    await seconds(2);
    audio.level = 0.2;
    of("bob").connection.level = of("cyd").connection.level = 0;
    await seconds(2);
    expect(told).toEqual(["bob true", "cyd true", "me true", "bob false", "cyd false"]);
    expect(lists[0]).toEqual(["bob"]);
    expect(lists).toContainEqual(["cyd", "bob"]);
    expect(monitor.speakers).toEqual(["ada"]);
    expect(of("bob").connection.asked).toBe(0);

    for (const end of off) end();
    expect([vi.getTimerCount(), audio.contexts, monitor.speakers]).toEqual([0, 0, []]);
  });

  test("no longer has whose packets have ceased, though the browser tells their last level", async () => {
    fakeAudio();
    const { monitor, of } = inCall("bob");
    monitor.on("speakers", () => {});
    of("bob").connection.level = 0.3;
    await seconds(1);
    expect(monitor.speakers).toEqual(["bob"]);
    of("bob").connection.plays = false;
    await seconds(2);
    expect(monitor.speakers).toEqual([]);
  });

  test("hears the microphone of the moment, once the page may", async () => {
    const audio = fakeAudio();
    const { monitor, call } = inCall("bob");
    audio.state = "suspended";
    monitor.on("speakers", () => {});
    await seconds(1);
    expect([audio.contexts, audio.resumed > 0]).toEqual([1, true]);
    audio.state = "running";
    const first = audio.track;
    call.publications.set("mine", { kind: "microphone", track: {} });
    await seconds(1);
    expect(audio.contexts).toBe(1);
    expect(audio.track).not.toBe(first);
    call.publications.delete("mine");
    await seconds(1);
    expect(audio.contexts).toBe(0);
  });

  test("hears the others where the browser gives no AudioContext", async () => {
    const audio = fakeAudio();
    vi.stubGlobal("AudioContext", class {
      constructor() {
        audio.contexts++;
        throw new DOMException("too many", "NotSupportedError");
      }
    });
    const { monitor, of } = inCall("bob");
    monitor.on("speakers", () => {});
    of("bob").connection.level = 0.3;
    await seconds(2);
    expect([audio.contexts, monitor.speakers]).toEqual([1, ["bob"]]);
  });

  test("ends with the call", async () => {
    const audio = fakeAudio();
    const { monitor, call } = inCall("bob");
    monitor.on("speaking", () => {});
    await seconds(1);
    call.state = "left";
    await seconds(1);
    expect([vi.getTimerCount(), audio.contexts]).toEqual([0, 0]);
  });

  test("forgets who has left in the middle of a word", async () => {
    fakeAudio();
    const { monitor, of, peers } = inCall("bob");
    const lists: (readonly string[])[] = [];
    monitor.on("speakers", (names) => lists.push(names));
    of("bob").connection.level = 0.3;
    await seconds(1);
    peers.delete("bob");
    await seconds(1);
    expect(lists).toEqual([["bob"], []]);
  });
});
