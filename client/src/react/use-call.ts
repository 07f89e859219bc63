import { useEffect, useState, useSyncExternalStore } from "react";
import type { CallState } from "../call/call-events.ts";
import { Call } from "../call/call.ts";
import type { CallOptions } from "../call/invitation.ts";
import { ParleyError } from "../errors.ts";

export interface CallHandle {
  /** There from the moment one is in until one has left. */
  readonly call: Call | undefined;
  /** `waiting` to be let in; `failed` to come in. */
  readonly state: "idle" | "joining" | "waiting" | "failed" | CallState;
  /** Why the joining failed, or the call ended, or the others have not got the last `data`. */
  readonly error: ParleyError | undefined;
  /** Tries again, or comes back. */
  join(): void;
  leave(): void;
}

/**
 * A call that begins with the component, or with its options, and ends with either. Another `url`, `transport`, `room` or `name` is
 * another call; another `stream` or `data` is what is sent from then on. The rest counts when the call begins.
 */
export function useCall(options: CallOptions | undefined): CallHandle {
  const [session] = useState(() => new Session(options));
  useEffect(() => session.follow(options));
  useEffect(() => {
    if (!options) return;
    session.join();
    return () => session.end("idle");
  }, [options?.url, options?.transport, options?.room, options?.name]);
  return useSyncExternalStore(session.subscribe, session.now, session.now);
}

/** What one component has of calls, one after the other. */
class Session {
  #options: CallOptions | undefined;
  #handle: CallHandle;
  #end: AbortController | undefined;
  #left: Promise<void> | undefined;
  #stream: MediaStream | undefined;
  #data: string | undefined;
  readonly #listeners = new Set<() => void>();

  constructor(options: CallOptions | undefined) {
    this.#options = options;
    this.#handle = { call: undefined, state: options ? "joining" : "idle", error: undefined, join: this.join, leave: this.leave };
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  };

  readonly now = (): CallHandle => this.#handle;

  readonly join = (): void => {
    if (this.#end || !this.#options) return;
    const { signal } = (this.#end = new AbortController());
    this.#set("joining");
    void this.#join(signal);
  };

  readonly leave = (): void => {
    if (this.#end) this.end("left");
  };

  end(state: "idle" | "left"): void {
    this.#end?.abort();
    this.#end = undefined;
    this.#left = this.#handle.call?.leave() ?? this.#left;
    this.#set(state);
  }

  /** Sends what this rendering says. */
  follow(options: CallOptions | undefined): void {
    this.#options = options;
    const { call } = this.#handle;
    if (!call || !options) return;
    const former = this.#stream;
    if (this.#streamNow() !== former) call.setStream(this.#stream);
    const said = this.#data;
    const data = this.#dataNow();
    if (this.#data === said) return;
    call.update(data ?? null).catch((error: ParleyError) => {
      if (this.#handle.call === call) this.#set(call.state, call, error);
    });
  }

  async #join(signal: AbortSignal): Promise<void> {
    await this.#left; // or the name may still be taken
    if (signal.aborted) return; // StrictMode undoes the effect at once, and does it again
    const options = this.#options!;
    const { knock, data, token } = options;
    try {
      const call = await Call.join({
        ...options,
        stream: () => this.#streamNow(),
        ...(data === undefined ? {} : { data: () => this.#dataNow()! }),
        ...(token === undefined ? {} : { token: () => valueOf(this.#options?.token) ?? valueOf(token)! }),
        ...(knock ? { knock: () => (this.#set("waiting"), typeof knock === "function" && knock()) } : {}),
        signal: options.signal ? AbortSignal.any([signal, options.signal]) : signal,
      });
      if (signal.aborted) return void call.leave();
      call.on("state", (state) => this.#changed(call, state), { signal });
      call.on("error", (error) => call.state === "left" && !this.#end && this.#set("left", undefined, error), { signal });
      this.#changed(call, call.state);
    } catch (error) {
      if (signal.aborted) return;
      this.#end = undefined;
      this.#set("failed", undefined, error instanceof ParleyError ? error : new ParleyError("aborted", "a function of the page failed", { cause: error }));
    }
  }

  #changed(call: Call, state: CallState): void {
    if (state === "left") this.#end = undefined;
    this.#set(state, state === "left" ? undefined : call);
  }

  #streamNow(): MediaStream | undefined {
    return (this.#stream = valueOf(this.#options?.stream));
  }

  #dataNow() {
    const data = valueOf(this.#options?.data);
    this.#data = JSON.stringify(data);
    return data;
  }

  #set(state: CallHandle["state"], call?: Call, error?: ParleyError): void {
    const former = this.#handle;
    if (former.state === state && former.call === call && former.error === error) return;
    this.#handle = { ...former, state, call, error };
    for (const listener of [...this.#listeners]) listener();
  }
}

function valueOf<T>(value: T | (() => T) | undefined): T | undefined {
  return value instanceof Function ? value() : value;
}
