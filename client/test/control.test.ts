import { expect, test, vi } from "vitest";
import { Control } from "../src/call/control.ts";
import { FakePeerConnection } from "./fake-peer-connection.ts";

function control() {
  const pc = new FakePeerConnection();
  const control = new Control(pc as unknown as RTCPeerConnection);
  const frames: unknown[] = [];
  const open = vi.fn();
  control.on("frame", (frame) => frames.push(frame));
  control.on("open", open);
  return { control, channel: pc.control, frames, open };
}

test("a frame goes out once the channel is open, and not when it is too large", () => {
  const { control: page, channel, open } = control();
  expect(page.send({ type: "early" })).toBe(false);
  channel.open();
  expect(open).toHaveBeenLastCalledWith(true);
  expect(page.send({ type: "hat", on: true })).toBe(true);
  expect(page.send({ type: "é".repeat(8_192) })).toBe(false);
  expect(channel.sent).toEqual(['{"type":"hat","on":true}']);
  channel.onclose?.();
  expect(open).toHaveBeenLastCalledWith(false);
});

test("of what comes, objects of JSON are taken", () => {
  const { channel, frames } = control();
  const large = `{"a":"${"x".repeat(16_400)}"}`;
  for (const data of ['{"type":"hat"}', "", "{", "[]", "null", "7", '"x"', new ArrayBuffer(2), large]) channel.onmessage?.({ data });
  expect(frames).toEqual([{ type: "hat" }]);
});

test("after close() nothing is told", () => {
  const { control: page, channel, frames, open } = control();
  page.close();
  channel.open();
  channel.onmessage?.({ data: "{}" });
  expect([frames, open.mock.calls]).toEqual([[], []]);
});
