// For pages that call `new Peer()` and leave it to the server to think of an id, which is an HTTP request. Without a
// front door nobody answers that, so the page thinks of one itself. Behind the script of PeerJS:
//
//   <script src="peerjs.min.js"></script>
//   <script src="parley-peer.js"></script>
window.Peer = class Peer extends window.Peer {
  constructor(id, options) {
    if (id && id.constructor === Object) [id, options] = ["", id];
    super(id || crypto.getRandomValues(new Uint32Array(4)).join("-"), options);
  }
};
if (window.peerjs) window.peerjs.Peer = window.Peer;
