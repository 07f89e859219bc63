// A page as demos are: it calls io() with no address, and plain RTCPeerConnection does the rest.
const room = location.hash.slice(1);
const socket = io();
let connection;
let channel;
let first = false;

const show = (text) => (document.getElementById("status").textContent = text);
const log = (text) => {
  const item = document.createElement("li");
  item.textContent = text;
  document.getElementById("log").append(item);
};

function listen(opened) {
  channel = opened;
  channel.onopen = () => show("connected");
  channel.onmessage = ({ data }) => log(data);
}

function start() {
  connection = new RTCPeerConnection();
  connection.onicecandidate = ({ candidate }) => candidate && socket.emit("message", { type: "candidate", candidate });
  connection.ondatachannel = ({ channel }) => listen(channel);
}

async function describe(description) {
  await connection.setLocalDescription(description);
  socket.emit("message", connection.localDescription);
}

socket.on("connect", () => socket.emit("create or join", room));
socket.on("created", () => (first = true));
socket.on("full", () => show("full"));
socket.on("ready", async () => {
  start();
  if (!first) return;
  listen(connection.createDataChannel("chat"));
  await describe(await connection.createOffer());
});
socket.on("message", async (message) => {
  if (message.type === "candidate") {
    await connection.addIceCandidate(message.candidate);
    return;
  }
  await connection.setRemoteDescription(message);
  if (message.type === "offer") await describe(await connection.createAnswer());
});
socket.on("bye", () => show("left alone"));

document.getElementById("chat").addEventListener("submit", (event) => {
  event.preventDefault();
  channel.send(document.getElementById("line").value);
});
