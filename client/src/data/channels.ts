import type { Member } from "../call/member.ts";
import type { Mesh } from "../call/mesh.ts";
import { ParleyError } from "../errors.ts";
import { isCount } from "../room/protocol.ts";
import { type Channel, type ChannelOptions, NamedChannel } from "./channel.ts";
import { maxName, prefix, protocol } from "./framing.ts";
import { Inlet, type Shelf } from "./inlet.ts";

const maxInlets = 256;

/** The named channels of a call: each side opens an RTCDataChannel of its own to send over, labelled `parley:{name}`. */
export class Channels {
  readonly #mesh: Mesh;
  readonly #failed: (error: ParleyError) => void;
  readonly #channels = new Map<string, NamedChannel>();
  readonly #inlets = new Map<string, Map<string, Inlet>>(); // by peer and channel

  constructor(mesh: Mesh, failed: (error: ParleyError) => void) {
    this.#mesh = mesh;
    this.#failed = failed;
    mesh.on("peer", ({ name }) => this.#add(mesh.peers.get(name)!));
    mesh.on("peer-left", ({ peer: { name } }) => {
      for (const channel of this.#channels.values()) channel.remove(name);
      for (const inlet of this.#inlets.get(name)?.values() ?? []) inlet.close();
      this.#inlets.delete(name);
    });
  }

  /** The channel of that name. Listeners added right after the call miss nothing. */
  channel(name: string, options: ChannelOptions = {}): Channel {
    const present = this.#channels.get(name);
    if (present) return present;
    const limits = [options.maxRetransmits, options.maxPacketLifeTime].filter((limit) => limit !== undefined);
    if (name.length > maxName || limits.length > 1 || limits.some((limit) => !isCount(limit) || limit > 65_535)) {
      throw new ParleyError("bad-request", "no such name or options");
    }
    const ask = (sink?: NamedChannel): void => {
      for (const inlets of this.#inlets.values()) inlets.get(name)?.ask(sink);
    };
    const channel = new NamedChannel(name, options, () => {
      if (this.#channels.get(name) === channel && this.#channels.delete(name)) ask();
    });
    for (const member of this.#mesh.peers.values()) channel.add(member);
    this.#channels.set(name, channel);
    queueMicrotask(() => this.#channels.get(name) === channel && ask(channel));
    return channel;
  }

  #add(member: Member): void {
    const { name, link } = member;
    const inlets = new Map<string, Inlet>();
    const shelf: Shelf = { held: [] };
    this.#inlets.set(name, inlets);
    for (const channel of this.#channels.values()) channel.add(member);
    link.on("connection", (connection) => {
      for (const { outlets } of this.#channels.values()) outlets.get(name)?.attach(connection);
    });
    link.on("state", (state) => {
      if (state === "failed") for (const { outlets } of this.#channels.values()) outlets.get(name)?.giveUp();
    });
    link.on("datachannel", (channel) => {
      const label = channel.label.slice(prefix.length);
      if (channel.label !== prefix + label || channel.protocol !== protocol) return;
      let inlet = inlets.get(label);
      if (!inlet) {
        if (label.length > maxName || inlets.size >= maxInlets) return channel.close();
        inlet = new Inlet(member, shelf, this.#failed);
        inlets.set(label, inlet);
        const sink = this.#channels.get(label);
        if (sink) inlet.ask(sink);
      }
      inlet.attach(channel);
    });
  }
}
