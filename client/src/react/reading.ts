import { useEffect, useMemo, useRef, useSyncExternalStore } from "react";
import type { Emitter } from "../emitter.ts";

/** What an Emitter tells. */
export type EventsOf<E> = E extends Emitter<infer Events> ? Events : never;

// An Emitter of some events is none of others, nor of unknown ones: hence `any`.
/** What `read` finds, now and after each of these events. While nothing of it is different, it is the same object. */
export function useReading<E extends Emitter<any>, T>(
  source: E | undefined,
  events: readonly (keyof EventsOf<E>)[],
  read: (source: E) => T,
  nothing: T,
  key?: unknown, // another one has it read anew
): T {
  const store = useMemo(() => {
    let value = source ? read(source) : nothing;
    return {
      get: () => value,
      subscribe(changed: () => void) {
        if (!source) return () => {};
        const look = (): void => {
          const next = settle(value, read(source));
          if (next === value) return;
          value = next;
          changed();
        };
        const removals = events.map((name) => source.on(name, look));
        look(); // at what has happened since it was rendered
        return () => removals.forEach((remove) => remove());
      },
    };
  }, [source, key]);
  return useSyncExternalStore(store.subscribe, store.get, () => nothing);
}

/** Calls `listener`, the one of the last rendering, on each event of that name. */
export function useEvent<E extends Emitter<any>, Name extends keyof EventsOf<E>>(
  source: E | undefined,
  name: Name,
  listener: (value: EventsOf<E>[Name]) => void,
): void {
  const latest = useRef(listener);
  useEffect(() => void (latest.current = listener));
  useEffect(() => source?.on(name, (value) => latest.current(value as never)), [source, name]);
}

/** `next`, with what is the same in `former` taken from there. */
export function settle<T>(former: T, next: T): T {
  if (same(former, next)) return former;
  if (!Array.isArray(former) || !Array.isArray(next)) return next;
  return next.map((item: unknown) => former.find((one) => same(one, item)) ?? item) as T;
}

function same(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (a instanceof Map && b instanceof Map) return same([...a], [...b]);
  if (!isPlain(a) || !isPlain(b)) return false;
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => key in b && same(a[key], b[key]));
}

function isPlain(value: unknown): value is { readonly [key: string]: unknown } {
  return Array.isArray(value) || (typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype);
}
