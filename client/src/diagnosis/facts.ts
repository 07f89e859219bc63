import type { CallState } from "../call/call-events.ts";
import type { PeerState } from "../call/peer.ts";
import type { Reason } from "../errors.ts";

/** What is known about a call that does not work. No address, no name but the peer's, no credential: it may be shown and reported. */
export interface Facts {
  /** Of the error that was told. */
  readonly reason?: Reason;
  /** Whether the browser says that there is a network. */
  readonly online: boolean;
  /** Whether the service's address answers when it is asked without a WebSocket. */
  readonly server?: "answers" | "silent";
  /** What the token says of itself, by this device's clock. */
  readonly token?: "valid" | "expired" | "early" | "unreadable";
  readonly call?: CallState;
  /** Whether somebody else in the call is connected, which speaks for this side's network. */
  readonly others?: boolean;
  readonly peer?: PeerFacts;
}

/** How many ways there are to be reached: in the own network, as seen from outside, by a relay; `tcp` of all. */
export interface Candidates {
  readonly host: number;
  readonly srflx: number;
  readonly relay: number;
  readonly tcp: number;
}

export interface PeerFacts {
  readonly name: string;
  readonly state: PeerState;
  /** Its connection to the server is lost. */
  readonly away: boolean;
  readonly ice?: RTCIceConnectionState;
  /** It was connected once. */
  readonly met: boolean;
  readonly own: Candidates;
  /** Undefined until the other side has answered. */
  readonly theirs?: Candidates;
  /** What went out to the other side's addresses, and what came back. */
  readonly checks: { readonly sent: number; readonly answered: number };
  /** How many URLs of each kind the service has given. */
  readonly stun: number;
  readonly turn: number;
  readonly probe?: Probe;
}

/** What the STUN and TURN servers say to this browser now. */
export interface Probe {
  readonly found: Candidates;
  /** Until all had answered or were given up, in seconds. */
  readonly took: number;
  readonly errors: readonly { readonly url: string; readonly code: number; readonly text: string }[];
}
