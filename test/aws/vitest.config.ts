import { defineConfig } from "vitest/config"

export default defineConfig({
  test: {
    include: ["test/aws/**/*.test.ts"],
    // All files share one emulator and its clock.
    fileParallelism: false,
    fakeTimers: { toFake: [] },
    testTimeout: 120_000,
    hookTimeout: 120_000
  }
})
