// Records what the parsers of socket.io-client make of packets and of frames, and what a server says.
//
//	mkdir 4.8.4 && cd 4.8.4 && npm install --ignore-scripts socket.io-client@4.8.4 socket.io@4.8.4
//	node record.cjs 4.8.4 > recorded-4.8.4.json
//
// and so with 2.5.0 and its server, and with 3.1.3 and socket.io@3.1.2. It is run in the folder above.
const version = process.argv[2]
const { createRequire } = require("node:module")
const { once } = require("node:events")
const from = createRequire(`${process.cwd()}/${version}/node_modules/socket.io-client/package.json`)
const parser = from("socket.io-parser")
const engine = from("engine.io-parser")
const old = version.startsWith("2.")

const encodeEngine = (data) =>
  new Promise((resolve) =>
    old
      ? engine.encodePacket({ type: "message", data }, false, false, resolve)
      : engine.encodePacket({ type: "message", data }, false, resolve),
  )
const encode = async (packet) => {
  const parts = await new Promise((resolve) => {
    const parts = new parser.Encoder().encode(packet, resolve)
    if (parts) resolve(parts)
  })
  return Promise.all(parts.map(encodeEngine))
}

const event = 2, ack = 3
const bytes = (...b) => Buffer.from(b)
const packets = [
  { type: event, nsp: "/", data: ["join", "r1"] },
  { type: event, nsp: "/", data: ["join", "r1"], id: 0 },
  { type: event, nsp: "/video", data: ["hello", 1], id: 12 },
  { type: event, nsp: "/video/2", data: ["quiet"] },
  { type: event, nsp: "/", data: ["create or join", null, true, 1.5e-9, { a: [{}, []], "": "" }] },
  { type: event, nsp: "/", data: ["\" \\ / \b\f\n\r\t \u0001\u001f\u007f\u2028 <&> é 漢 😀", "\ud800"] },
  { type: event, nsp: "/", data: ["json", JSON.parse('{"__proto__":{"a":1},"b":",]}\\"["}')] },
  { type: ack, nsp: "/", data: [], id: 0 },
  { type: ack, nsp: "/video", data: [{ ok: true }, "x"], id: 9007199254740991 },
  { type: event, nsp: "/", data: ["bin", bytes(1, 2, 3)], binary: true },
  { type: event, nsp: "/v", data: ["bin", bytes(), { deep: [bytes(251, 255), "x"] }, bytes(1)], id: 3, binary: true },
  { type: ack, nsp: "/", data: [bytes(1, 2)], id: 7, binary: true },
]

const frames = [
  "", "4", "7", "x", "2", "2probe", "3", "1", "6", "0{}", "5", "é",
  "49", "4x", "47[]", "40", '40{"token":"abc"}', "40null", "40[]", "40[1]", "40 ", "40x", '40"a"', "40{", "401", "4012{}",
  "40/", "40/,", "40/chat", "40/chat,", '40/chat,{"a":1}', "40/chat?token=abc", "40/chat?token=abc,", "40chat",
  "41", "41/chat,", "41[]", "41/chat", "44", '44"no"', "44{}", "44[]", "44null",
  '42["a"]', '42["a",1,"b"]', "42", "421", "42[]", "42[1]", "42[1.50,2]", "42[-0]", "42[1e21]", "42[null]", '42[["a"]]',
  "42{}", '42"a"', "42[", '42["a"]]', '42["a",]', '42["a"] ', '42[ "a" , 1 ]', '42["\\ud800"]', '42["a\\u0000b"]',
  '42["connect"]', '42["connect_error"]', '42["disconnect"]', '42["disconnecting"]', '42["newListener"]',
  '42["removeListener"]', '42["error"]', '42["dis\\u0063onnect"]', '42["__proto__",{"__proto__":1}]',
  '42/a,b["a"]', '42/a,1["a"]', '42/a["x"]', '4200012["a"]', '4212345678901234567890["a"]', '42-1["a"]', '42 1["a"]',
  '421.5["a"]', '42+1["a"]', '420x1["a"]', `42${"[".repeat(100)}${"]".repeat(100)}`,
  "43[]", "430[]", "431[1]", "431", "431{}", "43[1]", '431["disconnect"]',
  '45["a"]', '450-["a"]', '451["a"]', '451-["a"]', '4510-["a"]', '4511-["a"]', '45-1-["a"]', '451.5-["a"]', '451e0-["a"]',
  '45-["a"]', '451-/v,3["a",{"_placeholder":true,"num":0}]', "451-[1]", '451-["disconnect"]', "461-1[]", "460-1[]",
  "461-1[", "bAQID", "b4AQID", "b", "b4", "b!", "bAQ", "bAQ==",
]

// verdict is what becomes of a frame at a server, or "" if that closes the connection.
const verdict = (frame) => {
  const outer = engine.decodePacket(frame, "nodebuffer")
  if (outer.type !== "message") return outer.type === "error" ? "" : outer.type
  if (typeof outer.data !== "string") return Buffer.isBuffer(outer.data) ? `binary ${outer.data.toString("base64")}` : ""
  const decoder = new parser.Decoder()
  let packet = ""
  decoder.on("decoded", (p) => (packet = p))
  try {
    decoder.add(outer.data)
  } catch {
    return ""
  }
  packet ||= decoder.reconstructor.reconPack
  if (!packet.nsp) return "" // how the parser of 2.x reports an error
  const { nsp, id, data, attachments } = packet
  return { type: Number(outer.data[0]), nsp, id, data: JSON.stringify(data), attachments }
}

// answers is what a server says first, and then to who connects to namespaces.
const answers = async (options) => {
  const io = createRequire(`${process.cwd()}/${version}/node_modules/socket.io/package.json`)(".")
  const { WebSocket = createRequire(`${process.cwd()}/${version}/node_modules/engine.io/package.json`)("ws") } = {}
  const http = require("node:http").createServer()
  const server = (old ? io : io.Server ? (h, o) => new io.Server(h, o) : io)(http, options)
  const refuse = (message, data) => (_, next) => next(Object.assign(new Error(message), data && { data }))
  server.of("/members").use(refuse("not authorized", { code: 401 }))
  server.of("/closed").use(refuse('say "please"'))
  server.of("/brief").on("connection", (s) => s.disconnect())
  await new Promise((done) => http.listen(0, "127.0.0.1", done))
  const url = `ws://127.0.0.1:${http.address().port}/socket.io/?EIO=${old ? 3 : 4}&transport=websocket`
  const ws = new WebSocket(url)
  const heard = []
  ws.on("message", (m) => heard.push(String(m)))
  await once(ws, "open")
  for (const name of ["", "/members", "/closed", "/nope", "/brief"]) {
    ws.send(`40${name && `${name},`}`)
    const last = name === "/brief" ? /^41/ : name ? new RegExp(`^4.${name}`) : /^40/
    while (!heard.some((m) => last.test(m))) await once(ws, "message")
  }
  ws.close()
  server.close()
  return heard
}

;(async () => {
  const written = []
  for (const { binary, ...packet } of packets) {
    const kind = packet.type + (binary ? 3 : 0)
    written.push({ kind, frames: await encode(old ? { ...packet, type: kind } : packet) })
  }
  // A server of 4.x reads what clients 3.x send, as strictly as what those of 4.x do.
  const read = version.startsWith("3.") ? [] : frames.map((frame) => ({ frame, verdict: verdict(frame) }))
  const options = version.startsWith("4.") ? { connectionStateRecovery: {} } : {}
  const server = await answers(options)
  console.log(JSON.stringify({ written, read, server }, null, 1))
  process.exit()
})()
