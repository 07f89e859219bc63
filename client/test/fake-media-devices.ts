import { vi } from "vitest";

type Kind = "audio" | "video";

export class FakeTrack extends EventTarget {
  enabled = true;
  readyState = "live";
  readonly kind: Kind;
  readonly label: string;
  readonly #id: string;
  constructor({ kind, label, deviceId }: { kind: string; label: string; deviceId: string }) {
    super();
    this.kind = kind.startsWith("audio") ? "audio" : "video";
    this.label = label;
    this.#id = deviceId;
  }
  getSettings(): { deviceId: string } {
    return { deviceId: this.#id };
  }
  stop(): void {
    this.readyState = "ended";
  }
  /** Not by the page. */
  end(): void {
    this.readyState = "ended";
    this.dispatchEvent(new Event("ended"));
  }
}

class FakeStream {
  readonly #tracks: Set<FakeTrack>;
  constructor(tracks: FakeTrack[] = []) {
    this.#tracks = new Set(tracks);
  }
  addTrack(track: FakeTrack): void {
    this.#tracks.add(track);
  }
  removeTrack(track: FakeTrack): void {
    this.#tracks.delete(track);
  }
  getTracks(): FakeTrack[] {
    return [...this.#tracks];
  }
}

const info = (kind: MediaDeviceKind, id: string, label = id, groupId = id): MediaDeviceInfo =>
  ({ kind, deviceId: id, label, groupId }) as MediaDeviceInfo;
export const camera = (id: string, label?: string): MediaDeviceInfo => info("videoinput", id, label);
export const mic = (id: string, label?: string, group?: string): MediaDeviceInfo => info("audioinput", id, label, group);
export const speaker = (id: string): MediaDeviceInfo => info("audiooutput", id);

type Wish = { deviceId?: { exact?: string; ideal?: string } };

/** A browser's devices, as far as a page sees them, and its permissions. */
export class FakeMediaDevices extends EventTarget {
  list: MediaDeviceInfo[] = [];
  /** Why a device, or a whole kind, cannot be opened: the name of a DOMException. */
  readonly refusals = new Map<string, string>();
  permissions: Record<string, PermissionState> = {};
  /** What was asked for: "audio", "video=id", "video~id" (where it can be), joined by "+". */
  readonly asked: string[] = [];
  readonly tracks: FakeTrack[] = [];
  /** Whether requests wait for answer(). */
  holding = false;
  /** Whether the page has been let at the devices, and may know their names. */
  named = false;
  #held: (() => void)[] = [];

  async enumerateDevices(): Promise<MediaDeviceInfo[]> {
    await Promise.resolve();
    return this.named ? [...this.list] : this.list.map((one) => ({ ...one, deviceId: "", label: "", groupId: "" }));
  }

  async getUserMedia(constraints: Record<Kind, Wish>): Promise<FakeStream> {
    const kinds = (Object.keys(constraints) as Kind[]).sort();
    this.asked.push(
      kinds.map((kind) => {
        const { exact, ideal } = constraints[kind].deviceId ?? {};
        return kind + (exact ? `=${exact}` : ideal ? `~${ideal}` : "");
      }).join("+"),
    );
    if (this.holding) await new Promise<void>((resolve) => this.#held.push(resolve));
    else await Promise.resolve();
    const found = kinds.map((kind) => {
      const { exact } = constraints[kind].deviceId ?? {};
      const all = this.list.filter((one) => one.kind === `${kind}input`);
      const one = exact ? all.find(({ deviceId }) => deviceId === exact) : all[0]; // Chromium does not heed an ideal one
      if (!one) throw new DOMException("", exact ? "OverconstrainedError" : "NotFoundError");
      const refusal = this.refusals.get(kind) ?? this.refusals.get(one.deviceId);
      if (refusal) throw new DOMException(refusal, refusal.split(" ")[0]);
      return one;
    });
    this.named = true;
    const tracks = found.map((one) => new FakeTrack(one));
    this.tracks.push(...tracks);
    return new FakeStream(tracks);
  }

  /** Lets the requests that wait go on. */
  async answer(): Promise<void> {
    for (const go of this.#held.splice(0)) go();
    await settled();
  }

  async plug(...devices: MediaDeviceInfo[]): Promise<void> {
    this.list.push(...devices);
    this.dispatchEvent(new Event("devicechange"));
    await settled();
  }

  async unplug(id: string): Promise<void> {
    this.list = this.list.filter(({ deviceId }) => deviceId !== id);
    for (const track of this.tracks) if (track.getSettings().deviceId === id && track.readyState === "live") track.end();
    this.dispatchEvent(new Event("devicechange"));
    await settled();
  }

  /** The devices that are held now. */
  get live(): string[] {
    return this.tracks.filter(({ readyState }) => readyState === "live").map(({ label }) => label).sort();
  }
}

export async function settled(): Promise<void> {
  for (let turn = 0; turn < 100; turn++) await Promise.resolve();
}

/** Puts such devices, and a localStorage, in the place of the browser's. */
export function fakeMediaDevices(...list: MediaDeviceInfo[]) {
  const devices = new FakeMediaDevices();
  devices.list = list;
  const stored = new Map<string, string>();
  const query = async ({ name }: { name: string }) => {
    const state = devices.permissions[name];
    if (!state) throw new TypeError("unknown permission");
    return { state };
  };
  vi.stubGlobal("isSecureContext", true);
  vi.stubGlobal("MediaStream", FakeStream);
  vi.stubGlobal("navigator", { mediaDevices: devices, permissions: { query } });
  vi.stubGlobal("localStorage", {
    getItem: (key: string) => stored.get(key) ?? null,
    setItem: (key: string, value: string) => void stored.set(key, value),
  });
  return Object.assign(devices, { stored });
}
