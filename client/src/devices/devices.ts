import { Emitter } from "../emitter.ts";
import { abortError, ParleyError } from "../errors.ts";
import { type InputKind, openMedia, permission } from "../media/open.ts";
import { Choices, type DeviceKind } from "./choices.ts";
import { Attachment, type Publisher } from "./publisher.ts";

export interface DevicesOptions {
  /** Whether the microphone is to be on at first, and how it is to be opened. Default true. */
  readonly audio?: boolean | MediaTrackConstraints;
  /** The same for the camera. Default true, 1280 x 720 where it can. */
  readonly video?: boolean | MediaTrackConstraints;
  /** The key in localStorage under which a person's choice is kept. Without it: until the page is gone. */
  readonly remember?: string;
  /** Aborts the opening. */
  readonly signal?: AbortSignal;
}

export interface DevicesEvents {
  /** Something that this class tells is different now. */
  change: void;
  plugged: { readonly kind: DeviceKind; readonly device: MediaDeviceInfo };
  unplugged: { readonly kind: DeviceKind; readonly device: MediaDeviceInfo };
  /** What was in use has gone. `track` is of the one that took its place, if there was another. */
  lost: { readonly kind: InputKind; readonly label: string; readonly track: MediaStreamTrack | undefined };
  /** What failed on its own, not in a call of yours. */
  error: ParleyError;
}

interface Input {
  readonly kind: InputKind;
  readonly constraints: MediaTrackConstraints;
  on: boolean;
  track: MediaStreamTrack | undefined;
  want: string | undefined; // the device to change to
  any: boolean; // the one that was chosen cannot be had
  problem: ParleyError | undefined;
}

const media = { camera: "video", microphone: "audio" } as const;
const infos = { camera: "videoinput", microphone: "audioinput", speaker: "audiooutput" } as const;
const deviceOf = (track: MediaStreamTrack | undefined): string | undefined => track?.getSettings().deviceId;

/**
 * One's own camera and microphone, and which speaker to use. A device takes its time to open, and what is wanted may change meanwhile:
 * the last wish counts, and nobody is asked twice for the same.
 */
export class Devices extends Emitter<DevicesEvents> {
  readonly #inputs: Readonly<Record<InputKind, Input>>;
  readonly #choices: Choices;
  readonly #calls = new Set<Attachment>();
  readonly #end = new AbortController();
  #stream: MediaStream | undefined;
  #all: readonly MediaDeviceInfo[] | undefined;
  #settling: Promise<void> | undefined;
  #listings = 0;

  /**
   * Asks for the camera and microphone that `options` want, together, and for what can be had if not both can. Where one is missing
   * `problems` says why: it rejects with `aborted` alone.
   */
  static async open(options: DevicesOptions = {}): Promise<Devices> {
    const { signal } = options;
    if (signal?.aborted) throw abortError(signal);
    const devices = new Devices(options);
    const abort = (): void => devices.close();
    signal?.addEventListener("abort", abort);
    await devices.#list();
    await devices.#settle();
    signal?.removeEventListener("abort", abort);
    if (signal?.aborted) throw abortError(signal);
    return devices;
  }

  private constructor({ audio = true, video = true, remember }: DevicesOptions) {
    super();
    const input = (kind: InputKind, wish: boolean | MediaTrackConstraints, usual: MediaTrackConstraints): Input => ({
      kind,
      constraints: typeof wish === "object" ? wish : usual,
      on: wish !== false,
      track: undefined,
      want: undefined,
      any: false,
      problem: undefined,
    });
    this.#inputs = {
      camera: input("camera", video, { width: { ideal: 1280 }, height: { ideal: 720 } }),
      microphone: input("microphone", audio, {}),
    };
    this.#choices = new Choices(remember);
    const { signal } = this.#end;
    globalThis.navigator?.mediaDevices?.addEventListener?.("devicechange", () => void this.#list().then(() => this.#settle()), { signal });
  }

  /** The tracks of the moment, for a preview. */
  get stream(): MediaStream {
    return (this.#stream ??= new MediaStream()); // which only browsers have
  }

  /** Those that can be chosen: browsers tell no page about them that has not been let at one of the kind. */
  get cameras(): readonly MediaDeviceInfo[] {
    return this.#of("camera");
  }

  get microphones(): readonly MediaDeviceInfo[] {
    return this.#of("microphone");
  }

  get speakers(): readonly MediaDeviceInfo[] {
    return this.#of("speaker");
  }

  /** There while the camera is on. */
  get camera(): MediaStreamTrack | undefined {
    return this.#inputs.camera.track;
  }

  /** There while a microphone is open, be it on or off: see `enabled`. */
  get microphone(): MediaStreamTrack | undefined {
    return this.#inputs.microphone.track;
  }

  /** The deviceId for selectSpeaker(): "" for the system's own, and while the one that was chosen is not there. */
  get speaker(): string {
    return this.#choices.find("speaker", this.speakers)?.deviceId ?? "";
  }

  /** What is on, or will be once it has opened. */
  get enabled(): Readonly<Record<InputKind, boolean>> {
    return { camera: this.#inputs.camera.on, microphone: this.#inputs.microphone.on };
  }

  /** Why the last wish did not come true, by kind. */
  get problems(): { readonly [kind in InputKind]?: ParleyError | undefined } {
    return { camera: this.#inputs.camera.problem, microphone: this.#inputs.microphone.problem };
  }

  /**
   * Turns these on, both if none is named. Rejects with the reason why one stays off: `media-denied`, `media-system`, `media-missing`,
   * `media-busy`, `media-insecure`.
   */
  async enable(...kinds: InputKind[]): Promise<void> {
    const inputs = this.#these(kinds);
    for (const input of inputs) {
      input.problem = undefined;
      input.any = false;
      input.on = !this.#end.signal.aborted;
      if (input.track) input.track.enabled = true;
    }
    this.#changed();
    await this.#settle();
    for (const { on, problem } of inputs) if (!on && problem) throw problem;
  }

  /** Turns these off, both if none is named. The camera is let go, and its light goes out; the microphone is silent. */
  disable(...kinds: InputKind[]): void {
    for (const input of this.#these(kinds)) {
      input.on = false;
      input.problem = undefined;
      if (input.kind === "camera") this.#drop(input);
      else if (input.track) input.track.enabled = false;
    }
    this.#changed();
  }

  /**
   * Takes another device, in the midst of a call too, and remembers it; what is off is opened when it is turned on. Rejects as enable()
   * does, and then the former one stays in use.
   */
  async use(kind: DeviceKind, deviceId: string): Promise<void> {
    const device = this.#of(kind).find((one) => one.deviceId === deviceId);
    if (!device) throw new ParleyError("media-missing", `no such ${kind}`);
    const input = kind === "speaker" ? undefined : this.#inputs[kind];
    if (input?.on && deviceOf(input.track) !== deviceId) {
      input.problem = undefined;
      input.want = deviceId;
      await this.#settle();
      if (input.problem) throw input.problem;
      return;
    }
    if (input) input.want = undefined;
    if (input && !input.on) this.#drop(input);
    this.#choices.set(kind, device);
    this.#changed();
  }

  /** Has `call` send camera and microphone, whichever they are, from now on. Returns what ends that, and leaves what is sent. */
  attach(call: Publisher): () => void {
    const attachment = new Attachment(call);
    this.#calls.add(attachment);
    this.#publish();
    return () => void this.#calls.delete(attachment);
  }

  /** Lets go of all. A call that it is attached to shows them as muted. */
  close(): void {
    this.#end.abort();
    this.disable();
    this.#calls.clear();
    this.#drop(this.#inputs.microphone);
  }

  #chosen({ kind }: Input): string | undefined {
    return this.#choices.find(kind, this.#of(kind))?.deviceId;
  }

  #these(kinds: readonly InputKind[]): Input[] {
    return Object.values(this.#inputs).filter(({ kind }) => kinds.length === 0 || kinds.includes(kind));
  }

  #of(kind: DeviceKind): MediaDeviceInfo[] {
    return (this.#all ?? []).filter((info) => info.kind === infos[kind] && info.deviceId !== "");
  }

  /** One request at a time; wishes that come meanwhile are seen to after it. */
  #settle(): Promise<void> {
    if (this.#due().length > 0) this.#settling ??= this.#run();
    return this.#settling ?? Promise.resolve();
  }

  async #run(): Promise<void> {
    for (let due = this.#due(); due.length > 0; due = this.#due()) {
      await this.#take(due);
      await this.#list();
    }
    this.#settling = undefined; // before anybody else can wish for something
  }

  #due(): Input[] {
    return Object.values(this.#inputs).filter(({ on, track, want }) => on && (!track || want !== undefined));
  }

  async #take(inputs: readonly Input[]): Promise<void> {
    const wants = inputs.map((input) => input.want ?? (input.track || input.any ? undefined : this.#chosen(input)));
    const constraints = inputs.map((input, at) => [media[input.kind], this.#constraints(input, wants[at])] as const);
    try {
      const stream = await openMedia(Object.fromEntries(constraints));
      for (const track of stream.getTracks()) {
        const at = inputs.findIndex(({ kind }) => media[kind] === track.kind);
        this.#adopt(inputs[at]!, track, wants[at]);
      }
    } catch (error) {
      if (inputs.length === 1) return this.#refused(inputs[0]!, error as ParleyError, wants[0]);
      for (const [at, input] of inputs.entries()) {
        // One that cannot be had need not spoil the other. A person who said no is not asked twice.
        const { reason } = error as ParleyError;
        const hopeless = reason === "media-insecure" || (reason === "media-denied" && (await permission(input.kind)) !== "granted");
        if (hopeless) this.#refused(input, error as ParleyError, wants[at]);
        else if (input.on) await this.#take([input]);
      }
    }
  }

  #constraints({ kind, constraints }: Input, want: string | undefined): MediaTrackConstraints {
    if (want !== undefined) return { ...constraints, deviceId: { exact: want } };
    const chosen = this.#of(kind).length === 0 && this.#choices.get(kind)?.id;
    return chosen ? { ...constraints, deviceId: { ideal: chosen } } : constraints; // which not all browsers heed
  }

  #adopt(input: Input, track: MediaStreamTrack, want: string | undefined): void {
    if (!input.on) return track.stop();
    const former = input.track;
    input.track = track;
    if (want !== undefined) this.#choices.set(input.kind, { deviceId: want, label: track.label });
    if (input.want === want) input.want = undefined;
    track.addEventListener("ended", () => void this.#ended(input, track));
    if (former) this.stream.removeTrack(former);
    this.stream.addTrack(track);
    this.#changed();
    former?.stop(); // now that the new one is sent
  }

  #refused(input: Input, error: ParleyError, want: string | undefined): void {
    if (!input.on) return; // nobody wants it any more
    // Phones open one camera at a time, some browsers one microphone.
    if (error.reason === "media-busy" && want !== undefined && input.track) return this.#drop(input);
    input.problem = error;
    const another = want !== undefined && (error.reason === "media-busy" || error.reason === "media-missing");
    if (input.want === want) input.want = undefined; // the one before is opened again, if it was let go
    else if (another) input.any = true;
    if (!another && !input.track) input.on = false;
    this.#changed();
  }

  #drop(input: Input): void {
    const { track } = input;
    input.track = undefined;
    if (!track) return;
    track.stop();
    this.stream.removeTrack(track);
  }

  /** Unplugged, or taken from us by the person, the browser or the system. */
  async #ended(input: Input, track: MediaStreamTrack): Promise<void> {
    if (input.track !== track) return;
    this.#drop(input);
    await this.#list();
    const { kind } = input;
    const there = this.#of(kind).some(({ deviceId }) => deviceId === deviceOf(track));
    if (input.on && !input.track && there && (await permission(kind)) !== "granted") {
      input.on = false;
      input.problem = new ParleyError("media-denied", `the ${kind} was taken away`);
    }
    await this.#settle();
    this.emit("lost", { kind, label: track.label, track: input.track });
    if (input.problem && !input.on) this.emit("error", input.problem);
    this.#changed();
  }

  async #list(): Promise<void> {
    const turn = ++this.#listings;
    const now = await Promise.resolve(globalThis.navigator?.mediaDevices?.enumerateDevices?.()).catch(() => undefined);
    if (turn !== this.#listings || !now) return;
    const former = this.#all;
    this.#all = now;
    if (former) for (const kind of ["camera", "microphone", "speaker"] as const) this.#compare(kind, former);
    this.#changed();
  }

  #compare(kind: DeviceKind, all: readonly MediaDeviceInfo[]): void {
    const former = all.filter((info) => info.kind === infos[kind]);
    const now = this.#of(kind);
    const fresh = now.filter(lacking(former));
    // A list without names was of before the page was let at the devices.
    if (former.every(({ deviceId }) => deviceId)) {
      for (const device of fresh) this.emit("plugged", { kind, device });
      for (const device of former.filter(lacking(now))) this.emit("unplugged", { kind, device });
    }
    if (kind !== "speaker") this.#reconsider(this.#inputs[kind], former, fresh);
  }

  #reconsider(input: Input, former: readonly MediaDeviceInfo[], fresh: readonly MediaDeviceInfo[]): void {
    const { kind, track } = input;
    const id = deviceOf(track);
    const now = this.#of(kind);
    if (track && id && now.length > 0 && !now.some(({ deviceId }) => deviceId === id)) return void this.#ended(input, track);
    if (!input.on) {
      // What was wanted and missing has come.
      const come = input.problem?.reason === "media-missing" && this.#all!.some((info) => info.kind === infos[kind]);
      if (come) input.problem = undefined;
      return void (input.on = come);
    }
    const chosen = this.#choices.find(kind, fresh);
    if (chosen && chosen.deviceId !== id) input.want = chosen.deviceId; // it is back
    else if (id === "default" && group(former) !== group(now)) input.want = id; // the system has another one now
  }

  #changed(): void {
    this.#publish();
    this.emit("change", undefined);
  }

  #publish(): void {
    for (const call of this.#calls) {
      for (const { kind, track, on } of Object.values(this.#inputs)) {
        call.show(kind, track, on).catch((cause: unknown) => {
          this.emit("error", new ParleyError("bad-signal", `the ${kind} cannot be sent`, { cause }));
        });
      }
    }
  }
}

const lacking = (list: readonly MediaDeviceInfo[]) => (info: MediaDeviceInfo): boolean =>
  !list.some(({ deviceId }) => deviceId === info.deviceId);
const group = (list: readonly MediaDeviceInfo[]): string | undefined => list.find(({ deviceId }) => deviceId === "default")?.groupId;
