import { byID } from "./dom.ts";

/** Has the page's dialogs close by their buttons and by a click beside them. Escape, and where the focus goes, the browser sees to. */
export function wireDialogs(): void {
  for (const dialog of document.querySelectorAll("dialog")) {
    dialog.addEventListener("click", (event) => {
      const { target } = event;
      if (target === dialog || (target instanceof Element && target.closest("[data-close]"))) dialog.close();
    });
  }
}

export function openDialog(id: string): void {
  const dialog = byID<HTMLDialogElement>(id);
  if (!dialog.open) dialog.showModal();
}

/** Whether they are sure. */
export function sure(question: string): Promise<boolean> {
  const dialog = byID<HTMLDialogElement>("sure");
  byID("sure-title").textContent = question;
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((resolve) => dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true }));
}
