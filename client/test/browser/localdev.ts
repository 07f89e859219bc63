import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../../", import.meta.url));

export interface Localdev {
  /** Where the demo page is. */
  readonly url: string;
  /** Where the WebSocket API is. */
  readonly ws: string;
  /** Asks localdev's own interface; throws what it does not like. */
  control(method: "GET" | "POST" | "DELETE", path: string, body?: unknown): Promise<unknown>;
  /** Ends every WebSocket, as a server that goes away would. */
  dropConnections(): Promise<void>;
  /** What the functions, or localdev, have logged as errors. */
  errors(): readonly string[];
  stop(): Promise<void>;
}

/** Starts localdev from this repository, or the program LOCALDEV_BIN names, on a free port, with these further arguments. */
export async function startLocaldev(...further: string[]): Promise<Localdev> {
  const binary = process.env["LOCALDEV_BIN"];
  const args = ["-listen", "127.0.0.1:0", ...further];
  // A group of its own: `go run` does not hand signals on to what it runs.
  const child = spawn(binary ?? "go", binary ? args : ["run", "./localdev", ...args], {
    cwd: root,
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const end = (): void => {
    if (child.exitCode === null && child.signalCode === null && child.pid !== undefined) process.kill(-child.pid, "SIGTERM");
  };
  process.once("exit", end); // whatever ends the tests
  let log = "";
  child.stderr.on("data", (chunk: Buffer) => (log = (log + chunk.toString()).slice(-20_000)));
  const errors: string[] = [];
  createInterface(child.stderr).on("line", (line) => {
    if (/level=ERROR|"level":"ERROR"/.test(line)) errors.push(line);
  });
  const exited = new Promise<void>((resolve) => child.once("exit", () => resolve()));

  const ready = await new Promise<string>((resolve, reject) => {
    let output = "";
    child.once("error", (cause) => reject(new Error(`cannot start ${binary ?? "go run ./localdev"}: is Go installed?`, { cause })));
    child.once("exit", (code) => reject(new Error(`localdev ended with ${code} before it was ready:\n${log}`)));
    child.stdout.on("data", (chunk: Buffer) => {
      output += chunk.toString();
      const address = /^ready (ws:\/\/\S+)$/m.exec(output)?.[1];
      if (address) resolve(address);
    });
  });
  const url = `http://${new URL(ready).host}`;
  const control: Localdev["control"] = async (method, path, body) => {
    const answer = await fetch(`${url}/_localdev/${path}`, { method, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
    return answer.headers.get("content-type")?.includes("json") ? answer.json() : undefined;
  };
  return {
    url,
    ws: ready,
    control,
    async dropConnections() {
      const list = (await control("GET", "connections")) as { connectionId: string }[];
      for (const { connectionId } of list) await control("DELETE", `connections/${encodeURIComponent(connectionId)}`);
    },
    errors: () => errors,
    async stop() {
      end();
      await exited;
      process.off("exit", end);
    },
  };
}
