import { afterAll, beforeAll, expect, test } from "vitest";
import { type Localdev, startLocaldev } from "../browser/localdev.ts";
import { Caller, until } from "./caller.ts";

let localdev: Localdev;
beforeAll(async () => {
  localdev = await startLocaldev();
});
afterAll(() => localdev?.stop());

const range = (length: number): number[] => Array.from({ length }, (_, n) => n);

test("a call outlives two hours of its sockets, and its applications see no event", async () => {
  const ada = await Caller.join(localdev, "long", "ada");
  const bob = await Caller.join(localdev, "long", "bob");
  expect(await until(() => ada.room.peers.has("bob"))).toBe(true);
  ada.seen.length = bob.seen.length = 0;

  let sent = 0;
  const talk = async (): Promise<void> => {
    await Promise.all(range(5).flatMap(() => [ada.room.signal("bob", sent), bob.room.signal("ada", sent++)]));
    expect(await until(() => ada.heard.length === sent && bob.heard.length === sent)).toBe(true);
  };
  const pass = async (minutes: number): Promise<void> => {
    // A little at a time, and something said in between: ten idle minutes would end a socket, too.
    for (let passed = 0; passed < minutes; passed += 9) {
      await localdev.control("POST", "clock", { advance: `${Math.min(9, minutes - passed)}m` });
      await talk();
    }
  };

  await pass(100);
  await ada.room.renew();
  await talk();
  await bob.room.renew();
  await pass(90); // the sockets they began with would have ended after 120
  await Promise.all([ada.room.renew(), bob.room.renew(), talk()]);
  await pass(90);
  expect([ada.heard, bob.heard]).toEqual([range(sent), range(sent)]);
  expect([ada.seen, bob.seen]).toEqual([[], []]);
  expect(await ada.connections()).toBe(1);

  await Promise.all([ada.close(), bob.close()]);
});

test("a socket that ends because of its age is no more than a moment of absence", async () => {
  const ada = await Caller.join(localdev, "old", "ada");
  const bob = await Caller.join(localdev, "old", "bob");
  expect(await until(() => ada.room.peers.has("bob"))).toBe(true);
  ada.seen.length = bob.seen.length = 0;
  await localdev.control("POST", "clock", { advance: "2h" });
  await Promise.all(range(10).flatMap((n) => [ada.room.signal("bob", n), bob.room.signal("ada", n)]));
  expect(await until(() => ada.heard.length === 10 && bob.heard.length === 10)).toBe(true);
  expect([ada.heard, bob.heard]).toEqual([range(10), range(10)]);
  expect([...ada.seen, ...bob.seen].filter((event) => /left|joined \w/.test(event))).toEqual([]);
  await Promise.all([ada.close(), bob.close()]);
});

test("a cable that is cut without a hint is found by what is sent on it, and what was lost comes again", async () => {
  const ada = await Caller.join(localdev, "cable", "ada", 4_000);
  const bob = await Caller.join(localdev, "cable", "bob");
  expect(await until(() => ada.room.peers.has("bob"))).toBe(true);
  ada.seen.length = bob.seen.length = 0;
  const sending = [bob.room.signal("ada", 0)];
  expect(await until(() => ada.heard.length === 1)).toBe(true);
  await ada.cut("cable");
  // API Gateway says that it has delivered these.
  for (const n of [1, 2, 3]) sending.push(bob.room.signal("ada", n));
  await Promise.all(sending);
  expect(ada.heard).toEqual([0]);
  await ada.room.signal("bob", 0);
  expect(await until(() => ada.heard.length === 4)).toBe(true);
  expect([ada.heard, bob.heard]).toEqual([[0, 1, 2, 3], [0]]);
  expect(bob.seen).toEqual([]); // the seat was only moved
  await Promise.all([ada.close(), bob.close()]);
});
