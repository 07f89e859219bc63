import { type Lane, type Picture, type Row } from "./drawing.ts";
import { duration, shortID, size, units } from "./format.ts";
import { type SipMessage, readSip, shortCall } from "./sip.ts";
import { type Span, type Step, bodyOf, failed } from "./types.ts";

const parley = "parley";
const phone = (connection: string): string => `phone ${connection}`;

/** The call that a span is about, if it is one of SIP: the Call-ID of what was sent, or else of what was pushed. */
export function callOf(span: Span): string | undefined {
  for (const frame of [bodyOf(span), ...span.steps.filter(carries).map((step) => step.text ?? "")]) {
    const callID = readSip(frame)?.callID;
    if (callID) return callID;
  }
  return undefined;
}

/**
 * A call of SIP as a picture: every message of it that a phone has sent, and every one that a phone
 * was sent, on whichever connection, between the phones and what stands between them.
 */
export function callPicture(spans: readonly Span[], callID: string): Picture {
  const names = new Map<string, string>(); // of connections, in the order in which they come in
  const rows: Row[] = [];
  const note = (connection: string, name: string | undefined): void => {
    if (!names.get(connection)) names.set(connection, name ?? "");
  };
  const micros = (span: Span): number => span.at * 1000 + (span.us ?? 0); // a phone answers within a millisecond
  const ordered = [...spans].sort((a, b) => micros(a) - micros(b) || a.id - b.id);
  const began = ordered[0] ? micros(ordered[0]) : 0;
  const time = (span: Span, at: number): number => micros(span) - began + at;
  for (const span of ordered) {
    const sent = span.kind === "message" ? ofCall(bodyOf(span), callID) : undefined;
    if (sent) {
      note(span.connection, sent.isRequest ? sent.from : sent.to);
      rows.push({ at: time(span, 0), from: phone(span.connection), to: parley, ...words(sent, caused(span)), look: failed(span) ? "fail" : undefined, more: bodyOf(span) });
    }
    for (const step of span.steps.filter(carries)) {
      const message = ofCall(step.text ?? "", callID);
      if (!message) continue;
      note(step.name, message.isRequest ? message.to : message.from);
      const refused = (step.status ?? 200) >= 300;
      const how = refused ? `push refused: ${step.status}` : size(step.bytes ?? 0);
      rows.push({ at: time(span, step.at), from: parley, to: phone(step.name), ...words(message, how), look: refused ? "fail" : undefined, more: step.text });
    }
  }
  rows.sort((a, b) => a.at - b.at);
  const lanes: Lane[] = [...names].map(([id, name]) => ({ key: phone(id), name: name || "phone", id: shortID(id) }));
  lanes.splice(1, 0, { key: parley, name: "Parley" }); // who begins is left of it
  const people = [...new Set(lanes.filter(({ id }) => id).map(({ name }) => name))];
  const told = rows.map((row) => `${duration(row.at)}: ${nameOf(lanes, row.from)} to ${nameOf(lanes, row.to)}, ${row.above}`);
  return { lanes, rows, words: [`Call ${shortCall(callID)} between ${people.join(", ")}`, ...told].join(". ") };
}

const carries = (step: Step): boolean => step.kind === "push" || step.kind === "reply";

function ofCall(frame: string, callID: string): SipMessage | undefined {
  const message = readSip(frame);
  return message?.callID === callID ? message : undefined;
}

const words = ({ start, about, sequence }: SipMessage, how: string): Pick<Row, "above" | "below"> => ({
  above: [start, about].filter(Boolean).join(" · "),
  below: [sequence && `CSeq ${sequence}`, how].filter(Boolean).join(" · "),
});

/** What a message has taken. */
const caused = (span: Span): string => [span.running ? "" : duration(span.took), units(span.wru, span.rru)].filter(Boolean).join(" · ");

const nameOf = (lanes: readonly Lane[], key: string): string => lanes.find((lane) => lane.key === key)?.name ?? "";
