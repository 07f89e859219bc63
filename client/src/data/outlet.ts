import type { Member } from "../call/member.ts";
import { ParleyError } from "../errors.ts";
import { isReliable, maxFrame, parseFrame, prefix, protocol } from "./framing.ts";
import type { Message } from "./message.ts";

type Progress = (sent: number, size: number) => void;

interface Entry {
  readonly id: number;
  readonly message: Message;
  readonly progress?: Progress | undefined;
  readonly settle: (handed: boolean, error?: ParleyError) => void;
  body?: Blob;
  /** Where it was announced, and what is to be sent next; undefined until the other side says. */
  channel?: RTCDataChannel;
  at?: number | undefined;
}

// Enough for a fast line and a slow timer; Chromium closes a channel that has 16 MB to send.
const high = 1_048_576;
const low = 262_144;
const piece = 262_144; // read at once
const doubt = 1_000; // ms in which it turns out whether a channel has ended alone, or with all of the connection

/**
 * Sends the messages of one channel to one other person, one after the other, over the RTCDataChannels that serve it: what was under way
 * when the connection was made anew goes on where the other side says.
 */
export class Outlet {
  readonly member: Member;
  readonly #name: string;
  readonly #options: RTCDataChannelInit;
  readonly #opened: (open: boolean) => void;
  readonly #queue: Entry[] = [];
  #pc: RTCPeerConnection | undefined;
  #channel: RTCDataChannel | undefined;
  #open = false;
  #refused = false;
  #running = false;
  #wake = (): void => {};

  /** `opened` is told whether messages go out now. */
  constructor(member: Member, name: string, options: RTCDataChannelInit, opened: (open: boolean) => void) {
    this.member = member;
    this.#name = name;
    this.#options = options;
    this.#opened = opened;
  }

  attach(pc: RTCPeerConnection): void {
    const former = this.#channel;
    const channel = pc.createDataChannel(prefix + this.#name, { ...this.#options, protocol });
    this.#pc = pc;
    this.#channel = channel;
    this.#refused = false;
    former?.close();
    channel.bufferedAmountLowThreshold = low;
    channel.onopen = channel.onbufferedamountlow = () => this.#changed();
    channel.onclose = () => {
      this.#changed();
      this.#ended(channel);
    };
    channel.onmessage = ({ data }: MessageEvent) => this.#answered(data);
    this.#changed();
  }

  /** Whether the message was handed over: a large one, when the other side has all of it. Rejects when it cannot be read. */
  send(message: Message, signal?: AbortSignal, progress?: Progress): Promise<boolean> {
    return new Promise((resolve, reject) => {
      const abort = (): void => this.#drop(entry);
      const settle: Entry["settle"] = (handed, error) => {
        signal?.removeEventListener("abort", abort);
        if (error) reject(error);
        else resolve(handed);
      };
      const entry: Entry = { id: Math.floor(Math.random() * Number.MAX_SAFE_INTEGER), message, progress, settle };
      signal?.addEventListener("abort", abort);
      if (this.#refused) this.attach(this.#pc!);
      this.#queue.push(entry);
      void this.#run();
    });
  }

  /** Lets go what waits: the connection has failed. */
  giveUp(): void {
    for (const entry of [...this.#queue]) this.#drop(entry);
  }

  close(): void {
    this.giveUp();
    for (const { message } of this.#queue.splice(0)) if (this.#ready()) this.#channel!.send(message.frame as string);
    this.#channel?.close();
    this.#channel = undefined;
    this.#changed();
  }

  #ready(): boolean {
    return this.#channel?.readyState === "open";
  }

  #changed(): void {
    const open = this.#ready();
    this.#wake();
    if (this.#open === open) return;
    this.#open = open;
    this.#opened(open);
  }

  /** The other side wants nothing more over it, or all of the connection has ended, which is made anew. */
  #ended(channel: RTCDataChannel): void {
    setTimeout(() => {
      if (channel !== this.#channel) return;
      if (this.member.state !== "connected" || this.member.pageGone) return this.#ended(channel);
      this.#refused = true;
      this.giveUp();
    }, doubt);
  }

  async #run(): Promise<void> {
    if (this.#running) return;
    this.#running = true;
    for (let entry; (entry = this.#queue[0]); ) {
      const channel = this.#channel;
      const waits = entry.channel === channel && entry.at === undefined;
      if (waits || !this.#ready() || channel!.bufferedAmount > high) {
        await new Promise<void>((resolve) => (this.#wake = resolve));
        continue;
      }
      try {
        await this.#step(entry, channel!);
      } catch (cause) {
        // Otherwise it is sent over the next one.
        const error = new ParleyError("aborted", "it cannot be read or sent", { cause });
        if (channel === this.#channel && this.#ready()) this.#drop(entry, error);
      }
    }
    this.#running = false;
  }

  async #step(entry: Entry, channel: RTCDataChannel): Promise<void> {
    const { id, message, progress } = entry;
    const { kind, name, type, frame, weight = 0 } = message;
    const max = Math.min(this.#pc!.sctp?.maxMessageSize || maxFrame, maxFrame);
    if (frame !== undefined && (weight <= max || !isReliable(channel))) {
      channel.send(frame as string); // or bytes
      return this.#settle(entry, true);
    }
    const body = (entry.body ??= message.body());
    const { size } = body;
    if (entry.channel !== channel) {
      entry.channel = channel;
      entry.at = undefined;
      return channel.send(JSON.stringify({ id, kind, size, name, type }));
    }
    let at = entry.at!;
    const bytes = await body.slice(at, at + piece).arrayBuffer();
    if (this.#queue[0] !== entry) return;
    const { byteLength } = bytes;
    for (let from = 0; from < byteLength; from += max) channel.send(new Uint8Array(bytes, from, Math.min(max, byteLength - from)));
    at += byteLength;
    entry.at = at < size ? at : undefined; // then there is only to wait
    progress?.(Math.max(0, at - channel.bufferedAmount), size);
  }

  #answered(data: unknown): void {
    const frame = parseFrame(data);
    const entry = this.#queue[0];
    if (!entry?.body || !frame || !("id" in frame) || frame.id !== entry.id) return;
    if ("cancel" in frame) return this.#drop(entry);
    if (!("at" in frame)) return;
    const { size } = entry.body;
    if (frame.at < size) entry.at ??= frame.at;
    else {
      this.#settle(entry, true);
      entry.progress?.(size, size);
    }
    this.#wake();
  }

  /** Sends no more of it, and says so if it was announced. */
  #drop(entry: Entry, error?: ParleyError): void {
    this.#settle(entry, false, error);
    const { id, message, channel } = entry;
    const frame = JSON.stringify({ id, cancel: true });
    if (channel) this.#queue.unshift({ id, message: { ...message, frame, weight: 0 }, settle: () => {} });
    this.#wake();
  }

  #settle(entry: Entry, handed: boolean, error?: ParleyError): void {
    const at = this.#queue.indexOf(entry);
    if (at >= 0) this.#queue.splice(at, 1);
    entry.settle(handed, error);
  }
}
