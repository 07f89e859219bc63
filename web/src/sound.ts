const silenced = new Set<HTMLMediaElement>();

/** Plays. Where the browser keeps the sound of a page off that nobody has touched, such as after a reload, it comes with the first touch. */
export async function play(video: HTMLMediaElement): Promise<void> {
  try {
    await video.play();
  } catch (error) {
    if (video.muted || !(error instanceof DOMException && error.name === "NotAllowedError")) return; // a stream that is gone already
    video.muted = true;
    silenced.add(video);
    show(true);
    await video.play().catch(() => {});
  }
}

function touched(): void {
  if (silenced.size === 0) return;
  for (const video of silenced) {
    video.muted = false;
    void video.play().catch(() => {});
  }
  silenced.clear();
  show(false);
}

function show(silent: boolean): void {
  const button = document.getElementById("silent");
  if (button) button.hidden = !silent;
}

for (const type of ["click", "keydown"]) globalThis.addEventListener?.(type, touched, true);
