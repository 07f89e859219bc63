import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { type Browser, chromium } from "playwright-core";

const names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

/** CHROMIUM_BIN, or the first of the usual names on the PATH or in /usr/bin. */
function findChromium(): string {
  const named = process.env["CHROMIUM_BIN"];
  if (named) return named;
  const folders = ["/usr/bin", ...(process.env["PATH"] ?? "").split(delimiter)];
  const mac = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome";
  const found = [...folders.flatMap((folder) => names.map((name) => join(folder, name))), mac].find(isExecutable);
  if (found) return found;
  throw new Error(
    "The browser tests need Chromium or Chrome. Install one (Debian and Ubuntu: apt-get install chromium) or set CHROMIUM_BIN to its path.",
  );
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** How long a page waits for what must come, in ms. It is no measure of speed. */
export const patience = 120_000;

interface Launch {
  /** Pages get camera and microphone unasked; else they are refused. */
  readonly allow: boolean;
  /** Candidates have addresses, and not names that only this machine's resolver knows. */
  readonly showAddresses?: boolean;
  readonly cameras?: number;
}

/** A headless Chromium with made-up cameras, one by default. */
export function launchChromium({ allow, showAddresses = false, cameras = 1 }: Launch): Promise<Browser> {
  return chromium.launch({
    executablePath: findChromium(),
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      `--use-fake-device-for-media-stream=device-count=${cameras},fps=5`,
      ...(showAddresses ? ["--disable-features=WebRtcHideLocalIpsWithMdns"] : []),
      allow ? "--use-fake-ui-for-media-stream" : "--deny-permission-prompts",
    ],
  });
}
