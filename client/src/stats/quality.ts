import type { PeerStats } from "./summary.ts";

const levels = ["good", "fair", "poor"] as const;

export type QualityReason = "packet-loss" | "low-bandwidth" | "round-trip" | "relayed";

/** How well a connection serves, and what is in its way. One that is `good` may be `relayed` all the same. */
export interface Quality {
  readonly level: (typeof levels)[number];
  readonly reason?: QualityReason;
}

/** One measurement, by itself. What causes the other comes first: loss makes the browser send less, and a thin line makes packets wait. */
export function rate({ loss, lossOut, roundTrip = 0, available = Infinity, limited, path }: PeerStats): Quality {
  const grades: [QualityReason, number][] = [
    ["packet-loss", grade(Math.max(loss, lossOut), 0.02, 0.08)],
    ["low-bandwidth", limited ? grade(-available, -250_000, -120_000) : 0],
    [path?.relayed ? "relayed" : "round-trip", grade(roundTrip, 0.3, 0.7)],
    ["relayed", path?.relayed && path.protocol !== "udp" ? 1 : 0], // over TCP what is lost is waited for
  ];
  const level = levels[Math.max(...grades.map(([, grade]) => grade))]!;
  const reason = grades.find(([, grade]) => grade)?.[0] ?? (path?.relayed && "relayed");
  return { level, ...(reason ? { reason } : {}) };
}

function grade(value: number, fair: number, poor: number): number {
  return Number(value > fair) + Number(value > poor);
}

/** Does not follow each measurement: what is worse must be so twice running, what is better four times. */
export class Steady {
  #quality: Quality = { level: "good" };
  #down = false;
  #times = 0;

  /** What holds now; the same object until that changes. */
  see(next: Quality): Quality {
    const { level, reason } = this.#quality;
    if (next.level === level && next.reason === reason) {
      this.#times = 0;
      return this.#quality;
    }
    const down = levels.indexOf(next.level) > levels.indexOf(level);
    this.#times = down === this.#down ? this.#times + 1 : 1;
    this.#down = down;
    if (this.#times >= (down ? 2 : 4)) {
      this.#quality = next;
      this.#times = 0;
    }
    return this.#quality;
  }
}
