import type { Socket } from "socket.io";
import type { Stage } from "./stage.ts";

/** What clients and a server say to each other. The server is written twice: as its author would, and as a recipe. */
export interface Conversation {
  serve(socket: Socket): void;
  recipe: string;
  script(stage: Stage): Promise<void>;
}

/** What a client's acknowledgement is called, if it asked for one. */
type Ack = ((...answer: unknown[]) => void) | undefined;

export const conversations: Record<string, Conversation> = {
  "a handshake with auth and query": {
    serve: (socket) => {
      socket.emit("hello", socket.id, socket.handshake.auth["name"] ?? null, socket.handshake.query["room"] ?? null);
    },
    recipe: "connect: [{emit: hello, args: [$id, $auth.name, $query.room]}]",
    script: async (stage) => {
      await (await stage.connects("ada", { auth: { name: "Ada 😀" }, query: { room: "a b&c=ü" } })).hears("hello");
      await (await stage.connects("bob")).hears("hello");
    },
  },

  "arguments of every type": {
    serve: (socket) => {
      socket.on("say", (...args) => socket.emit("said", args));
      socket.on("ask", (...args) => (args.pop() as NonNullable<Ack>)(args.length, ...args));
    },
    recipe: `
on:
  say: [{emit: said, args: [$args]}]
  ask: [{ack: [2, $0, $1]}]`,
    script: async (stage) => {
      const ada = await stage.connects("ada");
      const all: unknown[][] = [
        [],
        [null],
        [undefined, 1],
        [true, false, 0, -0, 1.5, -1e-7, 1e21, Number.MAX_SAFE_INTEGER, NaN],
        ["", "\u0000\u001f\u2028\ud83d", '"\\/', "ü€🙂", "</script>&<>"],
        [[], [[]], [1, [2, [3, {}]]]],
        [{}, { "": "", "a.b": 1, $id: "$id", length: 1 }, new Date(0)],
        [JSON.parse('{"__proto__":{"x":1},"constructor":1,"prototype":2}')],
        [{ _placeholder: true, num: 0 }],
        Array.from({ length: 20 }, (_, i) => i),
        ["x".repeat(20_000)],
      ];
      for (const [i, args] of all.entries()) {
        ada.emit("say", ...args);
        await ada.hears("said", i + 1);
      }
      await ada.asks("ask", { a: [1, null] }, "$0");
    },
  },

  "names of events": {
    serve: (socket) => {
      for (const name of ["with space", "ping", "__proto__", "ünï", "error", "message"]) socket.on(name, (x) => socket.emit(name, x));
    },
    recipe: `
on:
  with space: [{emit: with space, args: [$0]}]
  ping: [{emit: ping, args: [$0]}]
  __proto__: [{emit: __proto__, args: [$0]}]
  ünï: [{emit: ünï, args: [$0]}]
  error: [{emit: error, args: [$0]}]
  message: [{emit: message, args: [$0]}]`,
    script: async (stage) => {
      const ada = await stage.connects("ada");
      for (const name of ["with space", "ping", "__proto__", "ünï", "error", "message"]) {
        if (stage.old && name !== "with space" && name !== "message") continue; // reserved there, or of its own
        ada.emit(name, name);
        await ada.hears(name);
      }
      ada.emit("nobody knows it", 1);
      ada.emit("message", "last");
      await ada.hears("message", 2);
    },
  },

  acknowledgements: {
    serve: (socket) => {
      socket.on("none", (ack: Ack) => ack?.());
      socket.on("some", (x, ack: Ack) => ack?.([x, socket.id], { x }));
      socket.on("after", (ack: Ack) => {
        socket.emit("before");
        ack?.(1);
        socket.emit("behind");
      });
    },
    recipe: `
on:
  none: [{ack: []}]
  some: [{ack: [[$0, $id], {x: $0}]}]
  after: [{emit: before}, {ack: [1]}, {emit: behind}]`,
    script: async (stage) => {
      const ada = await stage.connects("ada");
      await ada.asks("none");
      await ada.asks("some", "thing");
      await ada.asks("after");
      ada.emit("some", "thing"); // asks for none
      ada.emit("after");
      await ada.hears("behind", 2);
      await Promise.all(Array.from({ length: 5 }, (_, i) => ada.asks("some", i)));
      ada.heard.sort(); // of what was asked at once
    },
  },

  "nobody answers": {
    serve: (socket) => {
      socket.on("known", (x) => socket.emit("known", x));
    },
    recipe: "on: {known: [{emit: known, args: [$0]}]}",
    script: async (stage) => {
      const ada = await stage.connects("ada");
      if (!stage.old) {
        const error = await new Promise<Error>((resolve) => {
          const patient = ada.socket.timeout ? ada.socket.timeout(1_000) : undefined;
          if (!patient) resolve(new Error("operation has timed out")); // before 4.4
          else patient.emit("unknown", resolve);
        });
        ada.heard.push(String(error));
      }
      ada.emit("known", 1);
      await ada.hears("known");
    },
  },

  "volatile events": {
    serve: (socket) => {
      socket.on("say", (x) => socket.volatile.emit("said", x));
    },
    recipe: "on: {say: [{emit: said, args: [$0]}]}",
    script: async (stage) => {
      const ada = await stage.connects("ada");
      (stage.old ? ada.socket : ada.socket.volatile).emit("say", 1);
      await ada.hears("said");
    },
  },

  "what is emitted before it is connected": {
    serve: (socket) => {
      socket.on("say", (x) => socket.emit("said", x));
    },
    recipe: "on: {say: [{emit: said, args: [$0]}]}",
    script: async (stage) => {
      const ada = stage.starts("ada");
      for (let i = 0; i < 3; i++) ada.emit("say", i);
      await ada.hears("said", 3);
    },
  },

  "bytes as base64": {
    serve: (socket) => {
      socket.on("say", (...args) => socket.emit("said", ...args));
      socket.on("swap", (a, b) => socket.emit("swapped", { b, a: [a] }, b));
      socket.on("ask", (x, ack: Ack) => ack?.(x));
      socket.on("to", (id, x) => socket.to(id).emit("from", socket.id, x));
    },
    recipe: `
on:
  say: [{emit: said, args: [$0, $1]}]
  swap: [{emit: swapped, args: [{b: $1, a: [$0]}, $1]}]
  ask: [{ack: [$0]}]
  to: [{emit: from, to: $0, args: [$id, $1]}]`,
    script: async (stage) => {
      const [ada, bob] = [await stage.connects("ada", { forceBase64: true }), await stage.connects("bob", { forceBase64: true })];
      ada.emit("say", Buffer.from([1, 2, 255]), "text");
      await ada.hears("said");
      ada.emit("say", { deep: [Buffer.alloc(0), { er: Buffer.from("ü") }] }, 1);
      await ada.hears("said", 2);
      ada.emit("swap", Buffer.from("a"), Buffer.from("b"));
      await ada.hears("swapped");
      await ada.asks("ask", Buffer.from("?"));
      ada.emit("to", bob.socket.id, { x: Buffer.alloc(6_000, 7) });
      await bob.hears("from");
    },
  },

  "rooms, and leaving them": {
    serve: (socket) => {
      socket.on("join", async (room, ack: Ack) => {
        await socket.join(room);
        socket.to(room).emit("joined", socket.id);
        const members = [...(socket.nsp.adapter.rooms.get(room) ?? [])];
        socket.emit("members", members);
        ack?.(members.length);
      });
      socket.on("say", (room, x) => socket.to(room).emit("said", socket.id, x));
      socket.on("shout", (room, x) => socket.nsp.to(room).emit("shouted", x));
      socket.on("whisper", (to, x) => socket.nsp.to(to).emit("whispered", socket.id, x));
      socket.on("tell", (x) => {
        const rooms = [...socket.rooms].filter((room) => room !== socket.id);
        if (rooms.length > 0) socket.to(rooms).emit("told", x);
      });
      socket.on("leave", async (room) => {
        await socket.leave(room);
        socket.to(room).emit("left", socket.id);
      });
      socket.on("disconnecting", () => {
        for (const room of socket.rooms) if (room !== socket.id) socket.to(room).emit("left", socket.id);
      });
    },
    recipe: `
on:
  join: [{join: $0}, {emit: joined, to: others, args: [$id]}, {emit: members, args: [$members]}, {ack: [$count]}]
  say: [{in: $0}, {emit: said, to: others, args: [$id, $1]}]
  shout: [{in: $0}, {emit: shouted, to: room, args: [$1]}]
  whisper: [{emit: whispered, to: $0, args: [$id, $1]}]
  tell: [{emit: told, to: others, args: [$0]}]
  leave: [{leave: $0}]
leave: [{emit: left, to: others, args: [$id]}]`,
    script: async (stage) => {
      const [ada, bob, cyd] = [await stage.connects("ada"), await stage.connects("bob"), await stage.connects("cyd")];
      await ada.asks("join", "tea");
      await bob.asks("join", "tea");
      await cyd.asks("join", "tea & <biscuits> ü");
      await cyd.asks("join", "tea");
      bob.emit("say", "tea", 1);
      await Promise.all([ada.hears("said"), cyd.hears("said")]);
      bob.emit("shout", "tea", 2);
      await Promise.all([ada.hears("shouted"), bob.hears("shouted"), cyd.hears("shouted")]);
      bob.emit("whisper", cyd.socket.id, 3);
      await cyd.hears("whispered");
      bob.emit("whisper", "nobody", 4);
      bob.emit("whisper", "tea", 5); // an id or a room, it is the same
      await Promise.all([ada.hears("whispered"), bob.hears("whispered"), cyd.hears("whispered", 2)]);
      await bob.asks("join", "tea & <biscuits> ü");
      await cyd.hears("joined");
      bob.emit("tell", 6); // both rooms
      await Promise.all([ada.hears("told"), cyd.hears("told")]);
      bob.emit("leave", "tea");
      await Promise.all([ada.hears("left"), cyd.hears("left")]);
      bob.emit("say", "tea", 7); // as one who is not in it
      await Promise.all([ada.hears("said", 2), cyd.hears("said", 2)]);
      bob.close();
      await cyd.hears("left", 2);
      cyd.emit("say", "tea", 8);
      await ada.hears("said", 3);
    },
  },

  "everybody, and who goes": {
    serve: (socket) => {
      socket.broadcast.emit("came", socket.id);
      socket.on("all", (x) => socket.nsp.emit("all", x));
      socket.on("rest", (x) => socket.broadcast.emit("rest", x));
      socket.on("disconnect", () => socket.nsp.emit("gone", socket.id));
    },
    recipe: `
connect: [{emit: came, to: rest, args: [$id]}]
on:
  all: [{emit: all, to: all, args: [$0]}]
  rest: [{emit: rest, to: rest, args: [$0]}]
disconnect: [{emit: gone, to: rest, args: [$id]}]`,
    script: async (stage) => {
      const ada = await stage.connects("ada");
      const bob = await stage.connects("bob");
      await ada.hears("came");
      const cyd = await stage.connects("cyd", { reconnection: false });
      await Promise.all([ada.hears("came", 2), bob.hears("came")]);
      ada.emit("all", 1);
      await Promise.all([ada, bob, cyd].map((one) => one.hears("all")));
      ada.emit("rest", 2);
      await Promise.all([bob, cyd].map((one) => one.hears("rest")));
      bob.close(); // says that it goes
      await Promise.all([ada, cyd].map((one) => one.hears("gone")));
      cyd.socket.io.engine.close(); // does not
      await ada.hears("gone", 2);
    },
  },

  "namespaces of one connection": {
    serve: (socket) => {
      socket.join("r");
      socket.emit("hello", socket.id);
      socket.on("say", (x, ack: Ack) => {
        socket.to("r").emit("said", x);
        ack?.(x, socket.id);
      });
    },
    recipe: `
connect: [{join: r}, {emit: hello, args: [$id]}]
on: {say: [{emit: said, to: others, args: [$0]}, {ack: [$0, $id]}]}`,
    script: async (stage) => {
      const eve = await stage.connects("eve", { namespace: "/video" });
      const shared = { forceNew: false };
      const ada = await stage.connects("ada", shared);
      const video = await stage.connects("ada in video", { ...shared, namespace: "/video" });
      const deep = await stage.connects("ada in depth", { ...shared, namespace: "/a/b-ü" });
      ada.heard.push(`one connection ${ada.socket.io === video.socket.io && ada.socket.io === deep.socket.io}`);
      for (const one of [ada, video, deep]) await one.hears("hello");
      await video.asks("say", 1);
      await eve.hears("said");
      await ada.asks("say", 2);
      await deep.asks("say", 3);
      video.close(); // leaves this namespace only
      await deep.asks("say", 4);
      await ada.asks("say", 5);
      await eve.asks("say", 6);
    },
  },
};
