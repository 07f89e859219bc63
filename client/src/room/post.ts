import { backoff } from "./backoff.ts";
import { ParleyError } from "../errors.ts";
import { encodeFrame } from "./line.ts";
import { type Letter, Outbox } from "./outbox.ts";
import { cut, Parcels } from "./parcel.ts";
import { type ClientFrame, isCount, type Json, type RelayFrame, type RosterEntry, type ServerFrame } from "./protocol.ts";
import { runSpan, Sequence } from "./sequence.ts";
import { readSync, type Sync, writeSync } from "./sync.ts";

export interface PostOptions {
  readonly room: string;
  readonly request: (frame: Omit<ClientFrame, "room">) => Promise<ServerFrame>;
  /** Sends what is not answered; undefined when it cannot, else what to call when it is known to have arrived. */
  readonly post: (frame: Omit<ClientFrame, "room">) => (() => void) | undefined;
  readonly deliver: (frame: RelayFrame) => void;
  /** A peer sent something that cannot be used. */
  readonly fail: (error: ParleyError) => void;
  readonly peers: () => ReadonlyMap<string, RosterEntry>;
  /** The last revision of the room that is known. */
  readonly rev: () => number;
  readonly joined: () => boolean;
  /** The roster may be wrong. */
  readonly refresh: () => Promise<void>;
  /** A peer that is listed does not answer. */
  readonly silent: (peer: string) => void;
}

/** What goes past the server: a signal, and up to which number those of the other side have come. */
export type Bypassed = { readonly n: number; readonly data: Json } | { readonly got: number };

interface Due {
  ask: boolean;
  before: number | undefined;
}

const gapPatience = [500, 2_000, 4_000, 8_000, 15_000, 15_000, 15_000]; // of senders who have never answered
const broadcastPatience = [2_000];
const settling = 400; // after joining: mail and late pushes come within this and need not be asked for
const backPatience = 1_500; // who is back says so within this, if it can
const syncPause = 1_000;
const syncRetry = { first: 300, most: 5_000 };
const quietPatience = { posted: 10_000, bypassed: 3_000 };
const everybody = ""; // no peer has this name
const anyAddress = "x".repeat(1_024); // none is longer, and a longer one may be in use when it is sent

/**
 * The signals and broadcasts of one room: numbered, in order, once, whatever the server and the sockets lose. Quiet while nothing goes
 * wrong; after a loss two peers compare what they have (sync.ts, docs/protocol.md).
 */
export class Post {
  readonly #options: PostOptions;
  readonly #outboxes = new Map<string, Outbox>();
  readonly #inboxes = new Map<string, Sequence<RelayFrame>>();
  readonly #due = new Map<string, Due>();
  readonly #told = new Map<string, number>(); // when we sent a sync
  readonly #heard = new Map<string, number>(); // when one came
  readonly #answering = new Set<string>(); // who sends syncs
  readonly #bypasses = new Map<string, (frame: Bypassed) => boolean>();
  readonly #timers = new Map<string, ReturnType<typeof setTimeout>>();
  readonly #parcels: Parcels;
  #seat = 0;
  #nextRun = 0;
  #settlingTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(options: PostOptions) {
    this.#options = options;
    this.#parcels = new Parcels({
      fail: (from, why) => options.fail(new ParleyError("bad-signal", `a signal of ${from} that came in parts ${why}`)),
      away: (from) => this.#away(from),
    });
  }

  /** Resolves when the server took it: it has arrived, will arrive, or is sent again until it has. */
  async signal(to: string, data: Json, quiet: boolean): Promise<void> {
    if (to === everybody) throw new ParleyError("no-such-peer", "a signal needs a name");
    const parts = this.#fits({ action: "signal", to, data, address: anyAddress }) ? [data] : cut(data);
    await this.#outbox(to).send(parts, quiet);
  }

  async broadcast(data: Json): Promise<void> {
    this.#check({ action: "broadcast", data });
    await this.#outbox(everybody).send([data]);
  }

  receive(frame: RelayFrame): void {
    const { from, type, data, n } = frame;
    const sync = type === "signal" && n === undefined ? readSync(data) : undefined;
    if (sync === "unknown") return;
    if (sync) return this.#compare(from, sync);
    if (n === undefined) return this.#options.deliver(frame);
    this.#inbox(from, type, n < runSpan).push(n, frame, () => JSON.stringify(data) ?? "");
    if (type === "signal") this.#confirm(from);
  }

  /** Signals to `peer` that are quiet go by `send` while that returns true. */
  bypass(peer: string, send: ((frame: Bypassed) => boolean) | undefined): void {
    if (send) {
      this.#bypasses.set(peer, send);
      this.#confirm(peer);
    } else if (this.#bypasses.delete(peer)) this.#outboxes.get(peer)?.doubt();
  }

  /** Takes what the other side's `send` was given. */
  passed(from: string, { n, data, got }: Readonly<Record<string, unknown>>): void {
    if (isCount(got)) this.#outboxes.get(from)?.confirm(got);
    if (isCount(n) && n >= runSpan) this.receive({ type: "signal", room: this.#options.room, from, data: data as Json, n });
  }

  /** A frame that was not to be answered has been refused, or its connection is lost. */
  doubtAll(): void {
    for (const outbox of this.#outboxes.values()) outbox.doubt();
  }

  #compare(peer: string, sync: Sync): void {
    this.#clear(peer);
    this.#answering.add(peer);
    // Whoever says it more often than we would must not have us send everything again each time.
    const hasty = Date.now() - (this.#heard.get(peer) ?? 0) < syncPause / 2;
    this.#heard.set(peer, Date.now());
    this.#outboxes.get(peer)?.acknowledge(sync.seat, sync.got, hasty ? 0 : sync.before);
    if (hasty) this.doubt(peer);
    if (sync.first > 0) this.#inbox(peer, "signal").skipTo(sync.first);
    if (sync.ask) this.#sync(peer, false);
  }

  /** Has a seat, on a new connection perhaps: what was pushed to the former one may be lost. */
  joined(rev: number, lastRev: number): void {
    if (lastRev === 0 || rev < lastRev) {
      // The first seat; or the room was forgotten meanwhile and counts anew, and so do the numbers of who comes anew.
      this.#seat = rev;
      for (const name of [...this.#inboxes.keys()]) this.#forget(name);
      this.#parcels.clear();
    }
    this.#due.clear();
    for (const outbox of this.#outboxes.values()) outbox.resume();
    clearTimeout(this.#settlingTimer);
    if (lastRev === 0) return;
    this.#settlingTimer = setTimeout(() => {
      for (const name of this.#options.peers().keys()) if (this.#met(name)) this.#sync(name, this.#outboxes.get(name)?.unsure === true);
    }, settling);
  }

  /** A peer has another connection: what was pushed to the former one may be lost. */
  back(peer: string): void {
    this.#outboxes.get(peer)?.doubt();
    this.#outboxes.get(peer)?.resume();
    this.doubt(peer);
  }

  /** A peer may have had another connection since. */
  doubt(peer: string): void {
    if (!this.#outboxes.get(peer)?.unsure || this.#timers.has(peer)) return;
    this.#timers.set(peer, setTimeout(() => {
      this.#timers.delete(peer);
      if (this.#outboxes.get(peer)?.unsure) this.#sync(peer, true);
    }, backPatience));
  }

  /** A peer has a new seat. If it is another client, one that only counts, it counts anew. */
  arrived(peer: string): void {
    this.#answering.delete(peer);
    for (const type of ["signal", "broadcast"] as const) this.#forget(keyOf(peer, type, true));
  }

  left(peer: string): void {
    this.#clear(peer);
    this.#due.delete(peer);
    this.#parcels.forget(peer);
    this.#told.delete(peer);
    this.#heard.delete(peer);
    const outbox = this.#outboxes.get(peer);
    if (outbox) this.#nextRun = Math.max(this.#nextRun, Math.floor(outbox.sent / runSpan) + 1);
    outbox?.close(new ParleyError("no-such-peer", `${peer} has left`));
    this.#outboxes.delete(peer);
    // What was delivered is remembered: after an absence that was too long the same page comes back, and goes on counting.
    for (const type of ["signal", "broadcast"] as const) this.#inboxes.get(keyOf(peer, type, false))?.close();
    this.arrived(peer);
  }

  /** The seat is given up. */
  close(error: ParleyError): void {
    clearTimeout(this.#settlingTimer);
    for (const timer of this.#timers.values()) clearTimeout(timer);
    for (const inbox of this.#inboxes.values()) inbox.close();
    for (const outbox of this.#outboxes.values()) outbox.close(error);
    this.#due.clear();
    this.#parcels.clear();
    this.#outboxes.clear();
  }

  #outbox(to: string): Outbox {
    let outbox = this.#outboxes.get(to);
    if (outbox) return outbox;
    outbox = new Outbox({
      // Above the numbers of the pages before this one that had the seat: they saw lower revisions.
      start: Math.max(this.#options.rev(), this.#nextRun) * runSpan,
      rev: this.#options.rev,
      ready: ({ quiet }) => this.#options.joined() || (quiet && this.#bypasses.has(to)),
      answers: () => this.#answering.has(to),
      ...(to === everybody
        ? { transmit: async ({ data, n }: Letter) => (await this.#options.request({ action: "broadcast", data, n, rev: this.#options.rev() }), false) }
        : { transmit: (letter: Letter) => this.#transmit(to, letter), ask: (silent: boolean) => this.#ask(to, silent) }),
    });
    this.#outboxes.set(to, outbox);
    return outbox;
  }

  async #transmit(to: string, letter: Letter): Promise<boolean> {
    if (letter.quiet && (await this.#quietly(to, letter))) return true;
    const address = letter.byName ? {} : this.#address(to);
    try {
      await this.#options.request({ action: "signal", to, data: letter.data, n: letter.n, ...address });
      return false;
    } catch (error) {
      if (!(error instanceof ParleyError)) throw error;
      if (error.reason === "forbidden" && address.address && !letter.byName) {
        // The address was made for a connection that one of us no longer has.
        letter.byName = true;
        await this.#options.refresh().catch(() => {});
        return this.#transmit(to, letter);
      }
      if (error.reason === "no-such-peer") void this.#options.refresh().catch(() => {});
      throw error;
    }
  }

  /** Sends it with no answer of the server asked for, once, and waits until it is known to have arrived, or may not have. */
  async #quietly(to: string, letter: Letter): Promise<boolean> {
    letter.quiet = false;
    const { n, data } = letter;
    const { address } = this.#address(to);
    const bypassed = this.#bypasses.get(to)?.({ n, data });
    const calm = bypassed || !address ? undefined : this.#options.post({ action: "signal", to, data, n, address });
    if (!bypassed && !calm) return false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const arrived = await new Promise<boolean>((resolve) => {
      letter.heard = resolve;
      timer = setTimeout(resolve, bypassed ? quietPatience.bypassed : quietPatience.posted, false);
    });
    letter.heard = undefined;
    clearTimeout(timer);
    calm?.();
    return arrived;
  }

  /** Says past the server what has come. */
  #confirm(peer: string): void {
    const got = this.#inboxes.get(keyOf(peer, "signal", false))?.got;
    if (got) this.#bypasses.get(peer)?.({ got });
  }

  /** An address is of a socket: of no use while there is none. */
  #address(to: string): { address?: string } {
    const entry = this.#options.peers().get(to);
    return entry?.address && entry.lost === undefined ? { address: entry.address } : {};
  }

  #inbox(from: string, type: RelayFrame["type"], plain = false): Sequence<RelayFrame> {
    const key = keyOf(from, type, plain);
    let inbox = this.#inboxes.get(key);
    if (inbox) return inbox;
    inbox = new Sequence<RelayFrame>({
      deliver: (frame) => this.#deliver(frame),
      patience: type === "signal" ? gapPatience : broadcastPatience,
      paused: () => this.#away(from),
      ...(type === "signal"
        ? { ask: (before: number) => this.#sync(from, true, before), answers: () => this.#answering.has(from) }
        : {}),
    });
    this.#inboxes.set(key, inbox);
    return inbox;
  }

  #deliver({ data, ...frame }: RelayFrame): void {
    const said = frame.type === "signal" ? this.#parcels.take(frame.from, data) : data === undefined ? {} : { data };
    if (said) this.#options.deliver({ ...frame, ...said });
  }

  /** Whether nothing can come from a peer just now. */
  #away(peer: string): boolean {
    return !this.#options.joined() || this.#options.peers().get(peer)?.lost !== undefined;
  }

  #forget(key: string): void {
    this.#inboxes.get(key)?.close();
    this.#inboxes.delete(key);
  }

  #met(peer: string): boolean {
    return this.#outboxes.get(peer)?.unsure === true || this.#inboxes.has(keyOf(peer, "signal", false));
  }

  #ask(peer: string, silent: boolean): void {
    if (silent) this.#options.silent(peer);
    this.#sync(peer, true);
  }

  /** Tells a peer what has come from it, a moment after the last time, so that what is due several times goes once. */
  #sync(peer: string, ask: boolean, before?: number, attempt = 0): void {
    const due = this.#due.get(peer);
    if (due) {
      due.ask ||= ask;
      due.before = due.before === undefined || before === undefined ? undefined : Math.max(due.before, before);
      return;
    }
    this.#due.set(peer, { ask, before });
    setTimeout(() => void this.#tell(peer, attempt), Math.max(0, (this.#told.get(peer) ?? 0) + syncPause - Date.now()));
  }

  async #tell(peer: string, attempt: number): Promise<void> {
    const due = this.#due.get(peer);
    this.#due.delete(peer);
    const entry = this.#options.peers().get(peer);
    if (!due || !entry || entry.lost !== undefined || !this.#options.joined()) return; // there will be another when we are both here
    this.#told.set(peer, Date.now());
    const { ask, before } = due;
    const got = this.#inboxes.get(keyOf(peer, "signal", false))?.got ?? 0;
    const first = this.#outboxes.get(peer)?.first ?? 0;
    const data = writeSync({ seat: this.#seat, got, first, ask, before });
    try {
      await this.#options.request({ action: "signal", to: peer, data, ...this.#address(peer) });
    } catch (error) {
      if (!(error instanceof ParleyError) || !(error.retry || error.reason === "forbidden")) return;
      if (error.reason === "forbidden") await this.#options.refresh().catch(() => {}); // for a new address
      setTimeout(() => this.#sync(peer, ask, before, attempt + 1), backoff(attempt, syncRetry));
    }
  }

  #clear(peer: string): void {
    clearTimeout(this.#timers.get(peer));
    this.#timers.delete(peer);
  }

  #fits(frame: Omit<ClientFrame, "room">): boolean {
    try {
      this.#check(frame);
      return true;
    } catch (error) {
      if ((error as ParleyError).reason !== "too-large") throw error;
      return false;
    }
  }

  /** Before it has a number: what never goes out would be missed by the others. Throws as encodeFrame() does. */
  #check(frame: Omit<ClientFrame, "room">): void {
    encodeFrame({ ...frame, room: this.#options.room, n: Number.MAX_SAFE_INTEGER, id: "zzzzzz" });
  }
}

function keyOf(peer: string, type: RelayFrame["type"], plain: boolean): string {
  return `${type} ${plain ? "plain " : ""}${peer}`;
}
