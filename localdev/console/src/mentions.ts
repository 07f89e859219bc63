import { dialectsOf } from "./dialects.ts";
import { type Item, type Table, readPage, readTables, simple } from "./items.ts";
import type { Connection } from "./types.ts";

const readOfATable = 500;

/** An item in which IDs of open connections stand: a room with its peers, whatever the project calls it. */
export interface Mention {
  readonly id: string; // of its row on the page
  readonly table: string;
  readonly name: string; // the values of its key
  readonly key: string; // with the attributes' names
  readonly connections: readonly string[]; // the longest open first
}

export interface Mentions {
  readonly items: readonly Mention[]; // those with the newest connections first
  readonly cut: readonly string[]; // which tables were not read to their end, in words
  readonly dialects: Readonly<Record<string, string>>; // of connections, where an item says it
}

/** Finds the items of all tables that mention one of the open connections, which come the longest open first. */
export async function readMentions(open: readonly Connection[]): Promise<Mentions> {
  const order = new Map(open.map(({ connectionId }, i) => [connectionId, i]));
  const found: { mention: Mention; newest: number }[] = [];
  const cut: string[] = [];
  const dialects: Record<string, string> = {};
  for (const table of open.length > 0 ? await readTables() : []) {
    const { items, next } = await readPage(table, readOfATable);
    if (next) cut.push(`the first ${items.length} items of ${table.name}`);
    for (const item of items) {
      const places = mentioned(item, order);
      if (places.length === 0) continue;
      Object.assign(dialects, Object.fromEntries(dialectsOf(item, (id) => order.has(id))));
      found.push({ newest: places.at(-1) ?? 0, mention: mention(table, item, places.map((i) => open[i]?.connectionId ?? "")) });
    }
  }
  return { items: found.sort((a, b) => b.newest - a.newest).map((one) => one.mention), cut, dialects };
}

/** Where in `order` the connections stand that the item mentions, at any depth: its JSON has the IDs as they are. */
function mentioned(item: Item, order: ReadonlyMap<string, number>): number[] {
  // 15 characters and a "=", as API Gateway makes them; what stands right before one in a key does not hide it.
  const ids = new Set(JSON.stringify(item).match(/[\w-]{15}=/g));
  return [...ids].flatMap((id) => order.get(id) ?? []).sort((a, b) => a - b);
}

function mention(table: Table, item: Item, connections: readonly string[]): Mention {
  const values = table.key.map((name) => String(simple(item[name] ?? {})));
  return {
    id: `item-${encodeURIComponent(JSON.stringify([table.name, ...values]))}`,
    table: table.name,
    name: values.join(" · "),
    key: table.key.map((name, i) => `${name}: ${values[i]}`).join("\n"),
    connections,
  };
}
