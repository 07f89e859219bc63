import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Link } from "../src/call/link.ts";
import type { PeerSignal } from "../src/call/signal.ts";
import type { Outgoing } from "../src/media/senders.ts";
import { fakePeerConnections, fakeStream, fakeTrack } from "./fake-peer-connection.ts";
import { settle } from "./fake-socket.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());


function side(page: string, { polite = false, wait = false, published = [] as Outgoing[] } = {}) {
  const fakes = fakePeerConnections();
  const sent: PeerSignal[] = [];
  let sessions = 0;
  const make = (waiting: boolean) =>
    new Link({
      polite,
      wait: waiting,
      session: () => `${page}.${++sessions}`,
      ice: [],
      published,
      send: (signal) => sent.push(signal),
      RTCPeerConnection: fakes.RTCPeerConnection,
    });
  const link = make(wait);
  const errors = vi.fn();
  link.on("error", errors);
  return { link, sent, errors, ...fakes };
}
function camera(track: MediaStreamTrack): Outgoing {
  return { name: "camera", kind: "camera", track, muted: false, stream: fakeStream(), codecs: [], degradation: "balanced" };
}
type Side = ReturnType<typeof side>;

async function deliver(from: Side, to: Side): Promise<void> {
  for (const signal of from.sent.splice(0)) to.link.receive(structuredClone(signal));
  await settle();
}

async function exchange(a: Side, b: Side): Promise<void> {
  await settle();
  for (let rounds = 0; a.sent.length + b.sent.length > 0; rounds++) {
    if (rounds > 20) throw new Error("they never agree");
    await deliver(a, b);
    await deliver(b, a);
  }
}

function tied(a: Side, b: Side): boolean {
  const holds = (one: Side, other: Side) => one.last()?.remoteDescription?.sdp.includes(`key${other.last()?.id} `) === true;
  return holds(a, b) && holds(b, a) && a.last().signalingState === "stable" && b.last().signalingState === "stable";
}

/** Both are stable, and each holds the other's key. */
function expectTied(a: Side, b: Side): void {
  expect([a.last().signalingState, b.last().signalingState]).toEqual(["stable", "stable"]);
  expect(a.last().remoteDescription?.sdp).toContain(`key${b.last().id} `);
  expect(b.last().remoteDescription?.sdp).toContain(`key${a.last().id} `);
}

const newcomer = () => side("new", { polite: true });
const resident = () => side("old", { wait: true });

describe("Link", () => {
  test("who was there first waits for the newcomer's offer: one offer, one answer", async () => {
    const [a, b] = [newcomer(), resident()];
    await settle();
    expect([a.all.length, b.all.length]).toEqual([1, 0]);
    expect(a.sent).toMatchObject([{ session: "new.1", description: { type: "offer" } }]);
    await deliver(a, b);
    expect(b.sent).toMatchObject([{ session: "old.1", for: "new.1", description: { type: "answer" } }]);
    await exchange(a, b);
    expectTied(a, b);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(b.all).toHaveLength(1);
  });

  test("also for one who comes again before the offer, as a page that is reloaded twice", async () => {
    const b = resident();
    await vi.advanceTimersByTimeAsync(3_000);
    b.link.rejoined();
    await vi.advanceTimersByTimeAsync(3_000);
    expect(b.all).toHaveLength(0);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(b.all).toHaveLength(1);
  });

  test("but not for ever", async () => {
    const b = resident();
    await vi.advanceTimersByTimeAsync(4_000);
    await settle();
    expect(b.sent).toMatchObject([{ description: { type: "offer" } }]);
  });

  test("two who offer at once agree", async () => {
    const [a, b] = [newcomer(), side("old")];
    await exchange(a, b);
    expectTied(a, b);
  });

  test.each([[true], [false]])("so do they when one of them alone sends something (the polite one: %s)", async (polite) => {
    const published = [camera(fakeTrack("video"))];
    const [a, b] = [side("new", { polite, published }), side("old", { polite: !polite })];
    await exchange(a, b);
    expectTied(a, b);
    expect(a.errors).not.toHaveBeenCalled();
    expect(b.errors).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(5_000);
    expect([...a.sent, ...b.sent]).toEqual([]);
  });

  test.each([[true], [false]])("a description that is refused begins it anew (polite: %s)", async (polite) => {
    const [a, b] = [side("a", { polite }), side("b", { polite: !polite, wait: true })];
    await exchange(a, b);
    for (const [from, to] of [[a, b], [b, a]] as const) {
      for (const type of ["offer", "answer"]) {
        to.last().become("connected");
        (type === "offer" ? from : to).last().restartIce();
        await settle();
        if (type === "answer") await deliver(to, from);
        (from.sent[0] as { description: RTCSessionDescriptionInit }).description = { type: type as "offer", sdp: "nonsense" };
        const former = to.last();
        await exchange(a, b);
        expect(to.errors).toHaveBeenCalledWith(expect.objectContaining({ reason: "bad-signal" }));
        expect(to.last()).toBe(former);
        await vi.advanceTimersByTimeAsync(500);
        await exchange(a, b);
        expect(to.last()).not.toBe(former);
        expectTied(a, b);
      }
    }
  });

  test("descriptions that are refused again and again begin it anew less and less often", async () => {
    const b = side("b");
    await settle();
    const after = async (ms: number): Promise<number> => {
      const before = b.all.length;
      for (const { session } of b.sent.splice(0)) {
        b.link.receive({ session: "foreign.1", for: session, description: { type: "answer", sdp: "nonsense" } });
      }
      await vi.advanceTimersByTimeAsync(ms - 10);
      expect(b.all.length).toBe(before);
      await vi.advanceTimersByTimeAsync(20);
      return b.all.length - before;
    };
    for (const ms of [500, 2_000, 8_000, 32_000, 32_000, 32_000]) expect(await after(ms)).toBe(1);
    b.last().become("connected");
    expect(await after(500)).toBe(1);
  });

  test.each([[true], [false]])("a connected side replaces its connection when the other starts afresh (polite: %s)", async (polite) => {
    const [a, b] = [side("a", { polite }), side("b", { polite: !polite, wait: true })];
    await exchange(a, b);
    b.last().become("connected");
    const reloaded = side("reloaded", { polite });
    await exchange(reloaded, b);
    expectTied(reloaded, b);
    expect(b.all).toHaveLength(2);
    expect(b.all[0]!.signalingState).toBe("closed");
    expect(b.link.state).toBe("connecting");
    expect(b.errors).not.toHaveBeenCalled();
  });

  test.each([[true], [false]])("what was meant for a former connection does not reach the present one (polite: %s)", async (polite) => {
    const [a, b] = [side("new", { polite: !polite }), side("old", { polite, wait: true })];
    await exchange(a, b);
    a.last().restartIce(); // an offer for old.1 …
    await settle();
    const late = a.sent.splice(0);
    expect(late).toMatchObject([{ for: "old.1" }]);
    b.link.renew(); // … which is replaced meanwhile
    await settle();
    const present = b.last();
    for (const signal of late) b.link.receive(signal);
    await settle();
    expect(present.remoteDescription).toBeNull();
    await exchange(a, b);
    expectTied(a, b);
  });

  test("candidates of a fresh start whose offer was lost do no harm", async () => {
    const [a, b] = [newcomer(), resident()];
    await exchange(a, b);
    const reloaded = side("reloaded", { polite: true });
    await settle();
    reloaded.last().gather("homeless");
    reloaded.last().gather(null);
    const [, candidates] = reloaded.sent;
    b.link.receive(candidates);
    await vi.advanceTimersByTimeAsync(500);
    reloaded.sent.length = 0;
    reloaded.link.renew();
    await exchange(reloaded, b);
    expectTied(reloaded, b);
    expect(b.last().candidates).toEqual([]);
    expect(b.errors).not.toHaveBeenCalled();
  });

  test("stragglers of a session that has been replaced are dropped", async () => {
    const [a, b] = [newcomer(), resident()];
    await settle();
    const straggler = a.sent[0]!;
    a.link.renew();
    await settle();
    a.sent.shift();
    await exchange(a, b);
    expectTied(a, b);
    const count = b.all.length;
    b.link.receive(straggler);
    await exchange(a, b);
    expect(b.all).toHaveLength(count);
    expectTied(a, b);
  });

  test.each([[true], [false]])("both starting afresh at once agree in the end (polite: %s)", async (polite) => {
    const [a, b] = [side("a", { polite }), side("b", { polite: !polite })];
    await exchange(a, b);
    a.link.rejoined();
    b.link.rejoined();
    await exchange(a, b);
    expectTied(a, b);
    a.link.renew();
    b.link.renew();
    await exchange(a, b);
    expectTied(a, b);
  });

  test.each([[true], [false]])("starting afresh in the midst of a description holds nothing up (polite: %s)", async (polite) => {
    for (let turns = 1; turns <= 24; turns++) {
      const [a, b] = [side("new", { polite: !polite }), side("old", { polite, wait: true })];
      await settle();
      b.link.receive(a.sent.shift());
      for (let turn = 0; turn < turns; turn++) await Promise.resolve();
      b.link.renew();
      await exchange(a, b);
      expectTied(a, b);
      b.last().gather("found");
      await vi.advanceTimersByTimeAsync(50);
      await exchange(a, b);
      expect(a.last().candidates, `after ${turns} turns`).toEqual(["found"]);
    }
  });

  test("close() lets go who waits for a track to be in its place", async () => {
    const b = resident();
    b.link.renew();
    const publication = camera(fakeTrack("video"));
    await b.link.publish([publication]);
    const placed = b.link.publish([{ ...publication, track: fakeTrack("video") }]);
    await Promise.resolve(); // the browser has been asked
    b.link.close();
    await placed;
  });

  test("keeps a connection that works when the other took its seat anew", async () => {
    const [a, b] = [newcomer(), resident()];
    await exchange(a, b);
    b.last().become("connected");
    b.link.rejoined();
    await settle();
    expect(b.all).toHaveLength(1);
    b.last().become("disconnected");
    b.link.rejoined();
    expect(b.all).toHaveLength(2);
  });

  test("forwards the frames that come over the connection in place alone", async () => {
    const b = resident();
    const log: unknown[] = [];
    b.link.on("frame", (frame) => log.push(frame));
    expect(b.link.sendFrame({})).toBe(false);
    b.link.renew();
    const former = b.last();
    former.control.onmessage?.({ data: "{}" });
    b.link.renew();
    former.control.onmessage?.({ data: "{}" });
    expect(log).toEqual([{}]);
  });

  test("tells of each connection in place before it does anything, and of the channels that the other side opens on it", async () => {
    const b = resident();
    const told: unknown[] = [];
    b.link.on("connection", (connection) => told.push(connection));
    b.link.on("state", (state) => told.push(state));
    b.link.on("datachannel", (channel) => told.push(channel));
    await vi.advanceTimersByTimeAsync(4_000);
    const [first] = b.all;
    first!.ondatachannel?.({ channel: "one" } as never);
    const late = first!.ondatachannel;
    first!.become("connected");
    b.link.renew();
    late?.({ channel: "of the one before" } as never);
    b.last().ondatachannel?.({ channel: "two" } as never);
    expect(told).toEqual([first, "one", "connected", b.last(), "connecting", "two"]);
    expect(b.link.connection).toBe(b.last());
    expect(first!.ondatachannel).toBeNull();
  });

  test("ignores what is none of its business", async () => {
    const b = resident();
    const foreign = [undefined, null, 7, "x", [], {}, { session: "x" }, { description: { type: "offer", sdp: "" } }];
    for (const data of foreign) b.link.receive(data);
    await settle();
    expect(b.all).toHaveLength(0);
    expect(b.errors).not.toHaveBeenCalled();
  });

  test("close() ends it", async () => {
    const [a, b] = [newcomer(), resident()];
    await exchange(a, b);
    b.link.close();
    expect(b.link.state).toBe("closed");
    expect(b.last().signalingState).toBe("closed");
    a.link.renew();
    await exchange(a, b);
    expect(b.all).toHaveLength(1);
  });

  test("whatever is lost, late or started afresh, they agree in the end, at the latest when the attempt is given up", async () => {
    for (let seed = 1; seed <= 300; seed++) {
      let state = seed;
      const random = (below: number): number => (state = (state * 48_271) % 2_147_483_647) % below;
      const [a, b] = [side(`a${seed}`, { polite: seed % 2 === 0 }), side(`b${seed}`, { polite: seed % 2 === 1, wait: seed % 3 === 0 })];
      for (let step = 0; step < 12; step++) {
        const [from, to] = random(2) ? [a, b] : [b, a];
        const letter = from.sent.splice(random(2), 1)[0];
        switch (random(6)) {
          case 0:
            from.link.renew();
            break;
          case 1:
            from.link.rejoined();
            break;
          case 2:
            break; // the letter is lost
          default:
            if (letter) to.link.receive(letter);
            if (letter && random(4) === 0) to.link.receive(letter);
        }
        await vi.advanceTimersByTimeAsync([0, 1, 600][random(3)]!);
      }
      for (let attempt = 0; attempt < 3 && !tied(a, b); attempt++) {
        await exchange(a, b);
        await vi.advanceTimersByTimeAsync(tied(a, b) ? 0 : 20_000);
      }
      await exchange(a, b);
      expect(tied(a, b), `seed ${seed}`).toBe(true);
      a.link.close();
      b.link.close();
    }
  });
});
