// The demo of Parley: a lobby, then a call with everybody who opened the same link.

import { Call, type Devices, diagnose, ParleyError } from "../../client/src/index.ts";
import { Chat } from "./chat.ts";
import { Choices } from "./choices.ts";
import { type Inputs, openDevices, readInputs, toggle, wishes } from "./devices.ts";
import { wireDialogs } from "./dialogs.ts";
import { byID, say, setSwitch } from "./dom.ts";
import { Files } from "./files.ts";
import { wireInvitation } from "./invite.ts";
import { wireKeys } from "./keys.ts";
import { Knocks } from "./knocks.ts";
import { recall, remember } from "./memory.ts";
import { showLock, showView, wireMenu } from "./menu.ts";
import { Notices } from "./notices.ts";
import { findRoom, findServer, peerName } from "./place.ts";
import { Reconnect } from "./reconnect.ts";
import { keepCall, type Kept, takeCall } from "./reload.ts";
import { ScreenButton } from "./screen.ts";
import { Session } from "./session.ts";
import { Stage } from "./stage.ts";
import { Whiteboard } from "./whiteboard.ts";
import { errorWords, mediaWords, outsideWords, statusWords } from "./words.ts";

const nameKey = "parley.name";

const room = findRoom();
document.title = `${room} · Parley`;
const form = byID<HTMLFormElement>("entry");
const nameField = byID<HTMLInputElement>("name");
const joinButton = byID<HTMLButtonElement>("join");
const notices = new Notices(joinButton);
const choices = new Choices(complain, (speaker) => session?.speakOn(speaker));
const narrow = matchMedia("(max-width: 80rem)"); // chat and whiteboard would leave nothing for the call, or lie over each other
const sheets = matchMedia("(max-width: 68rem)"); // they lie over the tiles
const chat = new Chat(sendLine, () => {
  if (narrow.matches) whiteboard.show(false);
});
const whiteboard = new Whiteboard(() => {
  if (narrow.matches) chat.show(false);
});
const stage = new Stage();
const screen = new ScreenButton(complain);
const reconnect = new Reconnect(() => void call?.renew().catch(() => {})); // the status says whether it worked
let devices: Devices | undefined;
let call: Call | undefined;
let session: Session | undefined;
let displayName = "";
let files: Files | undefined;
let detach: (() => void) | undefined; // one's devices, from the call
let joining: AbortController | undefined;
let problemTold = ""; // with a camera or a microphone
let leaving = false; // of one's own will
const kept = takeCall(room); // by the page before this one in its tab
let returning = kept?.outside ? undefined : kept; // to the call
let stale = false; // this page, which is back from the browser's cache

function setStatus(state: keyof typeof statusWords): void {
  const status = byID("status");
  status.dataset["state"] = state;
  status.textContent = statusWords[state];
}

function setView(view: "lobby" | "call"): void {
  document.body.dataset["view"] = view;
  byID("lobby").hidden = view !== "lobby";
  byID("call").hidden = view !== "call";
  notices.moveTo(view);
  choices.moveTo(view);
}

function devicesChanged(): void {
  const inputs = readInputs(devices);
  const { mic, camera, cameraWanted, usable, stream, problems, missing } = inputs;
  for (const [id, kind, on] of [
    ["lobby-mic", "mic", mic],
    ["mic", "mic", mic],
    ["lobby-camera", "camera", cameraWanted],
    ["camera", "camera", cameraWanted],
  ] as const) {
    setSwitch(byID<HTMLButtonElement>(id), kind, on && usable[kind], usable[kind]);
  }
  const preview = byID("preview");
  preview.dataset["camera"] = camera ? "on" : "off";
  // Not before there is a picture: a video that waits for its first one holds up the page's load event.
  byID<HTMLVideoElement>("preview-video").srcObject = camera ? stream! : null;
  byID("preview-words").textContent = camera ? "" : previewWords(inputs);
  byID("join-note").textContent = devices ? withoutWords(usable) : "";
  tellProblem(problems[0], missing);
  session?.refresh(inputs);
}

/** Once, as it may be put away, or be known from the lobby. */
function tellProblem(problem: ParleyError | undefined, missing: Inputs["missing"]): void {
  const words = problem && mediaWords(problem, missing);
  if (problemTold === (words?.title ?? "")) return;
  problemTold = words?.title ?? "";
  if (!words) return notices.clear("media");
  const again = { label: "Try again", run: () => void devices?.enable(...missing).catch(() => {}) };
  notices.show("media", words, again, ...(call ? [{ label: "Close", run: () => notices.clear("media") }] : []));
}

function previewWords({ cameraWanted, usable }: Inputs): string {
  if (!devices) return "Waiting for your camera and microphone…";
  if (!usable.camera) return "No camera";
  return cameraWanted ? "Opening your camera…" : "Your camera is off";
}

/** What joining means without the devices that are not there. */
function withoutWords({ mic, camera }: Inputs["usable"]): string {
  if (!mic && !camera) return "You will watch and listen only.";
  if (!camera) return "You will join with sound only.";
  return mic ? "" : "You will join without sound.";
}

function sendLine(text: string): string | undefined {
  if (!call || call.peers.size === 0) return "Nobody else is here yet.";
  try {
    return call.send(text).length > 0 ? undefined : "Not sent: no connection is ready. Try again in a moment.";
  } catch (error) {
    return errorWords(error).advice;
  }
}

async function join(): Promise<void> {
  if (call || joining) return;
  displayName = nameField.value.trim();
  if (!displayName) return nameField.focus();
  remember(nameKey, displayName);
  joining = new AbortController();
  joinButton.disabled = true;
  joinButton.textContent = "Joining…";
  notices.clear("call");
  setStatus("joining");
  let url: string | undefined;
  try {
    url = await findServer().catch((cause: unknown) => {
      throw new ParleyError("socket-closed", "cannot ask this page's server for its WebSocket URL", { cause });
    });
    const name = peerName(displayName);
    enter(
      await Call.join({
        url,
        room,
        stream: () => devices?.stream, // asked once in: until then the camera may open
        data: { name: displayName },
        // Nobody is on the air unasked, or knocks, who has been removed, or forgotten, while their page was away.
        ...(returning ? { resumeOnly: true } : { knock: waitForHost }),
        signal: joining.signal,
        ...(name ? { name } : {}),
      }),
    );
  } catch (error) {
    setStatus("idle");
    if (!joining.signal.aborted) {
      complain(error);
      void explain(error, url);
    } else say("You no longer wait to be let in");
    if (error instanceof ParleyError && error.reason === "name-taken") {
      nameField.focus();
      nameField.select();
    }
  } finally {
    const waiting = byID("waiting");
    const { activeElement } = document;
    const stranded = !call && (activeElement === document.body || waiting.contains(activeElement));
    joining = undefined;
    joinButton.disabled = false;
    joinButton.textContent = "Join";
    waiting.hidden = true;
    returning = undefined;
    if (stranded) joinButton.focus();
  }
}

/** Says more about a server that is not reached, once it is known; it may take a while. */
async function explain(error: unknown, url: string | undefined): Promise<void> {
  if (!(error instanceof ParleyError && error.reason === "socket-closed") || url === undefined) return;
  const { code, sentence, advice } = await diagnose(error, { url });
  if (code !== "server-silent" && !call && !joining) notices.show("call", { title: sentence, advice });
}

/** A host has to let us in, and has been told that we are here. */
function waitForHost(): void {
  byID("waiting").hidden = false;
  byID("waiting-words").textContent = "A host has been asked to let you in.";
  joinButton.textContent = "Waiting…";
  setStatus("waiting");
  byID("waiting-end").focus();
}

function complain(error: unknown): void {
  notices.show("call", errorWords(error), ...(call ? [{ label: "Close", run: () => notices.clear("call") }] : []));
}

function enter(joined: Call): void {
  call = joined;
  leaving = false;
  say("");
  notices.clear("media");
  chat.reset();
  setView("call");
  setStatus("joined");
  session = new Session(joined, displayName, chat, stage, complain);
  session.refresh(readInputs(devices));
  session.speakOn(devices?.speaker ?? "");
  screen.begin(joined);
  detach = devices?.attach(joined);
  files = new Files(joined, chat);
  new Knocks(joined, complain);
  whiteboard.begin(joined);
  if (returning) restore(session, returning);
  showView(session.view);
  roleChanged();
  joined.on("role", roleChanged);
  joined.on("locked", ({ by }) => lockChanged(by));
  joined.on("state", (state) => {
    setStatus(state === "left" && !leaving ? "ended" : state);
    reconnect.show(state === "reconnecting");
    if (state === "left") back();
  });
  joined.on("error", (error) => {
    console.warn(`parley: ${error.reason}: ${error.message}`);
    // One that ends the call comes after it, and is all that tells why. Of the others a person can
    // do something about these.
    if (joined.state === "left") notices.show("call", errorWords(error));
    else if (error.reason === "bad-ice" || error.reason === "no-webrtc") complain(error);
  });
  byID("call").focus(); // no button: Enter, which may still be down, would press it
}

/** After a reload all is where it was. */
function restore(session: Session, { chat: open, board, view }: Kept): void {
  session.view = view;
  chat.show(open);
  if (board) whiteboard.show(true);
  chat.note("This page was loaded anew. What was written before is gone.");
}

async function lock(wanted: boolean): Promise<void> {
  if (!call) return;
  await (wanted ? call.lock() : call.unlock());
  lockChanged("You"); // the others are told by the server
}

function lockChanged(by: string | undefined): void {
  const now = call?.locked ? "locked" : "unlocked";
  chat.note(by ? `${by} ${now} the room` : `The room is ${now} now`);
  roleChanged();
}

function roleChanged(): void {
  const host = call?.role === "host";
  showLock(call?.locked ?? false, host);
  session?.setHost(host);
}

function back(): void {
  session?.end();
  detach?.();
  files?.end();
  whiteboard.end();
  session = undefined;
  call = undefined;
  showLock(false, false);
  for (const open of document.querySelectorAll("dialog[open]")) (open as HTMLDialogElement).close();
  byID("happened").hidden = false;
  setView("lobby");
  problemTold = "";
  devicesChanged();
  joinButton.textContent = "Join";
  joinButton.focus();
  say(leaving ? "You left the call" : ""); // else the error says why
}

byID("room").textContent = room;
byID("lobby-room").textContent = room;
for (const id of ["happened", "menu-happened"]) byID<HTMLAnchorElement>(id).search = new URLSearchParams({ room }).toString();
nameField.value = kept?.name ?? recall(nameKey) ?? "";
wireInvitation();
wireDialogs();
wireMenu({
  layout() {
    if (!session) return;
    session.view = session.view === "grid" ? "speaker" : "grid";
    showView(session.view);
  },
  lock: () => void lock(!call?.locked).catch(complain),
});
wireKeys(
  [
    { key: "m", words: "Microphone on or off", button: "mic" },
    { key: "v", words: "Camera on or off", button: "camera" },
    { key: "s", words: "Share your screen, or stop", button: "screen" },
    { key: "c", words: "Chat", button: "chat-toggle" },
    { key: "b", words: "Whiteboard", button: "board-toggle" },
    { key: "l", words: "Follow the speaker, or show everybody alike", button: "menu-layout" },
  ],
  () => call !== undefined,
);
byID("waiting-end").addEventListener("click", () => joining?.abort());
narrow.addEventListener("change", () => {
  if (narrow.matches && whiteboard.shown) chat.show(false);
});
sheets.addEventListener("change", () => {
  if (sheets.matches) chat.show(false);
});
setStatus("idle");

form.addEventListener("submit", (event) => {
  event.preventDefault();
  void join();
});
for (const id of ["lobby-mic", "mic"]) byID(id).addEventListener("click", () => toggle(devices, "microphone"));
for (const id of ["lobby-camera", "camera"]) byID(id).addEventListener("click", () => toggle(devices, "camera"));
byID("leave").addEventListener("click", () => {
  leaving = true;
  void call?.leave();
});
// No page knows whether it goes for good. So it goes without a goodbye, and the seat is kept for a moment.
addEventListener("pagehide", () => {
  if (stale) return; // it has left its call already, when it went
  const on = devices ? wishes(devices) : wanted;
  const now = { room, name: displayName, ...on, chat: chat.shown, board: whiteboard.shown, view: session?.view ?? "grid" };
  if (call) {
    keepCall(now);
    for (const { connection } of call.peers.values()) connection?.close(); // the others know at once, unless the tab is closed
  } else if (returning) keepCall(returning);
  else if (joining) {
    keepCall({ ...now, outside: true });
    joining.abort();
  }
});
// Kept whole by the browser, but not its connections.
addEventListener("pageshow", ({ persisted }) => {
  if (!persisted) return;
  if (!call && !returning) return void takeCall(room); // the person sees what has become of it
  stale = true;
  location.reload();
});

choices.moveTo("lobby");
devicesChanged();
nameField.focus();
const wanted = { mic: kept?.mic ?? true, camera: kept?.camera ?? true };
if (returning) void join();
else if (kept) notices.show("call", outsideWords);
void openDevices(wanted, devicesChanged).then((opened) => {
  devices = opened;
  choices.begin(opened);
  if (call) detach = opened.attach(call);
  devicesChanged();
  opened.on("lost", ({ kind, label, track }) => {
    const words = `Your ${kind} is gone: ${label}. ${track ? `${track.label} is used now.` : "Plug it in again, or choose another."}`;
    say(words);
    if (call) chat.note(words);
  });
});
