import { JsSIPPhone } from "./jssip.ts";
import type { Account, Phone } from "./phone.ts";
import { SIPJSPhone } from "./sipjs.ts";

const clients = { JsSIP: JsSIPPhone, "SIP.js": SIPJSPhone };

/** The clients, as they come from npm. */
export type Client = keyof typeof clients;

/** The phones of the page, by their names. */
export const phones: Record<string, Phone> = {};

export function open(client: Client, account: Account): void {
  phones[account.name] = new clients[client](account);
}

// Writes down what goes over a socket before its client sees it.
window.WebSocket = class extends WebSocket {
  readonly #phone: Phone | undefined;

  constructor(url: string | URL, protocols?: string | string[]) {
    super(url, protocols);
    this.#phone = phones[new URL(url).searchParams.get("phone") ?? ""];
    this.addEventListener("message", ({ data }) => this.#phone?.carry("<", String(data)));
  }

  override send(data: string): void {
    this.#phone?.carry(">", data);
    super.send(data);
  }
};
