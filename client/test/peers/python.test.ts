import { spawn, spawnSync } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Localdev, startLocaldev } from "../browser/localdev.ts";
import { load, pointedAt } from "../socketio/releases.ts";
import { Talker } from "../socketio/talker.ts";

// Debian: apt-get install python3-socketio python3-websocket
const python = ["/usr/bin/python3", "python3"].find((name) => spawnSync(name, ["-c", "import socketio, websocket"]).status === 0);

let localdev: Localdev;
beforeAll(async () => {
  localdev = await startLocaldev();
});
afterAll(() => localdev?.stop());

test.skipIf(!python)("a client of python-socketio is in a group call with one of JavaScript (skipped where it is not installed)", async () => {
  const ada = new Talker("ada", load("socket.io-client"), new URL("/", localdev.ws).href, {
    ...pointedAt(localdev.ws, "socket.io-client", { query: { recipe: "group" } }),
    forceBase64: true,
  });
  await ada.hears("connect");
  await ada.asks("join room", "tea");

  const { origin, pathname } = new URL(localdev.ws);
  // It puts a slash behind the path, as the releases of JavaScript before 4.6 do.
  const args = [`${origin}?parley=1&recipe=group`, `${pathname}?p=`, "tea"];
  const child = spawn(python!, [fileURLToPath(new URL("socketio/client.py", import.meta.url)), ...args], { stdio: ["pipe", "pipe", "inherit"] });
  const said: unknown[] = [];
  const theirID = async (): Promise<unknown> => ((await ada.asks("join room", "tea")) as [string[]])[0][0];
  createInterface(child.stdout).on("line", (line) => said.push(JSON.parse(line)));
  try {
    await expect.poll(() => said.length).toBeGreaterThanOrEqual(3);
    expect(said.map((line) => JSON.stringify(line)).sort()).toEqual(
      [["ack", [ada.socket.id]], ["all users", [ada.socket.id]], ["connect", true]].map((line) => JSON.stringify(line)).sort(),
    );
    const call = { type: "offer", sdp: "v=0", key: Buffer.from([1, 2, 255]) };
    ada.emit("sending signal", { userToSignal: await theirID(), callerID: ada.socket.id, signal: call });
    await ada.hears("receiving returned signal");
    expect(ada.got("receiving returned signal")).toMatchObject([[{ signal: { from: "python" } }]]);
    expect(said.slice(3)).toEqual([["user joined", { type: "offer", sdp: "v=0", key: [1, 2, 255] }]]);
    child.stdin.end();
    await ada.hears("user left");
  } finally {
    child.kill();
    ada.close();
  }
});
