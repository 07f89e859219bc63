import { expect, test, vi } from "vitest";

const on = new Map<string, () => void>();
const button = { hidden: true };
vi.stubGlobal("addEventListener", (type: string, heard: () => void) => on.set(type, heard));
vi.stubGlobal("document", { getElementById: () => button });
const { play } = await import("../../web/src/sound.ts");

const video = (refusal?: DOMException) => ({
  muted: false,
  plays: 0,
  async play() {
    this.plays++;
    if (refusal && !this.muted && this.plays === 1) throw refusal;
  },
});
const start = async (one: ReturnType<typeof video>) => {
  await play(one as unknown as HTMLMediaElement);
  return [one.muted, one.plays, button.hidden];
};

test("sound that a browser keeps off comes with the first touch, and the picture at once", async () => {
  expect(await start(video())).toEqual([false, 1, true]);
  expect(await start(video(new DOMException("gone", "AbortError"))), "a stream that is gone").toEqual([false, 1, true]);
  const refused = video(new DOMException("not yet", "NotAllowedError"));
  expect(await start(refused)).toEqual([true, 2, false]);
  on.get("keydown")!();
  expect([refused.muted, refused.plays, button.hidden]).toEqual([false, 3, true]);
  on.get("click")!();
  expect(refused.plays).toBe(3);
});
