import { type ChildProcess, execFile, spawn } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { launchChromium, patience } from "../browser/chromium.ts";
import { type Localdev, startLocaldev } from "../browser/localdev.ts";
import { pack, Project } from "./project.ts";
import { received } from "../browser/visitor.ts";

const root = fileURLToPath(new URL("../../../", import.meta.url));

let localdev: Localdev;
let browser: Browser;
let folder: string;
let tarball: string;
let project: Project | undefined;
let pages: Page[] = [];
let tests = 0;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "parley-pack-"));
  [browser, localdev, tarball] = await Promise.all([launchChromium({ allow: true }), startLocaldev(), pack(folder)]);
});
afterAll(async () => {
  await Promise.all([browser?.close(), localdev?.stop(), rm(folder, { recursive: true, force: true })]);
});
afterEach(async () => {
  tests++;
  await Promise.all(pages.map((page) => page.context().close()));
  pages = [];
  await project?.remove();
  project = undefined;
});

/** The code blocks of a section of docs/quickstart.md by the file names that they have, talking to the service of these tests. */
async function section(title: string): Promise<Map<string, string>> {
  const text = await readFile(join(root, "docs/quickstart.md"), "utf8");
  const part = text.split(/^## /m).find((part) => part.startsWith(`${title}\n`));
  if (part === undefined) throw new Error(`docs/quickstart.md has no section ${title}`);
  const blocks = [...part.matchAll(/^```\w+ (\S+)\n(.*?)^```$/gms)];
  return new Map(blocks.map(([, name, code]) => [name!, here(code!)]));
}

/** Each in a room of its own: the seats of pages that were closed without a word are kept for a while. */
const here = (code: string): string => code.replaceAll("ws://127.0.0.1:3000/prod", localdev.ws).replaceAll('"tea"', `"tea-${tests}"`);

async function write(files: Map<string, string>): Promise<void> {
  for (const [name, code] of files) await project!.write(name, code);
}

/** Opens the page twice and waits until each shows frames that came from the other, over RTP; returns the WebSockets that were opened. */
async function twoSee(url: string, where = "body"): Promise<string[]> {
  const sockets: string[] = [];
  for (let i = 0; i < 2; i++) {
    const page = await (await browser.newContext()).newPage();
    page.setDefaultTimeout(patience);
    page.on("websocket", (socket) => sockets.push(socket.url()));
    pages.push(page);
    await page.goto(url);
  }
  for (const page of pages) expect(await received(page.locator(where))).toBeGreaterThan(0);
  return sockets;
}

test("a page", async () => {
  project = await Project.create(tarball);
  await write(await section("A page"));
  await project.take("dist/parley.iife.js", "parley.iife.js");
  await twoSee(await project.serve());
});

test("a bundler", async () => {
  project = await Project.create(tarball);
  await write(await section("A bundler"));
  expect(await project.check("bundler", "src/main.ts")).toBe("");
  expect(await project.check("nodenext", "src/main.ts")).toBe("");
  await twoSee(await project.bundle("src/main.ts"));
});

test("React, which joins once in StrictMode", async () => {
  project = await Project.create(tarball, "react", "react-dom", "@types/react", "@types/react-dom");
  await write(await section("React"));
  await project.write("tsconfig.json", `{ "compilerOptions": { "jsx": "react-jsx" } }`);
  expect(await project.check("bundler", "--ignoreConfig", "src/main.tsx")).toBe("");
  expect(await project.check("nodenext", "--ignoreConfig", "src/main.tsx")).toBe("");
  expect(await twoSee(await project.bundle("src/main.tsx", false), "figure")).toHaveLength(2);
});

test("your own RTCPeerConnection", async () => {
  project = await Project.create(tarball);
  await write(await section("Your own RTCPeerConnection"));
  await twoSee(await project.bundle("src/main.js"));
});

test("simple-peer over a room, and a page that is loaded anew", async () => {
  project = await Project.create(tarball, "simple-peer");
  for (const name of ["main.js", "connect.js"]) {
    await project.write(name, here(await readFile(join(root, "client/examples/simple-peer", name), "utf8")));
  }
  await twoSee(await project.bundle("main.js"));
  await pages[0]!.reload();
  for (const page of pages) expect(await received(page.locator("body"))).toBeGreaterThan(0);
});

test("Go, two of whom hear each other", async () => {
  const own = await mkdtemp(join(tmpdir(), "parley-go-"));
  const running: ChildProcess[] = [];
  try {
    // As `go get` would leave it, with this repository in the place of a release.
    const websocket = /github\.com\/coder\/websocket v\S+/.exec(await readFile(join(root, "go.mod"), "utf8"))![0];
    const module = "github.com/parley-rtc/parley";
    await writeFile(join(own, "go.mod"), `module tea\n\ngo 1.26.0\n\nrequire (\n${module} v0.0.0\n${websocket} // indirect\n)\n\nreplace ${module} => ${root}\n`);
    await writeFile(join(own, "go.sum"), await readFile(join(root, "go.sum")));
    for (const [name, code] of await section("Go")) await writeFile(join(own, name), code);
    await promisify(execFile)("go", ["build", "-o", "tea", "."], { cwd: own });
    const said = [1, 2].map(() => {
      const child = spawn(join(own, "tea"), { stdio: ["ignore", "pipe", "inherit"] });
      running.push(child);
      const lines = { text: "" };
      child.stdout.on("data", (chunk: Buffer) => (lines.text += chunk.toString()));
      return lines;
    });
    for (const lines of said) await expect.poll(() => lines.text).toContain(' says "hello"');
    running[0]!.kill("SIGINT");
    await expect.poll(() => said[1]!.text).toContain(" has left");
    await expect.poll(() => running[0]!.exitCode).toBe(0);
  } finally {
    for (const child of running) child.kill("SIGKILL");
    await rm(own, { recursive: true });
  }
});
