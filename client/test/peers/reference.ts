import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { fileURLToPath } from "node:url";

/** A signaling server of somebody else's, as npm has it. */
export class Reference {
  readonly ws: string;
  readonly #start: () => ChildProcess;
  #process: ChildProcess;

  /** Starts a script of a package in node_modules that listens on $PORT, on this machine only, and says something when it does. */
  static async start(script: string): Promise<Reference> {
    const probe = createServer().listen(0, "127.0.0.1");
    await once(probe, "listening");
    const { port } = probe.address() as { port: number };
    probe.close();
    await once(probe, "close");
    const path = fileURLToPath(new URL(`../../node_modules/${script}`, import.meta.url));
    const loopback = `import { Server } from "node:net"; const { listen } = Server.prototype;
      Server.prototype.listen = function (port) { return listen.call(this, port, "127.0.0.1"); };`;
    const args = ["--import", `data:text/javascript,${encodeURIComponent(loopback)}`, path];
    const start = () => spawn(process.execPath, args, { env: { ...process.env, PORT: String(port) }, stdio: ["ignore", "pipe", "ignore"] });
    const reference = new Reference(`ws://127.0.0.1:${port}`, start);
    await once(reference.#process.stdout!, "data");
    return reference;
  }

  private constructor(ws: string, start: () => ChildProcess) {
    this.ws = ws;
    this.#start = start;
    this.#process = start();
    process.once("exit", () => this.#process.kill());
  }

  /** Ends every socket. */
  async restart(): Promise<void> {
    await this.stop();
    this.#process = this.#start();
    await once(this.#process.stdout!, "data");
  }

  /** Waits until it ends by itself, and returns how. */
  async ended(): Promise<number | null> {
    if (this.#process.exitCode === null) await once(this.#process, "exit");
    return this.#process.exitCode;
  }

  async stop(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    this.#process.kill();
    await once(this.#process, "exit");
  }
}
