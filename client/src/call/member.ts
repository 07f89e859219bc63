import type { Link } from "./link.ts";
import type { PeerState } from "./peer.ts";
import type { Json, Role, RosterEntry } from "../room/protocol.ts";
import type { RemoteTrack } from "../media/remote-tracks.ts";
import type { Watch } from "./watch.ts";

/** Someone else in the call. */
export interface RemotePeer {
  readonly name: string;
  readonly data: Json | undefined;
  readonly role: Role | undefined;
  readonly state: PeerState;
  /** Its connection to the server is lost. Media go on; it comes back, or leaves. */
  readonly away: boolean;
  /** What they send, by name. */
  readonly tracks: ReadonlyMap<string, RemoteTrack>;
  readonly streams: readonly MediaStream[];
  /** The RTCPeerConnection of the moment, for getStats(). It changes when the connection is made anew. */
  readonly connection: RTCPeerConnection | undefined;
}

export class Member implements RemotePeer {
  readonly name: string;
  readonly link: Link;
  readonly watch: Watch;
  data: Json | undefined;
  role: Role | undefined;
  away: boolean;
  /** Gone from the room, though connected. */
  departed = false;
  pageGone = false;

  constructor(entry: RosterEntry, link: Link, watch: Watch) {
    this.name = entry.peer;
    this.data = entry.data;
    this.role = entry.role;
    this.away = entry.lost !== undefined;
    this.link = link;
    this.watch = watch;
  }

  get state(): PeerState {
    return this.link.state;
  }

  get tracks(): ReadonlyMap<string, RemoteTrack> {
    return this.link.tracks;
  }

  get streams(): readonly MediaStream[] {
    return this.link.streams;
  }

  get connection(): RTCPeerConnection | undefined {
    return this.link.connection;
  }
}
