import type { Browser } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import { launchChromium } from "../browser/chromium.ts";
import { type Localdev, startLocaldev } from "../browser/localdev.ts";
import { Writer, yjs } from "../browser/writer.ts";
import { Reference } from "./reference.ts";

let localdev: Localdev;
let reference: Reference;
let browser: Browser;
let library: string;
let writers: Writer[] = [];

beforeAll(async () => {
  [browser, library, localdev, reference] = await Promise.all([
    launchChromium({ allow: false }),
    yjs(),
    startLocaldev(),
    Reference.start("y-webrtc/bin/server.js"),
  ]);
});
afterAll(async () => {
  await Promise.all([browser?.close(), localdev?.stop(), reference?.stop()]);
});
afterEach(async () => {
  await Promise.all(writers.map((writer) => writer.close()));
  writers = [];
});

async function open(...names: string[]): Promise<Writer[]> {
  const opened = await Promise.all(names.map((name) => Writer.open(browser, `${localdev.url}/style.css`, library, name)));
  writers.push(...opened);
  return opened;
}

const servers = {
  ours: { ws: () => localdev.ws, cut: () => localdev.dropConnections() },
  reference: { ws: () => reference.ws, cut: () => reference.restart() },
};

for (const [name, server] of Object.entries(servers)) {
  describe(`y-webrtc at ${name}`, () => {
    for (const [how, password] of [["in the clear", undefined], ["with a password", "correct horse"]] as const) {
      test(`three pages that come at once share a document ${how}, ten times`, async () => {
        for (let round = 0; round < 10; round++) {
          const all = await open("ada", "bob", "cyd");
          await Promise.all(all.map((writer) => writer.shares(`notes-${how}-${round}`, server.ws(), password)));
          for (const writer of all) await writer.reads(`notes-${how}-${round}`, ...all);
          await Promise.all(all.map((writer) => writer.close()));
        }
      });
    }

    test("a page is quiet for 50 s without connecting again, and comes back when it is cut", async () => {
      const [ada, bob] = (await open("ada", "bob")) as [Writer, Writer];
      for (const writer of [ada, bob]) await writer.shares("quiet", server.ws());
      for (const writer of [ada, bob]) await writer.reads("quiet", ada, bob);
      await new Promise((resolve) => setTimeout(resolve, 50_000)); // what is tested
      expect([ada, bob].map(({ sockets }) => sockets.length)).toEqual([1, 1]);
      await server.cut();
      await expect.poll(() => [ada, bob].every(({ sockets }) => sockets.length > 1 && sockets.at(-1)!.sent.length > 0)).toBe(true);
      const [cyd] = (await open("cyd")) as [Writer];
      await cyd.shares("quiet", server.ws());
      for (const writer of [ada, bob, cyd]) await writer.reads("quiet", ada, bob, cyd);
    });
  });
}

/** A client that is a script, and what it was sent. */
class Raw {
  readonly received: string[] = [];
  readonly #socket: WebSocket;

  static async open(url: string): Promise<Raw> {
    const socket = new WebSocket(url);
    await new Promise((resolve, reject) => socket.once("open", resolve).once("error", reject));
    return new Raw(socket);
  }

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on("message", (data) => this.received.push(String(data)));
    socket.on("error", () => {});
  }

  send(frame: string): void {
    this.#socket.send(frame);
  }

  /** Waits until it has been sent this, and takes it. */
  async gets(...frames: string[]): Promise<void> {
    await expect.poll(() => this.received).toEqual(frames);
    this.received.length = 0;
  }

  close(): void {
    this.#socket.close();
  }
}

// docs/dialects.md lists these differences.
test("what a script is sent differs in what the docs say", async () => {
  const publish = (data: number) => `{"type":"publish","topic":"t","data":${data}}`;
  const counted = (data: number) => `{"type":"publish","topic":"t","data":${data},"clients":2}`;
  for (const [name, server] of Object.entries(servers)) {
    const [ada, bob, eve] = [await Raw.open(server.ws()), await Raw.open(server.ws()), await Raw.open(`${server.ws()}?dialect=y-webrtc`)];
    for (const one of [ada, bob]) {
      one.send('{"type":"subscribe","topics":["t"]}');
      one.send(publish(1)); // is sent once its sender has subscribed
    }
    await expect.poll(() => ada.received.length + bob.received.length).toBeGreaterThan(0);
    for (const one of [ada, bob]) {
      one.send('{"type":"ping"}');
      await expect.poll(() => one.received.at(-1)).toBe('{"type":"pong"}');
      one.received.length = 0;
    }
    for (const frame of ['{"type":"unknown"}', "{}", '{"type":"publish"}']) ada.send(frame);
    ada.send(publish(2));
    if (name === "ours") {
      await bob.gets(publish(2)); // as it was sent, and to the others
      eve.send(publish(3)); // has not subscribed
      eve.send("this is no JSON");
      eve.send('{"type":"ping"}');
      await eve.gets('{"type":"pong"}');
      bob.send(publish(4));
      await ada.gets(publish(4));
    } else {
      await ada.gets(counted(2)); // and to the sender, with the number of subscribers
      await bob.gets(counted(2));
      eve.send(publish(3));
      await ada.gets(counted(3));
      await bob.gets(counted(3));
      eve.send("this is no JSON");
      expect(await reference.ended(), "the reference server stops").toBe(1);
    }
    for (const one of [ada, bob, eve]) one.close();
  }
});
