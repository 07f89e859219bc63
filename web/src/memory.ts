/** What this browser keeps for the next visit; nothing where it keeps nothing, as with all cookies blocked. */
export function recall(key: string): string | undefined {
  try {
    return localStorage.getItem(key) ?? undefined;
  } catch {
    return undefined;
  }
}

export function remember(key: string, value: string): void {
  try {
    localStorage.setItem(key, value);
  } catch {
    // then the next visit asks again
  }
}
