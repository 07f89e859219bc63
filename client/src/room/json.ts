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
  let quoted = false;
  // No regular expression for the strings: engines have no stack for those of many megabytes.
  for (let at = 0; at < text.length && depth <= maxDepth; at++) {
    const char = text[at]!;
    if (char === "\\") at++;
    else if (char === '"') quoted = !quoted;
    else if (!quoted) depth += "[{".includes(char) ? 1 : "]}".includes(char) ? -1 : 0;
  }
  return depth > maxDepth;
}
