export interface BackoffOptions {
  /** Ceiling of the first wait, in ms. */
  readonly first: number;
  /** Ceiling of every wait, in ms. */
  readonly most: number;
}

/**
 * The wait before attempt number `attempt` (from 0): anywhere between nothing and a ceiling that doubles ("full jitter"),
 * so that thousands of clients that lost the same server do not come back in step.
 */
export function backoff(attempt: number, { first, most }: BackoffOptions, random: () => number = Math.random): number {
  return random() * Math.min(most, first * 2 ** attempt);
}

/** Resolves after `ms`; rejects with `signal.reason` when aborted before. */
export function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    const onAbort = (): void => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener("abort", onAbort);
      resolve();
    }, ms);
    signal.addEventListener("abort", onAbort, { once: true });
  });
}
