import { createRequire } from "node:module";

/** What the tests need of a socket of any release of socket.io-client. */
export interface ClientSocket {
  id?: string;
  connected: boolean;
  active?: boolean;
  recovered?: boolean;
  readonly io: {
    readonly engine: { close(): void; id: string };
    on(event: string, listener: (...args: unknown[]) => void): void;
  };
  readonly volatile: ClientSocket;
  on(event: string, listener: (...args: never[]) => void): void;
  onAny?(listener: (event: string, ...args: unknown[]) => void): void;
  /** Of releases that have no onAny. */
  onevent?(packet: { data: unknown[]; id?: number }): void;
  emit(event: string, ...args: unknown[]): void;
  timeout(ms: number): ClientSocket;
  connect(): void;
  disconnect(): void;
}

export type Options = Record<string, unknown> & { query?: Record<string, string> };

export type Io = (url: string, options: Options) => ClientSocket;

const require = createRequire(import.meta.url);

/** The releases that are tested, as they come from npm, the newest first. */
export const releases = [
  "socket.io-client",
  "socket.io-client-4.7",
  "socket.io-client-4.6",
  "socket.io-client-4.0",
  "socket.io-client-3.1",
  "socket.io-client-2.5",
] as const;

export type Release = (typeof releases)[number];

export function load(release: Release): Io {
  return require(release) as Io;
}

/** Releases before 4.6 put a slash behind every path. */
export function addsSlash(release: Release): boolean {
  return /-(4\.0|3\.1|2\.5)$/.test(release);
}

/** Those that speak Engine.IO 3. */
export function isOld(release: Release): boolean {
  return release.endsWith("-2.5");
}

/** Options with which a release finds a stage, as docs/socketio.md has it. */
export function pointedAt(stage: string, release: Release, options: Options = {}): Options {
  const { pathname } = new URL(stage);
  const common = { ...options, transports: ["websocket"] };
  if (!addsSlash(release)) return { ...common, path: pathname, addTrailingSlash: false };
  // The slash, and the question mark behind it, are the beginning of p: /prod?p=/?parley=1&EIO=4&…
  return { ...common, path: `${pathname}?p=`, query: { parley: "1", ...options.query } };
}
