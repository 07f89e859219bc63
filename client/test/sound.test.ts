import { beforeEach, expect, test, vi } from "vitest";

const on = new Map<string, () => void>();
const button = {
  shown: [] as boolean[],
  get hidden() {
    return !this.shown.at(-1);
  },
  set hidden(hidden: boolean) {
    this.shown.push(!hidden);
  },
};
const call = { focus: vi.fn() };
const spoken = { textContent: "" };
const page = { getElementById: (id: string) => ({ silent: button, call, spoken })[id], activeElement: undefined as unknown };
vi.stubGlobal("addEventListener", (type: string, heard: () => void) => on.set(type, heard));
vi.stubGlobal("document", page);
const { forget, play } = await import("../../web/src/sound.ts");

let active = false; // the page has been touched, as the browser has it
beforeEach(() => void (active = false));

const video = (refusal?: DOMException) => {
  const one = {
    muted: false,
    playing: false,
    play: vi.fn(async () => {
      one.playing = one.muted || active || !refusal;
      if (!one.playing) throw refusal!;
    }),
  };
  return one;
};
const silent = () => video(new DOMException("not yet", "NotAllowedError"));
const element = (one: ReturnType<typeof video>) => one as unknown as HTMLMediaElement;
const start = async (one: ReturnType<typeof video>) => {
  await play(element(one));
  return [one.muted, one.play.mock.calls.length, button.hidden];
};
const touch = async (type: "click" | "keydown") => {
  on.get(type)!();
  await new Promise((resolve) => setImmediate(resolve)); // after all that waits for nothing but its turn
};

test("sound that a browser keeps off comes with the first touch, and the picture at once", async () => {
  expect(await start(video())).toEqual([false, 1, true]);
  expect(await start(video(new DOMException("gone", "AbortError"))), "a stream that is gone").toEqual([false, 1, true]);
  const refused = silent();
  expect(await start(refused)).toEqual([true, 2, false]);
  expect(spoken.textContent).toContain("The sound is off");
  active = true;
  await touch("keydown");
  expect([refused.muted, refused.playing, button.hidden]).toEqual([false, true, true]);
  await touch("click");
  expect(refused.play).toHaveBeenCalledTimes(3);
});

test("a key that is no touch to the browser stops nothing, and leaves the button and the focus where they are", async () => {
  const refused = silent();
  await start(refused);
  page.activeElement = button;
  const shown = button.shown.length;
  await touch("keydown");
  expect([refused.muted, refused.playing, button.hidden]).toEqual([true, true, false]);
  expect(button.shown.length).toBe(shown);
  active = true;
  await touch("click");
  expect([refused.muted, refused.playing, button.hidden]).toEqual([false, true, true]);
  expect(call.focus, "the button had it").toHaveBeenCalledOnce();
});

test("nobody is left to be heard once all who are silent have gone", async () => {
  const [ada, bob] = [silent(), silent()];
  await start(ada);
  await start(bob);
  forget(element(ada));
  expect(button.hidden).toBe(false);
  forget(element(bob));
  expect(button.hidden).toBe(true);
  active = true;
  await touch("click");
  expect(ada.muted && bob.muted).toBe(true);
});
