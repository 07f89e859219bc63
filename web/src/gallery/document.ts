// A shared document: Yjs and y-webrtc as they come from npm, with this page's own server for signaling.

import { WebrtcProvider } from "y-webrtc";
import * as Y from "yjs";
import { copies } from "../copy.ts";
import { byID, make, say } from "../dom.ts";
import { Notices } from "../notices.ts";
import { findRoom, ladder, madeUpName, ownServer } from "../place.ts";
import { bind } from "./field.ts";
import { documentCode, documentStatus, lostServer, noServer, unreachable } from "./words.ts";

const patience = 5_000; // ms until a server that does not answer is spoken of

const room = findRoom();
const notices = new Notices();
const shared = new Y.Doc();

function setStatus(state: keyof typeof documentStatus): void {
  byID("status").dataset["state"] = state;
  byID("status").textContent = documentStatus[state];
}

/** Shows who is here, oneself first. */
function showHere({ awareness }: WebrtcProvider): void {
  const here = [...awareness.getStates()].map(([id, state]) => {
    const user = state["user"] as { name?: unknown } | undefined; // as another page has it
    return { own: id === shared.clientID, name: String(user?.name ?? "somebody") };
  });
  here.sort((a, b) => Number(b.own) - Number(a.own) || a.name.localeCompare(b.name));
  byID("here").replaceChildren(...here.map(({ own, name }) => make("li", own ? "own" : "", own ? `${name} (you)` : name)));
}

/** Says how it is with the server. y-webrtc tries again for ever by itself, and says nothing of it but this. */
function watch(provider: WebrtcProvider): void {
  const signaling = provider.signalingConns[0] as { on(event: "connect" | "disconnect", does: () => void): void };
  let waiting: ReturnType<typeof setTimeout>;
  const wait = (words: typeof noServer): void => {
    clearTimeout(waiting);
    waiting = setTimeout(() => notices.show("call", words), patience);
  };
  wait(noServer);
  signaling.on("connect", () => {
    clearTimeout(waiting);
    notices.clear("call");
    setStatus("joined");
  });
  signaling.on("disconnect", () => {
    setStatus("reconnecting");
    wait(lostServer);
  });
}

async function start(): Promise<void> {
  setStatus("joining");
  const url = await ownServer();
  byID("code").textContent = documentCode(room, url);
  const provider = new WebrtcProvider(room, shared, { signaling: [url], filterBcConns: false, peerOpts: { config: { iceServers: [] } } });
  watch(provider);
  provider.awareness.on("change", ({ added, removed }: { added: unknown[]; removed: unknown[] }) => {
    showHere(provider);
    const others = provider.awareness.getStates().size - 1;
    if (added.length + removed.length > 0) say(others === 1 ? "1 other is here" : `${others} others are here`);
  });
  provider.awareness.setLocalStateField("user", { name: madeUpName() });
}

byID("room").textContent = room;
document.title = `${room} · Shared document · Parley`;
byID<HTMLAnchorElement>("another").href = location.href;
byID<HTMLAnchorElement>("ladder").href = ladder(room);
copies(byID("copy"), () => location.href);
bind(byID<HTMLTextAreaElement>("text"), shared, "text");
start().catch(() => {
  setStatus("idle");
  notices.show("call", unreachable, { label: "Try again", run: () => location.reload() });
});
