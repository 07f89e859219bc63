import { shorten } from "./format.ts";

// What no reader sees, or what turns the rest of a line around.
const invisible = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]+/gu;

/** A word out of a frame as it can stand in a line: short, and nothing in it that cannot be seen. */
export const word = (text: string, max = 28): string => shorten(text.replace(invisible, "·"), max);
