import type { Candidates, Facts, PeerFacts } from "./facts.ts";

const owner = "Tell who runs this page";
const again = "Try again in a moment.";
const token = "Sign in again, or load the page anew.";
const network = "Try another network, such as a phone's.";
const settings = "Look for a setting or an extension that restricts WebRTC, or take another browser.";

/** What is in the way. */
export type DiagnosisCode =
  | "media-denied" | "media-system" | "media-missing" | "media-busy" | "media-insecure"
  | "offline" | "bad-url" | "unreachable" | "server-silent" | "server-refused" | "timeout" | "no-token" | "token-expired"
  | "token-early" | "token-unreadable" | "unauthorized" | "forbidden" | "internal" | "rate-limited" | "over-budget"
  | "room-full" | "room-locked" | "denied" | "kicked" | "replaced" | "name-taken" | "failed"
  | "left" | "alone" | "connected" | "connecting" | "peer-away" | "no-answer" | "no-webrtc" | "interrupted"
  | "udp-off" | "udp-off-there" | "udp-blocked" | "turn-refused" | "turn-silent" | "turn-failed"
  | "turn-failed-there" | "relay-failed" | "no-turn" | "no-servers" | "no-encryption";

/** For each code what happened, in one sentence, and what to do about it. */
const texts: { readonly [code in DiagnosisCode]: readonly [sentence: string, advice: string] } = {
  "media-denied": ["This page may not use your camera or microphone.", "Allow it beside the page's address, then try again."],
  "media-system": ["Your system keeps camera and microphone from this browser.", "Allow them in the system's privacy settings, then restart the browser."],
  "media-missing": ["No camera or microphone was found.", "Plug one in."],
  "media-busy": ["Another program uses your camera or microphone.", "Close it, or choose another device."],
  "media-insecure": ["Camera and microphone need a page that is served over https.", "Open it over https."],

  offline: ["You are offline.", "Check your connection."],
  "bad-url": ["The service's address is not right.", `${owner}: it must be a wss: URL.`],
  unreachable: ["The service cannot be reached, or refused to connect you.", "Check your connection, and sign in again."],
  "server-silent": ["The service cannot be reached.", "Check your connection. If others cannot reach it either, it is down."],
  "server-refused": ["The service is there, and refused to connect you.", `Sign in again. ${owner} if that does not help: it wants a token or another origin, or is at its limit.`],
  timeout: ["The service did not answer in time.", again],
  "no-token": ["The page could not get you a permission to connect.", token],
  "token-expired": ["Your permission to connect has expired.", token],
  "token-early": ["Your permission to connect is not valid yet.", "Check this device's clock."],
  "token-unreadable": ["Your permission to connect cannot be read.", `${owner}: it is no JSON Web Token.`],
  unauthorized: ["The service does not accept your permission to connect.", token],
  forbidden: ["You may not enter this room, or not under this name.", `${owner}: your permission to connect is for another.`],
  internal: ["The service has a fault.", again],
  "rate-limited": ["Too much was asked of the service at once.", again],
  "over-budget": ["The service has used up what it may cost.", `${owner}.`],

  "room-full": ["The room is full.", "Wait until somebody leaves."],
  "room-locked": ["The room is locked.", "Ask a host to let you in."],
  denied: ["A host did not let you in.", "Ask them why."],
  kicked: ["A host has removed you from the room.", "Ask them why."],
  replaced: ["The call goes on in another page of yours.", "Close this one, or join again to have it here."],
  "name-taken": ["Somebody in the room has that name.", "Choose another one."],
  failed: ["Something went wrong that is not your fault: {reason}.", `Try again. ${owner} if it stays so.`],

  left: ["You have left the call.", "Join again."],
  alone: ["Nobody else is in the room.", "Send them the link."],
  connected: ["You and {peer} are connected.", "If you see or hear nothing, look whether something is muted."],
  connecting: ["You and {peer} are being connected.", "Wait a moment."],
  "peer-away": ["{peer} has lost the connection to the service.", "Wait until they are back."],
  "no-answer": ["{peer} has not answered yet.", "Wait a moment; then ask them to load the page anew."],
  "no-webrtc": ["Your browser makes no connections to other browsers.", settings],
  interrupted: ["The connection between you and {peer} was lost.", "Check the network on both sides: it is made again when both are there."],
  "udp-off": ["Your browser sends no UDP, which calls need.", settings],
  "udp-off-there": ["The browser of {peer} sends no UDP, which calls need.", "They may look for a setting or an extension that restricts WebRTC, or take another browser."],
  "udp-blocked": ["No UDP gets out of your network: neither STUN nor TURN servers answer.", `${network} ${owner} if nobody gets through.`],
  "turn-silent": ["The TURN server does not answer: it is down, or your network lets no UDP through.", `${network} ${owner} if nobody gets through.`],
  "turn-refused": ["The TURN server refuses the credentials that the service gives out.", `${owner}: they are wrong or have expired.`],
  "turn-failed": ["The TURN server gives you no relay.", `${owner}: it is down, full, or not reached from your network.`],
  "turn-failed-there": ["The TURN server gives {peer} no relay.", `${owner}: it is not reached from their network.`],
  "relay-failed": ["Not even over the TURN server do you and {peer} reach each other.", `${owner}: a firewall drops what it relays.`],
  "no-turn": ["You and {peer} are both behind strict networks, and no TURN server is set up.", `${network} ${owner}: a TURN server would connect you.`],
  "no-servers": ["No UDP gets through between you and {peer}, and no STUN or TURN server is set up.", `Use one network, without a firewall between you. ${owner}: others need the servers.`],
  "no-encryption": ["You and {peer} reach each other, but agree on no encryption.", network],
};

export interface Diagnosis {
  readonly code: DiagnosisCode;
  /** What is in the way, for the person. */
  readonly sentence: string;
  /** What they can do. */
  readonly advice: string;
  readonly facts: Facts;
}

const refusals: ReadonlySet<number> = new Set([401, 403, 441]); // RFC 8656, section 19

/** Why it does not work, by what is known. */
export function explain(facts: Facts): Diagnosis {
  const code = codeOf(facts);
  const [sentence, advice] = texts[code];
  const words = { peer: facts.peer?.name ?? "", reason: facts.reason ?? "unknown" };
  return { code, sentence: sentence.replace(/\{(peer|reason)\}/g, (_, word: "peer" | "reason") => words[word]), advice, facts };
}

function codeOf({ reason, online, server, token, call, others, peer }: Facts): DiagnosisCode {
  switch (reason) {
    case undefined:
      if (call === "left") return "left";
      if (call) return peer ? ofPeer(peer, online, others === true) : "alone";
      return "failed";
    case "socket-closed":
    case "timeout":
    case "unauthorized":
      if (!online) return "offline";
      if (server === "silent") return "server-silent";
      if (token && token !== "valid" && reason !== "timeout") return `token-${token}`;
      if (reason !== "socket-closed") return reason;
      return server === "answers" ? "server-refused" : "unreachable";
    default:
      return reason in texts ? (reason as DiagnosisCode) : "failed";
  }
}

function ofPeer(peer: PeerFacts, online: boolean, others: boolean): DiagnosisCode {
  const { state, away, ice, met, own, theirs, checks, stun, turn, probe } = peer;
  const { found, errors = [], took = 0 } = probe ?? {};
  if (state === "connected") return "connected";
  if (!online) return "offline";
  if (!ice) return state === "failed" ? "no-webrtc" : "no-answer";
  if (away) return "peer-away";
  if (met) return "interrupted";
  if (found && !udp(found) && !others) return "udp-off";
  if (turn > 0 && found?.relay === 0 && errors.some(({ code }) => refusals.has(code))) return "turn-refused";
  // Who may be reached by a relay alone, by the page's own setting, has nothing else to offer.
  if (turn > 0 && found?.relay === 0 && ice !== "new" && own.host + own.srflx + own.relay === 0) return "turn-failed";
  if (!theirs) return "no-answer";
  if (ice === "connected" || ice === "completed") return state === "failed" ? "no-encryption" : "connecting";
  // Names that nobody knows and closed ports fail at once; who is asked and does not answer takes a while. A STUN server that answers
  // who is behind no NAT adds no candidate, but it is not told as an error either.
  const unheard = stun === 0 || errors.length === 0 || errors.some(({ url, code }) => code === 701 && /^stuns?:/i.test(url));
  const silent = stun + turn > 0 && found && !found.srflx && !found.relay && took > 3 && unheard;
  if (silent && !others) return stun > 0 ? "udp-blocked" : "turn-silent";
  const tried = state === "failed" || ice === "failed" || ice === "disconnected" || (checks.sent >= 10 && checks.answered === 0);
  if (!tried) return "connecting";
  if (!udp(theirs)) return "udp-off-there";
  if (stun + turn === 0) return "no-servers";
  if (turn === 0) return "no-turn";
  if (found?.relay === 0) return "turn-failed";
  return theirs.relay > 0 ? "relay-failed" : "turn-failed-there";
}

const udp = ({ host, srflx, relay, tcp }: Candidates): boolean => host + srflx + relay > tcp;
