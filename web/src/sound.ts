import { say } from "./dom.ts";

const silenced = new Set<HTMLMediaElement>();

/** Plays. Where the browser keeps the sound of a page off that nobody has touched, such as after a reload, it comes with the first touch. */
export async function play(video: HTMLMediaElement): Promise<void> {
  try {
    await video.play();
  } catch (error) {
    if (video.muted || !(error instanceof DOMException && error.name === "NotAllowedError")) return; // a stream that is gone already
    video.muted = true;
    silenced.add(video);
    show();
    await video.play().catch(() => {});
  }
}

/** It is shown no more. */
export function forget(video: HTMLMediaElement): void {
  if (silenced.delete(video)) show();
}

/** To the browser not every key is a touch, such as Escape: what it refuses again goes on without sound. */
async function touched(): Promise<void> {
  const all = [...silenced];
  silenced.clear();
  await Promise.all(all.map((video) => {
    video.muted = false;
    return play(video);
  }));
  if (all.length > 0) show();
}

function show(): void {
  const button = document.getElementById("silent");
  const silent = silenced.size > 0;
  if (!button || button.hidden === !silent) return;
  const focused = button === document.activeElement;
  button.hidden = !silent;
  if (silent) say("The sound is off. Press the button Turn the sound on.");
  else if (focused) document.getElementById("call")?.focus();
}

for (const type of ["click", "keydown"]) globalThis.addEventListener?.(type, () => void touched(), true);
