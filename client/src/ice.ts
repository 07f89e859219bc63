/**
 * When the first of the servers' credentials ends, in epoch seconds, or undefined when none does. Time-limited TURN credentials carry
 * their end in the user name: "{epoch seconds}:{user}" (draft-uberti-behave-turn-rest-00, section 2.2).
 */
export function iceExpiry(servers: readonly RTCIceServer[]): number | undefined {
  const ends = servers
    .filter((server) => server.credential !== undefined)
    .map((server) => /^(\d{9,11})(?::|$)/.exec(server.username ?? "")?.[1])
    .filter((end) => end !== undefined)
    .map(Number);
  return ends.length > 0 ? Math.min(...ends) : undefined;
}
