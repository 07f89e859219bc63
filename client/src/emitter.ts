/** Typed events. `Events` maps a name to the value its listeners receive. */
export class Emitter<Events extends object> {
  readonly #listeners = new Map<keyof Events, Set<(value: never) => void>>();

  /** Calls `listener` on each event of that name, until the returned function is called or `signal` aborts. */
  on<Name extends keyof Events>(
    name: Name,
    listener: (value: Events[Name]) => void,
    options: { signal?: AbortSignal } = {},
  ): () => void {
    if (options.signal?.aborted) return () => {};
    // A closure of its own, so that one function added twice is called twice and removed once.
    const entry = (value: Events[Name]): void => listener(value);
    const set = this.#listeners.get(name) ?? new Set();
    this.#listeners.set(name, set);
    set.add(entry);
    const off = (): void => {
      set.delete(entry);
      options.signal?.removeEventListener("abort", off);
      this.attended();
    };
    options.signal?.addEventListener("abort", off, { once: true });
    this.attended();
    return off;
  }

  /** For subclasses: a listener has come or gone. */
  protected attended(): void {}

  /** For subclasses: whether anybody listens. */
  protected heard(name: keyof Events): boolean {
    return (this.#listeners.get(name)?.size ?? 0) > 0;
  }

  /** For subclasses. Emits what another emits under these names. */
  protected relay<Name extends keyof Events, Other extends Pick<Events, Name>>(from: Emitter<Other>, ...names: readonly Name[]): void {
    for (const name of names) from.on(name, (value) => this.emit(name, value as never));
  }

  /** For subclasses. A listener that throws stops neither the others nor the emitter: its error surfaces as uncaught. */
  protected emit<Name extends keyof Events>(name: Name, value: Events[Name]): void {
    for (const listener of [...(this.#listeners.get(name) ?? [])] as ((value: Events[Name]) => void)[]) {
      try {
        listener(value);
      } catch (error) {
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  }
}
