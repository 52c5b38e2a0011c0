import { defineConfig } from "vitest/config"

export default defineConfig({
  test: {
    include: ["test/aws/**/*.test.ts"],
    // All files share one emulator and its clock.
    fileParallelism: false,
    fakeTimers: { toFake: [] },
    testTimeout: 300_000,
    hookTimeout: 300_000
  }
})
