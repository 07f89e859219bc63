import { gzipSync } from "node:zlib";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { expect, test } from "vitest";

const here = fileURLToPath(new URL(".", import.meta.url));

/** What a page downloads for these lines, less what is at `external`: bundled, minified and compressed, in bytes. */
async function size(contents: string, ...external: string[]): Promise<number> {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: here, loader: "ts" },
    bundle: true,
    minify: true,
    write: false,
    format: "esm",
    target: "es2022",
    external: ["react", ...external],
  });
  return gzipSync(outputFiles[0]!.contents, { level: 9 }).length;
}

// What they were on 29 November 2026, and one or two per cent more (docs/benchmarks.md#sizes): whoever adds to them says there what for.
test.each([
  ["signaling without media", `export * from "../src/room/index.ts"`, 13_200],
  ["a page that calls", `import { Call, openMedia } from "../src/index.ts"; console.log(Call, openMedia)`, 25_900],
  ["everything", `export * from "../src/index.ts"`, 34_000],
])("%s has at most the bytes that it may have", async (_, lines, most) => {
  expect(await size(lines)).toBeLessThanOrEqual(most);
});

test("React's hooks are small beside the rest of it", async () => {
  const rest = ["call", "devices", "stats"].map((folder) => `../${folder}/*`);
  expect(await size(`export * from "../src/react/index.ts"`, ...rest, "../errors.ts")).toBeLessThanOrEqual(3_000);
});
