import { byID, make } from "../dom.ts";
import { type Row, server, type Story } from "./story.ts";

/** Writes the figures and draws the ladder: a grid with a column for each lane, and a line of text for each arrow. */
export function draw({ lanes, chapters, figures }: Story): void {
  const { messagesIn, messagesOut, invocations, wru, rru, usd, lasted } = figures;
  byID("figures").replaceChildren(
    figure("Messages", number(messagesIn + messagesOut), `${number(messagesIn)} in, ${number(messagesOut)} out`),
    figure("Invocations", number(invocations), "of three functions"),
    figure("DynamoDB", number(wru + rru), `${number(wru)} write, ${number(rru)} read units`),
    figure("Cost", dollars(usd), `${dollars(usd * 1e6, 2)} for a million such calls, without connection minutes`),
    figure("Lasted", time(lasted), "from the first message to the last"),
  );
  const ladder = byID("ladder");
  const scrolled = ladder.scrollLeft;
  ladder.style.setProperty("--lanes", String(lanes.length));
  ladder.replaceChildren(
    make("div", "lanes", ...lanes.map((name) => make("span", name === server ? "lane parley" : "lane", name))),
    ...chapters.flatMap(({ title, rows }) => [make("h2", "", title), make("ol", "rows", ...rows.map((row) => line(row, lanes)))]),
  );
  ladder.scrollLeft = scrolled;
}

function figure(name: string, value: string, more: string): HTMLElement {
  return make("div", "", make("dt", "", name), make("dd", "", make("strong", "", value), make("span", "", more)));
}

function line(row: Row, lanes: readonly string[]): HTMLElement {
  const [from, to] = [lanes.indexOf(row.from), lanes.indexOf(row.to)];
  const [left, right] = [Math.min(from, to), Math.max(from, to)];
  const whom = make("span", "whom", `${row.from} to ${row.to}: `);
  const arrow = make("span", `arrow ${to < from ? "to-left" : "to-right"}`, whom, make("span", "says", row.words));
  arrow.style.gridColumn = `${left + 2} / ${right + 3}`;
  arrow.style.setProperty("--span", String(right - left + 1));
  const item = make("li", row.failed ? "row failed" : "row", make("span", "at", time(row.at / 1000)), arrow);
  item.dataset["testid"] = "row";
  if (row.caused) item.classList.add("cause");
  item.append(make("span", "caused", row.caused ? priceOf(row.caused) : ""));
  return item;
}

function priceOf({ took, wru, rru }: NonNullable<Row["caused"]>): string {
  return [`${number(took / 1000)} ms`, wru && `${number(wru)} W`, rru && `${number(rru)} R`].filter(Boolean).join(" · ");
}

const number = (n: number): string => n.toLocaleString("en", { maximumFractionDigits: 1 });

/** An amount however small, with two digits that say something. */
function dollars(usd: number, digits?: number): string {
  if (usd === 0) return "$0";
  return `$${usd.toFixed(digits ?? Math.min(12, Math.max(2, 1 - Math.floor(Math.log10(usd)))))}`;
}

function time(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1_000).toFixed(2)} s`;
  return `${Math.floor(ms / 60_000)} min ${Math.round((ms % 60_000) / 1_000)} s`;
}
