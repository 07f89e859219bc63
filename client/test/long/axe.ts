import axe from "axe-core";
import type { Page } from "playwright-core";

/** What breaks WCAG 2 A and AA on the page as it is now, in light and in dark: one line each. */
export async function violations(page: Page): Promise<string[]> {
  await page.bringToFront(); // nothing moves on a page that is not shown
  await page.evaluate(axe.source);
  const lines: string[] = [];
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    // A colour on its way from light to dark has the contrast of neither, and one that is inherited sets out later.
    await page.evaluate(async () => {
      const moves = (one: Animation): boolean => one.effect?.getComputedTiming().iterations !== Infinity && one.playState === "running";
      for (let still = 0; still < 10; ) {
        await new Promise(requestAnimationFrame);
        still = document.getAnimations().some(moves) ? 0 : still + 1;
      }
    });
    const found = await page.evaluate(async () => {
      const { violations } = await (window as unknown as { axe: typeof axe }).axe.run({ runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"] });
      return violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html.slice(0, 200)} ${node.failureSummary ?? ""}`));
    });
    lines.push(...found.map((line) => `${colorScheme}: ${line}`));
  }
  await page.emulateMedia({ colorScheme: "light" });
  return lines;
}
