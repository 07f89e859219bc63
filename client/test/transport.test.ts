import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { type ParleyError, Transport, type TransportState } from "../src/index.ts";
import { type FakeSocket, fakeSockets, settle } from "./fake-socket.ts";

beforeEach(() => {
  vi.useFakeTimers();
  vi.spyOn(Math, "random").mockReturnValue(1); // every wait is its ceiling
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

async function opened(respond?: FakeSocket["respond"]) {
  const fakes = fakeSockets(respond);
  const transport = new Transport("wss://signal.test/prod", { WebSocket: fakes.WebSocket, timeout: 1_000 });
  const states: TransportState[] = [];
  transport.on("state", (state) => states.push(state));
  const opening = transport.open();
  fakes.last().open();
  await opening;
  return { transport, states, ...fakes };
}

describe("open", () => {
  test("offers the subprotocol parley.v1", async () => {
    const { sockets } = await opened();
    expect(sockets[0]).toMatchObject({ url: "wss://signal.test/prod", protocols: ["parley.v1"] });
  });

  test("offers a token, asked for anew for each connection", async () => {
    const { WebSocket, sockets, last } = fakeSockets();
    let n = 0;
    const transport = new Transport("wss://x.test", { WebSocket, token: async () => `t${++n}` });
    const opening = transport.open();
    await settle();
    last().open();
    await opening;
    last().lose();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(sockets.slice(0, 2).map((s) => s.protocols)).toEqual([
      ["parley.v1", "parley.token.t1"],
      ["parley.v1", "parley.token.t2"],
    ]);
    transport.close();
    const fixed = new Transport("wss://x.test", { WebSocket, token: "a.b.c" });
    void fixed.open().catch(() => undefined);
    expect(last().protocols).toEqual(["parley.v1", "parley.token.a.b.c"]);
    fixed.close();
  });

  test("says when the page has no token, and opens nothing when closed meanwhile", async () => {
    const { WebSocket, sockets } = fakeSockets();
    const without = new Transport("wss://x.test", { WebSocket, token: () => Promise.reject(new Error("signed out")) });
    await expect(without.open()).rejects.toMatchObject({ reason: "no-token", retry: true });
    const closed = new Transport("wss://x.test", { WebSocket, token: async () => "t" });
    const opening = closed.open();
    closed.close();
    await expect(opening).rejects.toMatchObject({ reason: "aborted" });
    expect(sockets).toHaveLength(0);
  });

  test("rejects when the handshake fails, and does not try again", async () => {
    const { WebSocket, sockets, last } = fakeSockets();
    const transport = new Transport("wss://signal.test/prod", { WebSocket });
    const opening = expect(transport.open()).rejects.toMatchObject({ reason: "socket-closed", retry: true });
    last().lose();
    await opening;
    await vi.advanceTimersByTimeAsync(120_000);
    expect(sockets).toHaveLength(1);
    expect(transport.state).toBe("closed");
  });

  test("rejects when nothing answers in time", async () => {
    const { WebSocket, last } = fakeSockets();
    const transport = new Transport("wss://x.test", { WebSocket, timeout: 3_000 });
    const opening = expect(transport.open()).rejects.toMatchObject({ reason: "timeout" });
    await vi.advanceTimersByTimeAsync(3_000);
    await opening;
    expect(last().closed).toBe(true);
  });

  test("names a URL that the browser refuses", async () => {
    class Refusing {
      constructor() {
        throw new SyntaxError("no");
      }
    }
    const transport = new Transport("nonsense", { WebSocket: Refusing as never });
    await expect(transport.open()).rejects.toMatchObject({ reason: "bad-url" });
  });

  test("says where there is no WebSocket", async () => {
    vi.stubGlobal("WebSocket", undefined);
    await expect(new Transport("wss://signal.test/prod").open()).rejects.toMatchObject({ reason: "bad-request", message: /WebSocket/ });
  });

  test("is ended by its signal, and by close()", async () => {
    const { WebSocket, last } = fakeSockets();
    const abort = new AbortController();
    const aborted = expect(new Transport("wss://x.test", { WebSocket }).open(abort.signal)).rejects.toMatchObject({ reason: "aborted" });
    abort.abort();
    await aborted;
    expect(last().closed).toBe(true);

    const transport = new Transport("wss://x.test", { WebSocket });
    const closed = expect(transport.open()).rejects.toMatchObject({ reason: "aborted" });
    transport.close();
    await closed;
    expect(last().closed).toBe(true);
  });
});

describe("request", () => {
  test("gives each answer to the request with its id, whatever the order", async () => {
    const { transport, last } = await opened();
    const first = transport.request({ action: "ping" });
    const second = transport.request({ action: "ice" });
    const [a, b] = last().sent;
    expect(a!["id"]).not.toBe(b!["id"]);
    last().say({ type: "ice", id: b!["id"] as string, servers: [] });
    last().say({ type: "pong", id: a!["id"] as string });
    await expect(first).resolves.toMatchObject({ type: "pong" });
    await expect(second).resolves.toMatchObject({ type: "ice" });
  });

  test("rejects with the server's error", async () => {
    const { transport } = await opened(() => ({ type: "error", code: "rate-limited", message: "slow down", retry: true }));
    const error = { reason: "rate-limited", message: "slow down", retry: true };
    await expect(transport.request({ action: "ping" })).rejects.toMatchObject(error);
  });

  test("rejects when no answer comes in time, and ignores one that comes later", async () => {
    const { transport, last } = await opened();
    const late = expect(transport.request({ action: "ping" })).rejects.toMatchObject({ reason: "timeout", retry: true });
    await vi.advanceTimersByTimeAsync(1_000);
    await late;
    const frames = vi.fn();
    transport.on("frame", frames);
    last().say({ type: "pong", id: last().sent[0]!["id"] as string });
    expect(frames).not.toHaveBeenCalled();
  });

  test("rejects when its signal aborts", async () => {
    const { transport } = await opened();
    const abort = new AbortController();
    const request = transport.request({ action: "ping" }, { signal: abort.signal });
    abort.abort();
    await expect(request).rejects.toMatchObject({ reason: "aborted" });
    await expect(transport.request({ action: "ping" }, { signal: abort.signal })).rejects.toMatchObject({ reason: "aborted" });
  });

  test("refuses a frame over 32 KB, counted in bytes, before it would close the socket", async () => {
    const { transport, last } = await opened(() => ({ type: "ok" }));
    const frame = (data: string) => ({ action: "broadcast", room: "r", data }) as const;
    const room = 32_768 - JSON.stringify({ ...frame(""), id: "1" }).length;
    await expect(transport.request(frame("x".repeat(room)))).resolves.toMatchObject({ type: "ok" });
    await expect(transport.request(frame("x".repeat(room + 1)))).rejects.toMatchObject({ reason: "too-large", retry: false });
    await expect(transport.request(frame("é".repeat(room - 10)))).rejects.toMatchObject({ reason: "too-large" });
    await expect(transport.request(frame("x".repeat(1e7)))).rejects.toMatchObject({ reason: "too-large" });
    expect(last().sent).toHaveLength(1);
  });

  test("rejects at once while there is no connection", async () => {
    const { transport, last } = await opened();
    last().lose();
    await expect(transport.request({ action: "ping" })).rejects.toMatchObject({ reason: "socket-closed", retry: true });
  });
});

describe("reconnection", () => {
  test("rejects what waits, then tries again with waits that double up to 30 s", async () => {
    const { transport, states, sockets, last } = await opened();
    const waiting = expect(transport.request({ action: "ping" })).rejects.toMatchObject({ reason: "socket-closed" });
    last().lose();
    await waiting;
    for (const wait of [500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]) {
      const before = sockets.length;
      await vi.advanceTimersByTimeAsync(wait - 1);
      expect(sockets, `before ${wait} ms`).toHaveLength(before);
      await vi.advanceTimersByTimeAsync(1);
      expect(sockets, `after ${wait} ms`).toHaveLength(before + 1);
      last().lose();
      await vi.advanceTimersByTimeAsync(0);
    }
    expect(states.slice(0, 4)).toEqual(["connecting", "open", "waiting", "connecting"]);
  });

  test("starts again with short waits after a success", async () => {
    const { transport, sockets, last } = await opened();
    for (let i = 0; i < 3; i++) {
      last().lose();
      await vi.advanceTimersByTimeAsync(500);
      last().open();
      await settle();
      expect(transport.state).toBe("open");
    }
    expect(sockets).toHaveLength(4);
  });

  test("spreads clients over the whole wait", async () => {
    vi.mocked(Math.random).mockReturnValue(0.25);
    const { sockets, last } = await opened();
    last().lose();
    await vi.advanceTimersByTimeAsync(125);
    expect(sockets).toHaveLength(2);
  });

  test("does not sit out the wait when the network comes back", async () => {
    const listeners = new Map<string, () => void>();
    vi.stubGlobal("addEventListener", (name: string, listener: () => void) => listeners.set(name, listener));
    vi.stubGlobal("removeEventListener", (name: string) => listeners.delete(name));
    const { transport, sockets, last } = await opened();
    last().lose();
    listeners.get("online")!();
    expect(sockets).toHaveLength(2);
    await vi.advanceTimersByTimeAsync(900);
    expect(sockets).toHaveLength(2); // the wait it cut short does not end in a third
    transport.close();
    expect(listeners.size).toBe(0);
  });

  test("does not sit out the wait when renew() is called", async () => {
    const { transport, sockets, last } = await opened();
    last().lose();
    await expect(transport.renew()).rejects.toMatchObject({ reason: "socket-closed" });
    await expect(transport.renew()).rejects.toMatchObject({ reason: "socket-closed" });
    expect(sockets).toHaveLength(2); // not one more while that one is tried
    last().open();
    await settle();
    expect(transport.state).toBe("open");
  });

  test("ends with close(), which rejects what waits", async () => {
    const { transport, sockets, last } = await opened();
    const waiting = expect(transport.request({ action: "ping" })).rejects.toMatchObject({ reason: "aborted" });
    transport.close();
    await waiting;
    expect(last().closed).toBe(true);
    await vi.advanceTimersByTimeAsync(120_000);
    expect(sockets).toHaveLength(1);
  });
});

describe("keep-alive", () => {
  const minute = 60_000;

  test("pings after eight and a half minutes without a frame of ours, and only then", async () => {
    const { transport, last } = await opened(() => ({ type: "pong" }));
    await vi.advanceTimersByTimeAsync(8 * minute);
    void transport.request({ action: "ping" });
    await vi.advanceTimersByTimeAsync(8 * minute);
    expect(last().of("ping")).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(minute / 2);
    expect(last().of("ping")).toHaveLength(2);
    await vi.advanceTimersByTimeAsync(25 * minute);
    expect(last().of("ping")).toHaveLength(4);
  });

  test("takes an unanswered ping for a dead socket", async () => {
    const { states, sockets } = await opened();
    await vi.advanceTimersByTimeAsync(8.5 * minute + 1_000);
    expect(states.at(-1)).toBe("waiting");
    expect(sockets[0]!.closed).toBe(true);
    await vi.advanceTimersByTimeAsync(500);
    expect(sockets).toHaveLength(2);
  });
});

describe("a cable that was cut", () => {
  test("is found by the first request after it: when nothing at all is heard, a ping decides", async () => {
    const { transport, states, last } = await opened();
    void transport.request({ action: "ice" }).catch(() => {});
    await vi.advanceTimersByTimeAsync(499);
    expect(last().of("ping")).toHaveLength(0);
    await vi.advanceTimersByTimeAsync(1);
    expect(last().of("ping")).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(states.at(-1)).toBe("waiting");
  });

  test("is not taken for one that is only slow", async () => {
    const { transport, states, last } = await opened();
    const frame = { type: "peer-left", room: "r", rev: 2, peer: "ada", reason: "left" };
    const waiting = expect(transport.request({ action: "ice" })).rejects.toMatchObject({ reason: "timeout" });
    await vi.advanceTimersByTimeAsync(400);
    last().say(frame);
    await vi.advanceTimersByTimeAsync(600);
    await waiting;
    expect(last().of("ping")).toHaveLength(0);
    void transport.request({ action: "ice" }).catch(() => {});
    await vi.advanceTimersByTimeAsync(900);
    last().say(frame); // after the ping
    await vi.advanceTimersByTimeAsync(5_000);
    expect(states.at(-1)).toBe("open");
  });
});

describe("frames", () => {
  test("of a socket that was let go are not heard", async () => {
    const { transport, last } = await opened(() => undefined);
    const frames = vi.fn();
    transport.on("frame", frames);
    const former = last();
    transport.request({ action: "roster" }).catch(() => {});
    await vi.advanceTimersByTimeAsync(20_000); // no answer, and none to a ping
    expect(former.closed).toBe(true);
    former.say({ type: "kicked", room: "tea", by: "ada", reason: "replaced" });
    expect(frames).not.toHaveBeenCalled();
  });

  test("that answer nothing are events; of unknown types, those of a room are custom", async () => {
    const { transport, last } = await opened();
    const frames = vi.fn();
    const errors = vi.fn();
    transport.on("frame", frames);
    transport.on("error", errors);
    last().say({ type: "peer-left", room: "r", rev: 2, peer: "ada", reason: "left" });
    last().say({ type: "from-the-future" });
    last().say({ type: "from-the-future", room: 7 });
    const stroke = { type: "stroke", room: "r", from: "ada", n: 1 };
    last().say(stroke);
    expect(errors).not.toHaveBeenCalled();
    expect(frames.mock.calls).toEqual([
      [{ type: "peer-left", room: "r", rev: 2, peer: "ada", reason: "left" }],
      [{ type: "custom", room: "r", frame: stroke }],
    ]);
  });

  test("that cannot be read, and failures tied to no request, are errors", async () => {
    const { transport, last } = await opened();
    const errors: ParleyError[] = [];
    transport.on("error", (error) => errors.push(error));
    for (const text of ["nonsense", "[]", '{"a":1}', '{"type":"joined","room":7}']) last().say(text);
    last().say({ message: "Internal server error", connectionId: "x", requestId: "y" });
    last().say({ type: "error", code: "from-the-future", message: "?" });
    expect(errors.map((error) => error.reason)).toEqual(["bad-frame", "bad-frame", "bad-frame", "bad-frame", "internal", "internal"]);
  });

  test("reach every listener, even after one that throws", async () => {
    const { transport, last } = await opened();
    const uncaught = vi.fn();
    vi.stubGlobal("queueMicrotask", (task: () => void) => {
      try {
        task();
      } catch (error) {
        uncaught(error);
      }
    });
    const second = vi.fn();
    transport.on("frame", () => {
      throw new Error("a listener's own fault");
    });
    transport.on("frame", second);
    last().say({ type: "peer-left", room: "r", rev: 2, peer: "ada", reason: "left" });
    expect(second).toHaveBeenCalledOnce();
    expect(uncaught).toHaveBeenCalledOnce();
  });
});
