import { createElement as h, memo, StrictMode, useState, version } from "react";
import { createRoot } from "react-dom/client";
import { renderToString } from "react-dom/server";
import type { Call, CallOptions, DevicesOptions, RemotePeer } from "../../src/index.ts";
import {
  Audio, useCall, type CallHandle, useDevices, type DevicesHandle, useEvent, usePeers, usePublications, useQuality, useRole, useSpeakers,
  useSpeaking, useStats, useTracks, useWaiting, Video,
} from "../../src/react/index.ts";

export { version };

export interface Props {
  readonly options: CallOptions | undefined;
  readonly devices: DevicesOptions | undefined;
  /** Whether each tile shows what changes each second. */
  readonly stats: boolean;
}

/** What the test looks at. */
export const seen = { renders: {} as Record<string, number>, call: {} as CallHandle, devices: {} as DevicesHandle, messages: [] as string[] };

function rendered(what: string): void {
  seen.renders[what] = (seen.renders[what] ?? 0) + 1;
}

const Tile = memo(function Tile({ call, peer }: { call: Call; peer: RemotePeer }) {
  rendered(peer.name);
  const quality = useQuality(call, peer.name);
  const speaking = useSpeaking(call, peer.name);
  return h(
    "figure",
    { id: peer.name, "data-state": peer.state, "data-quality": quality?.level, "data-speaking": speaking, "data-says": JSON.stringify(peer.data) },
    [...peer.tracks.values()].map((track) =>
      track.track.kind === "video"
        ? h(Video, { key: track.name, track, muted: true, id: `${peer.name}-${track.name}`, "data-muted": track.muted } as never)
        : h(Audio, { key: track.name, track })),
  );
});

function Stats({ call, name }: { call: Call; name: string }) {
  return h("output", { id: `${name}-bits` }, useStats(call, name)?.bitrateIn);
}

function App({ options, devices, stats }: Props) {
  rendered("app");
  const handle = (seen.call = useCall(options));
  const { call, state, error } = handle;
  const { camera } = (seen.devices = useDevices(devices, call));
  const peers = usePeers(call);
  const screens = useTracks(call, "screen");
  const own = usePublications(call);
  const role = useRole(call);
  const waiting = useWaiting(call);
  useEvent(call, "message", ({ peer, text }) => void seen.messages.push(`${peer.name}: ${text}`));
  return h(
    "main",
    { id: "app", "data-state": state, "data-error": error?.reason, "data-role": role },
    h(Video, { track: camera, muted: true, id: "preview" }),
    call && h(Self, { call }),
    call && peers.map((peer) => h(Tile, { key: peer.name, call, peer })),
    call && stats && peers.map(({ name }) => h(Stats, { key: name, call, name })),
    h("output", { id: "screens" }, screens.map(({ peer, name }) => `${peer.name} ${name}`).join()),
    h("output", { id: "own" }, own.map(({ name }) => name).sort().join()),
    h("output", { id: "waiting" }, waiting.map(({ peer }) => peer).join()),
  );
}

const Self = memo(function Self({ call }: { call: Call }) {
  return h("output", { id: "speakers", "data-speaking": useSpeaking(call) }, useSpeakers(call).join());
});

/** Puts the app on the page; returns what renders it with other props, and what takes it away. */
export function mount(first: Props): { render(props: Partial<Props>): void; unmount(): void } {
  let set = (_: Props): void => {};
  let now = first;
  function Outer() {
    const [props, change] = useState(first);
    set = change;
    return h(App, props);
  }
  const root = createRoot(document.body.appendChild(document.createElement("div")));
  root.render(h(StrictMode, null, h(Outer)));
  return { render: (props) => set((now = { ...now, ...props })), unmount: () => root.unmount() };
}

/** What a server sends before any of this runs. */
export function html(props: Props): string {
  return renderToString(h(StrictMode, null, h(App, props)));
}
