import type { Call } from "../call/call.ts";
import type { RemotePeer } from "../call/member.ts";
import type { Publication } from "../media/publication.ts";
import type { RemoteTrack } from "../media/remote-tracks.ts";
import type { Knock, Role } from "../room/protocol.ts";
import { useReading } from "./reading.ts";

/** A track that comes, and from whom. */
export interface PeerTrack extends RemoteTrack {
  readonly peer: RemotePeer;
}

const events = [
  "peer", "peer-left", "peer-state", "peer-updated", "peer-away", "peer-back", "stream", "track", "track-removed", "track-muted",
] as const;
const none: readonly never[] = [];

/** The others, as they are now: what is shown of one is rendered anew only when that one has changed, if its component is a `memo`. */
export function usePeers(call: Call | undefined): readonly RemotePeer[] {
  return useReading<Call, readonly RemotePeer[]>(call, events, look, none);
}

/** What the others send, all of it or of these kinds. */
export function useTracks(call: Call | undefined, ...kinds: string[]): readonly PeerTrack[] {
  const read = (call: Call): PeerTrack[] =>
    look(call).flatMap((peer) => [...peer.tracks.values()]
      .filter(({ kind }) => kinds.length === 0 || kinds.includes(kind))
      .map((track) => ({ ...track, peer })));
  return useReading<Call, readonly PeerTrack[]>(call, events, read, none, kinds.join());
}

/** What one sends oneself. */
export function usePublications(call: Call | undefined): readonly Publication[] {
  return useReading<Call, readonly Publication[]>(call, ["published", "unpublished"], ({ publications }) => [...publications.values()], none);
}

/** One's own role, where the service has roles. */
export function useRole(call: Call | undefined): Role | undefined {
  return useReading<Call, Role | undefined>(call, ["role"], ({ role }) => role, undefined);
}

/** For hosts: who waits to be let in. */
export function useWaiting(call: Call | undefined): readonly Knock[] {
  return useReading<Call, readonly Knock[]>(call, ["knock", "knock-left"], ({ waiting }) => [...waiting.values()], none);
}

function look({ peers }: Call): RemotePeer[] {
  return [...peers.values()].map(({ name, data, role, state, away, streams, tracks, connection }) => ({
    name,
    data,
    role,
    state,
    away,
    streams,
    tracks: new Map([...tracks].map(([name, track]) => [name, { ...track }])),
    connection,
  }));
}
