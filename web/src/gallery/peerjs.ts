// A call over PeerJS as it comes from npm, with this page's own server for signaling.

import { Peer } from "peerjs";
import { openMedia } from "../../../client/src/index.ts";
import { copies } from "../copy.ts";
import { byID, make, setSwitch } from "../dom.ts";
import { Notices } from "../notices.ts";
import { ladder } from "../place.ts";
import { errorWords } from "../words.ts";
import { Faces, shortID } from "./faces.ts";
import { type LinkState, Mesh } from "./mesh.ts";
import { callCode, callStatus, declinedWords, noWayThrough, ownIdWords, troubleWords } from "./words.ts";

const query = new URL(location.href).searchParams;
const server = { host: location.hostname, port: Number(location.port || (location.protocol === "https:" ? 443 : 80)), path: "/" };
const slowest = 30_000; // ms between two attempts to reach the server
const unreached: readonly string[] = ["network", "socket-error", "socket-closed"];

const camera = byID<HTMLButtonElement>("camera");
const callee = byID<HTMLInputElement>("callee");
const line = byID<HTMLInputElement>("line");
const faces = new Faces();
const notices = new Notices();
let peer: Peer | undefined;
let mesh: Mesh;
let ownID: string | undefined; // once the server has taken it
let stream: MediaStream | undefined;
let delay = 1_000;

function setStatus(state: keyof typeof callStatus): void {
  byID("status").dataset["state"] = state;
  byID("status").textContent = callStatus[state];
}

function link(id: string): string {
  const url = new URL(location.pathname, location.href);
  url.searchParams.set("call", id);
  return url.href;
}

function start(): void {
  peer?.destroy();
  ownID = undefined;
  setStatus("joining");
  notices.clear("call");
  const options = { ...server, config: { iceServers: [] } };
  const wanted = query.get("id");
  const one = wanted ? new Peer(wanted, options) : new Peer(options);
  peer = one;
  mesh = new Mesh(one, {
    ringing,
    state,
    stream: (id, received) => faces.show(id, received),
    text: (id, text) => write(shortID(id), text),
  });
  mesh.setStream(stream);
  one.on("open", opened);
  one.on("error", ({ type, message }) => {
    if (type === "peer-unavailable") mesh.unavailable(message);
    if (ownID && unreached.includes(type)) return; // the line at the top says so
    const words = troubleWords(type);
    if (ownID) notices.show("call", words);
    else notices.show("call", words, { label: "Try again", run: start });
  });
  one.on("disconnected", () => {
    if (one !== peer || one.destroyed) return;
    setStatus(ownID ? "reconnecting" : "joining");
    setTimeout(() => !one.destroyed && one.disconnected && one.reconnect(), delay);
    delay = Math.min(2 * delay, slowest);
  });
  one.on("close", () => {
    if (one === peer) setStatus("idle");
  });
}

function opened(id: string): void {
  ownID = id;
  delay = 1_000;
  setStatus("joined");
  notices.clear("call");
  byID("own-id").textContent = id;
  byID<HTMLAnchorElement>("another").href = link(id);
  byID<HTMLAnchorElement>("ladder").href = ladder(id);
}

/** Shows what can be done now, and moves on whoever has just used what is not shown any more. */
function showControls(): void {
  const focused = document.activeElement; // which it may not be once it is hidden
  const { caller, size } = mesh;
  byID("ring").hidden = caller === undefined;
  byID("dial").hidden = size > 0;
  byID("talk").hidden = byID("hang-up").hidden = size === 0;
  if (focused?.closest("[hidden]")) (size > 0 ? byID("hang-up") : callee).focus();
}

function ringing(): void {
  const { caller } = mesh;
  byID("ring-words").textContent = caller === undefined ? "" : `${shortID(caller)} calls. Who comes later is let in by whoever is here.`;
  showControls();
}

function state(id: string, now: LinkState): void {
  faces.setState(id, now);
  if (now === "declined") notices.show("call", declinedWords);
  if (now === "failed") notices.show("call", noWayThrough);
  showControls();
}

function write(name: string, text: string, own = false): void {
  byID("log").append(make("div", own ? "line own" : "line", make("span", "speaker", name), make("span", "text", text)));
  byID("log").scrollTop = byID("log").scrollHeight;
}

async function turnCamera(on: boolean): Promise<void> {
  camera.disabled = true;
  notices.clear("media");
  for (const track of stream?.getTracks() ?? []) track.stop();
  stream = undefined;
  try {
    if (on) stream = await openMedia({ video: { width: { ideal: 640 } } });
  } catch (error) {
    notices.show("media", errorWords(error));
  }
  setSwitch(camera, "camera", !!stream, true);
  faces.showOwn(stream);
  mesh.setStream(stream);
}

byID("code").textContent = callCode(server);
callee.value = query.get("call") ?? "";
setSwitch(camera, "camera", false, true);
copies(byID("copy"), () => (ownID ? link(ownID) : location.href));
byID("dial").addEventListener("submit", (event) => {
  event.preventDefault();
  notices.clear("call");
  const id = callee.value.trim();
  if (!peer?.open) notices.show("call", troubleWords("disconnected")); // PeerJS would lose the offer
  else if (id === ownID) notices.show("call", ownIdWords);
  else if (id) mesh.call(id);
});
byID("say").addEventListener("submit", (event) => {
  event.preventDefault();
  const text = line.value.trim();
  if (!text || mesh.say(text) === 0) return;
  write("You", text, true);
  line.value = "";
});
byID("answer").addEventListener("click", () => mesh.answer());
byID("decline").addEventListener("click", () => mesh.decline());
byID("hang-up").addEventListener("click", () => mesh.hangUp());
camera.addEventListener("click", () => void turnCamera(!stream));
addEventListener("pagehide", () => peer?.destroy());
start();
void turnCamera(true);
