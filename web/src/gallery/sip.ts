// A phone with JsSIP as it comes from npm, with this page's own server as registrar and proxy.

import { UA, WebSocketInterface } from "jssip";
import type { RegisteredEvent, UnRegisteredEvent } from "jssip/lib/UA";
import { openMedia } from "../../../client/src/index.ts";
import { copies } from "../copy.ts";
import { byID, say, setSwitch } from "../dom.ts";
import { Notices } from "../notices.ts";
import { ladder, madeUpName, ownServer } from "../place.ts";
import { errorWords } from "../words.ts";
import { ownNameWords, phoneCode, phoneStatus, refusedWords, transferWords, unreachableWords, unregisteredWords } from "./answers.ts";
import { Faces } from "./faces.ts";
import { Line, type LineState } from "./line.ts";

const domain = "calls.example"; // any, where the server has none of its own
const query = new URL(location.href).searchParams;
const patience = 5_000; // ms until a server that does not answer is spoken of

const nameField = byID<HTMLInputElement>("name");
const callee = byID<HTMLInputElement>("callee");
const third = byID<HTMLInputElement>("third");
const mic = byID<HTMLButtonElement>("mic");
const camera = byID<HTMLButtonElement>("camera");
const faces = new Faces();
const notices = new Notices();
let agent: UA | undefined;
let line: Line | undefined;
let name = "";
let shown = ""; // whose picture
let stream: MediaStream | undefined;

function setStatus(state: keyof typeof phoneStatus): void {
  byID("status").dataset["state"] = state;
  byID("status").textContent = phoneStatus[state];
}

function link(): string {
  const url = new URL(location.pathname, location.href);
  url.searchParams.set("call", name);
  return url.href;
}

async function register(as: string): Promise<void> {
  name = as;
  setStatus("joining");
  notices.clear("call");
  const server = await ownServer();
  byID("code").textContent = phoneCode(name, domain, server);
  const one = new UA({ uri: `sip:${name}@${domain}`, sockets: [new WebSocketInterface(server)], session_timers: false });
  agent = one;
  line = new Line(one, domain, {
    changed: showCall,
    refused: (status, cause) => notices.show("call", refusedWords(status, cause)),
    notTransferred: (to, status) => notices.show("call", transferWords(to, status)),
  });
  line.stream = stream;
  const late = setTimeout(() => notices.show("call", unreachableWords), patience);
  one.on("registered", (_: RegisteredEvent) => {
    clearTimeout(late);
    registered();
  });
  one.on("disconnected", () => setStatus(byID("entry").hidden ? "reconnecting" : "joining"));
  one.on("registrationFailed", ({ response, cause }: UnRegisteredEvent) => {
    clearTimeout(late);
    if (!response) return; // JsSIP tries again by itself
    notices.show("call", refusedWords(response.status_code, cause ?? ""));
    setStatus("idle");
    one.stop();
  });
  one.start();
}

function registered(): void {
  setStatus("joined");
  notices.clear("call");
  byID("own-id").textContent = name;
  byID<HTMLAnchorElement>("another").href = link();
  if (!line?.callID) byID<HTMLAnchorElement>("ladder").href = ladder(`${name}@${domain}`);
  const url = new URL(location.href);
  url.searchParams.set("name", name);
  history.replaceState(null, "", url); // so that a page that is loaded again is the same phone
  byID("entry").hidden = true;
  showControls();
}

const words: Readonly<Record<LineState, (other: string) => string>> = {
  free: () => "",
  calling: (other) => `Calling ${other}…`,
  ringing: (other) => `${other}’s phone rings`,
  called: (other) => `${other} calls`,
  talking: (other) => `Talking to ${other}`,
};

function inWords({ state, other, held }: Line): string {
  if (held.local) return held.remote ? `${other} and you are both on hold` : `${other} is on hold`;
  return held.remote ? `${other} has put you on hold` : words[state](other);
}

function showCall(): void {
  if (!line) return;
  const { state, other, callID } = line;
  const present = state === "free" || state === "called" ? "" : other;
  if (shown && shown !== present) faces.setState(shown, "gone");
  shown = present;
  if (state === "talking") {
    faces.setState(other, "connected");
    faces.show(other, line.received);
  } else if (present) faces.setState(other, "connecting");
  if (state === "calling" || state === "called") notices.clear("call");
  if (callID) byID<HTMLAnchorElement>("ladder").href = `/_localdev/#call=${encodeURIComponent(callID)}`;
  byID("call-state").textContent = inWords(line);
  byID("call-state").dataset["state"] = state;
  byID("ring-words").textContent = state === "called" ? inWords(line) : "";
  showControls();
}

/** Shows what can be done now, and moves on whoever has just used what is not shown any more. */
function showControls(): void {
  const focused = document.activeElement; // which it may not be once it is hidden
  const state = line?.state ?? "free";
  const held = line?.held.local === true;
  byID("ring").hidden = state !== "called";
  byID("dial").hidden = state !== "free" || !byID("entry").hidden;
  byID("hang-up").hidden = state === "free" || state === "called";
  byID("hold").hidden = byID("transfer").hidden = state !== "talking";
  byID("hold").textContent = held ? "Go on" : "Hold";
  byID("hold").setAttribute("aria-pressed", String(held));
  if (focused?.closest("[hidden]")) (state === "free" ? callee : byID("hang-up")).focus();
}

async function turnOn(): Promise<void> {
  try {
    stream = await openMedia({ audio: true, video: { width: { ideal: 640 } } });
  } catch (error) {
    notices.show("media", errorWords(error));
  }
  for (const track of stream?.getAudioTracks() ?? []) track.enabled = false; // two tabs on one machine would howl
  if (line) line.stream = stream;
  faces.showOwn(stream);
  showSwitches();
}

function showSwitches(): void {
  const on = (kind: string): boolean => !!stream?.getTracks().some((track) => track.kind === kind && track.enabled);
  setSwitch(mic, "mic", on("audio"), !!stream);
  setSwitch(camera, "camera", on("video"), !!stream);
}

function turn(kind: "audio" | "video"): void {
  for (const track of stream?.getTracks() ?? []) if (track.kind === kind) track.enabled = !track.enabled;
  showSwitches();
}

/** Has a form do something with the name in its field. */
function submits(form: string, field: HTMLInputElement, does: (name: string) => void): void {
  byID(form).addEventListener("submit", (event) => {
    event.preventDefault();
    notices.clear("call");
    does(field.value.trim());
  });
}

function fail(): void {
  setStatus("idle");
  notices.show("call", unreachableWords, { label: "Try again", run: () => location.reload() });
}

nameField.value = query.get("name") ?? madeUpName();
callee.value = query.get("call") ?? "";
byID<HTMLAnchorElement>("another").href = location.href;
byID<HTMLAnchorElement>("ladder").href = ladder("sip");
copies(byID("copy"), () => (name ? link() : location.href));
submits("entry", nameField, (as) => {
  agent?.stop();
  register(as).catch(fail);
});
submits("dial", callee, (other) => {
  if (!agent?.isRegistered()) notices.show("call", unregisteredWords);
  else if (other === name) notices.show("call", ownNameWords);
  else line?.call(other);
});
submits("transfer", third, (other) => {
  say(`Handing them to ${other}`);
  line?.transfer(other);
});
byID("answer").addEventListener("click", () => line?.answer());
byID("decline").addEventListener("click", () => line?.hangUp());
byID("hang-up").addEventListener("click", () => line?.hangUp());
byID("hold").addEventListener("click", () => line?.hold(!line.held.local));
mic.addEventListener("click", () => turn("audio"));
camera.addEventListener("click", () => turn("video"));
addEventListener("pagehide", () => agent?.stop());
showSwitches();
void turnOn().then(() => {
  if (query.get("name")) register(nameField.value).catch(fail);
});
