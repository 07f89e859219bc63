import { isObject } from "../room/protocol.ts";
import type { InputKind } from "../media/open.ts";

export type DeviceKind = InputKind | "speaker";

interface Choice {
  readonly id: string;
  readonly label: string;
}

/** Which devices a person chose, kept in localStorage under `key` if there is one. */
export class Choices {
  readonly #key: string | undefined;
  readonly #chosen = new Map<string, Choice>();

  constructor(key: string | undefined) {
    this.#key = key;
    if (key === undefined) return;
    try {
      const stored: unknown = JSON.parse(localStorage.getItem(key) ?? "{}");
      for (const [kind, choice] of Object.entries(isObject(stored) ? stored : {})) {
        if (!isObject(choice)) continue;
        const { id, label } = choice;
        if (typeof id === "string" && typeof label === "string") this.#chosen.set(kind, { id, label });
      }
    } catch {
      // The browser keeps nothing for this page, or somebody else's value is there.
    }
  }

  get(kind: DeviceKind): Choice | undefined {
    return this.#chosen.get(kind);
  }

  set(kind: DeviceKind, { deviceId: id, label }: { readonly deviceId: string; readonly label: string }): void {
    this.#chosen.set(kind, { id, label });
    if (this.#key === undefined) return;
    try {
      localStorage.setItem(this.#key, JSON.stringify(Object.fromEntries(this.#chosen)));
    } catch {
      // As above, or full: then it is remembered for as long as the page is there.
    }
  }

  /** The one that was chosen: by its id, else by its label, since another socket or a cleared browser gives the device another id. */
  find(kind: DeviceKind, among: readonly MediaDeviceInfo[]): MediaDeviceInfo | undefined {
    const choice = this.#chosen.get(kind);
    return choice && (among.find(({ deviceId }) => deviceId === choice.id) ?? among.find(({ label }) => label !== "" && label === choice.label));
  }
}
