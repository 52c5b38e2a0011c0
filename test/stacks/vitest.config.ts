import { defineConfig } from "vitest/config"

export default defineConfig({
  test: {
    root: new URL("../..", import.meta.url).pathname,
    include: ["test/stacks/**/*.test.ts", "test/cloud/**/*.test.ts"],
    // A plan takes a core for seconds, and an emulator has one machine.
    fileParallelism: false,
    testTimeout: 600_000,
    hookTimeout: 600_000
  }
})
