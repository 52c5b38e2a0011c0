import { defineConfig } from "vitest/config"

export default defineConfig({
  test: {
    include: ["test/mcp-conformance/**/*.test.ts"],
    fakeTimers: { toFake: [] },
    testTimeout: 300_000,
    hookTimeout: 300_000
  }
})
