import { createHash } from "node:crypto";
import { once } from "node:events";
import { expect } from "vitest";
import { WebSocket } from "ws";
import { domain, users } from "../../sip/stage.ts";

/** A phone that says line for line what a test wants. */
export class Raw {
  /** What it is told, a message each. */
  readonly heard: string[] = [];
  readonly user: string;
  readonly #socket: WebSocket;
  #requests = 0;

  private constructor(server: string, user: string) {
    this.user = user;
    this.#socket = new WebSocket(server, "sip");
    this.#socket.on("message", (data) => this.heard.push(String(data)));
  }

  static async open(server: string, user: string): Promise<Raw> {
    const raw = new Raw(server, user);
    await once(raw.#socket, "open");
    return raw;
  }

  /** One that has registered. */
  static async registered(server: string, user: string): Promise<Raw> {
    const raw = await Raw.open(server, user);
    await raw.registers("Expires: 300");
    return raw;
  }

  get aor(): string {
    return `sip:${this.user}@${domain}`;
  }

  get contact(): string {
    return `sip:${this.user}@${this.user}.invalid;transport=ws`;
  }

  /** Sends a request; a field takes the place of its own of that name. */
  asks(method: string, uri: string, ...fields: string[]): string {
    const own: Record<string, string> = {
      Via: `SIP/2.0/WS ${this.user}.invalid;branch=z9hG4bK${this.user}${++this.#requests}`,
      "Max-Forwards": "70",
      To: `<${uri}>`,
      From: `<${this.aor}>;tag=from`,
      "Call-ID": `${this.user}-${method === "REGISTER" ? 0 : this.#requests}`,
      CSeq: `${this.#requests} ${method}`,
      Contact: `<${this.contact}>`,
    };
    for (const line of fields) own[line.slice(0, line.indexOf(":"))] = line.slice(line.indexOf(":") + 2);
    const header = Object.entries({ ...own, "Content-Length": "0" }).map(([name, value]) => `${name}: ${value}`);
    return this.says([`${method} ${uri} SIP/2.0`, ...header, "", ""].join("\r\n"));
  }

  /** Answers a request. */
  answers(request: string, status: string): void {
    const copied = request.split("\r\n").filter((line) => /^(Via|From|To|Call-ID|CSeq|Record-Route):/.test(line));
    const lines = copied.map((line) => (/^To:(?!.*;tag=)/.test(line) ? `${line};tag=to` : line));
    this.says([`SIP/2.0 ${status}`, ...lines, `Contact: <${this.contact}>`, "Content-Length: 0", "", ""].join("\r\n"));
  }

  says(frame: string): string {
    this.#socket.send(frame);
    return frame;
  }

  /** Waits for a message that begins so, and returns it. */
  async hears(beginning: string): Promise<string> {
    const found = (): string | undefined => this.heard.find((one) => one.startsWith(beginning));
    await expect.poll(found, { message: `${beginning}: ${this.heard.join("\n")}` }).toBeDefined();
    return found()!;
  }

  /** Sends a REGISTER, another when it is asked for the password, and returns the answer to that. */
  async registers(...fields: string[]): Promise<string> {
    this.asks("REGISTER", `sip:${domain}`, `To: <${this.aor}>`, ...fields);
    const challenge = await this.hears("SIP/2.0 401");
    this.heard.length = 0;
    const nonce = /^WWW-Authenticate: (?!.*SHA-256).*nonce="([^"]+)"/m.exec(challenge)?.[1] ?? "";
    const hash = (...parts: string[]): string => createHash("md5").update(parts.join(":")).digest("hex");
    const secret = hash(this.user, domain, users[this.user]!);
    const response = hash(secret, nonce, "00000001", "c", "auth", hash("REGISTER", `sip:${domain}`));
    const shown = Object.entries({ username: this.user, realm: domain, nonce, uri: `sip:${domain}`, response, cnonce: "c" });
    const credentials = shown.map(([name, value]) => `${name}="${value}"`).join(", ");
    const authorization = `Authorization: Digest ${credentials}, algorithm=MD5, qop=auth, nc=00000001`;
    this.asks("REGISTER", `sip:${domain}`, `To: <${this.aor}>`, ...fields, authorization);
    return this.hears("SIP/2.0");
  }

  close(): void {
    this.#socket.close();
  }
}
