import type { Words } from "../words.ts";

/** What the line at the top of the phone says. */
export const phoneStatus = {
  idle: "",
  joining: "Registering…",
  joined: "Registered: can be called",
  reconnecting: "Server lost, reconnecting… Your call goes on.",
} as const;

const busy: Words = { title: "They are in another call", advice: "Try again in a while. (486)" };
const declined: Words = { title: "They declined", advice: "Ask them, and call again." };

/** SIP's answers that a call is refused with. */
const answers: Readonly<Record<number, Words>> = {
  403: { title: "That is not allowed", advice: "Call by the name that this page has registered. If the server asks for tokens or passwords, this page has none. (403)" },
  404: { title: "Nobody is registered under that name", advice: "Check what you typed, capitals too, or open the link in another tab and register there. (404)" },
  408: { title: "Their phone does not answer", advice: "Its page may be asleep. Bring its tab to the front, then call again. (408)" },
  480: { title: "They are not there now", advice: "Their phone rang and nobody came, or its page has just gone. Try again. (480)" },
  486: busy,
  488: { title: "The two phones have nothing in common", advice: "Neither sound nor pictures that both can use. Try another browser. (488)" },
  500: { title: "The server failed", advice: "Try again in a moment. If it is yours, its log says why. (500)" },
  503: { title: "That was a little fast", advice: "Wait a minute, then try again. (503)" },
  600: busy,
  603: declined,
};

const unknown: Words = { title: "The call did not come about", advice: "Try again. The console shows what was said." };

/** What became of a call that was refused, or of a registration; by JsSIP's cause where there is no answer. */
export function refusedWords(status: number | undefined, cause: string): Words {
  if (status !== undefined) return answers[status] ?? { title: unknown.title, advice: `${unknown.advice} (${status})` };
  return causes[cause] ?? unknown;
}

const unreachable: Words = {
  title: "The server cannot be reached",
  advice: "This page keeps trying. If it is yours: is localdev still running, and is sip in DIALECTS, if that is set?",
};

/** JsSIP's causes that come without an answer. */
const causes: Readonly<Record<string, Words>> = {
  "Connection Error": unreachable,
  "Request Timeout": { title: "The server does not answer", advice: "Your connection may be slow. Try again in a moment." },
  "WebRTC Error": { title: "This browser could not begin the call", advice: "Turn off what blocks WebRTC, an extension or a setting, or take another browser." },
  "User Denied Media Access": { title: "Camera and microphone are blocked", advice: "Allow them beside the page’s address, or call without them." },
  "No ACK": { title: "The caller has gone", advice: "They did not confirm your answer. Call them." },
};

export const unreachableWords = unreachable;

export const unregisteredWords: Words = {
  title: "The phone is not registered",
  advice: `Nobody can call it, nor can it call. Wait until the line at the top says “${phoneStatus.joined}”.`,
};

export const ownNameWords: Words = {
  title: "That is this phone’s own name",
  advice: "Open the link in another tab, register another name there, and call from there.",
};

export const transferWords = (name: string, status?: number): Words => ({
  title: `They could not be handed to ${name}`,
  advice: `You are still in the call.${status ? ` (${status})` : ""}`,
});

/** What a user of JsSIP changes. */
export const phoneCode = (name: string, domain: string, url: string): string => `new JsSIP.UA({
  uri: "sip:${name}@${domain}",
  sockets: [new JsSIP.WebSocketInterface("${url}")],
});`;
