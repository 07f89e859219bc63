interface Stat {
  readonly type: string;
  readonly selectedCandidatePairId?: string;
  readonly selected?: boolean;
  readonly nominated?: boolean;
  readonly state?: string;
}

/** The candidate pair that carries the media, of a report of getStats(). Firefox has no transport, and Safari's may name none. */
export function carryingPair<S extends Stat>(report: Pick<RTCStatsReport, "get" | "forEach">): S | undefined {
  let named: S | undefined, pair: S | undefined;
  report.forEach((stat: S) => {
    if (stat.type === "transport") named ??= report.get(stat.selectedCandidatePairId ?? "");
    if (stat.type !== "candidate-pair") return;
    if (stat.selected || (!pair && stat.nominated && stat.state === "succeeded")) pair = stat;
  });
  return named ?? pair;
}
