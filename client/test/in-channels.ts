import { expect, vi } from "vitest";
import type { ChannelEvents, ChannelOptions, Transfer } from "../src/index.ts";
import { type FakeConnection, type FakeDataChannel, type Person, person, tie } from "./fake-data-channel.ts";

type Told = ChannelEvents["message"];

export const MB = 1_048_576;
export const until = (what: () => unknown): Promise<void> => vi.waitFor(() => expect(what()).toBeTruthy(), { timeout: 60_000, interval: 1 });
export const turns = async (count = 20): Promise<void> => {
  for (let i = 0; i < count; i++) await new Promise(setImmediate);
};

export function bytes(size: number, seed = 1): Uint8Array<ArrayBuffer> {
  const made = new Uint8Array(size);
  for (let i = 0, state = seed; i < size; i++) made[i] = state = (state * 1_103_515_245 + 12_345) >>> 16;
  return made;
}

/** Gathers what comes to somebody over a channel. */
export function listen(who: Person, name = "files", options?: ChannelOptions) {
  const channel = who.channels.channel(name, options);
  const messages: Told[] = [];
  const transfers: Transfer[] = [];
  channel.on("message", (message) => messages.push(message));
  channel.on("incoming", (transfer) => transfers.push(transfer));
  return { channel, messages, transfers, data: () => messages.map(({ data }) => data) };
}

/** Ada and Bob, connected, each with the channel. */
export function pair(options?: ChannelOptions, connected = true) {
  const [ada, bob] = [person("ada"), person("bob")];
  const line = tie(ada, bob, connected);
  const [a, b] = [listen(ada, "files", options), listen(bob, "files", options)];
  return { ada, bob, a, b, ...line };
}

export const outgoing = ({ opened }: FakeConnection): FakeDataChannel => opened.find(({ label }) => label === "parley:files")!;
export const parts = ({ sent }: FakeDataChannel): number => sent.reduce((sum, data) => sum + (typeof data === "string" ? 0 : data.byteLength), 0);
export const plain = async (data: unknown): Promise<unknown> => {
  const raw = data instanceof Blob ? await data.arrayBuffer() : data instanceof Uint8Array ? data.slice().buffer : data;
  return raw instanceof ArrayBuffer ? Buffer.from(raw).toString("base64") : raw;
};
