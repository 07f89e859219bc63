// Builds dist/: one ECMAScript module for each entry of package.json, which share what they have in common, and one script
// for pages without a bundler, which sets `Parley`. Declarations are TypeScript's own.

import { execFileSync } from "node:child_process";
import { existsSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { build } from "esbuild";

const here = import.meta.dirname;
const outdir = join(here, "dist");
const common = { bundle: true, target: "es2022", sourcemap: true, absWorkingDir: here, logLevel: "warning" };

rmSync(outdir, { recursive: true, force: true });
await build({
  ...common,
  entryPoints: {
    index: "src/index.ts",
    room: "src/room/index.ts",
    "socket.io": "src/socket.io.ts",
    ...(existsSync(join(here, "src/react/index.ts")) ? { react: "src/react/index.ts" } : {}),
  },
  format: "esm",
  splitting: true,
  chunkNames: "chunks/[name]-[hash]",
  packages: "external",
  outdir,
});
await build({
  ...common,
  entryPoints: ["src/index.ts"],
  format: "iife",
  globalName: "Parley",
  minify: true,
  outfile: join(outdir, "parley.iife.js"),
});

const typescript = createRequire(import.meta.url).resolve("typescript/package.json");
execFileSync(process.execPath, [join(dirname(typescript), "bin/tsc"), "-p", "tsconfig.build.json"], { cwd: here, stdio: "inherit" });
