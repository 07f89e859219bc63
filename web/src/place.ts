// Where the call takes place: the room, from this page's address, and the server.

const adjectives = `
  amber azure blue brave bright calm clear copper coral crisp dapper eager fair gentle golden green happy indigo
  ivory jolly keen kind lively lucky mellow merry misty noble olive plucky proud quiet rosy ruby silver sunny
  swift tidy violet warm wise
`
  .trim()
  .split(/\s+/);
const animals = `
  badger beaver bison crane curlew dolphin dove eagle falcon finch fox gecko hare heron ibis jay kestrel kite lark
  lynx marten mole moose newt otter owl panda plover puffin raven robin seal shrew sparrow stork swan tapir tern
  vole wren
`
  .trim()
  .split(/\s+/);

function pick<T>(values: readonly T[]): T {
  return values[crypto.getRandomValues(new Uint32Array(1))[0]! % values.length]!;
}

/** The room in the address; a made-up one is put there, so that the address is the invitation. */
export function findRoom(): string {
  const url = new URL(location.href);
  const given = (url.searchParams.get("room") ?? "").trim().replace(/[^A-Za-z0-9._~:@-]+/g, "-").slice(0, 128);
  const room = given || madeUpRoom();
  if (room !== url.searchParams.get("room")) {
    url.searchParams.set("room", room);
    history.replaceState(null, "", url);
  }
  return room;
}

export const madeUpName = (): string => `${pick(adjectives)}-${pick(animals)}`;

export const madeUpRoom = (): string => `${madeUpName()}-${10 + (crypto.getRandomValues(new Uint8Array(1))[0]! % 90)}`;

/** The server's WebSocket URL: `?server=` in the address, else what localdev, which serves this page, says. */
export async function findServer(): Promise<string> {
  return new URL(location.href).searchParams.get("server") || (await ownServer());
}

/** The WebSocket URL of the server that this page comes from. */
export async function ownServer(): Promise<string> {
  const answer = await fetch("/_localdev/apis");
  const apis = (await answer.json()) as { url: string }[];
  const url = apis[0]?.url;
  if (!url) throw new Error("this page's server names no WebSocket API");
  return url;
}

/** Where localdev's console shows what it has seen that has this word in it. */
export const ladder = (word: string): string => `/_localdev/#search=${encodeURIComponent(word)}`;

/** Turns what a person typed into a name that the protocol takes; `""` when nothing is left. Spaces become hyphens. */
export function peerName(typed: string): string {
  return typed.trim().normalize("NFKD").replace(/\p{Mn}/gu, "").replace(/[^A-Za-z0-9._~:@-]+/g, "-").replace(/^-+|-+$/g, "").slice(0, 40);
}
