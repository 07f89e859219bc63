import { type Fields, object } from "./spans.ts";

const text = (value: unknown): string => (typeof value === "string" ? value : "");
const plural = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? "" : "s"}`;

function others(peers: unknown): string {
  const count = Array.isArray(peers) ? peers.length : 0;
  return count === 0 ? "nobody else is here" : `${plural(count, "other")} here`;
}

/** What a frame says, in a few words. Names in it are as `nameOf` has them. */
export function wordsOf(frame: Fields, nameOf: (peer: string) => string): string {
  const peer = nameOf(text(frame["peer"]));
  const verb = text(frame["type"]) || text(frame["action"]);
  switch (verb) {
    case "joined":
    case "roster":
      if (frame["action"] !== undefined) return "who is here?";
      return `${verb === "joined" ? "joined, " : ""}${others(frame["peers"])}`;
    case "peer-joined": return `${peer} came`;
    case "peer-left": return `${peer} left`;
    case "peer-lost": return `${peer} lost the connection`;
    case "peer-back": return `${peer} is back`;
    case "peer-updated": return `${peer} says something else about themselves`;
    case "update": return "something else about oneself";
    case "knocked": return `${peer} would like to come in`;
    case "knock": return "may I come in?";
    case "knock-left": return `${peer} waits no more`;
    case "admitted": return frame["by"] === undefined ? "come in" : `${nameOf(text(frame["by"]))} let ${peer} in`;
    case "denied": return frame["peer"] === undefined ? "you are not let in" : `${nameOf(text(frame["by"]))} did not let ${peer} in`;
    case "kicked": return "you are removed";
    case "lock": return "lock the room";
    case "unlock": return "unlock the room";
    case "room-locked": return `${nameOf(text(frame["by"]))} locked the room`;
    case "room-unlocked": return `${nameOf(text(frame["by"]))} unlocked the room`;
    case "admit": return `let ${peer} in`;
    case "deny": return `do not let ${peer} in`;
    case "kick": return `remove ${peer}`;
    case "error": return `refused: ${text(frame["code"])}`;
    case "signal": {
      const [to, from] = [text(frame["to"]), text(frame["from"])];
      return `${signalWords(frame["data"])} ${to ? `for ${nameOf(to)}` : `of ${nameOf(from)}`}`;
    }
    case "":
      return "message";
    default:
      return verb;
  }
}

function signalWords(data: unknown): string {
  const { description, candidates, parley } = object(data);
  const about = object(parley);
  if (typeof about["part"] === "number") return `part ${about["part"]} of ${text(about["of"]) || about["of"]}`;
  if (parley !== undefined) return "what has arrived";
  const found = Array.isArray(candidates) ? candidates.length : 0;
  const kind = text(object(description)["type"]);
  if (kind && found) return `${kind} with ${plural(found, "candidate")}`;
  if (kind) return kind;
  return found ? plural(found, "candidate") : "signal";
}

export type Chapter = "asked" | "in" | "host" | "connect" | "lost" | "out" | "";

const hostActions: ReadonlySet<string> = new Set(["admit", "deny", "kick", "lock", "unlock"]);

/** Which part of a call a message belongs to; "" to the one before. */
export function chapterOf(kind: string, action: string): Chapter {
  if (kind === "connect" || action === "join" || action === "knock") return "in";
  if (hostActions.has(action)) return "host";
  if (action === "signal") return "connect";
  if (action === "leave") return "out";
  return "";
}

export const chapterWords: Readonly<Record<Exclude<Chapter, "">, (name: string) => string>> = {
  asked: (name) => `${name} asks to come in`,
  in: (name) => `${name} comes in`,
  host: (name) => `${name} decides as a host`,
  connect: () => "The browsers agree on how to reach each other",
  lost: (name) => `${name} loses the connection`,
  out: (name) => `${name} leaves`,
};
