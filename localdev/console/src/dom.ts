type Child = Node | string | number | null | undefined | false;
type Props = Readonly<Record<string, string | number | boolean | undefined | ((event: Event) => void)>>;

const svgNamespace = "http://www.w3.org/2000/svg";

function fill<E extends Element>(element: E, props: Props, children: readonly Child[]): E {
  for (const [name, value] of Object.entries(props)) {
    if (typeof value === "function") element.addEventListener(name, value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== undefined && value !== false) element.setAttribute(name, String(value));
  }
  // Data only ever becomes text: there is no way from here to HTML.
  for (const child of children) if (child !== null && child !== undefined && child !== false) element.append(typeof child === "number" ? String(child) : child);
  return element;
}

/** Makes an HTML element. A prop that is a function listens to the event of its name. */
export function h<K extends keyof HTMLElementTagNameMap>(tag: K, props: Props = {}, ...children: Child[]): HTMLElementTagNameMap[K] {
  return fill(document.createElement(tag), props, children);
}

export function svg<K extends keyof SVGElementTagNameMap>(tag: K, props: Props = {}, ...children: Child[]): SVGElementTagNameMap[K] {
  return fill(document.createElementNS(svgNamespace, tag), props, children);
}

/** Replaces what an element holds. The focus stays on the element of the same ID. */
export function refill(place: HTMLElement, ...children: Child[]): void {
  const focused = place.contains(document.activeElement) ? document.activeElement?.id : undefined;
  place.replaceChildren();
  fill(place, {}, children);
  if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
}

export function byID<E extends HTMLElement = HTMLElement>(id: string): E {
  const element = document.getElementById(id);
  if (!element) throw new Error(`the page has no #${id}`);
  return element as E;
}

/** A table that scrolls by itself where it is wider than the page, also by keyboard. */
export const grid = (label: string, names: readonly string[], body: HTMLElement): HTMLElement =>
  h("div", { class: "scroll", role: "region", "aria-label": label, tabindex: 0 }, h("table", {}, h("thead", {}, h("tr", {}, ...names.map((name) => h("th", { scope: "col" }, name)))), body));
