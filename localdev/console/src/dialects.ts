import { type Item, simple } from "./items.ts";
import { object } from "./json.ts";
import { word } from "./words.ts";

/**
 * What an item says that connections speak: the `dialect` beside a connection's ID, or below it, at any depth. It is what the
 * service itself goes by.
 */
export function dialectsOf(item: Item, isOpen: (id: string) => boolean): Map<string, string> {
  const found = new Map<string, string>();
  const look = (value: unknown): void => {
    const inner = Array.isArray(value) ? (value as unknown[]) : Object.values(object(value) ?? {});
    const dialect = object(value)?.["dialect"];
    if (typeof dialect === "string" && dialect) for (const id of inner) if (typeof id === "string" && isOpen(id)) found.set(id, word(dialect));
    for (const [key, below] of Object.entries(object(value) ?? {})) {
      const beneath = object(below)?.["dialect"];
      if (typeof beneath === "string" && beneath && isOpen(key)) found.set(key, word(beneath));
    }
    for (const one of inner) if (typeof one === "object") look(one);
  };
  look(Object.fromEntries(Object.entries(item).map(([name, value]) => [name, simple(value)])));
  return found;
}
