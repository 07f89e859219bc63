import { createRequire } from "node:module";
import { expect, test } from "vitest";
import { bundleApp } from "./browser/react/build.ts";

test.each([18, 19] as const)("a server renders what uses all of it, with React %i", async (react) => {
  const module = { exports: {} as typeof import("./browser/react/app.ts") };
  new Function("module", "exports", "require", await bundleApp(react, "node"))(module, module.exports, createRequire(import.meta.url));
  const { html, version } = module.exports;
  expect(version).toMatch(new RegExp(`^${react}\\.`));
  const options = { url: "wss://calls.example/prod", room: "tea" };
  expect(html({ options, devices: {}, stats: true })).toContain(`<main id="app" data-state="joining"><video id="preview"`);
  expect(html({ options: undefined, devices: undefined, stats: false })).toContain(`data-state="idle"`);
});
