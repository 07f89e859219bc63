import { afterAll, beforeAll, expect, test } from "vitest";
import { Room, Transport } from "../../src/index.ts";
import { type Localdev, startLocaldev } from "../browser/localdev.ts";
import { Caller, type Cut, until } from "./caller.ts";
import { socketNamed } from "./socket.ts";

let localdev: Localdev;
beforeAll(async () => {
  localdev = await startLocaldev("-env", "GRACE=300");
});
afterAll(() => localdev?.stop());

const sdp = (length: number): string => "a=candidate:1 1 udp 2122194687 192.0.2.2 33864 typ host \"ü🙂\"\r\n".repeat(length / 60).slice(0, length);
const offer = (length: number) => ({ session: "page.1", description: { type: "offer", sdp: sdp(length) } });

/** What two in a room of their own have heard from each other, as it was delivered. */
async function pair(room: string) {
  const ada = await Caller.join(localdev, room, "ada", 8_000);
  const bob = await Caller.join(localdev, room, "bob", 8_000);
  expect(await until(() => ada.room.peers.has("bob"), 60_000)).toBe(true);
  const close = (): Promise<unknown> => Promise.all([ada.close(), bob.close()]);
  return { ada, bob, close };
}

test("descriptions of 60 and 100 KB come whole, in their order, both ways", async () => {
  const { ada, bob, close } = await pair("large");
  await Promise.all([
    ada.room.signal("bob", 1),
    ada.room.signal("bob", offer(60_000)),
    ada.room.signal("bob", offer(100_000)),
    ada.room.signal("bob", 2),
    bob.room.signal("ada", offer(100_000)),
  ]);
  expect(await until(() => bob.heard.length === 4 && ada.heard.length === 1, 60_000)).toBe(true);
  expect(bob.heard).toEqual([1, offer(60_000), offer(100_000), 2]);
  expect(ada.heard).toEqual([offer(100_000)]);
  expect([...ada.seen, ...bob.seen].filter((event) => event.startsWith("error"))).toEqual([]);
  await close();
});

test.each<[Cut, "ada" | "bob"]>([
  ["loud", "ada"],
  ["loud", "bob"],
  ["silent", "ada"],
  ["silent", "bob"],
  ["cable", "bob"],
])("they come whole over a %s end of %s's connection in the middle of them", async (how, whose) => {
  const all = await pair(`large-${how}-${whose}`);
  const { ada, bob, close } = all;
  const sending: Promise<void>[] = [];
  for (let n = 0; n < 6; n++) {
    sending.push(ada.room.signal("bob", offer(n % 2 ? 100_000 : 60_000)), ada.room.signal("bob", n));
    if (n === 2) {
      await sending[1]; // parts of the second are on their way
      await all[whose].cut(how);
      // The browser tells of another network; the other side of a cable would notice only by an answer that is overdue.
      if (how === "cable") void all[whose].room.renew().catch(() => {});
    }
  }
  await Promise.all(sending);
  const expected = [0, 1, 2, 3, 4, 5].flatMap((n) => [offer(n % 2 ? 100_000 : 60_000), n]);
  expect(await until(() => bob.heard.length >= expected.length, 120_000)).toBe(true);
  expect(bob.heard).toEqual(expected);
  expect([...ada.seen, ...bob.seen].filter((event) => event.startsWith("error"))).toEqual([]);
  await close();
});

test("what does not fit the mail of a lost peer comes when it is back", async () => {
  const ada = await Caller.join(localdev, "large-mail", "ada");
  let reachable = Promise.resolve("");
  const transport = new Transport(localdev.ws, { WebSocket: socketNamed("large-mail/bob"), token: () => reachable });
  await transport.open();
  const bob = await Room.join(transport, { room: "large-mail", peer: "bob" });
  const heard: unknown[] = [];
  bob.on("signal", ({ data }) => heard.push(data));
  expect(await until(() => ada.room.peers.has("bob"), 60_000)).toBe(true);

  let open = (_: string): void => {};
  reachable = new Promise((resolve) => (open = resolve));
  const connections = (await localdev.control("GET", "connections")) as { connectionId: string; userAgent: string }[];
  const { connectionId } = connections.find(({ userAgent }) => userAgent === "large-mail/bob")!;
  await localdev.control("DELETE", `connections/${encodeURIComponent(connectionId)}`);
  expect(await until(() => ada.seen.includes("peer-lost bob"), 60_000)).toBe(true);
  await ada.room.signal("bob", offer(100_000)); // is taken as mail
  const second = ada.room.signal("bob", offer(60_000)); // of which only a part is, for there is room for 128 KB
  const last = ada.room.signal("bob", "the end");
  open("");
  await Promise.all([second, last]);
  expect(await until(() => heard.length === 3, 120_000)).toBe(true);
  expect(heard).toEqual([offer(100_000), offer(60_000), "the end"]);
  await Promise.all([ada.close(), bob.leave()]);
  transport.close();
});
