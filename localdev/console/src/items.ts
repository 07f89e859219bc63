import { ask } from "./api.ts";

export interface Table {
  readonly name: string;
  readonly key: readonly string[];
}
export type Value = Readonly<Record<string, unknown>>;
export type Item = Readonly<Record<string, Value>>;
export interface Page {
  readonly items: readonly Item[];
  readonly next?: unknown;
}

export const readTables = (): Promise<Table[]> => ask<Table[]>("tables");

/** Up to `limit` items from where the page before ended; fewer where they are large. */
export const readPage = (table: Table, limit: number, from?: unknown): Promise<Page> =>
  ask<Page>(`tables/${encodeURIComponent(table.name)}?limit=${limit}${from ? `&from=${encodeURIComponent(JSON.stringify(from))}` : ""}`);

/** DynamoDB JSON without its types. */
export function simple(value: Value): unknown {
  const [type, inner] = Object.entries(value)[0] ?? [];
  switch (type) {
    case "L":
      return (inner as Value[]).map(simple);
    case "M":
      return Object.fromEntries(Object.entries(inner as Item).map(([name, one]) => [name, simple(one)]));
    case "NULL":
      return null;
    case "N":
      return String(inner);
    default:
      return inner;
  }
}
