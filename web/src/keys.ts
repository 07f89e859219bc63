import { openDialog } from "./dialogs.ts";
import { byID, make } from "./dom.ts";
import { recall, remember } from "./memory.ts";

const setting = "parley.keys";
const names: Readonly<Record<string, string>> = { escape: "Esc" };

export interface Shortcut {
  readonly key: string;
  readonly words: string;
  /** Whose click it is. */
  readonly button: string;
}

/** Single keys as shortcuts in a call, listed in the page's dialog, where they can be turned off. */
export function wireKeys(shortcuts: readonly Shortcut[], inCall: () => boolean): void {
  const on = byID<HTMLInputElement>("keys-on");
  on.checked = recall(setting) !== "off";
  on.addEventListener("change", () => remember(setting, on.checked ? "on" : "off"));
  const key = (of: string): HTMLElement => make("kbd", "", names[of] ?? of.toUpperCase());
  byID("keys-list").append(
    ...shortcuts.flatMap(({ key: of, words }) => [make("dt", "", key(of)), make("dd", "", words)]),
    make("dt", "", make("kbd", "", "?")), make("dd", "", "Show this"),
    make("dt", "", key("escape")), make("dd", "", "Close what is open"),
  );
  byID("menu-keys").addEventListener("click", () => openDialog("keys"));
  addEventListener("keydown", (event) => {
    const { target } = event;
    if (!inCall() || !on.checked || event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
    if (document.querySelector("dialog[open]") || (target instanceof Element && target.matches("input, textarea, select"))) return;
    if (event.key === "?") return openDialog("keys");
    const button = shortcuts.find((one) => one.key === event.key.toLowerCase())?.button;
    if (button === undefined || byID(button).hidden) return;
    event.preventDefault(); // the letter does not go into the field that the click may focus
    byID(button).click();
  });
}
