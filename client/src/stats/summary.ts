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
  /** The picture is sent smaller, or coarser, for want of bandwidth. Firefox does not tell. */
  readonly limited: boolean;
  readonly path: Path | undefined;
}

type Report = Pick<RTCStatsReport, "get" | "forEach">;

interface Stat {
  readonly type: string;
  readonly timestamp: number;
  readonly [field: string]: unknown;
}

/** What has come since `before`, the report of a moment ago; without it, all that counts in time is 0. */
export function summarize(report: Report, before?: Report): PeerStats {
  const of = (id: unknown): Stat | undefined => (typeof id === "string" ? (report.get(id) as Stat | undefined) : undefined);
  let bitrateIn = 0, bitrateOut = 0, received = 0, lost = 0, lossOut = 0, jitter = 0, audioLevel = 0;
  let picture: Stat | undefined, pair: Stat | undefined, selected: Stat | undefined, echo: number | undefined;
  let limited = false;
  report.forEach((stat: Stat, id: string) => {
    const former = before?.get(id) as Stat | undefined;
    const since = (field: string): number => (former ? Math.max(0, number(stat[field]) - number(former[field])) : 0);
    const rate = (field: string): number => since(field) * 8_000 / ((stat.timestamp - (former?.timestamp ?? 0)) || Infinity);
    switch (stat.type) {
      case "inbound-rtp":
        bitrateIn += rate("bytesReceived");
        received += since("packetsReceived");
        lost += since("packetsLost");
        jitter = Math.max(jitter, number(stat["jitter"]));
        audioLevel = Math.max(audioLevel, number(stat["audioLevel"]));
        if (number(stat["frameWidth"]) > number(picture?.["frameWidth"])) picture = stat;
        break;
      case "outbound-rtp":
        bitrateOut += rate("bytesSent");
        limited ||= stat["qualityLimitationReason"] === "bandwidth";
        break;
      case "remote-inbound-rtp":
        lossOut = Math.max(lossOut, number(stat["fractionLost"]));
        if (typeof stat["roundTripTime"] === "number") echo = Math.max(echo ?? 0, stat["roundTripTime"]);
        break;
      case "transport":
        selected ??= of(stat["selectedCandidatePairId"]);
        break;
      case "candidate-pair": // Firefox has no transport, and says it here
        if (stat["selected"] || (!pair && stat["nominated"] && stat["state"] === "succeeded")) pair = stat;
    }
  });
  pair = selected ?? pair;
  const trip = pair?.["currentRoundTripTime"];
  const available = pair?.["availableOutgoingBitrate"];
  return {
    bitrateIn,
    bitrateOut,
    loss: lost / (lost + received || 1),
    lossOut,
    roundTrip: typeof trip === "number" ? trip : echo,
    jitter,
    width: number(picture?.["frameWidth"]),
    height: number(picture?.["frameHeight"]),
    framesPerSecond: number(picture?.["framesPerSecond"]),
    audioLevel,
    available: typeof available === "number" ? available : undefined,
    limited,
    path: pathOf(of(pair?.["localCandidateId"]), of(pair?.["remoteCandidateId"])),
  };
}

function pathOf(local: Stat | undefined, remote: Stat | undefined): Path | undefined {
  if (!local || !remote) return undefined;
  const types = [local, remote].map((candidate) => candidate["candidateType"]) as RTCIceCandidateType[];
  const protocol = (local["relayProtocol"] || local["protocol"]) as Path["protocol"];
  return { local: types[0]!, remote: types[1]!, protocol, relayed: types.includes("relay") };
}

function number(value: unknown): number {
  return typeof value === "number" ? value : 0;
}
