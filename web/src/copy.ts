import { say } from "./dom.ts";

/** Has a button copy a link, and say for a moment whether it could. */
export function copies(button: HTMLElement, link: () => string): void {
  button.addEventListener("click", () => void copy(button, link()));
}

async function copy(button: HTMLElement, link: string): Promise<void> {
  const label = button.querySelector("span") ?? button;
  const before = (label.dataset["words"] ??= label.textContent); // not "Copied", which it may still say
  let after = "Copied";
  try {
    await navigator.clipboard.writeText(link);
  } catch {
    after = "Copy it from the address bar"; // no permission, or no secure page
  }
  say(after);
  label.textContent = after;
  setTimeout(() => (label.textContent = before), 1_800);
}
