import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import type { Browser, Page } from "playwright-core";

declare global {
  interface Window {
    parley: typeof import("../../src/index.ts");
  }
}

/** The SDK as one script that sets `window.parley`. */
export function bundle(): Promise<string> {
  return script("../../src/index.ts", "parley");
}

/** What a module exports, its path from this one, as one script that sets `window[name]`. */
export async function script(module: string, name: string): Promise<string> {
  const entryPoints = [fileURLToPath(new URL(module, import.meta.url))];
  const built = await build({ entryPoints, bundle: true, write: false, target: "es2022", format: "iife", globalName: name, logLevel: "silent" });
  return built.outputFiles[0]!.text;
}

/** A page at `origin` with nothing of the demo on it, only the SDK. `prepare` has it before it loads anything. */
export async function openPage(browser: Browser, origin: string, sdk: string, prepare?: (page: Page) => Promise<void>): Promise<Page> {
  const page = await (await browser.newContext()).newPage();
  page.setDefaultTimeout(120_000);
  await prepare?.(page);
  // Really from there: a page that was made up may not open sockets to this machine.
  await page.goto(`${origin}/style.css`);
  await page.addScriptTag({ content: sdk });
  return page;
}
