import { bodyOf, type Fields, fieldsOf, object, type Span, told } from "./spans.ts";
import { type Chapter as Heading, chapterOf, chapterWords, wordsOf } from "./words.ts";

export const server = "Parley";

export interface Row {
  /** Microseconds since the first. */
  readonly at: number;
  readonly from: string;
  readonly to: string;
  readonly words: string;
  readonly failed: boolean;
  /** Of a message that has caused something: its time in microseconds, and its write and read units. */
  readonly caused?: { readonly took: number; readonly wru: number; readonly rru: number };
}

export interface Chapter {
  readonly title: string;
  readonly rows: readonly Row[];
}

export interface Story {
  /** From left to right: who was first, the server, and the others. */
  readonly lanes: readonly string[];
  readonly chapters: readonly Chapter[];
  readonly figures: {
    readonly messagesIn: number;
    readonly messagesOut: number;
    readonly invocations: number;
    readonly wru: number;
    readonly rru: number;
    readonly usd: number;
    /** Milliseconds from the first to the last. */
    readonly lasted: number;
  };
}

/** What happened in a room, out of all that happened. */
export function tell(spans: readonly Span[], room: string): Story {
  const micros = (span: Span): number => span.at * 1000 + (span.us ?? 0);
  const ordered = [...spans].sort((a, b) => micros(a) - micros(b) || a.id - b.id);
  const cast = castOf(ordered, room);
  const mine = ordered.filter((span) => belongs(span, room, cast.connections));
  const nameOf = (peer: string): string => cast.names.get(peer) ?? peer;
  const lane = (connection: string): string => cast.connections.get(connection) ?? "somebody";
  const began = mine[0] ? micros(mine[0]) : 0;
  const chapters: { title: string; rows: Row[] }[] = [];
  let current = "";
  const figures = { messagesIn: 0, messagesOut: 0, invocations: 0, wru: 0, rru: 0, usd: 0 };
  for (const span of mine) {
    const frame = fieldsOf(bodyOf(span));
    const who = lane(span.connection);
    const after = micros(span) - began;
    const chapter = headingOf(cast, span, String(frame["action"] ?? ""));
    const title = chapter === "" ? current : chapterWords[chapter](who);
    if (title !== current || chapters.length === 0) chapters.push({ title: title || server, rows: [] });
    current = title;
    const { rows } = chapters.at(-1)!;
    const caused = { took: span.took, wru: span.wru, rru: span.rru };
    rows.push({ at: after, from: who, to: server, words: beginning(span, frame, nameOf), failed: false, caused });
    for (const step of told(span)) {
      const answer = fieldsOf(step.text ?? "");
      const refused = (step.status ?? 200) >= 300;
      // How one learns that one has to knock: nothing went wrong.
      const closed = answer["code"] === "room-locked" && cast.knocked.has(step.name);
      const words = refused ? `not delivered: ${step.status}` : closed ? "a host has to let you in" : wordsOf(answer, nameOf);
      const failed = refused || (answer["type"] === "error" && !closed);
      rows.push({ at: after + step.at, from: server, to: lane(step.name), words, failed });
      if (!refused) figures.messagesOut++;
    }
    if (span.kind === "message") figures.messagesIn++;
    figures.invocations += span.steps.filter(({ kind }) => kind === "invoke").length;
    figures.wru += span.wru;
    figures.rru += span.rru;
    figures.usd += span.usd;
  }
  for (const { rows } of chapters) rows.sort((a, b) => a.at - b.at);
  const people = [...new Set(mine.map((span) => lane(span.connection)))];
  const lasted = mine.length > 1 ? mine.at(-1)!.at - mine[0]!.at : 0;
  return { lanes: [...people.slice(0, 1), server, ...people.slice(1)], chapters, figures: { ...figures, lasted } };
}

function headingOf({ dismissed, entered, knocked, left }: Cast, span: Span, action: string): Heading {
  const { kind, connection } = span;
  const enters = entered.get(connection);
  if (kind === "disconnect" && !left.has(connection)) return dismissed.has(connection) || enters === undefined ? "out" : "lost";
  const chapter = chapterOf(kind, action);
  return chapter === "in" && knocked.has(connection) && span.id !== enters ? "asked" : chapter;
}

function beginning(span: Span, frame: Fields, nameOf: (peer: string) => string): string {
  if (span.kind === "connect") return "opens a socket";
  const code = span.event?.requestContext?.disconnectStatusCode;
  if (span.kind === "disconnect") return code ? `socket closed (${code})` : "socket closed";
  return wordsOf(frame, nameOf);
}

interface Cast {
  /** What people call themselves, by the names that the server knows, and by their connections. */
  readonly names: ReadonlyMap<string, string>;
  readonly connections: ReadonlyMap<string, string>;
  /** Connections that said goodbye. */
  readonly left: ReadonlySet<string>;
  /** Those that a host removed, or did not let in. */
  readonly dismissed: ReadonlySet<string>;
  readonly knocked: ReadonlySet<string>;
  /** The span that gave a connection its seat. */
  readonly entered: ReadonlyMap<string, number>;
}

function castOf(spans: readonly Span[], room: string): Cast {
  const names = new Map<string, string>();
  const connections = new Map<string, string>();
  const left = new Set<string>();
  const dismissed = new Set<string>();
  const knocked = new Set<string>();
  const entered = new Map<string, number>();
  for (const span of spans) {
    const frame = fieldsOf(bodyOf(span));
    if (frame["room"] !== room) continue;
    const { action } = frame;
    if (action === "leave") left.add(span.connection);
    if (action === "knock") knocked.add(span.connection);
    if (action === "kick" || action === "deny") {
      const toWhom = ({ type, peer }: Fields): boolean => type === "kicked" || (type === "denied" && peer === undefined);
      for (const { name, text } of told(span)) if (toWhom(fieldsOf(text ?? ""))) dismissed.add(name);
    }
    if (action !== "join" && action !== "knock") continue;
    const answers = told(span).filter(({ name }) => name === span.connection).map(({ text }) => fieldsOf(text ?? ""));
    if (answers.some(({ type }) => type === "joined")) entered.set(span.connection, span.id);
    const peer = String(answers.find(({ type }) => type === "joined")?.["peer"] ?? frame["peer"] ?? "somebody");
    const name = object(frame["data"])["name"];
    if (typeof name === "string" && name.trim()) names.set(peer, name.trim().slice(0, 40));
    connections.set(span.connection, names.get(peer) ?? peer);
  }
  return { names, connections, left, dismissed, knocked, entered };
}

/** A connection may be in several rooms: of what it says, what names another is not ours. */
function belongs(span: Span, room: string, connections: ReadonlyMap<string, string>): boolean {
  if (!connections.has(span.connection)) return false;
  const named = fieldsOf(bodyOf(span))["room"];
  return named === undefined || named === room;
}
