/** What this page reads of localdev's record: docs/emulator.md, The console. Times of a step are microseconds. */
export interface Step {
  readonly kind: string;
  readonly at: number;
  readonly name: string; // of a push or a reply: the connection
  readonly status?: number;
  readonly text?: string;
}

export interface Span {
  readonly id: number;
  readonly kind: string;
  readonly connection: string;
  readonly at: number; // ms
  readonly us?: number; // and so many µs
  readonly took: number;
  readonly event?: { readonly body?: string; readonly requestContext?: { readonly disconnectStatusCode?: number } };
  readonly body?: string;
  readonly steps: readonly Step[];
  readonly wru: number;
  readonly rru: number;
  readonly usd: number;
}

export type Fields = Readonly<Record<string, unknown>>;

export const object = (value: unknown): Fields => (typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : {});

/** A frame's fields. Of one whose end was not kept, what can be read of its beginning. */
export function fieldsOf(frame: string): Fields {
  try {
    return object(JSON.parse(frame));
  } catch {
    const found: Record<string, string> = {};
    for (const [, name, value] of frame.matchAll(/"([a-z]+)":"((?:[^"\\]|\\.)*)"/g)) found[name!] ??= value!;
    return found;
  }
}

export const bodyOf = (span: Span): string => span.event?.body ?? span.body ?? "";

/** The frames that a message brought to somebody, the sender's answer among them. */
export const told = (span: Span): readonly Step[] => span.steps.filter(({ kind }) => kind === "push" || kind === "reply");
