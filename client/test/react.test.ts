import { createRequire } from "node:module";
import { expect, test } from "vitest";
import { settle } from "../src/react/reading.ts";
import { bundleApp } from "./react/build.ts";

test.each([18, 19] as const)("a server renders what uses all of it, with React %i", async (react) => {
  const module = { exports: {} as typeof import("./react/app.ts") };
  new Function("module", "exports", "require", await bundleApp(react, "node"))(module, module.exports, createRequire(import.meta.url));
  const { html, version } = module.exports;
  expect(version).toMatch(new RegExp(`^${react}\\.`));
  const options = { url: "wss://calls.example/prod", room: "tea" };
  expect(html({ options, devices: {}, stats: true })).toMatch(/data-state="joining"><video [^>]*id="preview"/);
  expect(html({ options: undefined, devices: undefined, stats: false })).toContain(`data-state="idle"`);
});

test("what is the same stays the same object, in a list too", () => {
  const stream = new EventTarget();
  const peer = (name: string, muted = false) => ({ name, stream, data: { tags: ["a"] }, tracks: new Map([["camera", { muted }]]) });
  const former = [peer("ada"), peer("bob")];
  expect(settle(former, [peer("ada"), peer("bob")])).toBe(former);

  const next = settle(former, [peer("cyd"), peer("bob", true), peer("ada")]);
  expect(next.map(({ name }) => name)).toEqual(["cyd", "bob", "ada"]);
  expect(next[2]).toBe(former[0]);
  expect(next[1]).not.toBe(former[1]);

  expect(settle(former, [peer("ada")])).toEqual([peer("ada")]);
  const moved = { ...peer("ada"), stream: new EventTarget() };
  expect(settle(peer("ada"), moved)).toBe(moved); // what is no plain data is itself or another
  for (const [a, b] of [[undefined, null], [{ a: undefined }, { b: undefined }], [[1], [1, 2]], [0, -0]]) expect(settle<unknown>(a, b)).toStrictEqual(b);
});
