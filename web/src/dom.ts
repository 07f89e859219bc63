/** The element with that id, which index.html is sure to have. */
export function byID<T extends HTMLElement = HTMLElement>(id: string): T {
  const element = document.getElementById(id);
  if (!element) throw new Error(`index.html has no #${id}`);
  return element as T;
}

/** Makes an element. Text goes in as text: nothing that a peer sends is ever read as HTML. */
export function make<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  className: string,
  ...children: (Node | string)[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  if (className) element.className = className;
  element.append(...children);
  return element;
}

const svg = "http://www.w3.org/2000/svg";

/** One of the symbols of index.html. */
export function icon(name: string): SVGSVGElement {
  const element = document.createElementNS(svg, "svg");
  element.setAttribute("class", "icon");
  element.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(svg, "use");
  use.setAttribute("href", `#icon-${name}`);
  element.append(use);
  return element;
}

/** Shows a switch of the dock: pressed means on, and its name stays. */
export function setSwitch(button: HTMLButtonElement, name: "mic" | "camera", on: boolean, usable: boolean): void {
  const noun = name === "mic" ? "microphone" : "camera";
  button.replaceChildren(icon(on ? name : `${name}-off`));
  button.setAttribute("aria-pressed", String(on));
  button.setAttribute("aria-label", name === "mic" ? "Microphone" : "Camera");
  button.title = usable ? `Turn ${noun} ${on ? "off" : "on"}` : `No ${noun} in use`;
  button.disabled = !usable;
}

/** Takes an element off the page. If the focus was in it, it goes to `next`, and not to the top of the page. */
export function takeAway(element: HTMLElement, next: HTMLElement | null): void {
  const focused = element.contains(document.activeElement);
  element.remove();
  if (focused) next?.focus();
}

/** Says something to people who listen to the page, and to nobody else. */
export function say(text: string): void {
  byID("spoken").textContent = text;
}
