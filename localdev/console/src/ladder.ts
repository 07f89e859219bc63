import { type Lane, type Picture, type Row, draw } from "./drawing.ts";
import { label } from "./frame.ts";
import { duration, shortID, size, units } from "./format.ts";
import { later } from "./later.ts";
import { type Span, type Step, bodyOf, failed } from "./types.ts";

const otherLanes = 3; // clients with a lane of their own besides the sender; the rest share one

/** Which protocol a connection speaks, where that is known. */
type Speaks = (connection: string) => string | undefined;

const gateway = "gateway";
const database = "database";
const backEnd = "back end";
const queue = "queue"; // where Lambda keeps asynchronous events
const sender = (span: Span): string => {
  if (span.kind === "async") return span.by ? `sender ${span.by}` : "outside";
  return span.kind === "post" ? "outside" : `client ${span.connection}`;
};
const functionLane = (name: string): string => `function ${name}`;

/** Draws what a span has caused. */
export const ladder = (span: Span, width: number, speaks: Speaks): SVGSVGElement => draw(picture(span, speaks), width);

export function picture(span: Span, speaks: Speaks): Picture {
  const lanes = lanesOf(span);
  const rows = rowsOf(span, new Set(lanes.map((lane) => lane.key)), speaks);
  const bars = span.steps.filter((one) => one.kind === "invoke").flatMap((invoke) => {
    const lane = functionLane(invoke.name);
    const first = rows.findIndex((row) => row.to === lane && row.at === invoke.at);
    const last = rows.findIndex((row) => row.from === lane && row.to === gateway && row.at === invoke.at + invoke.took);
    return first < 0 ? [] : [{ lane, first, last: last < 0 ? rows.length - 1 : last }];
  });
  return { lanes, rows, bars, through: gateway, words: summary(span, rows) };
}

function lanesOf(span: Span): Lane[] {
  const others = [...new Set(span.steps.filter((step) => step.kind === "push" && (span.kind === "post" || span.kind === "async" || step.name !== span.connection)).map((step) => step.name))];
  const named = others.length > otherLanes + 1 ? others.slice(0, otherLanes) : others;
  const lanes: Lane[] = named.map((id) => ({ key: `client ${id}`, name: "client", id: shortID(id) }));
  if (named.length < others.length) lanes.unshift({ key: "others", name: `${others.length - named.length} clients` });
  if (span.kind === "post") lanes.push({ key: gateway, name: "API Gateway" }, { key: "outside", name: "outside" });
  else if (span.kind === "async") lanes.push({ key: sender(span), name: span.by || "outside" }, { key: gateway, name: "Lambda" });
  else lanes.push({ key: sender(span), name: "client", id: shortID(span.connection) }, { key: gateway, name: "API Gateway" });
  for (const name of new Set(span.steps.filter((step) => step.kind === "invoke").map((step) => step.name))) lanes.push({ key: functionLane(name), name });
  const working = lanes.at(-1)?.key.startsWith("function ");
  if (!working && span.steps.some((step) => step.kind === "dynamo" && !step.direct)) lanes.push({ key: functionLane(""), name: "function" });
  if (span.steps.some((step) => step.kind === "later")) lanes.push({ key: queue, name: "Lambda" });
  if (span.steps.some((step) => step.kind === "dynamo")) lanes.push({ key: database, name: "DynamoDB" });
  if (span.steps.some((step) => step.kind === "http")) lanes.push({ key: backEnd, name: "HTTP" });
  return lanes;
}

function rowsOf(span: Span, lanes: ReadonlySet<string>, speaks: Speaks): Row[] {
  const rows: Row[] = [];
  const worker = [...lanes].find((key) => key.startsWith("function ")) ?? (span.kind === "post" ? "outside" : gateway);
  const client = sender(span);
  if (span.kind === "message") {
    const route = span.route || "no route";
    const said = label(bodyOf(span), speaks(span.connection));
    rows.push({ at: 0, from: client, to: gateway, above: said ?? route, below: said ? `${route} · ${size(span.bytes)}` : size(span.bytes), look: span.route ? undefined : "fail" });
  }
  if (span.kind === "connect" || span.kind === "authorize") rows.push({ at: 0, from: client, to: gateway, above: "handshake" });
  if (span.kind === "disconnect") rows.push({ at: 0, from: client, to: gateway, above: `ended ${span.event?.requestContext?.["disconnectStatusCode"] ?? ""}`, below: String(span.event?.requestContext?.["disconnectReason"] ?? "") });
  if (span.kind === "async") rows.push({ at: 0, from: client, to: gateway, above: span.route || "event", below: size(span.bytes) });
  for (const step of span.steps) rows.push(...rowsOfStep(step, worker, lanes, speaks));
  const why = span.failure;
  const short = why?.split(";")[0] ?? ""; // the rest stands above the picture
  if (span.status) rows.push({ at: span.took, from: gateway, to: client, above: span.status < 300 ? "101 open" : String(span.status), below: span.status < 300 ? duration(span.took) : (short || duration(span.took)), look: span.status < 300 ? undefined : "fail", more: why });
  else if (why) rows.push({ at: span.took, from: gateway, to: gateway, above: "failed", below: short, look: "fail", more: why });
  return rows.sort((a, b) => a.at - b.at);
}

function rowsOfStep(step: Step, worker: string, lanes: ReadonlySet<string>, speaks: Speaks): Row[] {
  switch (step.kind) {
    case "invoke":
      return [
        { at: step.at, from: gateway, to: functionLane(step.name), above: step.cold ? `cold start ${duration(step.cold)}` : "invoke, warm", below: `instance ${step.instance ?? ""}`, more: step.requestId },
        { at: step.at + step.took, from: functionLane(step.name), to: gateway, above: step.failure ? "failed" : duration(step.took), below: `billed ${step.billedMs ?? 0} ms`, look: step.failure ? "fail" : undefined, more: step.failure },
      ];
    case "dynamo":
      return [{ at: step.at, from: step.direct ? gateway : worker, to: database, above: `${step.name} ${duration(step.took)}`, below: [bad(step), units(step.wru ?? 0, step.rru ?? 0), lastOf(step.table ?? "")].filter(Boolean).join(" · "), look: bad(step) ? "fail" : "data", more: `${step.table ?? ""}\n${step.text ?? ""}` }];
    case "http":
      return [
        { at: step.at, from: gateway, to: backEnd, above: step.name, below: size(step.bytes ?? 0), more: step.text },
        { at: step.at + step.took, from: backEnd, to: gateway, above: step.failure ? "failed" : String(step.status), below: duration(step.took), look: step.failure || bad(step) ? "fail" : undefined, more: step.failure },
      ];
    case "push": {
      const to = `client ${step.name}`;
      return [{ at: step.at, from: worker, to: lanes.has(to) ? to : "others", ...carried(step, bad(step) ? `push refused: ${step.status}` : `push ${size(step.bytes ?? 0)}`, speaks), ...refusal(step) }];
    }
    case "later":
      return [{ at: step.at, from: worker, to: queue, above: later(step), below: size(step.bytes ?? 0), more: step.text }];
    case "reply":
      return [{ at: step.at, from: gateway, to: `client ${step.name}`, ...carried(step, `reply ${size(step.bytes ?? 0)}`, speaks) }];
    case "log":
      return []; // below the picture
  }
}

/** What a frame says above its arrow, and how it went below. */
function carried(step: Step, how: string, speaks: Speaks): Pick<Row, "above" | "below" | "more"> {
  const said = label(step.text ?? "", speaks(step.name));
  const took = step.took > 0 ? duration(step.took) : "";
  return said ? { above: said, below: [how, took].filter(Boolean).join(" · "), more: step.text } : { above: how, below: took, more: step.text };
}

/** How a push that was refused looks, and why it was. */
const refusal = (step: Step): Pick<Row, "look"> & Partial<Pick<Row, "below" | "more">> =>
  !bad(step) ? { look: undefined } : step.failure ? { look: "fail", below: `${step.status}: ${step.failure.split(";")[0]}`, more: step.failure } : { look: "fail" };

/** Stacks put their name in front of a table's; the whole name is in the tooltip. */
const lastOf = (table: string): string => {
  const name = table.slice(table.indexOf("-") + 1);
  return name.length > 12 ? `${name.slice(0, 11)}…` : name;
};

const bad = (step: Step): string => ((step.status ?? 200) >= 300 ? `${step.status} refused` : "");

const summary = (span: Span, rows: readonly Row[]): string =>
  `${failed(span) ? "Failed. " : ""}${rows.map((row) => `${duration(row.at)}: ${row.above}${row.below ? `, ${row.below}` : ""}`).join(". ")}`;
