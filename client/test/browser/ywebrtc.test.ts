import type { Browser } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { launchChromium } from "./chromium.ts";
import { type Localdev, startLocaldev } from "./localdev.ts";
import { Writer, yjs } from "./writer.ts";

let localdev: Localdev;
let browser: Browser;
let library: string;
let writers: Writer[] = [];

beforeAll(async () => {
  [browser, library, localdev] = await Promise.all([launchChromium({ allow: false }), yjs(), startLocaldev()]);
});
afterAll(async () => {
  await Promise.all([browser?.close(), localdev?.stop()]);
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

/** Who is listed in the tables, by topic. */
async function listed(): Promise<Record<string, number>> {
  const items = (await localdev.control("GET", "tables/localdev-RoomsTable")) as { room: { S: string }; entries?: { M: object } }[];
  const entries = items.map(({ room, entries }) => [room.S, Object.keys(entries?.M ?? {}).length] as const);
  return Object.fromEntries(entries.filter(([, count]) => count > 0));
}

for (const [how, password] of [["in the clear", undefined], ["with a password", "correct horse"]] as const) {
  test(`three browsers share a document ${how}`, async () => {
    const all = await open("ada", "bob", "cyd");
    await Promise.all(all.map((writer) => writer.shares("notes", localdev.ws, password)));
    for (const writer of all) await writer.reads("notes", ...all);
    const published = all.flatMap(({ sockets }) => sockets.flatMap(({ sent }) => sent.map((frame) => JSON.parse(frame) as { type: string; data?: unknown })));
    const kinds = new Set(published.filter(({ type }) => type === "publish").map(({ data }) => typeof data));
    expect([...kinds]).toEqual([password ? "string" : "object"]);
    expect(all.map(({ sockets, complaints }) => [sockets.length, ...complaints])).toEqual([[1], [1], [1]]);
  });
}

// Where somebody else has the document open, the client subscribes again when that connection ends.
test("a document that is left, and a page that is closed, are listed nowhere", async () => {
  const [ada, bob] = (await open("ada", "bob")) as [Writer, Writer];
  await ada.shares("alone", localdev.ws);
  for (const writer of [ada, bob]) await writer.shares("shared", localdev.ws);
  for (const writer of [ada, bob]) await writer.reads("shared", ada, bob);
  await expect.poll(listed).toEqual({ "y-webrtc/alone": 1, "y-webrtc/shared": 2 });
  await ada.leaves("alone");
  await expect.poll(listed).toEqual({ "y-webrtc/shared": 2 });
  await ada.close();
  await expect.poll(listed).toEqual({ "y-webrtc/shared": 1 });
  await bob.close();
  await expect.poll(listed).toEqual({});
  await expect.poll(() => localdev.control("GET", "tables/localdev-ConnectionsTable")).toEqual([]);
});

test("nobody connects again while it is quiet", async () => {
  const [ada] = (await open("ada")) as [Writer];
  await ada.shares("notes", localdev.ws);
  await expect.poll(listed).toEqual({ "y-webrtc/notes": 1 });
  await ada.passes(65); // who hears nothing connects again after 45 s at the latest
  expect(ada.sockets.length).toBe(1);
  const { received } = ada.sockets[0]!;
  expect(received.length).toBeGreaterThanOrEqual(4); // its clock goes on by itself as well
  expect(new Set(received)).toEqual(new Set(['{"type":"pong"}']));
});

test("a socket that is cut is opened again, and finds who comes later", async () => {
  const [ada, bob] = (await open("ada", "bob")) as [Writer, Writer];
  const there = [ada, bob];
  for (const writer of there) await writer.shares("notes", localdev.ws);
  for (const writer of there) await writer.reads("notes", ...there);
  const cuts: [number, () => Promise<unknown>][] = [
    [1001, () => localdev.control("POST", "clock", { advance: "11m" })], // idle for longer than may be
    [1000, () => deleteConnections()],
  ];
  for (const [cut, [code, end]] of cuts.entries()) {
    await end();
    await expect.poll(() => [ada, bob].map(({ sockets }) => sockets.length)).toEqual([cut + 2, cut + 2]);
    expect([(await ada.closed()).at(-1), (await bob.closed()).at(-1)]).toEqual([code, code]);
    await expect.poll(listed).toEqual({ "y-webrtc/notes": there.length });
    const [later] = (await open(`later-${code}`)) as [Writer];
    await later.shares("notes", localdev.ws);
    there.push(later);
    for (const writer of there) await writer.reads("notes", ...there);
    await expect.poll(listed).toEqual({ "y-webrtc/notes": there.length });
  }
});

/** Ends every socket as a back end can. */
async function deleteConnections(): Promise<void> {
  const connections = (await localdev.control("GET", "connections")) as { connectionId: string }[];
  for (const { connectionId } of connections) {
    const answer = await fetch(`${localdev.url}/prod/@connections/${encodeURIComponent(connectionId)}`, { method: "DELETE" });
    expect(answer.status).toBe(204);
  }
}
