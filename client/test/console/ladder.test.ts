import { expect, test } from "vitest";
import { picture } from "../../../localdev/console/src/ladder.ts";
import type { Span, Step } from "../../../localdev/console/src/types.ts";

const message = (steps: readonly Partial<Step>[]): Span =>
  ({ id: 1, kind: "message", api: "a", connection: "abc=", route: "put", requestId: "r", at: 0, took: 9, bytes: 2, steps: steps.map((step) => ({ at: 1, took: 1, name: "", ...step })) }) as unknown as Span;

function told(span: Span): string[] {
  const { lanes, rows } = picture(span, () => undefined);
  const name = (key: string): string => lanes.find((lane) => lane.key === key)?.name ?? key;
  return rows.map((row) => `${name(row.from)} → ${name(row.to)}: ${row.above}`);
}

test("an integration asks DynamoDB and HTTP back ends from API Gateway, without a function", () => {
  expect(
    told(
      message([
        { kind: "dynamo", direct: true, name: "PutItem", table: "t", status: 200 },
        { kind: "http", direct: true, at: 3, name: "POST example.com/", status: 404 },
        { kind: "reply", at: 5, name: "abc=", bytes: 2, text: "ok" },
      ]),
    ),
  ).toEqual(["client → API Gateway: put", "API Gateway → DynamoDB: PutItem 1 µs", "API Gateway → HTTP: POST example.com/", "HTTP → API Gateway: 404", "API Gateway → client: reply 2 B"]);
});

test("a function that has not ended asks DynamoDB from its own lane", () => {
  expect(told(message([{ kind: "dynamo", name: "GetItem", status: 200 }]))).toEqual(["client → API Gateway: put", "function → DynamoDB: GetItem 1 µs"]);
});
