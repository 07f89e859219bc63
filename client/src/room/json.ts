import { ParleyError } from "../errors.ts";

const maxDepth = 128; // as the server has it

/** The JSON text of that. Throws `bad-request` where there is none. */
export function toJSON(value: unknown): string {
  let text: string | undefined;
  let cause: unknown;
  try {
    text = JSON.stringify(value);
  } catch (error) {
    cause = error;
  }
  if (text === undefined) throw new ParleyError("bad-request", "no JSON", { cause });
  return text;
}

/** Whether the server would refuse that JSON text. */
export function tooDeep(text: string): boolean {
  let depth = 0;
  for (const [bracket] of text.replace(/"(?:[^"\\]|\\.)*"/g, "").matchAll(/[[\]{}]/g)) {
    depth += bracket === "[" || bracket === "{" ? 1 : -1;
    if (depth > maxDepth) return true;
  }
  return false;
}
