import { h } from "./dom.ts";
import { dollars, number } from "./format.ts";
import type { State } from "./types.ts";

const month = 30 * 24 * 3600_000;
const enough = 60_000; // ms of emulated time before a projection says anything

/** The figures at the top: what AWS would have metered, and where that leads. */
export function figures({ bill, billedSince, now, connections, moreConnections }: State): Node[] {
  const invocations = Object.values(bill.invocations).reduce((sum, n) => sum + n, 0);
  const span = now - billedSince;
  const figure = (name: string, value: string, hint: string): HTMLElement => h("div", { title: hint }, h("dt", {}, name), h("dd", {}, value));
  return [
    figure("open", number(connections.length + moreConnections), "Connections that are open now"),
    figure("in", number(bill.messagesIn), "Messages from clients, in started 32 KB"),
    figure("out", number(bill.messagesOut), "Messages to clients, in started 32 KB"),
    figure("runs", number(invocations), "Invocations of functions"),
    figure("units", `${number(bill.wru)} W ${number(bill.rru)} R`, "DynamoDB write and read request units"),
    figure("bill", dollars(bill.usd), "What AWS would charge since the bill began, us-east-1, without a free tier"),
    figure("a message", bill.messagesIn > 0 ? `${dollars((bill.usd / bill.messagesIn) * 1e6)}/M` : "–", "The bill by message that came in: a million of them"),
    figure("a month", span >= enough ? dollars((bill.usd / span) * month) : "in a minute", "If it went on for 30 days as since the bill began"),
  ];
}
