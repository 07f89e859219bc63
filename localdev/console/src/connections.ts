import { h } from "./dom.ts";
import { number } from "./format.ts";
import type { State } from "./types.ts";

/** The open connections, each with ways to end it. */
export function connections(state: State, actions: { end(id: string, silent: boolean): void; only(id: string): void }): Node {
  if (state.connections.length === 0) return h("p", { class: "empty" }, "No connection is open.");
  const age = (from: string): string => `${number(Math.max(0, (state.now - Date.parse(from)) / 60_000))} min`;
  return h(
    "div",
    { class: "scroll" },
    h(
      "table",
      {},
      h("thead", {}, h("tr", {}, ...["Connection", "Open for", "Idle for", "From", "Client", ""].map((name) => h("th", { scope: "col" }, name)))),
      h(
        "tbody",
        {},
        ...state.connections.map(({ connectionId: id, connectedAt, lastActiveAt, sourceIp, userAgent }) =>
          h(
            "tr",
            { "data-connection": id },
            h("td", {}, h("button", { type: "button", class: "link", title: "Its messages", click: () => actions.only(id) }, id)),
            h("td", {}, age(connectedAt)),
            h("td", {}, age(lastActiveAt)),
            h("td", {}, sourceIp),
            h("td", {}, userAgent),
            h(
              "td",
              { class: "actions-cell" },
              h("button", { type: "button", title: "As DELETE @connections does", click: () => actions.end(id, false) }, "Close"),
              h("button", { type: "button", title: "The socket vanishes: pushes answer 410, $disconnect never runs", click: () => actions.end(id, true) }, "Cut"),
            ),
          ),
        ),
        state.moreConnections > 0 && h("tr", {}, h("td", { colspan: 6 }, `and ${state.moreConnections} more`)),
      ),
    ),
  );
}
