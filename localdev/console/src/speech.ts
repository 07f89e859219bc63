import { object, parse } from "./json.ts";
import { sipLabel } from "./sip.ts";
import { type Span, bodyOf } from "./types.ts";
import { word } from "./words.ts";

const remembered = 2000; // connections

type Event = Span["event"] & {
  readonly headers?: Readonly<Record<string, string>>;
  readonly queryStringParameters?: Readonly<Record<string, string>>;
};

/** Which protocol a connection speaks, as far as it shows from outside: by its handshake, or else by the form of a frame. */
export class Speech {
  readonly #names = new Map<string, string>();

  hear(spans: readonly Span[]): void {
    for (const span of spans) {
      if (span.kind === "connect") this.#note(span.connection, byHandshake(span.event));
      else if (span.kind === "message" && !this.#names.has(span.connection)) this.#note(span.connection, byFrame(bodyOf(span)));
    }
  }

  of(connection: string): string | undefined {
    return this.#names.get(connection);
  }

  #note(connection: string, name: string | undefined): void {
    if (!name) return;
    this.#names.set(connection, name);
    for (const oldest of this.#names.keys()) {
      if (this.#names.size <= remembered) break;
      this.#names.delete(oldest);
    }
  }
}

/** What a handshake says: the subprotocols that it offers, and its query. */
export function byHandshake(event: Event | undefined): string | undefined {
  const query = new Map(Object.entries(event?.queryStringParameters ?? {}));
  const offered = Object.entries(event?.headers ?? {})
    .filter(([name]) => name.toLowerCase() === "sec-websocket-protocol")
    .flatMap(([, value]) => value.split(","))
    .map((name) => name.trim());
  if (offered.includes("sip")) return "sip";
  if (query.has("EIO") && query.get("transport") === "websocket") return "socket.io";
  if (query.has("X-Amz-ChannelARN")) return "kvs";
  const key = query.has("key") || [...query.values()].some((value) => /[?&]key=/.test(value)); // its path option may end in "?p="
  if (key && query.has("id") && query.has("token")) return "peerjs";
  const selected = query.get("dialect");
  if (selected) return word(selected);
  return offered.find((name) => /^[\w.-]{1,32}$/.test(name) && !name.startsWith("parley.token.")); // one may be a secret
}

/** What the form of a client's frame shows, if no other protocol has it. */
export function byFrame(frame: string): string | undefined {
  if (/^4[25](?:\d+-)?(?:\/[^,]*,)?\d*\[\s*"/.test(frame)) return "socket.io";
  if (frame.trim() !== "" && sipLabel(frame)) return "sip";
  const members = object(parse(frame)) ?? {};
  const type = members["type"];
  if ((type === "subscribe" || type === "unsubscribe") && Array.isArray(members["topics"])) return "y-webrtc";
  if (type === "publish" && typeof members["topic"] === "string") return "y-webrtc";
  if (type === "OFFER" || type === "ANSWER" || type === "CANDIDATE" || type === "HEARTBEAT") return "peerjs";
  return undefined;
}
