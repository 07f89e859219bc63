import type { Browser, Page } from "playwright-core";
import { type Localdev, startLocaldev } from "../browser/localdev.ts";
import { script } from "../browser/sdk.ts";
import type { Client } from "./page.ts";
import type { Phone } from "./phone.ts";
import { Wire } from "./wire.ts";

declare global {
  interface Window {
    sip: typeof import("./page.ts");
  }
}

export const domain = "example.org";

/** Its users are u1, u2 and so on; the password of each is "secret-" and the name. */
export const users: Record<string, string> = Object.fromEntries(
  Array.from({ length: 200 }, (_, i) => [`u${i + 1}`, `secret-u${i + 1}`]),
);

/** A phone in a page, as it is asked from here. */
export type Remote = {
  [Name in keyof Phone as Phone[Name] extends (...args: never[]) => unknown ? Name : never]: Phone[Name] extends (
    ...args: infer Args
  ) => infer Result
    ? (...args: Args) => Promise<Awaited<Result>>
    : never;
} & { readonly name: string; readonly user: string; all(): Promise<string[]> };

type Ask = (...args: unknown[]) => unknown;

interface Options {
  /** Whether the page's clock can be moved. */
  readonly clock?: boolean;
  /** How many users there are before the first. */
  readonly users?: number;
}

/** Phones of a server, all in one page. */
export class Stage {
  readonly page: Page;
  readonly #wire: Wire;
  readonly #server: URL;
  #phones = 0;
  #users: number;

  /** A page at `origin` with both clients, whose phones are connected to `server`. */
  static async open(browser: Browser, origin: string, clients: string, server: string, options: Options = {}): Promise<Stage> {
    const { clock = false, users = 0 } = options;
    const page = await (await browser.newContext()).newPage();
    page.setDefaultTimeout(0); // phones give up by themselves
    if (clock) await page.clock.install();
    await page.goto(`${origin}/style.css`);
    await page.addScriptTag({ content: clients });
    return new Stage(page, await Wire.to(server), new URL(server), users);
  }

  private constructor(page: Page, wire: Wire, server: URL, users: number) {
    this.page = page;
    this.#wire = wire;
    this.#server = server;
    this.#users = users;
  }

  /** A user of nobody else's. */
  user(): string {
    return `u${++this.#users}`;
  }

  /** A phone whose socket is open. */
  async phone(client: Client, user: string, { password = users[user] ?? "", video = false } = {}): Promise<Remote> {
    const name = `${user}.${++this.#phones}`;
    const url = `ws://127.0.0.1:${this.#wire.port}${this.#server.pathname}?phone=${name}`;
    const account = { name, url, user, domain, password, media: { audio: true, video } as const };
    await this.page.evaluate(([client, account]) => window.sip.open(client, account), [client, account] as const);
    const phone = new Proxy({} as Remote, {
      get: (_, method: string) => {
        if (method === "then") return undefined;
        if (method === "name") return name;
        if (method === "user") return user;
        if (method === "all") return () => this.page.evaluate((name) => window.sip.phones[name]!.heard, name);
        return (...args: unknown[]) =>
          this.page.evaluate(
            ([name, method, args]) => (window.sip.phones[name] as unknown as Record<string, Ask>)[method]!(...args),
            [name, method, args] as const,
          );
      },
    });
    await phone.start();
    await phone.hears("open");
    return phone;
  }

  /** One that has registered. */
  async registered(client: Client, user: string, options = {}): Promise<Remote> {
    const phone = await this.phone(client, user, options);
    await phone.register();
    await phone.hears("registered");
    return phone;
  }

  /** Moves the clock on by so many seconds. */
  async advance(seconds: number): Promise<void> {
    await this.page.clock.fastForward(seconds * 1000);
  }

  cut(phone: Remote): void {
    this.#wire.cut(phone.name);
  }

  async close(): Promise<void> {
    await this.page.context().close();
    this.#wire.close();
  }
}

/** Both clients as one script. */
export const bundled = (): Promise<string> => script("../sip/page.ts", "sip");

/** Starts localdev for the users of a stage. What order they keep is not for the speed of this machine to decide. */
export const serve = (): Promise<Localdev> =>
  startLocaldev("-env", "HOLD_CANDIDATES=500", "-env", `SIP_DOMAIN=${domain}`, "-env", `SIP_USERS=${JSON.stringify(users)}`);
