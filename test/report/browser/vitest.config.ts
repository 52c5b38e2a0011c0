import { defineConfig } from "vitest/config"

export default defineConfig({
  test: {
    include: ["test/report/**/*.browser.ts"],
    // One browser at a time: frames are measured.
    fileParallelism: false,
    testTimeout: 300_000,
    hookTimeout: 300_000,
    fakeTimers: { toFake: [] }
  }
})
