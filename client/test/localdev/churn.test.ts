import { afterAll, beforeAll, expect, test } from "vitest";
import { type Localdev, startLocaldev } from "../browser/localdev.ts";
import { Caller, type Cut, sleep, until } from "./caller.ts";
import { seeded } from "./random.ts";

const seed = Number(process.env["CHURN_SEED"] ?? 20_261_125);
const calls = Number(process.env["CHURN_CALLS"] ?? 40);
const cuts = 8;
const signals = 20; // each side

let localdev: Localdev;
beforeAll(async () => {
  // Who is back in time is not for the speed of this machine to decide.
  localdev = await startLocaldev("-env", "GRACE=300");
});
afterAll(() => localdev?.stop());

/** Sends numbers to the mate, some together and some alone, all the while. */
async function talk(caller: Caller, mate: string, quiet: boolean, random: () => number, failures: string[]): Promise<void> {
  const sending: Promise<void>[] = [];
  for (let i = 0; i < signals; i++) {
    sending.push(caller.room.signal(mate, i, { quiet }).catch((error: Error) => void failures.push(`${caller.name} ${i}: ${error.message}`)));
    if (random() < 0.6) await sleep(random() * 1_300);
  }
  await Promise.all(sending);
}

/** Is cut at random moments, mostly when it is there and sometimes while it comes back. */
async function suffer(caller: Caller, random: () => number): Promise<void> {
  const there = (): boolean => caller.room.state === "joined";
  for (let done = 0; done < cuts; ) {
    const how: Cut = (["loud", "silent", "silent", "cable", "cable"] as const)[Math.floor(random() * 5)]!;
    if (how === "cable" || random() < 0.7) await until(there);
    await sleep(random() * 1_000);
    // Who loses the answer to a join without the server's notice is locked out for as long as that socket seems to live.
    if (how === "cable" && !there()) continue;
    if (!(await caller.cut(how))) continue; // it has none just now
    done++;
    if (how !== "cable") continue;
    await sleep(random() * 400);
    await caller.room.renew().catch(() => {}); // what the SDK does when it is told of another network
  }
}

test(`${calls} calls, each side cut ${cuts} times: no signal is lost, doubled or out of order, be it quiet or sent past the server`, async () => {
  console.log(`seed ${seed}: CHURN_SEED=${seed} npm run test:localdev`);
  const failures: string[] = [];
  const began = Date.now();
  await Promise.all(
    Array.from({ length: calls }, async (_, i) => {
      const random = seeded(seed + i);
      await sleep(random() * 2_000);
      const ada = await Caller.join(localdev, `call-${i}`, "ada");
      const bob = await Caller.join(localdev, `call-${i}`, "bob");
      await until(() => ada.room.peers.has("bob"));
      const quiet = i % 3 > 0;
      if (i % 3 > 1) {
        ada.bypass(bob, random);
        bob.bypass(ada, random);
      }
      await Promise.all([
        talk(ada, "bob", quiet, seeded(seed + 1_000 + i), failures),
        talk(bob, "ada", quiet, seeded(seed + 2_000 + i), failures),
        suffer(ada, seeded(seed + 3_000 + i)),
        suffer(bob, seeded(seed + 4_000 + i)),
      ]);
      const all = Array.from({ length: signals }, (_, n) => n).join(" ");
      await until(() => ada.heard.length >= signals && bob.heard.length >= signals);
      for (const { name, heard, seen } of [ada, bob]) {
        if (heard.join(" ") !== all) failures.push(`call-${i}, ${name} heard ${heard.join(" ")}`);
        const odd = seen.filter((event) => /^(left|peer-left|peer-joined)/.test(event) && event !== "peer-joined bob");
        if (odd.length > 0) failures.push(`call-${i}, ${name} saw ${odd.join(", ")}`);
      }
      await Promise.all([ada.close(), bob.close()]);
    }),
  );
  console.log(`${((Date.now() - began) / 1_000).toFixed(1)} s`);
  expect(failures).toEqual([]);
});
