import * as Y from "yjs";

/**
 * Binds a text area to a shared text: what is typed becomes the change that it is, and what others
 * type comes in around the caret. While a person composes a character nothing may touch the text
 * area, so it shows a copy of the document, which then catches up.
 */
export function bind(field: HTMLTextAreaElement, shared: Y.Doc, name: string): void {
  const copy = new Y.Doc();
  const text = copy.getText(name);
  const catchUp = (): void => Y.applyUpdate(copy, Y.encodeStateAsUpdate(shared), shared);
  let composing = false;

  copy.on("update", (update: Uint8Array, origin: unknown) => {
    if (origin !== shared) Y.applyUpdate(shared, update, copy);
  });
  shared.on("update", (update: Uint8Array, origin: unknown) => {
    if (origin !== copy && !composing) Y.applyUpdate(copy, update, shared);
  });
  text.observe((event, { origin }) => {
    if (origin !== shared) return; // it is there
    const { selectionStart, selectionEnd, selectionDirection } = field;
    field.value = text.toString();
    field.setSelectionRange(moved(selectionStart, event.delta), moved(selectionEnd, event.delta), selectionDirection);
  });
  field.addEventListener("input", () => {
    const { at, gone, added } = change(text.toString(), field.value);
    copy.transact(() => {
      text.delete(at, gone);
      text.insert(at, added);
    });
  });
  field.addEventListener("compositionstart", () => (composing = true));
  field.addEventListener("compositionend", () => {
    composing = false;
    catchUp();
  });
  catchUp();
}

/** The one change that makes `after` of `before`. It splits no character: half of one cannot be shared. */
export function change(before: string, after: string): { at: number; gone: number; added: string } {
  const most = Math.min(before.length, after.length);
  let head = 0;
  while (head < most && before[head] === after[head]) head++;
  if (head > 0 && isHigh(before.charCodeAt(head - 1))) head--;
  let tail = 0;
  while (tail < most - head && before.at(-1 - tail) === after.at(-1 - tail)) tail++;
  if (tail > 0 && isLow(before.charCodeAt(before.length - tail))) tail--;
  return { at: head, gone: before.length - tail - head, added: after.slice(head, after.length - tail) };
}

const isHigh = (unit: number): boolean => unit >= 0xd800 && unit < 0xdc00;
const isLow = (unit: number): boolean => unit >= 0xdc00 && unit < 0xe000;

/** Where a caret is after a change. */
function moved(caret: number, delta: Y.YTextEvent["delta"]): number {
  let at = 0;
  for (const step of delta) {
    if (step.retain !== undefined) at += step.retain;
    else if (step.delete !== undefined) caret -= Math.min(step.delete, Math.max(0, caret - at));
    else {
      const { length } = String(step.insert);
      if (at < caret) caret += length;
      at += length;
    }
  }
  return caret;
}
