import { carryingPair } from "../media/pair.ts";

/** Which way the media take. Addresses are not part of it. */
export interface Path {
  readonly local: RTCIceCandidateType;
  readonly remote: RTCIceCandidateType;
  /** What packets travel in, as far as the relay where there is one. */
  readonly protocol: "udp" | "tcp" | "tls";
  /** Through a TURN server, of either side. */
  readonly relayed: boolean;
}

/** What getStats() says about one connection, reduced to what people ask for: bits per second, seconds, and fractions of 1. */
export interface PeerStats {
  readonly bitrateIn: number;
  readonly bitrateOut: number;
  /** How many of the packets did not arrive: here, and on the other side. */
  readonly loss: number;
  readonly lossOut: number;
  readonly roundTrip: number | undefined;
  readonly jitter: number;
  /** Of the largest picture that is received; 0 without one. */
  readonly width: number;
  readonly height: number;
  readonly framesPerSecond: number;
  /** How loud it is, linear: 1 is the loudest there can be. Firefox does not tell. */
  readonly audioLevel: number;
  /** What the browser believes could be sent. Firefox does not tell. */
  readonly available: number | undefined;
  /** A picture is sent smaller than it is, or coarser, or not at all: for want of bandwidth, or since the page has limited it. */
  readonly limited: boolean;
  readonly path: Path | undefined;
}

type Report = Pick<RTCStatsReport, "get" | "forEach">;

// What is read of all that can be in a report: which of it is there depends on the type, and on the browser.
interface Stat {
  readonly type: string;
  readonly timestamp: number;
  readonly bytesReceived?: number;
  readonly bytesSent?: number;
  readonly packetsReceived?: number;
  readonly packetsLost?: number;
  readonly fractionLost?: number;
  readonly roundTripTime?: number;
  readonly jitter?: number;
  readonly audioLevel?: number;
  readonly frameWidth?: number;
  readonly frameHeight?: number;
  readonly framesPerSecond?: number;
  readonly qualityLimitationReason?: string;
  readonly mediaSourceId?: string;
  readonly width?: number;
  readonly active?: boolean;
  readonly currentRoundTripTime?: number;
  readonly availableOutgoingBitrate?: number;
  readonly localCandidateId?: string;
  readonly remoteCandidateId?: string;
  readonly candidateType?: RTCIceCandidateType;
  readonly protocol?: Path["protocol"];
  readonly relayProtocol?: Path["protocol"];
}
type Counter = "bytesReceived" | "bytesSent" | "packetsReceived" | "packetsLost";

/** What has come since `before`, the report of a moment ago; without it, all that counts in time is 0. */
export function summarize(report: Report, before?: Report): PeerStats {
  const of = (id = ""): Stat | undefined => report.get(id);
  let bitrateIn = 0, bitrateOut = 0, received = 0, lost = 0, lossOut = 0, jitter = 0, audioLevel = 0;
  let picture: Stat | undefined, echo: number | undefined;
  let limited = false;
  report.forEach((stat: Stat, id: string) => {
    const former: Stat = before?.get(id) ?? stat;
    const since = (counter: Counter): number => Math.max(0, (stat[counter] ?? 0) - (former[counter] ?? 0));
    const rate = (counter: Counter): number => since(counter) * 8_000 / (stat.timestamp - former.timestamp || Infinity);
    switch (stat.type) {
      case "inbound-rtp":
        bitrateIn += rate("bytesReceived");
        received += since("packetsReceived");
        lost += since("packetsLost");
        jitter = Math.max(jitter, stat.jitter ?? 0);
        audioLevel = Math.max(audioLevel, stat.audioLevel ?? 0);
        if ((stat.frameWidth ?? 0) > (picture?.frameWidth ?? 0)) picture = stat;
        break;
      case "outbound-rtp":
        bitrateOut += rate("bytesSent");
        limited ||= isLimited(stat, of(stat.mediaSourceId));
        break;
      case "remote-inbound-rtp":
        lossOut = Math.max(lossOut, stat.fractionLost ?? 0);
        echo = stat.roundTripTime ?? echo;
    }
  });
  const pair = carryingPair<Stat>(report);
  return {
    bitrateIn,
    bitrateOut,
    loss: lost / (lost + received || 1),
    lossOut,
    roundTrip: pair?.currentRoundTripTime ?? echo,
    jitter,
    width: picture?.frameWidth ?? 0,
    height: picture?.frameHeight ?? 0,
    framesPerSecond: picture?.framesPerSecond ?? 0,
    audioLevel,
    available: pair?.availableOutgoingBitrate,
    limited,
    path: pathOf(of(pair?.localCandidateId), of(pair?.remoteCandidateId)),
  };
}

/** By the browser, or since this SDK gives it a share of a thin line. */
function isLimited({ qualityLimitationReason: by, active, frameWidth }: Stat, source: Stat | undefined): boolean {
  if (by === "bandwidth" || by === "cpu") return by === "bandwidth";
  return source !== undefined && (active === false || (frameWidth ?? Infinity) < (source.width ?? 0));
}

function pathOf(local?: Stat, remote?: Stat): Path | undefined {
  if (!local || !remote) return undefined;
  const types = [local, remote].map(({ candidateType }) => candidateType!);
  return { local: types[0]!, remote: types[1]!, protocol: local.relayProtocol || local.protocol!, relayed: types.includes("relay") };
}
