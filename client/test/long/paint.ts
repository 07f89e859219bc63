import type { Page } from "playwright-core";

declare global {
  interface Window {
    /** A track of one colour. */
    paint(color: string): MediaStreamTrack;
  }
}

/** Gives the page `window.paint`, whose pictures are so many pixels wide. */
export function givePaint(page: Page, width: number): Promise<void> {
  return page.evaluate((width) => {
    const height = (width * 3) / 4;
    window.paint = (color) => {
      const canvas = Object.assign(document.createElement("canvas"), { width, height });
      const context = canvas.getContext("2d")!;
      // A canvas gives a frame only when something is painted.
      setInterval(() => {
        context.fillStyle = color;
        context.fillRect(0, 0, width, height);
      }, 50);
      return canvas.captureStream(20).getVideoTracks()[0]!;
    };
  }, width);
}
