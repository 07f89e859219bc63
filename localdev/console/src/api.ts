import type { Span, State } from "./types.ts";

/** Asks localdev for something; a refusal is an error with its words. */
export async function ask<T>(path: string, init?: RequestInit): Promise<T> {
  const answer = await fetch(path, init);
  const text = await answer.text();
  if (!answer.ok) {
    let words = `${answer.status} ${answer.statusText}`;
    try {
      words = (JSON.parse(text) as { message?: string }).message ?? words;
    } catch {
      // not JSON: the status says it
    }
    throw new Error(words);
  }
  return (text ? JSON.parse(text) : undefined) as T;
}

/** Listens to what happens. The browser connects again by itself; all that is kept then comes once more. */
export function listen(on: { spans(spans: Span[]): void; state(state: State): void; live(live: boolean): void }): void {
  const source = new EventSource("events");
  source.addEventListener("open", () => on.live(true));
  source.addEventListener("error", () => on.live(false));
  source.addEventListener("spans", (event) => on.spans(JSON.parse((event as MessageEvent<string>).data) as Span[]));
  source.addEventListener("state", (event) => on.state(JSON.parse((event as MessageEvent<string>).data) as State));
}
