import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { transformSync } from "esbuild";
import { expect, test } from "vitest";

const src = fileURLToPath(new URL("../src/", import.meta.url));
const files = readdirSync(src, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".ts"));

interface Rule {
  /** What its code is made with. */
  readonly code: readonly string[];
  /** What it knows besides by its types alone, of which nothing is left in a bundle. */
  readonly types?: readonly string[];
}

// docs/architecture.md says it in words. A folder has itself; `room/protocol` is the words of the server and what reads JSON, `room/json` what writes it.
const mayImport: { readonly [what: string]: Rule } = {
  "": { code: ["call", "data", "devices", "diagnosis", "media", "room", "stats"] }, // the entries, and what all have
  room: { code: [] },
  media: { code: ["room/protocol"], types: ["call/control"] },
  data: { code: ["room/protocol", "room/json"], types: ["call"] },
  devices: { code: ["room/protocol", "media/open"] },
  stats: { code: ["media/pair"], types: ["call"] },
  diagnosis: { code: ["room/protocol", "media/open"], types: ["call"] },
  call: { code: ["room", "media", "data"] },
  "call/link": { code: ["media", "room/protocol"] }, // and what it is made of
  "call/peer": { code: ["media", "room/protocol"] },
  react: { code: ["call", "devices", "stats"], types: ["media", "room/protocol"] },
};

const folderOf = (name: string): string => (name.includes("/") ? name.slice(0, name.indexOf("/")) : "");
const source = (name: string): string => readFileSync(src + name, "utf8");
/** What is left of it in a bundle: neither types nor comments. */
const codes = new Map(files.map((name) => [name, transformSync(source(name), { loader: "ts", legalComments: "none" }).code]));
const code = (name: string): string => codes.get(name)!;

/** The files of the SDK, without their ending, from which these lines import. */
function imports(name: string, lines: string): string[] {
  const found = [...lines.matchAll(/^(?:import|export)\b[^;]*?\bfrom "(\.[^"]*)"/gms)];
  return found.map(([, path]) => new URL(path!, `file:///${name}`).pathname.slice(1).replace(/\.ts$/, ""));
}

function strangers(name: string, lines: string, allowed: readonly string[]): string[] {
  const all = ["emitter", "errors", folderOf(name), ...allowed].filter((one) => one !== "");
  return imports(name, lines).filter((path) => !all.some((one) => path === one || path.startsWith(`${one}/`)));
}

test("there is a rule for all there is, and for nothing else", () => {
  const known = [...files.map(folderOf), ...files.map((name) => name.replace(/\.ts$/, ""))];
  expect(files.map(folderOf).filter((folder) => !mayImport[folder])).toEqual([]);
  expect(Object.keys(mayImport).filter((what) => !known.includes(what))).toEqual([]);
});

test.each(files)("%s imports what it may", (name) => {
  const { code: own, types = [] } = mayImport[name.replace(/\.ts$/, "")] ?? mayImport[folderOf(name)]!;
  expect(strangers(name, code(name), own)).toEqual([]);
  expect(strangers(name, source(name), [...own, ...types])).toEqual([]);
});

test("signaling knows no RTCPeerConnection, and nothing else a WebSocket", () => {
  for (const name of files) expect(code(name), name).not.toMatch(folderOf(name) === "room" ? /RTC(?!IceServer)\w/ : /\bWebSocket\b/);
});

test("no file needs itself, by way of others, before it is there", () => {
  const needs = new Map(files.map((name) => [name.replace(/\.ts$/, ""), imports(name, code(name))]));
  const done = new Set<string>();
  const visit = (name: string, way: readonly string[]): void => {
    expect(way, "a circle").not.toContain(name);
    if (done.has(name)) return;
    for (const next of needs.get(name) ?? []) visit(next, [...way, name]);
    done.add(name);
  };
  for (const name of needs.keys()) visit(name, []);
});
