import { callOf, callPicture } from "./call.ts";
import { h } from "./dom.ts";
import { draw, maxRows } from "./drawing.ts";
import { layOut } from "./engineio.ts";
import { label } from "./frame.ts";
import { dollars, duration, pretty, size, timeOfDay, units } from "./format.ts";
import { ladder } from "./ladder.ts";
import { title } from "./list.ts";
import { shortCall } from "./sip.ts";
import { type Span, bodyOf, reasons } from "./types.ts";
import { word } from "./words.ts";

/** What can be done from here, and what protocol a connection speaks. */
interface Actions {
  back(): void;
  only(connection: string): void;
  speaks(connection: string): string | undefined;
  showCall(callID: string): void;
}

/** Shows one span: its picture, what was logged, the bodies, and the event. */
export function detail(span: Span, width: number, actions: Actions): Node[] {
  const nodes: Node[] = [
    backButton(actions),
    h("h2", {}, title(span)),
    facts(span, actions),
  ];
  for (const reason of reasons(span)) nodes.push(h("p", { class: "alert" }, reason));
  nodes.push(framed(ladder(span, width - 12, actions.speaks)));
  if (span.dropped) nodes.push(h("p", { class: "facts" }, `${span.dropped} further steps were not kept.`));
  const lines = span.steps.filter((step) => step.kind === "log");
  if (lines.length > 0) {
    nodes.push(
      h("h3", {}, "What the function logged"),
      h("div", { class: "logs", tabindex: 0, "aria-label": "Log" }, ...lines.map((line) => h("div", {}, h("span", {}, `+${duration(line.at)}`), h("span", {}, line.text)))),
    );
  }
  const body = bodyOf(span);
  if (body) nodes.push(h("h3", {}, span.kind === "post" || span.kind === "async" ? "Sent" : "The client sent", said(body, actions.speaks(span.connection))), h("pre", { class: "json" }, laidOut(body)));
  const frames = span.steps.filter((step) => (step.kind === "push" || step.kind === "reply") && step.text);
  if (frames.length > 0 && span.kind !== "post") {
    nodes.push(h("h3", {}, "Clients received"));
    for (const frame of frames.slice(0, 20)) {
      nodes.push(h("details", {}, h("summary", {}, h("b", {}, frame.name), said(frame.text ?? "", actions.speaks(frame.name)), ` ${frame.kind}, ${size(frame.bytes ?? 0)}${frame.status && frame.status !== 200 ? `, ${frame.status}` : ""}`), h("pre", { class: "json" }, laidOut(frame.text ?? ""))));
    }
  }
  if (span.event) nodes.push(...eventOf(span));
  return nodes;
}

/** Shows a call of SIP: what all its phones have sent and were sent, as one picture. */
export function callDetail(spans: readonly Span[], callID: string, width: number, actions: Actions): Node[] {
  const picture = callPicture(spans, callID);
  const usd = spans.reduce((sum, span) => sum + span.usd, 0);
  return [
    backButton(actions),
    h("h2", {}, `Call ${shortCall(callID)}`),
    h("p", { class: "facts" }, fact("Call-ID", word(callID, 120)), fact("messages", String(picture.rows.length)), fact("cost", dollars(usd))),
    picture.rows.length > 0 ? framed(draw(picture, width - 12)) : h("p", { class: "empty" }, "No message of that call is kept. Choose one in the list."),
    picture.rows.length > maxRows && h("p", { class: "facts" }, `The first ${maxRows} are drawn.`),
  ].filter((node) => node !== false);
}

const backButton = ({ back }: Actions): Node => h("button", { type: "button", class: "back", click: () => back() }, "← All messages");

const framed = (picture: Node): Node => h("div", { class: "ladder", tabindex: 0, "aria-label": "Ladder diagram" }, picture);

const fact = (name: string, value: string): HTMLElement => h("span", {}, `${name} `, h("b", {}, value));

const laidOut = (frame: string): string => layOut(frame) ?? pretty(frame);

/** What a frame says, beside where it stands whole. */
function said(frame: string, speaks: string | undefined): Node | false {
  const words = label(frame, speaks);
  return words !== undefined && h("span", { class: "said" }, words);
}

function facts(span: Span, { only, speaks, showCall }: Actions): HTMLElement {
  const protocol = speaks(span.connection);
  const invoke = span.steps.find((step) => step.kind === "invoke");
  const call = callOf(span);
  return h(
    "p",
    { class: "facts" },
    fact("at", timeOfDay(span.at)),
    span.connection !== "" && h("span", {}, "connection ", h("button", { type: "button", class: "link", title: "Only this connection", click: () => only(span.connection) }, h("b", {}, span.connection))),
    protocol !== undefined && fact("speaks", protocol),
    call !== undefined && h("span", {}, "Call-ID ", h("button", { type: "button", class: "link", title: "This call, of all its connections", "data-testid": "call", click: () => showCall(call) }, h("b", {}, shortCall(call)))),
    fact("took", span.running ? "still running" : duration(span.took)),
    span.bytes > 0 && fact("size", size(span.bytes)),
    (span.wru > 0 || span.rru > 0) && fact("used", units(span.wru, span.rru)),
    invoke && fact("billed", `${invoke.billedMs ?? 0} ms × ${invoke.memoryMB ?? 0} MB`),
    fact("cost", `${dollars(span.usd)}, a million ${dollars(span.usd * 1e6)}`),
  );
}

function eventOf(span: Span): Node[] {
  const file = `trace/${span.id}/event.json`;
  return [
    h("h3", {}, "The event the function got"),
    h(
      "div",
      { class: "actions" },
      h("a", { class: "button", href: file, download: `event-${span.id}.json` }, "Download event"),
      h("code", {}, `sam local invoke -e event-${span.id}.json`),
      span.short && h("span", { class: "bad" }, "The body is longer than what is kept of it."),
    ),
    h("details", {}, h("summary", {}, "Show JSON"), h("pre", { class: "json", "data-testid": "event" }, JSON.stringify(span.event, null, 2))),
  ];
}
