import { Room, Transport } from "@parley-rtc/client/room";
import { connect } from "./connect.js";

const stream = await navigator.mediaDevices.getUserMedia({ audio: true, video: true });
const transport = new Transport("ws://127.0.0.1:3000/prod");
await transport.open();
const room = await Room.join(transport, { room: "tea" });
connect(room, { stream }, (name, peer) => {
  const video = Object.assign(document.createElement("video"), { autoplay: true, playsInline: true, title: name });
  document.body.append(video);
  peer.on("stream", (stream) => (video.srcObject = stream));
  peer.on("close", () => video.remove());
});
addEventListener("pagehide", () => room.leave());
