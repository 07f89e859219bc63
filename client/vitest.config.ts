import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    projects: [
      { test: { name: "unit", include: ["test/*.test.ts"] } },
      {
        test: {
          name: "localdev",
          include: ["test/localdev/*.test.ts"],
          // The first run compiles localdev and three functions on what may be a small machine.
          hookTimeout: 240_000,
          testTimeout: 180_000,
          fileParallelism: false,
        },
      },
      {
        test: {
          name: "browser",
          include: ["test/browser/*.test.ts"],
          // The first run compiles localdev and three functions on what may be a small machine.
          hookTimeout: 240_000,
          testTimeout: 60_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
