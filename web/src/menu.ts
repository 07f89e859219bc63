import { openDialog } from "./dialogs.ts";
import { byID, icon } from "./dom.ts";
import type { View } from "./focus.ts";

/** The menu of what is needed less often. It opens above its button, and closes when something in it was chosen. */
export function wireMenu(on: { layout(): void; lock(): void }): void {
  const menu = byID("menu");
  const button = byID("more");
  menu.addEventListener("beforetoggle", (event) => {
    const open = event.newState === "open";
    button.setAttribute("aria-expanded", String(open));
    if (!open) return;
    const { left, top, width } = button.getBoundingClientRect();
    menu.style.bottom = `${innerHeight - top + 8}px`;
    menu.style.setProperty("--at", `${left + width / 2}px`);
  });
  menu.addEventListener("toggle", (event) => {
    if (event.newState === "open") items()[0]?.focus();
  });
  // Before the item does what it does: a dialog gives the focus back to what had it.
  menu.addEventListener("click", (event) => {
    if (event.target === menu) return;
    menu.hidePopover();
    button.focus();
  }, { capture: true });
  menu.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const all = items();
    all.at((all.indexOf(document.activeElement as HTMLElement) + step) % all.length)?.focus();
  });
  const items = (): HTMLElement[] => [...menu.querySelectorAll<HTMLElement>("button, a")].filter((one) => one.checkVisibility());
  byID("menu-layout").addEventListener("click", on.layout);
  byID("menu-lock").addEventListener("click", on.lock);
  byID("menu-devices").addEventListener("click", () => openDialog("settings"));
}

export function showView(view: View): void {
  byID("menu-layout").replaceChildren(icon(view === "grid" ? "large" : "grid"), view === "grid" ? "Follow the speaker" : "Show everybody alike");
}

export function showLock(locked: boolean, host: boolean): void {
  byID("locked").hidden = !locked;
  const item = byID("menu-lock");
  item.hidden = !host;
  item.replaceChildren(icon(locked ? "unlock" : "lock"), locked ? "Unlock the room" : "Lock the room");
}
