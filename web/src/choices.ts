import { type DeviceKind, type Devices, Meter } from "../../client/src/index.ts";
import { byID, make } from "./dom.ts";

const kinds = [
  ["camera", "Camera", "device-camera"],
  ["microphone", "Microphone", "device-mic"],
  ["speaker", "Speaker", "device-speaker"],
] as const;
const places = { lobby: "lobby-devices", call: "settings-devices" } as const;
const lists = { camera: "cameras", microphone: "microphones", speaker: "speakers" } as const;

/** Which camera, microphone and speaker: fields in the lobby, and in a call in a dialog. */
export class Choices {
  readonly #host = make("div", "choices");
  readonly #fields = new Map<DeviceKind, { readonly field: HTMLElement; readonly select: HTMLSelectElement }>();
  readonly #level = make("span", "level");
  #devices: Devices | undefined;
  #meter: Meter | undefined;

  /** `spoken` is told which speaker to use. */
  constructor(failed: (error: unknown) => void, spoken: (deviceId: string) => void) {
    for (const [kind, label, testID] of kinds) {
      const select = make("select", "");
      select.id = testID;
      select.dataset["testid"] = testID;
      const words = make("label", "", label);
      words.htmlFor = testID;
      if (kind === "microphone") words.append(this.#level);
      const field = make("div", "choice", words, select);
      field.hidden = true;
      select.addEventListener("change", () => {
        const use = this.#devices?.use(kind, select.value);
        void use?.then(() => kind === "speaker" && spoken(select.value), failed).then(() => this.#draw());
      });
      this.#fields.set(kind, { field, select });
      this.#host.append(field);
    }
    this.#level.setAttribute("aria-hidden", "true");
    setInterval(() => this.#measure(), 100);
    byID("settings").addEventListener("close", () => this.#measure());
  }

  begin(devices: Devices): void {
    this.#devices = devices;
    devices.on("change", () => this.#draw());
    this.#draw();
  }

  moveTo(view: keyof typeof places): void {
    byID(places[view]).append(this.#host);
  }

  #draw(): void {
    const devices = this.#devices;
    if (!devices) return;
    for (const [kind] of kinds) {
      const { field, select } = this.#fields.get(kind)!;
      const list = devices[lists[kind]];
      const chosen = kind === "speaker" ? devices.speaker : (devices[kind]?.getSettings().deviceId ?? select.value);
      const options = list.map(({ deviceId, label }, i) => new Option(label || `${kind} ${i + 1}`, deviceId));
      const told = (all: Iterable<HTMLOptionElement>): string => JSON.stringify([...all].map(({ value, text }) => [value, text]));
      if (told(options) !== told(select.options)) select.replaceChildren(...options); // else one that is open would close
      if (list.some(({ deviceId }) => deviceId === chosen)) select.value = chosen;
      field.hidden = list.length === 0;
    }
  }

  /** How loud one's own microphone is, while somebody may look at it. */
  #measure(): void {
    const { microphone, enabled } = this.#devices ?? {};
    const shown = !document.hidden && this.#host.checkVisibility() && navigator.userActivation?.hasBeenActive !== false;
    if (!shown || !microphone || !enabled?.microphone) {
      this.#meter?.close();
      this.#meter = undefined;
      return this.#level.style.setProperty("--level", "0");
    }
    if (this.#meter?.track !== microphone) {
      this.#meter?.close();
      this.#meter = new Meter(microphone);
    }
    this.#level.style.setProperty("--level", Math.min(1, this.#meter.level * 6).toFixed(2));
  }
}
