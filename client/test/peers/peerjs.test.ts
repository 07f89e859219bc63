import type { AddressInfo } from "node:net";
import { PeerServer } from "peer";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import { launchChromium } from "../browser/chromium.ts";
import { type Localdev, startLocaldev } from "../browser/localdev.ts";
import { PeerPage } from "../browser/peerjs.ts";

// The same is done with PeerJS's own server and with ours. What differs is written out, and docs/dialects.md
// gives the reasons.

let localdev: Localdev;
let browser: Browser;
let stop: () => void;
const port: { [server in "ours" | "reference"]: number } = { ours: 0, reference: 0 };

beforeAll(async () => {
  // One message of a client at a time, as the reference: on a busy machine a candidate may not wait for long enough.
  [browser, localdev] = await Promise.all([launchChromium({ allow: true }), startLocaldev("-order", "serial")]);
  port.ours = Number(new URL(localdev.url).port);
  port.reference = await new Promise<number>((resolve) => {
    PeerServer({ port: 0, host: "127.0.0.1", path: "/" }, (server) => {
      stop = () => server.close();
      resolve((server.address() as AddressInfo).port);
    });
  });
});
afterAll(async () => {
  stop?.();
  await Promise.all([browser?.close(), localdev?.stop()]);
});

/** A socket as the client opens it. */
class Raw {
  readonly heard: string[] = [];
  readonly #socket: WebSocket;
  closed = false;

  constructor(server: "ours" | "reference", query: string) {
    this.#socket = new WebSocket(`ws://127.0.0.1:${port[server]}/peerjs?${query}`);
    this.#socket.on("message", (data) => this.heard.push(sorted(JSON.parse(String(data)))));
    this.#socket.on("close", () => (this.closed = true));
  }

  static async open(server: "ours" | "reference", id: string, token = id): Promise<Raw> {
    const raw = new Raw(server, `key=peerjs&id=${id}&token=${token}&version=1.5.5`);
    await raw.hears(1);
    return raw;
  }

  say(frame: object): void {
    this.#socket.send(JSON.stringify(frame));
  }

  /** Waits for so many frames. */
  async hears(frames: number): Promise<string[]> {
    await expect.poll(() => this.heard.length).toBeGreaterThanOrEqual(frames);
    return this.heard;
  }

  async ends(): Promise<string[]> {
    await expect.poll(() => this.closed).toBe(true);
    return this.heard;
  }

  close(): void {
    this.#socket.close();
  }
}

/** A frame with its members in order: JSON has none. */
function sorted(frame: object): string {
  return JSON.stringify(Object.fromEntries(Object.entries(frame).sort(([a], [b]) => a.localeCompare(b))));
}

const offer = (dst: unknown, more?: object): object => ({ type: "OFFER", payload: { sdp: {}, connectionId: "dc_1" }, dst, ...more });

let turn = 0;

/** What clients hear of each, by what is done. */
const stories: Record<string, (server: "ours" | "reference", suffix: string) => Promise<unknown>> = {
  "a call": async (server, suffix) => {
    const [a, b] = [await Raw.open(server, `a${suffix}`), await Raw.open(server, `b${suffix}`)];
    a.say(offer(`b${suffix}`, { src: "mallory", more: 1 }));
    await b.hears(2);
    b.say({ type: "ANSWER", payload: { sdp: {}, connectionId: "dc_1" }, dst: `a${suffix}` });
    await a.hears(2);
    b.say({ type: "CANDIDATE", payload: { candidate: { candidate: "c" } }, dst: `a${suffix}` });
    await a.hears(3);
    b.say({ type: "LEAVE", dst: `a${suffix}` });
    return [await a.hears(4), await b.hears(2)];
  },
  "a taken id": async (server, suffix) => {
    const a = await Raw.open(server, `a${suffix}`);
    const eve = await Raw.open(server, `a${suffix}`, "eve");
    return [a.heard, await eve.ends()];
  },
  "a wrong key": (server, suffix) => new Raw(server, `key=x&id=a${suffix}&token=t&version=1.5.5`).ends(),
  "no id": (server) => new Raw(server, "key=peerjs&id=&token=t&version=1.5.5").ends(),
  "no token": (server, suffix) => new Raw(server, `key=peerjs&id=a${suffix}&version=1.5.5`).ends(),
  "nobody there": async (server, suffix) => {
    const a = await Raw.open(server, `a${suffix}`);
    a.say(offer(`nobody${suffix}`));
    return a.hears(2);
  },
  "somebody who comes late": async (server, suffix) => {
    const a = await Raw.open(server, `a${suffix}`);
    a.say(offer(`b${suffix}`));
    const b = await Raw.open(server, `b${suffix}`);
    return [a.heard, await b.hears(2)];
  },
  "an id that has become free": async (server, suffix) => {
    const a = await Raw.open(server, `a${suffix}`);
    a.close();
    await a.ends();
    let again: Raw;
    await expect
      .poll(async () => (again = await Raw.open(server, `a${suffix}`, "another")).heard)
      .toEqual(['{"type":"OPEN"}']);
    return again!.heard;
  },
  "what nobody has to hear": async (server, suffix) => {
    const a = await Raw.open(server, `a${suffix}`);
    for (const frame of [{ type: "HEARTBEAT" }, { type: "HELLO", dst: `a${suffix}` }, { type: "LEAVE", dst: "nobody" }]) a.say(frame);
    a.say(offer(`a${suffix}`));
    return a.hears(2);
  },
};

/** What is not the same, and what it is. */
const differences: Record<string, { story: (typeof stories)[string]; ours: unknown; reference: unknown }> = {
  "a token that comes again is told that it is open, and its old socket is closed": {
    story: async (server, suffix) => {
      const a = await Raw.open(server, `a${suffix}`);
      const again = new Raw(server, `key=peerjs&id=a${suffix}&token=a${suffix}&version=1.5.5`);
      if (server === "ours") await a.ends();
      const b = await Raw.open(server, `b${suffix}`);
      // Until it is there: nothing tells that of the reference.
      await expect
        .poll(() => {
          b.say(offer(`a${suffix}`));
          return again.heard.length;
        })
        .toBeGreaterThan(1);
      return [again.heard[0] === '{"type":"OPEN"}', a.closed];
    },
    ours: [true, true],
    reference: [false, false],
  },
  "an id is one that the client would take": {
    story: async (server, suffix) => (await Raw.open(server, `_a${suffix}`)).heard.map((frame) => (JSON.parse(frame) as { type: string }).type),
    ours: ["ERROR"],
    reference: ["OPEN"],
  },
  "an offer without a payload, at which the client would throw, is not carried on": {
    story: async (server, suffix) => {
      const a = await Raw.open(server, `a${suffix}`);
      a.say({ type: "OFFER", dst: `a${suffix}` });
      a.say(offer(`a${suffix}`));
      await expect.poll(() => a.heard.at(-1)).toContain("dc_1");
      return a.heard.length - 1;
    },
    ours: 1,
    reference: 2,
  },
  "each offer to nobody is answered": {
    story: async (server, suffix) => {
      const a = await Raw.open(server, `a${suffix}`);
      a.say(offer(`nobody${suffix}`));
      a.say(offer(`nobody${suffix}`));
      await a.hears(server === "ours" ? 3 : 2);
      a.say(offer(`a${suffix}`));
      await expect.poll(() => a.heard.at(-1)).toContain("dc_1");
      return a.heard.filter((frame) => frame.includes("EXPIRE")).length;
    },
    ours: 2,
    reference: 1,
  },
};

describe("without a front door", () => {
  test.each([
    ["a stage of that name", "/", ["-stage", "peerjs"]],
    ["an API mapping", "/", ["-map", "peerjs"]],
    ["an API mapping of two levels", "/prod", ["-map", "prod/peerjs"]],
  ])("PeerJS's own client finds %s", async (_, path, args) => {
    const bare = await startLocaldev("-front=false", ...args);
    try {
      const page = await PeerPage.open(browser, localdev.url);
      await page.opens("alice", { host: "127.0.0.1", port: Number(new URL(bare.url).port), path });
      await page.close();
    } finally {
      await bare.stop();
    }
  });
});

describe("beside PeerJS's own server", () => {
  test.each(Object.entries(stories))("%s is the same", async (_, story) => {
    const suffix = `-${++turn}`;
    const [ours, reference] = await Promise.all([story("ours", suffix), story("reference", suffix)]);
    expect(ours).toEqual(reference);
  });

  test.each(Object.entries(differences))("%s, otherwise than there", async (_, { story, ours, reference }) => {
    const suffix = `-${++turn}`;
    expect(await Promise.all([story("ours", suffix), story("reference", suffix)])).toEqual([ours, reference]);
  });

  test("PeerJS's own client does the same with both", async () => {
    const both = (["ours", "reference"] as const).map(async (server) => {
      const options = { host: "127.0.0.1", port: port[server], path: "/" };
      const [a, b] = await Promise.all([PeerPage.open(browser, localdev.url), PeerPage.open(browser, localdev.url)]);
      await Promise.all([a.start(undefined, options), b.opens("bob", options)]);
      await a.hearsOf("open ");
      await a.connects("bob", { label: "x", metadata: { m: 1 } });
      await a.hears('connected to bob: x {"m":1}');
      await a.says({ hello: 1 });
      await b.hearsOf('{"hello":1}');
      await a.calls("bob", "by camera");
      await a.hears("stream from bob");
      await Promise.all([a.receivesMedia(), b.receivesMedia()]);
      await a.connects("nobody");
      await a.hears("error peer-unavailable: Could not connect to peer nobody");
      const own = await a.page.evaluate(() => window.peer.id);
      const heard = [await a.heard(), await b.heard()].map((lines) => lines.map((line) => line.replaceAll(own, "alice")));
      await Promise.all([a.close(), b.close()]);
      return heard;
    });
    const [ours, reference] = await Promise.all(both);
    expect(ours).toEqual(reference);
  });

  test.each(["ours", "reference"] as const)("ids are not listed: %s", async (server) => {
    const page = await PeerPage.open(browser, localdev.url);
    await page.opens("lister", { host: "127.0.0.1", port: port[server], path: "/" });
    await page.page.evaluate(() => window.peer.listAllPeers());
    await page.hearsOf("error server-error");
    await page.close();
  });
});
