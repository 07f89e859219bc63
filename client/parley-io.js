// For pages that speak Socket.IO to a server of their own and stay as they are: their io() goes to Parley. Behind the
// script of socket.io-client, whichever of its releases that is:
//
//   <script src="socket.io.min.js"></script>
//   <script src="parley-io.js" data-url="wss://HOST/STAGE" data-recipe="group"></script>
(() => {
  const io = window.io;
  if (!io) throw new Error("parley-io.js: there is no io() yet. Put this script behind that of socket.io-client.");
  const { url, recipe } = document.currentScript?.dataset ?? {};
  if (!/^(ws|http)s?:\/\/[^/]/.test(url)) {
    throw new Error(`parley-io.js: say where Parley is, <script src="parley-io.js" data-url="wss://HOST/STAGE">, in place of "${url ?? ""}".`);
  }
  const stage = new URL(url);
  const path = stage.pathname.replace(/\/$/, "");
  const addsSlash = !io.Socket?.prototype.emitWithAck; // to every path: releases before 4.6
  const pings = io.protocol === 4; // releases before 3; the others wait for pings

  function pointed(options, inURL) {
    const query = Object.fromEntries([
      ...(path && addsSlash ? [["parley", "1"]] : []), // is what p, with the slash and another question mark, ends with
      ...new URLSearchParams(options?.query ?? inURL),
      ...stage.searchParams,
      ...(recipe ? [["recipe", recipe]] : []),
    ]);
    const at = path && (addsSlash ? { path: `${path}?p=` } : { path, addTrailingSlash: false });
    return { ...options, ...at, query, port: stage.port, transports: ["websocket"] };
  }

  // API Gateway ends a connection after ten quiet minutes, and the client after about as long without a ping. So it
  // sends one, and takes the answer for one.
  function keepOpen(engine) {
    let quiet = true;
    engine.on("packetCreate", () => (quiet = false));
    engine.on("packet", ({ type }) => {
      quiet = false;
      if (type === "pong") engine.transport.emit("packet", { type: "ping" });
    });
    const timer = setInterval(() => {
      if (quiet && engine.transport.writable) engine.transport.send([{ type: "ping", options: {} }]);
      quiet = true;
    }, 240_000);
    engine.on("close", () => clearInterval(timer));
  }

  const known = new WeakSet();
  function watch(manager) {
    if (known.has(manager)) return;
    known.add(manager);
    if (!pings) manager.on("open", () => keepOpen(manager.engine));
    let told = false;
    manager.on(pings ? "connect_error" : "error", () => {
      if (told) return;
      told = true;
      console.error(
        `parley-io.js: ${stage.origin}${path} does not let this page in. Is data-url right, and may pages of ${location.origin} connect? ` +
          `"parley doctor ${stage.origin}${path}" finds out.`,
      );
    });
  }

  function connect(uri, options) {
    if (typeof uri === "object") [uri, options] = ["", uri ?? options];
    const [, namespace = "/", query = ""] = /^(?:\w+:)?(?:\/\/)?[^/?#]*(\/[^?#]*)?(?:\?([^#]*))?/.exec(uri ?? "");
    const socket = io(`${stage.origin}${namespace}`, pointed(options, query));
    watch(socket.io);
    return socket;
  }
  window.io = Object.assign(connect, io, { io: connect, connect });
})();
