import { object, parse } from "./json.ts";
import type { Span, Step } from "./types.ts";
import { word } from "./words.ts";

/** Who has whom run by Lambda: "connect → message". */
export function way(span: Span): string {
  const run = span.steps.find((step) => step.kind === "invoke")?.name;
  return [span.by || "outside", run].filter(Boolean).join(" → ");
}

/** An event that a function leaves to Lambda: whom it is for, and its route where it is one of API Gateway's form. */
export function later(step: Step): string {
  const route = object(object(parse(step.text ?? ""))?.["requestContext"])?.["routeKey"];
  return `→ ${step.name}${typeof route === "string" ? ` (${word(route)})` : ""}, asynchronous`;
}
