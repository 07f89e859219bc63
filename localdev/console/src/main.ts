// The console of localdev. Everything it shows comes over /_localdev/events and the JSON beside it.
import { ask, listen } from "./api.ts";
import { figures } from "./bill.ts";
import { Connections } from "./connections.ts";
import { callDetail, detail } from "./detail.ts";
import { byID } from "./dom.ts";
import { duration, timeOfDay } from "./format.ts";
import { List } from "./list.ts";
import { Speech } from "./speech.ts";
import { Tables } from "./tables.ts";
import type { Span, State } from "./types.ts";
import { Weather } from "./weather.ts";

const messages = byID("messages");
const article = byID("detail");
const search = byID<HTMLInputElement>("search");
const filter = byID<HTMLSelectElement>("filter");
const list = new List(byID("rows"), byID("none"), (id) => select(id, true));
const speech = new Speech();
const speaks = (connection: string): string | undefined => speech.of(connection);
const tables = new Tables(byID("tables"), only, complain);
const connections = new Connections(byID("connections"), {
  only,
  speaks,
  complain,
  end: (id, silent) => void ask(`connections/${encodeURIComponent(id)}${silent ? "?silent=1" : ""}`, { method: "DELETE" }).catch(complain),
});
const weather = new Weather(byID("weather"), complain);
let state: State | undefined;
let call: string | undefined; // whose messages are shown as one ladder, instead of a message of its own
let drawn: { spans: readonly Span[]; call: string | undefined; width: number } | undefined;
let scheduled = false;
let hiding: ReturnType<typeof setTimeout> | undefined;

function complain(problem: unknown): void {
  const place = byID("problem");
  place.textContent = problem instanceof Error ? problem.message : String(problem);
  place.hidden = false;
  clearTimeout(hiding);
  hiding = setTimeout(() => (place.hidden = true), 6000);
}

/** Draws at most once a frame, however much comes in. */
function draw(): void {
  if (scheduled) return;
  scheduled = true;
  requestAnimationFrame(() => {
    scheduled = false;
    if (call === undefined && (list.selected === undefined || !list.get(list.selected))) list.selected = list.matching()[0]?.id;
    list.render();
    drawArticle();
  });
}

/** Shows the message or the call that is chosen, anew only where something has changed. */
function drawArticle(): void {
  const width = article.clientWidth - 42;
  const span = list.selected === undefined ? undefined : list.get(list.selected);
  const spans = call !== undefined ? list.mentioning(call) : span ? [span] : [];
  const same = drawn?.call === call && (call !== undefined || drawn?.spans[0]?.id === span?.id);
  if (same && drawn?.width === width && drawn.spans.length === spans.length && spans.every((one, i) => one === drawn?.spans[i])) return;
  const opened = same ? [...article.querySelectorAll("details")].map((one) => one.open) : [];
  const scrolled = same ? article.scrollTop : 0;
  drawn = { spans, call, width };
  const actions = { back, only, speaks, showCall };
  article.replaceChildren(...(call !== undefined ? callDetail(spans, call, width, actions) : span ? detail(span, width, actions) : []));
  article.querySelectorAll("details").forEach((one, i) => (one.open = opened[i] ?? false));
  article.scrollTop = scrolled;
}

function select(id: number, read: boolean): void {
  list.selected = id;
  call = undefined;
  if (read) messages.classList.add("reading");
  draw();
  list.reveal(id);
}

function back(): void {
  messages.classList.remove("reading");
  byID("rows").focus();
}

/** Shows the messages of one connection, or those with some words in them. */
function only(words: string): void {
  search.value = list.search = words;
  list.selected = call = undefined;
  open("messages");
  back();
  draw();
}

/** Shows all messages of a call of SIP, beside them as one ladder. */
function showCall(callID: string): void {
  only(callID);
  call = callID;
  messages.classList.add("reading");
  article.focus();
}

/** Shows what a link asks for: `#search=` and words to search for, or `#call=` and a Call-ID. */
function follow(): void {
  const asked = new URLSearchParams(location.hash.slice(1));
  const [words, callID] = [asked.get("search"), asked.get("call")];
  if (callID) showCall(callID);
  else if (words) only(words);
}

const views = ["messages", "connections", "tables", "weather"] as const;

function open(view: string): void {
  for (const name of views) {
    byID(name).hidden = name !== view;
    byID(`tab-${name}`).setAttribute("aria-selected", String(name === view));
    byID(`tab-${name}`).tabIndex = name === view ? 0 : -1;
  }
  if (view === "tables") tables.show(new Set(state?.connections.map((one) => one.connectionId))).catch(complain);
  if (view === "weather") weather.show().catch(complain);
  if (view === "connections" && state) connections.show(state);
  draw();
}

listen({
  spans(spans) {
    list.add(spans);
    speech.hear(spans);
    draw();
  },
  state(next) {
    state = next;
    byID("now").textContent = timeOfDay(next.now, false);
    byID("now").title = next.ahead > 1000 ? `${duration(next.ahead * 1000)} ahead of this machine` : "as this machine";
    byID("figures").replaceChildren(...figures(next));
    if (!byID("connections").hidden) connections.show(next);
    draw();
    if (!byID("weather").hidden) weather.show().catch(complain);
  },
  live(live) {
    if (live) list.restart(); // it may be another localdev, whose messages have the same IDs
    byID("live").textContent = live ? "live" : "localdev does not answer";
    byID("live").className = live ? "on" : "off";
  },
});

search.addEventListener("input", () => {
  list.search = search.value;
  call = undefined;
  draw();
});
filter.addEventListener("change", () => {
  list.filter = filter.value;
  draw();
});
byID("clear").addEventListener("click", () => {
  ask("trace", { method: "DELETE" })
    .then(() => {
      list.clear();
      call = undefined;
      back();
      draw();
    })
    .catch(complain);
});
for (const button of document.querySelectorAll<HTMLElement>("[data-advance]")) {
  button.addEventListener("click", () => void ask("clock", { method: "POST", body: JSON.stringify({ advance: button.dataset["advance"] }) }).catch(complain));
}
for (const name of views) byID(`tab-${name}`).addEventListener("click", () => open(name));
byID("tab-messages").parentElement?.addEventListener("keydown", (event) => {
  if (event.key !== "ArrowRight" && event.key !== "ArrowLeft") return;
  const tabs = views.map((name) => byID(`tab-${name}`)).filter((tab) => !tab.hidden);
  const next = tabs[(tabs.indexOf(event.target as HTMLElement) + (event.key === "ArrowRight" ? 1 : tabs.length - 1)) % tabs.length];
  next?.focus();
  next?.click();
});
new ResizeObserver(draw).observe(article);

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const target = event.target as HTMLElement;
  if (event.key === "Escape") {
    if (target === search && search.value) {
      search.value = list.search = "";
      call = undefined;
      draw();
    } else back();
    return;
  }
  const typing = target.matches("input, textarea, select");
  if (messages.hidden || (typing && !(target === search && event.key === "Enter"))) return;
  const moves: Readonly<Record<string, number>> = { j: 1, k: -1, ...(target.id === "rows" ? { ArrowDown: 1, ArrowUp: -1 } : {}) };
  const offset = moves[event.key];
  if (event.key === "/") search.focus();
  else if (event.key === "Enter" && (target === search || target.id === "rows" || target === document.body)) {
    if (target === search) list.selected = list.matching()[0]?.id;
    if (list.selected !== undefined) select(list.selected, true);
    article.focus();
  } else if (offset !== undefined) {
    const id = list.neighbour(offset);
    if (id !== undefined) select(id, false);
  } else return;
  event.preventDefault();
});

ask<{ name: string; stage: string }[]>("apis")
  .then((apis) => (byID("apis").textContent = apis.map(({ name, stage }) => `${name} / ${stage}`).join(", ")))
  .catch(complain);
ask("weather")
  .then(() => (byID("tab-weather").hidden = false))
  .catch(() => {}); // an emulator without weather
open("messages");
follow();
addEventListener("hashchange", follow);
