import { defineConfig } from "vitest/config";

// A wait ends when the thing happens. How late it gives up is no measure of speed: the machine may
// have other work, and the first run compiles localdev and three functions.
const patience = 120_000;
const real = {
  hookTimeout: 600_000,
  testTimeout: 600_000,
  fileParallelism: false,
  expect: { poll: { timeout: patience } },
};

export default defineConfig({
  test: {
    teardownTimeout: patience,
    projects: [
      { test: { name: "unit", include: ["test/*.test.ts", "test/console/*.test.ts"], testTimeout: patience, sequence: { groupOrder: 0 } } },
      { test: { name: "localdev", include: ["test/localdev/*.test.ts"], ...real, sequence: { groupOrder: 1 } } },
      { test: { name: "peers", include: ["test/peers/*.test.ts"], ...real, sequence: { groupOrder: 3 } } },
      { test: { name: "browser", include: ["test/browser/*.test.ts"], ...real, sequence: { groupOrder: 2 } } },
    ],
  },
});
