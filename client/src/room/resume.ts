// The way back to a seat for the page that a reload brings: kept in the storage of this tab, for one time.

const keyOf = (room: string): string => `parley.resume.${room}`;

/** The storage of this tab, if it has one and the page may use it. */
function store(): Storage | undefined {
  try {
    return globalThis.sessionStorage;
  } catch {
    return undefined;
  }
}

/** Leaves the resume string for the next page. Only while the page goes: a copy of the tab would take the seat. */
export function keepResume(room: string, peer: string, resume: string): void {
  store()?.setItem(keyOf(room), JSON.stringify([peer, resume]));
}

/** Takes what the former page of this tab left behind, if it had the name that is asked for. */
export function takeResume(room: string, peer: string | undefined): string | undefined {
  const kept = store()?.getItem(keyOf(room));
  if (!kept) return undefined;
  store()?.removeItem(keyOf(room));
  try {
    const [name, resume] = JSON.parse(kept) as [unknown, unknown];
    return typeof resume === "string" && (peer === undefined || peer === name) ? resume : undefined;
  } catch {
    return undefined;
  }
}
