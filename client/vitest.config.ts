import { defineConfig } from "vitest/config";

// A wait ends when the thing happens. How late it gives up is no measure of speed: the machine may
// have other work, and the first run compiles localdev and three functions.
const patience = 120_000;
// Whatever waits for much of its time, for servers, clocks and other pages, has company: two at once, those of the browser,
// which take longest, first, and the many short ones last.
const together = { maxWorkers: 2 };
const real = {
  hookTimeout: 600_000,
  testTimeout: 600_000,
  expect: { poll: { timeout: patience } },
};

export default defineConfig({
  test: {
    teardownTimeout: patience,
    projects: [
      { test: { name: "unit", include: ["test/*.test.ts", "test/console/*.test.ts"], testTimeout: patience, ...together } },
      { test: { name: "localdev", include: ["test/localdev/*.test.ts"], ...real, ...together } },
      { test: { name: "peers", include: ["test/peers/*.test.ts"], ...real, fileParallelism: false, sequence: { groupOrder: 1 } } },
      { test: { name: "browser", include: ["test/browser/*.test.ts"], ...real, ...together } },
      { test: { name: "long", include: ["test/long/*.test.ts"], ...real, ...together } },
    ],
  },
});
