import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { createContext, Script } from "node:vm";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { isOld, type Io, type Release, releases } from "./socketio/releases.ts";

const require = createRequire(import.meta.url);
const shim = new Script(readFileSync(new URL("../parley-io.js", import.meta.url), "utf8"));
const clients = new Map(
  releases.map((release) => {
    const file = `dist/${isOld(release) ? "socket.io.js" : "socket.io.min.js"}`;
    return [release, new Script(readFileSync(require.resolve(`${release}/package.json`).replace("package.json", file), "utf8"))];
  }),
);

/** The sockets that pages have opened. */
let opened: Fake[] = [];

/** A WebSocket to nobody. */
class Fake {
  readonly sent: string[] = [];
  onopen?: () => void;
  onmessage?: (message: { data: string }) => void;
  onclose?: (event: object) => void;
  onerror?: (event: object) => void;

  readonly url: string;

  constructor(url: string) {
    this.url = url;
    opened.push(this);
  }

  send(frame: string): void {
    this.sent.push(frame);
  }

  close(): void {}

  /** Lets it open, with a server that says so. */
  greets(): void {
    this.onopen?.();
    this.says('0{"sid":"e","upgrades":[],"pingInterval":300000,"pingTimeout":330000,"maxPayload":32768}');
  }

  says(data: string): void {
    this.onmessage?.({ data });
  }
}

type Call = (uri?: unknown, options?: object) => ReturnType<Io>;

interface Page {
  io: Call & { connect: Call; Manager: unknown };
  complaints: string[];
}

/** A page that has loaded a release as it comes from npm, and the shim with such attributes. */
function page(release: Release | undefined, data: Record<string, string> = { url: "wss://calls.example/prod" }): Page {
  const complaints: string[] = [];
  const window: Record<string, unknown> = {
    WebSocket: Fake,
    URL,
    URLSearchParams,
    location: new URL("https://app.example:8443/room/1?x=y"),
    document: { currentScript: { dataset: data } },
    navigator: { userAgent: "" },
    console: { error: (text: string) => complaints.push(text) },
    setTimeout: (...args: Parameters<typeof setTimeout>) => setTimeout(...args),
    clearTimeout: (id: number) => clearTimeout(id),
    setInterval: (...args: Parameters<typeof setInterval>) => setInterval(...args),
    clearInterval: (id: number) => clearInterval(id),
    addEventListener: () => {},
    removeEventListener: () => {},
  };
  window["window"] = window["self"] = window;
  createContext(window);
  if (release) clients.get(release)!.runInContext(window);
  shim.runInContext(window);
  return { io: window["io"] as Page["io"], complaints };
}

/** Where the page's newest socket goes, and with what query. */
function went(): { to: string; query: Record<string, string> } {
  const url = new URL(opened.at(-1)!.url);
  return { to: `${url.origin}${url.pathname}`, query: Object.fromEntries(url.searchParams) };
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
  opened = [];
  vi.useRealTimers();
});

describe.each(releases)("behind %s", (release) => {
  const frames = (socket: Fake): string[] => {
    socket.greets();
    if (isOld(release)) socket.says("40");
    vi.advanceTimersByTime(1);
    return socket.sent;
  };

  const calls: [string, (io: Page["io"]) => unknown][] = [
    ["io()", (io) => io()],
    ["io(undefined, options)", (io) => io(undefined, {})],
    ["io(options)", (io) => io({ path: "/other", transports: ["polling"], port: 3000 })],
    ["io(address)", (io) => io("http://localhost:5000", {})],
    ["io(address/)", (io) => io("https://their.example/", { secure: true })],
    ["io(host)", (io) => io("localhost:5000", {})],
    ["io.connect()", (io) => io.connect()],
    ["io.connect(address)", (io) => io.connect("//localhost:5000", { "force new connection": true })],
  ];
  test("every call of io goes to the stage by WebSocket", () => {
    const { io } = page(release);
    for (const [i, [words, call]] of calls.entries()) {
      call(io);
      expect(opened, words).toHaveLength(i + 1);
      const { to, query } = went();
      expect(to, words).toBe("wss://calls.example/prod");
      expect(query, words).toMatchObject({ EIO: isOld(release) ? "3" : "4", transport: "websocket" });
    }
  });

  test.each([
    ["/chat", "/chat"],
    ["http://localhost:5000/chat", "/chat"],
    ["localhost:5000/chat/deep", "/chat/deep"],
    ["/chat?token=t&x=%C3%BC", "/chat"],
  ])("%s keeps its namespace", (uri, namespace) => {
    page(release).io.connect(uri, {});
    const { to, query } = went();
    expect(to).toBe("wss://calls.example/prod");
    if (uri.includes("?")) expect(query).toMatchObject({ token: "t", x: "ü" });
    expect(frames(opened[0]!)).toContainEqual(expect.stringMatching(new RegExp(`^40${namespace}[,?]?`)));
  });

  test("what the app puts into its options stays, beside the recipe and the stage's token", () => {
    const { io } = page(release, { url: "https://calls.example:8000/a/prod/?token=t", recipe: "group" });
    const given = { query: { name: "Ada & Bob", recipe: "theirs" }, auth: { a: 1 } };
    io("/", given);
    const { to, query } = went();
    expect(to).toBe("wss://calls.example:8000/a/prod");
    expect(query).toMatchObject({ name: "Ada & Bob", token: "t", recipe: "group" });
    if (!isOld(release)) expect(frames(opened[0]!)).toContain('40{"a":1}');
    expect(given).toEqual({ query: { name: "Ada & Bob", recipe: "theirs" }, auth: { a: 1 } });
    io("/", { forceNew: true, query: "name=cyd" });
    expect(went().query).toMatchObject({ name: "cyd", recipe: "group" });
  });

  test("namespaces share a connection, and what else io has is there", () => {
    const { io } = page(release);
    const [main, chat] = [io("/", {}), io("/chat", {})];
    expect(main.io).toBe(chat.io);
    expect(opened).toHaveLength(1);
    expect(io.Manager).toBeTypeOf("function");
  });

  test("a front door is asked for the path that the app has", () => {
    page(release, { url: "wss://door.example" }).io("/chat", { path: "/socket.io" });
    expect(went().to).toBe("wss://door.example/socket.io/");
  });

  test("whoever is not let in is told once why that may be", () => {
    const { io, complaints } = page(release);
    io("/", {});
    for (let i = 1; i < 4; i++) {
      opened.at(-1)!.onerror?.({});
      vi.advanceTimersByTime(10_000);
      expect(opened.length).toBeGreaterThan(i);
    }
    expect(complaints).toEqual([expect.stringContaining("wss://calls.example/prod does not let this page in. Is data-url right")]);
  });

  if (isOld(release)) return;
  test("a quiet connection is kept open by a ping, whose answer counts as the server's", async () => {
    const lost = vi.fn();
    page(release).io("/", {}).on("disconnect", lost);
    const [socket] = opened as [Fake];
    socket.greets();
    socket.says('40{"sid":"s"}');
    for (let minute = 0; minute < 120; minute++) {
      await vi.advanceTimersByTimeAsync(60_000);
      if (socket.sent.at(-1) === "2") socket.says("3");
    }
    expect(lost).not.toHaveBeenCalled();
    expect(socket.sent.filter((frame) => frame === "2")).toHaveLength(15); // of 120 minutes: 8 apart
    expect(socket.sent.filter((frame) => frame !== "2" && frame !== "3")).toEqual(["40"]);
    await vi.advanceTimersByTimeAsync(700_000); // without an answer
    expect(lost.mock.calls[0]?.[0]).toBe("ping timeout");
  });
});

test.each([
  [undefined, { url: "wss://calls.example/prod" }, "there is no io() yet. Put this script behind that of socket.io-client."],
  ["socket.io-client", {}, 'say where Parley is, <script src="parley-io.js" data-url="wss://HOST/STAGE">, in place of "".'],
  ["socket.io-client", { url: "calls.example/prod" }, 'in place of "calls.example/prod".'],
] as const)("what is missing is said: %s %o", (release, data, words) => {
  expect(() => page(release, data)).toThrow(words);
});
