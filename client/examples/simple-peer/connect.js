import SimplePeer from "simple-peer/simplepeer.min.js";

let made = 0;
const page = crypto.randomUUID(); // tells this page's peers from those of the page before a reload

/**
 * A simple-peer for everybody in a Room of `@parley-rtc/client/room`: `onPeer(name, peer)` gets each, a new one too when somebody
 * reloads. `options` are simple-peer's own, such as `{ stream }`.
 */
export function connect(room, options, onPeer) {
  const peers = new Map(); // name → { id, peer }

  function add(name, id, initiator) {
    drop(name);
    const peer = new SimplePeer({ ...options, initiator, config: { iceServers: [...room.ice] } });
    peers.set(name, { id, peer });
    peer.on("signal", (signal) => room.signal(name, { id, signal }).catch(() => peer.destroy()));
    peer.on("error", () => {}); // `close` follows
    peer.on("close", () => peers.get(name)?.peer === peer && peers.delete(name));
    onPeer(name, peer);
    return peer;
  }

  function drop(name) {
    const one = peers.get(name);
    peers.delete(name);
    one?.peer.destroy();
  }

  room.on("signal", ({ from, data: { id, signal } }) => {
    const one = peers.get(from);
    if (one?.id === id) one.peer.signal(signal);
    else if (signal.type === "offer") add(from, id, false).signal(signal);
  });
  room.on("peer-left", ({ peer }) => drop(peer));
  for (const name of room.peers.keys()) add(name, `${page}.${++made}`, true); // who comes calls who is there
}
