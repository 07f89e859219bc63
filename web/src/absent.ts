const patience = 10_000; // ms, in which most pages have been loaded anew

/** Those whose page is gone, perhaps to be loaded anew: for a moment they are only absent. */
export class Absent {
  readonly #since = new Map<string, number>();
  readonly #timers = new Map<string, ReturnType<typeof setTimeout>>();

  /** The server has lost them. */
  lose(name: string): void {
    this.#since.set(name, Date.now());
  }

  /** Their page is gone: `gone` is called if they do not come back. */
  await(name: string, gone: () => void): void {
    if (this.#timers.has(name)) return;
    const lost = Date.now() - (this.#since.get(name) ?? Date.now());
    this.#timers.set(name, setTimeout(() => {
      this.back(name);
      gone();
    }, patience - lost));
  }

  /** They are there. Returns whether they had been waited for. */
  back(name: string): boolean {
    clearTimeout(this.#timers.get(name));
    this.#since.delete(name);
    return this.#timers.delete(name);
  }

  end(): void {
    for (const name of this.#timers.keys()) this.back(name);
  }
}
