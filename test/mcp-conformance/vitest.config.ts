import { defineConfig } from "vitest/config"

export default defineConfig({
  test: {
    include: ["test/mcp-conformance/**/*.test.ts"],
    fakeTimers: { toFake: [] },
    testTimeout: 120_000,
    hookTimeout: 300_000
  }
})
