/** What the browser tells about sleep and the network. */
export interface Hints {
  /** The page runs again after it may have stood still: timers are late, and the socket may be dead. */
  woke(): void;
  /** The network is back, or is another one. */
  network(): void;
}

/** Information that only some browsers have (the Network Information API); `type` tells Wi-Fi from mobile. */
interface Network extends EventTarget {
  readonly type?: string;
}

/** Listens until the returned function is called. Where there is no browser it never hears anything. */
export function listen({ woke, network }: Hints): () => void {
  const page = globalThis.document as Document | undefined;
  const link = (globalThis.navigator as (Navigator & { connection?: Network }) | undefined)?.connection;
  let type = link?.type;
  const onVisible = (): void => {
    if (page?.visibilityState === "visible") woke();
  };
  const onChange = (): void => {
    if (link?.type === type) return; // it also tells of each new estimate of the bandwidth
    type = link?.type;
    network();
  };
  globalThis.addEventListener?.("online", network);
  globalThis.addEventListener?.("pageshow", woke);
  page?.addEventListener("visibilitychange", onVisible);
  link?.addEventListener("change", onChange);
  return () => {
    globalThis.removeEventListener?.("online", network);
    globalThis.removeEventListener?.("pageshow", woke);
    page?.removeEventListener("visibilitychange", onVisible);
    link?.removeEventListener("change", onChange);
  };
}
