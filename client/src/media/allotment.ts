/** A track that a peer is to get. */
export interface Demand {
  readonly sound: boolean;
  /** Of a screen: its sharpness counts more than its motion. */
  readonly screen: boolean;
  readonly width: number;
  readonly height: number;
  readonly priority: number;
  readonly maxBitrate?: number | undefined;
  /** Silence, or black. */
  readonly muted: boolean;
  /** What it has had until now. */
  readonly before?: Share | undefined;
}

/** The way to one peer. */
export interface Way {
  /** Bits per second that the browser believes it can send there; undefined where it does not say. */
  readonly available?: number | undefined;
  readonly demands: readonly Demand[];
}

/** What one track may take on the way to one peer. */
export interface Share {
  readonly maxBitrate: number;
  readonly paused: boolean;
  readonly scaleResolutionDownBy?: number;
  readonly maxFramerate?: number;
}

type Picture = Required<Pick<Share, "scaleResolutionDownBy" | "maxFramerate">>;

/** What may be tried beyond what a line carries: the browser's estimate grows only where more is sent than before. */
const trial = 1.5;
/** What a picture has to have beyond what it needs before it is made better, so that it does not change all the time. */
const surplus = 1.25;
const bitsPerPixel = 0.06; // of VP8 in usual scenes: less is seen
const scales = [1, 1.5, 2, 3, 4, 6, 8];
const smallest = 90; // lines
const heads = 20_000; // of the 50 packets a second that sound comes in, in bits

/**
 * Divides what can be sent among several peers, each of whom gets encodings of its own: everybody hears and sees something before anybody
 * gets more, and enough before anybody gets all; of that, sound comes first, a screen next, and faces have the rest. How large a picture is and how often it changes follows from
 * what is left for it; what would be of no use is paused.
 */
export function allot(ways: readonly Way[], uplink: number): Share[][] {
  const each = (more: number): number[] => fill(uplink, ways.map(({ available = Infinity }) => available * more));
  const [now, soon] = [each(1), each(trial)];
  return ways.map(({ demands }, way) => {
    const [bits, most] = [among(demands, now[way]!), among(demands, soon[way]!)];
    return demands.map((demand, at) => {
      if (demand.sound) return { maxBitrate: round(bits[at]! - heads), paused: false }; // which it takes whole
      return { maxBitrate: round(most[at] || least(demand)), paused: bits[at] === 0, ...steady(demand, bits[at] || least(demand)) };
    });
  });
}

function round(bits: number): number {
  return Number(bits.toPrecision(2));
}

/** Divides `total` equally among those who can take at most so much. */
function fill(total: number, most: readonly number[]): number[] {
  const shares = most.map(() => 0);
  const order = most.map((_, at) => at).sort((a, b) => most[a]! - most[b]!);
  let left = total;
  order.forEach((at, done) => {
    shares[at] = Math.max(0, Math.min(most[at]!, left / (most.length - done)));
    left -= shares[at];
  });
  return shares;
}

/** What each gets of the way to one peer; nothing when it would be of no use. */
function among(demands: readonly Demand[], bits: number): number[] {
  const shares = demands.map(() => 0);
  const order = demands.map((_, at) => at).sort((a, b) => demands[b]!.priority - demands[a]!.priority);
  let left = bits;
  for (const at of order) {
    const demand = demands[at]!;
    const need = least(demand);
    if (!demand.sound && left < need * (demand.before?.paused ? surplus : 1)) continue;
    shares[at] = need; // also of a sound for which it is not enough: it is the last to go
    left = Math.max(0, left - need);
  }
  for (const goal of [enough, most]) {
    for (const priority of new Set(order.map((at) => demands[at]!.priority))) {
      const equal = order.filter((at) => demands[at]!.priority === priority && shares[at]! > 0 && !demands[at]!.muted);
      const more = fill(left, equal.map((at) => Math.max(0, goal(demands[at]!) - shares[at]!)));
      equal.forEach((at, n) => {
        shares[at]! += more[n]!;
        left -= more[n]!;
      });
    }
  }
  return shares;
}

function least({ sound, screen, maxBitrate = Infinity }: Demand): number {
  return sound ? heads + Math.min(maxBitrate, 16_000) : Math.min(maxBitrate, screen ? 80_000 : 40_000);
}

/** What it gets before another has all that it could use. */
function enough(demand: Demand): number {
  return Math.min(most(demand), demand.screen ? 500_000 : 150_000);
}

function most({ sound, screen, width, height, maxBitrate = Infinity }: Demand): number {
  if (sound) return heads + Math.min(maxBitrate, screen ? 128_000 : 48_000);
  return Math.min(maxBitrate, 2_500_000, Math.max(100_000, width * height * 30 * bitsPerPixel * surplus));
}

/** The picture for so many bits, which is better than before only if there is more than enough for that. */
function steady(demand: Demand, bits: number): Picture {
  const { scaleResolutionDownBy, maxFramerate } = demand.before ?? {};
  const next = picture(demand, bits);
  if (!scaleResolutionDownBy || !maxFramerate) return next;
  const before = { scaleResolutionDownBy, maxFramerate };
  if (worth(next) <= worth(before)) return next;
  const sure = picture(demand, bits / surplus);
  return worth(sure) > worth(before) ? sure : before;
}

function worth({ scaleResolutionDownBy, maxFramerate }: Picture): number {
  return maxFramerate / scaleResolutionDownBy ** 2;
}

function picture({ screen, width, height }: Demand, bits: number): Picture {
  if (screen) {
    const maxFramerate = bits < 150_000 ? 5 : bits < 500_000 ? 10 : bits < 1_500_000 ? 15 : 30;
    return { scaleResolutionDownBy: bits < 100_000 ? 1.5 : 1, maxFramerate };
  }
  const maxFramerate = bits < 60_000 ? 10 : bits < 120_000 ? 15 : bits < 240_000 ? 20 : 30;
  const fits = (scale: number): boolean => (width * height * maxFramerate * bitsPerPixel) / scale ** 2 <= bits;
  const scale = scales.find(fits) ?? scales.at(-1)!;
  const largest = Math.max(1, height / smallest);
  return { scaleResolutionDownBy: Math.min(scale, largest), maxFramerate };
}
