import type { RemotePeer } from "../call/member.ts";
import type { Candidates, PeerFacts, Probe } from "./facts.ts";

/** Counts what a description says about how to reach its side. */
export function candidates(sdp: string | undefined): Candidates {
  const count = { host: 0, srflx: 0, relay: 0, tcp: 0 };
  // A line for each section that is not bundled says the same.
  for (const line of new Set(sdp?.match(/^a=candidate:.*/gm))) {
    const [, protocol, type] = /^a=candidate:\S+ 1 (\w+) \d+ \S+ \d+ typ (host|srflx|relay)/i.exec(line) ?? [];
    if (!type) continue;
    count[type.toLowerCase() as "host"]++;
    if (protocol!.toLowerCase() === "tcp") count.tcp++;
  }
  return count;
}

/** What there is to see of a peer without asking anybody. */
export async function observe(peer: Pick<RemotePeer, "name" | "state" | "away" | "connection">): Promise<PeerFacts> {
  const { name, state, away, connection: pc } = peer;
  const checks = { sent: 0, answered: 0 };
  for (const stats of (await pc?.getStats().catch(() => undefined))?.values() ?? []) {
    if (stats.type !== "candidate-pair") continue;
    checks.sent += stats.requestsSent ?? 0;
    checks.answered += stats.responsesReceived ?? 0;
  }
  const urls = servers(pc).flatMap((server) => server.urls);
  const theirs = pc?.remoteDescription?.sdp;
  return {
    name,
    state,
    away,
    met: state === "connected" || pc?.sctp?.transport.state === "connected", // which it stays while the network is away
    checks,
    own: candidates(pc?.localDescription?.sdp),
    ...(pc ? { ice: pc.iceConnectionState } : {}),
    ...(theirs === undefined ? {} : { theirs: candidates(theirs) }),
    stun: urls.filter((url) => /^stuns?:/i.test(url)).length,
    turn: urls.filter((url) => /^turns?:/i.test(url)).length,
  };
}

export function servers(pc: RTCPeerConnection | undefined): RTCIceServer[] {
  return pc?.getConfiguration().iceServers ?? [];
}

/** Asks the STUN and TURN servers anew: of what they said before the browser keeps nothing. */
export async function probe(iceServers: RTCIceServer[], timeout: number): Promise<Probe> {
  const pc = new RTCPeerConnection({ iceServers });
  const errors: { url: string; code: number; text: string }[] = [];
  pc.onicecandidateerror = ({ url, errorCode: code, errorText: text }) => {
    if (!errors.some((one) => one.url === url && one.code === code)) errors.push({ url, code, text });
  };
  const began = performance.now();
  let timer: ReturnType<typeof setTimeout> | undefined;
  try {
    const done = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, timeout);
      pc.onicegatheringstatechange = () => pc.iceGatheringState === "complete" && resolve();
    });
    pc.createDataChannel("");
    await pc.setLocalDescription();
    await done;
    return { found: candidates(pc.localDescription?.sdp), took: (performance.now() - began) / 1000, errors };
  } finally {
    clearTimeout(timer);
    pc.close();
  }
}
