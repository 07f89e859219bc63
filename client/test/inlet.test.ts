import { describe, expect, test, vi } from "vitest";
import { person, tie } from "./fake-data-channel.ts";
import { bytes, listen, plain, turns, until } from "./in-channels.ts";

describe("whoever sends nonsense", () => {
  /** A person whose frames are made by hand. */
  function raw(options: RTCDataChannelInit = {}) {
    const [ada, bob] = [person("ada"), person("bob")];
    const { near } = tie(ada, bob);
    const b = listen(bob);
    const channel = near.createDataChannel("parley:files", { protocol: "parley.1", ...options });
    return { ada, bob, b, near, channel };
  }
  const head = (size: number, id = 1) => JSON.stringify({ id, kind: "binary", size });

  test.each<[string, (string | ArrayBuffer)[], RTCDataChannelInit?]>([
    ["no JSON", ["tea"]],
    ["no frame", ["{}"]],
    ["an answer to nothing", ['{"id":1,"at":0}']],
    ["more than was announced", [head(3), new ArrayBuffer(4)]],
    ["a message within another", [head(3), head(4, 2)]],
    ["several frames where some may be lost", [head(3)], { maxRetransmits: 0 }],
  ])("is not listened to any more: %s", async (_, frames, options) => {
    const { bob, b, channel } = raw(options);
    await until(() => channel.readyState === "open");
    for (const frame of frames) channel.send(frame);
    await until(() => (channel.readyState as string) === "closed");
    expect(bob.errors).toMatchObject([{ reason: "bad-signal" }]);
    expect(b.messages).toEqual([]);
  });

  test("whatever it is, it throws nothing, leaves nothing behind, and the next connection works", async () => {
    let state = Number(process.env["DATA_SEED"] ?? 1);
    const random = (below: number): number => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      return Math.floor((state / 2 ** 32) * below);
    };
    const pick = <T>(list: readonly T[]): T => list[random(list.length)]!;
    const frame = (): string | ArrayBuffer => {
      const id = random(3);
      return pick<() => string | ArrayBuffer>([
        () => bytes(random(40), random(1_000)).buffer,
        () => Buffer.from(bytes(random(40), random(1_000))).toString("latin1"),
        () => JSON.stringify({ id, kind: pick(["json", "binary", "blob", "x"]), size: random(60), name: pick([undefined, "n", 7]) }),
        () => JSON.stringify({ id, cancel: pick([true, true, 1]) }),
        () => JSON.stringify({ id, at: random(60) }),
        () => JSON.stringify({ [pick(["json", "json", "text"])]: pick(["t", null, 7, []]) }),
      ])();
    };
    const uncaught = vi.fn();
    process.on("uncaughtException", uncaught);
    process.on("unhandledRejection", uncaught);
    const [ada, bob] = [person("ada"), person("bob")];
    const b = listen(bob);
    let open = 0;
    let refusing = true;
    b.channel.on("incoming", (transfer) => {
      open++;
      for (const end of ["done", "cancelled"] as const) transfer.on(end, () => open--);
      if (refusing && random(4) === 0) transfer.cancel();
    });
    for (let round = 0; round < 200; round++) {
      const { near } = tie(ada, bob);
      const channel = near.createDataChannel("parley:files", { protocol: "parley.1" });
      await until(() => channel.readyState === "open");
      for (let i = 0; i < 30 && channel.readyState === "open"; i++) {
        channel.send(frame());
        if (random(3) === 0) await turns(2);
      }
      await turns(3);
    }
    refusing = false;
    const a = listen(ada);
    tie(ada, bob);
    const before = b.messages.length;
    expect(await a.channel.send(bytes(100_000))).toEqual(["bob"]);
    expect(await plain(b.data().at(-1))).toBe(await plain(bytes(100_000)));
    expect(before).toBeGreaterThan(10);
    bob.mesh.go("ada");
    expect(open).toBe(0);
    expect(uncaught).not.toHaveBeenCalled();
    expect(bob.errors.every(({ reason }) => reason === "bad-signal")).toBe(true);
    process.off("uncaughtException", uncaught);
    process.off("unhandledRejection", uncaught);
  });
});
