import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["ts/**/*.test.ts", "bench/**/*.test.ts"],
    // An addon crash then costs one worker, not the run.
    pool: "forks",
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
