import { identity, summary } from "./summary.ts";

/** Who a phone belongs to, and where it is connected. */
export interface Account {
  /** Of this phone, which tells it from the user's others. */
  readonly name: string;
  readonly url: string;
  readonly user: string;
  readonly domain: string;
  readonly password: string;
  readonly media: { readonly audio: true; readonly video: boolean };
}

/** A phone with somebody else's client. What it is asked for it begins; what comes of that is heard. */
export abstract class Phone {
  /** What went over the socket (">", "<") and what the client has told its page, in order. */
  readonly heard: string[] = [];
  readonly account: Account;
  readonly #carried = new Set<string>();
  readonly #waiting = new Set<() => void>();

  constructor(account: Account) {
    this.account = account;
  }

  abstract start(): void;
  /** Unregisters, and closes its socket. */
  abstract stop(): void;
  abstract register(): void;
  abstract unregister(): void;
  abstract call(user: string): void;
  abstract answer(): void;
  abstract reject(status: number): void;
  /** Sends BYE, or CANCEL. */
  abstract hangUp(): void;
  abstract hold(): void;
  abstract unhold(): void;
  abstract invite(): void;
  abstract refer(user: string): void;
  abstract message(user: string, text: string): void;
  abstract tone(digit: string): void;
  /** Asks to be told how another user is. */
  abstract subscribe(user: string): void;
  /** Tells whoever has asked for that. */
  abstract notify(text: string): void;
  /** Opens another socket for the one that was lost, and registers, unless the client does so by itself. */
  abstract comeBack(): void;
  /** The connection of the call. */
  protected abstract get media(): RTCPeerConnection | undefined;

  tell(line: string): void {
    this.heard.push(line);
    for (const look of this.#waiting) look();
  }

  /** Each message once: a 2xx that is not acknowledged in half a second is sent again. */
  carry(direction: ">" | "<", frame: string): void {
    const key = direction + identity(frame);
    if (this.#carried.has(key)) return;
    this.#carried.add(key);
    this.tell(`${direction} ${summary(frame)}`);
  }

  /** Waits until that has been heard so many times, since `after` lines were. */
  async hears(line: string, times = 1, after = 0): Promise<void> {
    const often = (): boolean => this.heard.slice(after).filter((one) => one === line).length >= times;
    await this.#until(often, line);
  }

  /** Waits until more of each kind ("audio", "video") has come over RTP than now. */
  async flows(...kinds: string[]): Promise<void> {
    const before = await this.#packets();
    const end = Date.now() + patience;
    for (;;) {
      const now = await this.#packets();
      if (kinds.every((kind) => (now[kind] ?? 0) > (before[kind] ?? 0))) return;
      if (Date.now() > end) throw new Error(`${this.account.name}: no RTP comes: ${JSON.stringify(now)}; ${this.#story}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  async #packets(): Promise<Record<string, number>> {
    const packets: Record<string, number> = {};
    (await this.media?.getStats())?.forEach((s: { type: string; kind: string; packetsReceived: number }) => {
      if (s.type === "inbound-rtp") packets[s.kind] = (packets[s.kind] ?? 0) + s.packetsReceived;
    });
    return packets;
  }

  #until(done: () => boolean, what: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const look = (): void => {
        if (!done()) return;
        clearTimeout(late);
        this.#waiting.delete(look);
        resolve();
      };
      const late = setTimeout(() => {
        this.#waiting.delete(look);
        reject(new Error(`${this.account.name}: ${what}: not heard; ${this.#story}`));
      }, patience);
      this.#waiting.add(look);
      look();
    });
  }

  get #story(): string {
    return this.heard.join(" | ");
  }
}

/** How long a phone waits for what must come, in ms. It is no measure of speed. */
const patience = 90_000;
