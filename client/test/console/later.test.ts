import { expect, test } from "vitest";
import { later, way } from "../../../localdev/console/src/later.ts";
import type { Span, Step } from "../../../localdev/console/src/types.ts";

const step = (more: Partial<Step>): Step => ({ kind: "later", at: 0, took: 0, name: "message", ...more });
const span = (more: Partial<Span>): Span => ({
  id: 1, kind: "async", api: "", connection: "", route: "", requestId: "", at: 0, took: 0, bytes: 0, steps: [], wru: 0, rru: 0, usd: 0, ...more,
});

test("an event for later says whom it is for, and its route", () => {
  expect(later(step({ text: '{"requestContext":{"routeKey":"$opened"}}' }))).toBe("→ message ($opened), asynchronous");
  for (const text of [undefined, "", "hello", "7", '{"requestContext":7}']) expect(later(step(text === undefined ? {} : { text }))).toBe("→ message, asynchronous");
});

test("an asynchronous event says who has whom run", () => {
  expect(way(span({ by: "connect", steps: [step({ kind: "invoke" })] }))).toBe("connect → message");
  expect(way(span({ by: "connect" }))).toBe("connect");
  expect(way(span({ steps: [step({ kind: "invoke" })] }))).toBe("outside → message");
});
