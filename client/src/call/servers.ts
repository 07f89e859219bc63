/**
 * Has `pc` use these servers from its next attempt on. Those that the browser refuses are left out,
 * URL by URL, and returned with its reasons: for one of them it would refuse all.
 */
export function useServers(pc: RTCPeerConnection, servers: readonly RTCIceServer[]): string[] {
  const iceServers: RTCIceServer[] = [];
  const refused: string[] = [];
  try {
    pc.setConfiguration({ iceServers: [...servers] });
  } catch {
    for (const one of servers.flatMap((server) => [server.urls].flat().map((urls) => ({ ...server, urls })))) {
      try {
        pc.setConfiguration({ iceServers: [...iceServers, one] });
        iceServers.push(one);
      } catch (cause) {
        refused.push(`${one.urls} (${(cause as Error).message})`);
      }
    }
    pc.setConfiguration({ iceServers });
  }
  return refused;
}
