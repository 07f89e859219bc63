/** What browsers' getStats() returns, less the fields that nobody reads. `seconds` have passed since the first; more of it in `more`. */
type Fields = Readonly<Record<string, unknown>>;

export function report(...stats: (Fields & { readonly id: string; readonly type: string })[]): RTCStatsReport {
  return new Map(stats.map((stat) => [stat.id, { timestamp: 0, ...stat }])) as unknown as RTCStatsReport;
}

/** Chromium 156, a call with a camera and a microphone. */
export function chromium(seconds = 0, more: { readonly [id: string]: Fields } = {}): RTCStatsReport {
  const timestamp = 1_795_909_304_935.295 + seconds * 1_000;
  const base = { timestamp, transportId: "T01" };
  return report(
    ...[
      { id: "AP", type: "media-playout", kind: "audio", totalSamplesCount: 0 },
      { id: "CIT01_96", type: "codec", mimeType: "video/VP8", clockRate: 90_000, payloadType: 96 },
      { id: "CPold", type: "candidate-pair", state: "succeeded", nominated: true, localCandidateId: "Irelay", remoteCandidateId: "Iremote", currentRoundTripTime: 0.9 },
      {
        id: "CP50i", type: "candidate-pair", state: "succeeded", nominated: true, writable: true, localCandidateId: "Ihost", remoteCandidateId: "Iremote",
        availableOutgoingBitrate: 4_295_384, currentRoundTripTime: 0.041, bytesReceived: 259_570, bytesSent: 252_156, totalRoundTripTime: 0.4,
      },
      { id: "Ihost", type: "local-candidate", candidateType: "host", protocol: "udp", networkType: "ethernet", isRemote: false },
      { id: "Irelay", type: "local-candidate", candidateType: "relay", protocol: "udp", relayProtocol: "tls", isRemote: false },
      { id: "Iremote", type: "remote-candidate", candidateType: "srflx", protocol: "udp", isRemote: true },
      {
        id: "IT01A", type: "inbound-rtp", kind: "audio", jitter: 0.004, audioLevel: 0.25,
        bytesReceived: 30_000 + 4_000 * seconds, packetsReceived: 500 + 50 * seconds, packetsLost: 0,
      },
      {
        id: "IT01V", type: "inbound-rtp", kind: "video", jitter: 0.012, frameWidth: 640, frameHeight: 480, framesPerSecond: 25,
        bytesReceived: 180_000 + 100_000 * seconds, packetsReceived: 200 + 90 * seconds, packetsLost: 3 + 10 * seconds,
      },
      { id: "OT01A", type: "outbound-rtp", kind: "audio", bytesSent: 26_000 + 4_000 * seconds, packetsSent: 552 },
      {
        id: "OT01V", type: "outbound-rtp", kind: "video", bytesSent: 182_000 + 60_000 * seconds, packetsSent: 209, frameWidth: 640, frameHeight: 480,
        qualityLimitationReason: "none", active: true, mediaSourceId: "SV3",
      },
      { id: "P", type: "peer-connection", dataChannelsOpened: 1 },
      { id: "RIA", type: "remote-inbound-rtp", kind: "audio", jitter: 0.00006, packetsLost: 0, fractionLost: 0, localId: "OT01A", roundTripTime: 0.05 },
      { id: "RIV", type: "remote-inbound-rtp", kind: "video", jitter: 0.001, packetsLost: 4, fractionLost: 0.015625, localId: "OT01V", roundTripTime: 0.06 },
      { id: "SA1", type: "media-source", kind: "audio", audioLevel: 0.98 },
      { id: "SV3", type: "media-source", kind: "video", width: 640, height: 480 },
      { id: "T01", type: "transport", bytesReceived: 259_570, bytesSent: 252_156, selectedCandidatePairId: "CP50i", dtlsState: "connected" },
    ].map((stat) => ({ ...base, ...stat, ...more[stat.id] })),
  );
}

/** Firefox before 142: no transport, no round trip of a pair, no audioLevel; it marks the pair as `selected`. */
export function firefox(seconds = 0): RTCStatsReport {
  const timestamp = 1_795_909_304_935 + seconds * 1_000;
  return report(
    ...[
      { id: "aaaa", type: "candidate-pair", state: "succeeded", nominated: true, selected: false, localCandidateId: "host", remoteCandidateId: "far" },
      { id: "bbbb", type: "candidate-pair", state: "succeeded", nominated: true, selected: true, localCandidateId: "turn", remoteCandidateId: "far" },
      { id: "cccc", type: "candidate-pair", state: "frozen", nominated: false, selected: false, localCandidateId: "host", remoteCandidateId: "far" },
      { id: "host", type: "local-candidate", candidateType: "host", protocol: "udp" },
      { id: "turn", type: "local-candidate", candidateType: "relay", protocol: "udp", relayProtocol: "tcp" },
      { id: "far", type: "remote-candidate", candidateType: "prflx", protocol: "udp" },
      { id: "in1", type: "inbound-rtp", kind: "audio", jitter: 0.002, bytesReceived: 4_000 * seconds, packetsReceived: 50 * seconds, packetsLost: 0 },
      {
        id: "in2", type: "inbound-rtp", kind: "video", jitter: 0.03, frameWidth: 1280, frameHeight: 720, framesPerSecond: 30,
        bytesReceived: 150_000 * seconds, packetsReceived: 150 * seconds, packetsLost: 0,
      },
      { id: "out1", type: "outbound-rtp", kind: "audio", bytesSent: 4_000 * seconds, packetsSent: 50 * seconds },
      { id: "rin1", type: "remote-inbound-rtp", kind: "audio", jitter: 0.001, packetsLost: 0, fractionLost: 0, roundTripTime: 0.12 },
    ].map((stat) => ({ timestamp, ...stat })),
  );
}

/** Safari: as Chromium, but less of it, and a pair that is nominated long before the transport says so. */
export function safari(seconds = 0): RTCStatsReport {
  const timestamp = 1_795_909_304_935 + seconds * 1_000;
  return report(
    ...[
      { id: "RTCIceCandidatePair_1", type: "candidate-pair", state: "in-progress", nominated: true, localCandidateId: "L2", remoteCandidateId: "R1" },
      { id: "RTCIceCandidatePair_2", type: "candidate-pair", state: "succeeded", nominated: true, localCandidateId: "L1", remoteCandidateId: "R1", currentRoundTripTime: 0.02 },
      { id: "L1", type: "local-candidate", candidateType: "srflx", protocol: "udp", relayProtocol: "" },
      { id: "L2", type: "local-candidate", candidateType: "host", protocol: "tcp" },
      { id: "R1", type: "remote-candidate", candidateType: "host", protocol: "udp" },
      { id: "RTCInboundRTPVideoStream_1", type: "inbound-rtp", kind: "video", bytesReceived: 90_000 * seconds, packetsReceived: 80 * seconds, frameWidth: 480, frameHeight: 640 },
      { id: "RTCTransport_1", type: "transport", dtlsState: "connected" },
    ].map((stat) => ({ timestamp, ...stat })),
  );
}
