import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const versions = { 18: { react: "react-18", "react-dom": "react-dom-18" }, 19: {} };

/** The app of these tests and this React, in development, where StrictMode does all twice: a script that sets `app`. */
export async function bundleApp(react: keyof typeof versions, platform: "browser" | "node"): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL("app.ts", import.meta.url))],
    bundle: true,
    write: false,
    format: platform === "node" ? "cjs" : "iife",
    globalName: "app",
    platform,
    alias: versions[react],
    define: { "process.env.NODE_ENV": '"development"' },
    logLevel: "silent",
  });
  return outputFiles[0]!.text;
}
