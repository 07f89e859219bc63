import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { type AddressInfo, connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** With where Debian has it, which not everybody's PATH names. */
const env = { ...process.env, PATH: `${process.env["PATH"]}:/usr/sbin` };
const config = fileURLToPath(new URL("kamailio.cfg", import.meta.url));

/** Kamailio as Debian has it. */
export class Kamailio {
  readonly ws: string;
  readonly stop: () => Promise<void>;

  static async start(): Promise<Kamailio> {
    const { error } = spawnSync("kamailio", ["-v"], { env });
    if (error) {
      throw new Error(
        "SIP is compared with Kamailio, which is not installed: install it " +
          "(Debian, Ubuntu: sudo apt-get install kamailio kamailio-websocket-modules), or leave out test/peers/sip.test.ts.",
        { cause: error },
      );
    }
    const port = await free();
    const folder = await mkdtemp(join(tmpdir(), "kamailio-"));
    const args = ["-f", config, "-DD", "-E", "-l", `tcp:127.0.0.1:${port}`, "-Y", folder, "-m", "64", "-M", "8"];
    const child = spawn("kamailio", args, { env, stdio: ["ignore", "ignore", "pipe"] });
    let log = "";
    child.stderr.on("data", (chunk: Buffer) => (log = (log + chunk.toString()).slice(-20_000)));
    const end = (): void => void child.kill();
    process.once("exit", end);
    while (!(await answers(port))) {
      if (child.exitCode !== null) throw new Error(`kamailio ended with ${child.exitCode}:\n${log}`);
    }
    return new Kamailio(`ws://127.0.0.1:${port}/`, async () => {
      process.off("exit", end);
      if (child.exitCode === null && child.kill()) await once(child, "exit");
      await rm(folder, { recursive: true, force: true });
    });
  }

  private constructor(ws: string, stop: () => Promise<void>) {
    this.ws = ws;
    this.stop = stop;
  }
}

/** A port that nobody listens at. */
async function free(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, "close");
  return port;
}

/** Whether somebody listens there, now or in a moment. */
function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => {
      socket.destroy();
      resolve(true);
    });
    socket.on("error", () => setTimeout(() => resolve(false), 20));
  });
}
