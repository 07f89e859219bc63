import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Localdev, startLocaldev } from "../browser/localdev.ts";
import { recipeOf, startWithRecipes } from "../socketio/recipes.ts";
import { releases } from "../socketio/releases.ts";
import { conversations } from "./socketio/conversations.ts";
import { frames, otherFrames, outcome } from "./socketio/frames.ts";
import { otherRecoveries, recipe as recovery, recoveries } from "./socketio/recovery.ts";
import { ReferenceServer } from "./socketio/servers.ts";
import { type Side, Stage } from "./socketio/stage.ts";

// The same is done with npm's socket.io and with ours. What differs is written out, and docs/socketio.md gives the
// reasons.

let localdev: Localdev;
const echo = "on: {say: [{emit: said, args: [$0]}]}";

beforeAll(async () => {
  const recipes = Object.fromEntries(Object.entries(conversations).map(([name, { recipe }]) => [name, recipe]));
  // One message of a client at a time, as the reference does.
  localdev = await startWithRecipes({ ...recipes, echo, recovery }, "-order", "serial");
});
afterAll(() => localdev?.stop());

const ours = (recipe: string): string => `${localdev.ws}?EIO=4&transport=websocket&b64=1&recipe=${recipe}`;

/** What a release does not do the same with both, and why. */
const apart: { [release: string]: { [conversation: string]: string } } = {
  "socket.io-client-4.6": {
    "namespaces of one connection": "4.6.0 sends the CONNECT of a further namespace twice, which makes two sockets there and one here",
  },
};

describe.each(releases)("%s does the same with both", (release) => {
  test.each(Object.entries(conversations).filter(([name]) => !apart[release]?.[name]))("%s", async (name, { serve, script }) => {
    const reference = await ReferenceServer.start(serve);
    const url = { ours: localdev.ws, reference: reference.url };
    const [here, there] = (["ours", "reference"] as const).map((side: Side) => new Stage(side, release, url[side], recipeOf(name)));
    try {
      await Promise.all([script(here!), script(there!)]);
      expect(here!.transcript()).toEqual(there!.transcript());
    } finally {
      for (const stage of [here!, there!]) stage.close();
      await reference.stop();
    }
  });
});

describe("frame by frame", () => {
  let reference: ReferenceServer;
  beforeAll(async () => {
    reference = await ReferenceServer.start((socket) => {
      socket.on("say", (x) => socket.emit("said", x ?? null));
    });
  });
  afterAll(() => reference?.stop());

  const both = async (said: readonly string[]): Promise<[string[], string[]]> => {
    const [here, there] = await Promise.all([
      outcome("ours", ours("echo"), said),
      outcome("reference", `${reference.url.replace("http", "ws")}/socket.io/?EIO=4&transport=websocket&b64=1`, said),
    ]);
    return [here.map((frame) => frame.replace(',"pid":"…"', "")), there]; // which is for recovery
  };

  test.each(Object.entries(frames))("%s is the same", async (_, said) => {
    const [here, there] = await both(said);
    expect(here).toEqual(there);
  });

  test.each(Object.entries(otherFrames))("%s, otherwise than there", async (_, { said, ours, reference }) => {
    const [here, there] = await both(said);
    expect([here.slice(1), there.slice(1)]).toEqual([ours, reference]);
  });
});

describe("taken up again", () => {
  let reference: ReferenceServer;
  beforeAll(async () => {
    reference = await ReferenceServer.start(
      (socket) => {
        socket.on("join", async (room, ack) => {
          await socket.join(room);
          ack();
        });
        socket.on("say", (room, x, ack) => {
          socket.to(room).emit("said", x);
          ack();
        });
        socket.on("tell", (id, x, ack) => {
          socket.to(id).emit("told", x);
          ack();
        });
      },
      { connectionStateRecovery: {} },
    );
  });
  afterAll(() => reference?.stop());
  const both = <T>(story: (place: { side: Side; url: string }) => Promise<T>): Promise<[T, T]> =>
    Promise.all([story({ side: "ours", url: localdev.ws }), story({ side: "reference", url: reference.url })]);

  test.each(Object.entries(recoveries))("%s, is the same", async (_, story) => {
    const [here, there] = await both(story);
    expect(here).toEqual(there);
  });

  test.each(Object.entries(otherRecoveries))("%s, otherwise than there", async (_, { story, ours, reference }) => {
    expect(await both(story)).toEqual([ours, reference]);
  });
});

describe("refused", () => {
  const secret = "a secret of at least thirty-two bytes";
  const refusal = Object.assign(new Error("the token is no JSON Web Token, or a claim has the wrong type"), {
    data: { code: "unauthorized", retry: false },
  });
  let strict: Localdev;
  let reference: ReferenceServer;
  beforeAll(async () => {
    strict = await startLocaldev("-env", "AUTH=jwt", "-env", `AUTH_SECRET=${secret}`);
    reference = await ReferenceServer.start(() => {});
    reference.server.use((_, next) => next(refusal));
  });
  afterAll(async () => {
    await Promise.all([strict?.stop(), reference?.stop()]);
  });

  test.each(releases)("%s is told so once, with the data, and does not try again", async (release) => {
    const told = async (side: Side, url: string): Promise<string[]> => {
      const stage = new Stage(side, release, url, "group");
      const ada = stage.starts("ada", { auth: { token: "none" } });
      await ada.hears("connect_error");
      const engine = ada.socket.io.engine;
      await new Promise((resolve) => setTimeout(resolve, 500)); // in which it would have tried again five times
      expect(ada.socket.io.engine === engine, "it is the same connection").toBe(true);
      stage.close();
      return ada.heard;
    };
    const [here, there] = await Promise.all([told("ours", strict.ws), told("reference", reference.url)]);
    expect(here).toHaveLength(1);
    expect(here).toEqual(there);
  });
});
