/** 830 µs, 4.2 ms, 1.25 s. */
export function duration(us: number): string {
  if (us < 1000) return `${Math.max(0, Math.round(us))} µs`;
  if (us < 1e6) return `${(us / 1e3).toFixed(us < 1e4 ? 2 : 1)} ms`;
  return `${(us / 1e6).toFixed(2)} s`;
}

export function size(bytes: number): string {
  return bytes < 1024 ? `${bytes} B` : `${(bytes / 1024).toFixed(bytes < 10_240 ? 1 : 0)} KB`;
}

/** An amount however small, with two digits that say something. */
export function dollars(usd: number): string {
  if (usd === 0) return "$0";
  if (usd >= 1) return `$${usd.toLocaleString("en", { minimumFractionDigits: 2, maximumFractionDigits: 2 })}`;
  return `$${usd.toFixed(Math.min(12, 1 - Math.floor(Math.log10(usd))))}`;
}

/** What a million like this one would cost. */
export const perMillion = (usd: number): string => `${dollars(usd * 1e6)}/M`;

export const units = (wru: number, rru: number): string =>
  [wru && `${number(wru)} WRU`, rru && `${number(rru)} RRU`].filter(Boolean).join(" · ");

export const number = (n: number): string => n.toLocaleString("en", { maximumFractionDigits: 1 });

const two = (n: number): string => String(n).padStart(2, "0");

export function timeOfDay(ms: number, withMillis = true): string {
  const d = new Date(ms);
  const time = `${two(d.getHours())}:${two(d.getMinutes())}:${two(d.getSeconds())}`;
  return withMillis ? `${time}.${String(d.getMilliseconds()).padStart(3, "0")}` : time;
}

/** The part of a connection's ID by which people tell connections apart. */
export const shortID = (id: string): string => id.slice(0, 6);

const browsers: Readonly<Record<string, string>> = { Edg: "Edge", OPR: "Opera", Firefox: "Firefox", Chrome: "Chrome", Safari: "Safari" };

/** A user agent in a word: the browser, or the program. */
export function agent(userAgent: string): string {
  const token = Object.keys(browsers).find((name) => userAgent.includes(`${name}/`)); // the rarer first: they call themselves Chrome as well
  return (token && browsers[token]) ?? userAgent.split(/[\s/]/)[0] ?? "";
}

export function shorten(text: string, max: number): string {
  if (text.length <= max) return text;
  const head = Math.ceil((max - 1) / 2);
  return `${text.slice(0, head)}…${text.slice(text.length - (max - 1 - head))}`;
}

/** The beginning of what is read from left to right. */
export const clip = (text: string, max: number): string => (text.length <= max ? text : `${text.slice(0, Math.max(0, max - 1))}…`);

/** JSON laid out, anything else as it is. */
export function pretty(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}
