/** The codes of the server's `error` frames (parley.v1). */
export type ServerReason =
  | "bad-json"
  | "unknown-action"
  | "bad-request"
  | "too-large"
  | "unauthorized"
  | "forbidden"
  | "not-in-room"
  | "no-such-peer"
  | "name-taken"
  | "room-full"
  | "room-locked"
  | "resume-expired"
  | "mail-full"
  | "rate-limited"
  | "over-budget"
  | "internal";

/** What can go wrong on this side of the socket. */
export type ClientReason =
  | "bad-url" // the server's address is no ws: or wss: URL, or the page may not use it
  | "no-token" // the page's own function failed to get one
  | "kicked" // a host removed us
  | "replaced" // a newer page of ours has the seat
  | "denied" // a host did not let us in
  | "socket-closed" // the server cannot be reached, or the connection was lost
  | "timeout" // no answer in time
  | "queue-full" // too many signals wait to be sent to a peer, or a peer sends to channels that nobody asks for
  | "aborted" // the caller's AbortSignal, or leave()
  | "bad-frame" // the server sent something that is not parley.v1
  | "bad-signal" // a peer sent something that cannot be used, or an RTCPeerConnection refused something
  | "bad-ice" // the service gave ICE servers that the browser refuses
  | "no-webrtc" // the browser makes no RTCPeerConnection
  | "media-insecure" // the page is not served over https or from localhost
  | "media-denied" // the person said no, or the browser for them
  | "media-system" // the system's settings keep the devices from the browser
  | "media-missing" // there is no such device
  | "media-busy"; // another program holds the device

export type Reason = ServerReason | ClientReason;

const serverReasons: ReadonlySet<string> = new Set<ServerReason>([
  "bad-json",
  "unknown-action",
  "bad-request",
  "too-large",
  "unauthorized",
  "forbidden",
  "not-in-room",
  "no-such-peer",
  "name-taken",
  "room-full",
  "room-locked",
  "resume-expired",
  "mail-full",
  "rate-limited",
  "over-budget",
  "internal",
]);

/** The one error class of the SDK: branch on `reason`, show `message` to developers. */
export class ParleyError extends Error {
  override readonly name = "ParleyError";
  readonly reason: Reason;
  /** The same call may succeed later. */
  readonly retry: boolean;

  constructor(reason: Reason, message: string, options: { retry?: boolean; cause?: unknown } = {}) {
    super(message, "cause" in options ? { cause: options.cause } : undefined);
    this.reason = reason;
    this.retry = options.retry ?? false;
  }

  /** The error for a server's `error` frame. A code that a newer server invented counts as `internal`. */
  static fromServer(code: string, message: string, retry: boolean): ParleyError {
    return new ParleyError(serverReasons.has(code) ? (code as ServerReason) : "internal", message || code, { retry });
  }
}

/** The caller's own reason when it is one of ours, else `aborted`. */
export function abortError(signal: AbortSignal): ParleyError {
  const cause: unknown = signal.reason;
  return cause instanceof ParleyError ? cause : new ParleyError("aborted", "the call was aborted", { cause });
}
