import type { RemotePeer } from "../call/member.ts";
import { Meter } from "./meter.ts";
import type { Watched } from "./monitor.ts";
import { order, Voice } from "./voice.ts";

const interval = 100; // ms

export interface SpeakersOptions {
  readonly speaking: (name: string, speaking: boolean) => void;
  readonly speakers: (names: readonly string[]) => void;
}

/** Listens to everybody in a call, ten times a second, while it is to. */
export class Speakers {
  readonly #call: Watched;
  readonly #tell: SpeakersOptions;
  readonly #voices = new Map<string, Voice>();
  readonly #played = new Map<string, number>();
  #names: readonly string[] = [];
  #timer: ReturnType<typeof setInterval> | undefined;
  #track: MediaStreamTrack | undefined;
  #own: Meter | undefined;

  constructor(call: Watched, tell: SpeakersOptions) {
    this.#call = call;
    this.#tell = tell;
  }

  get names(): readonly string[] {
    return this.#names;
  }

  listen(on: boolean): void {
    if (on === (this.#timer !== undefined)) return;
    if (on) {
      this.#timer = setInterval(() => this.#hear(), interval);
      return;
    }
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#deafen();
    this.#voices.clear();
    this.#played.clear();
    this.#order();
  }

  #hear(): void {
    const { name, peers, state } = this.#call;
    if (state === "left") return this.listen(false);
    for (const other of this.#voices.keys()) if (other !== name && !peers.has(other)) this.#forget(other);
    this.#take(name, this.#ownLevel());
    for (const peer of peers.values()) this.#take(peer.name, this.#level(peer));
    this.#order();
  }

  #ownLevel(): number {
    const track = this.#microphone();
    if (this.#track !== track) {
      this.#deafen();
      this.#track = track;
      try {
        this.#own = track && new Meter(track);
      } catch {} // there may be too many AudioContexts
    }
    return this.#own?.level ?? 0;
  }

  #deafen(): void {
    this.#own?.close();
    this.#own = this.#track = undefined;
  }

  #microphone(): MediaStreamTrack | undefined {
    return [...this.#call.publications.values()].find(({ kind }) => kind === "microphone")?.track;
  }

  #level({ name, connection, tracks }: RemotePeer): number {
    let level = 0;
    let latest = 0;
    const films = [...tracks.values()].filter(({ kind }) => kind === "screen-audio").map(({ track }) => track);
    for (const receiver of connection?.getReceivers() ?? []) {
      if (receiver.track.kind !== "audio" || films.includes(receiver.track)) continue;
      for (const { audioLevel = 0, timestamp } of receiver.getSynchronizationSources()) {
        latest = Math.max(latest, timestamp);
        level = Math.max(level, audioLevel);
      }
    }
    // What was played last is told for ten seconds more.
    if (latest === this.#played.get(name)) return 0;
    this.#played.set(name, latest);
    return level;
  }

  #take(name: string, level: number): void {
    const voice = this.#voices.get(name) ?? new Voice();
    this.#voices.set(name, voice);
    if (voice.hear(level, performance.now())) this.#tell.speaking(name, voice.speaking);
  }

  #forget(name: string): void {
    this.#voices.delete(name);
    this.#played.delete(name);
  }

  #order(): void {
    const names = order(this.#names, this.#voices);
    if (names === this.#names) return;
    this.#names = names;
    this.#tell.speakers(names);
  }
}
