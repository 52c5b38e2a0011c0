import { defineConfig } from "vitest/config"

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    exclude: ["test/aws/**", "test/stacks/**", "test/cloud/**", "test/mcp-conformance/**", "test/exports/**"],
    // No test changes anything global, so files share what they import; loading it anew for each is two fifths of the time.
    isolate: false,
    // By default one core is left idle, and much of a test of the command line is waiting for a process.
    maxWorkers: "100%",
    // Only for what hangs: how long a test takes says how busy the machine is.
    testTimeout: 300_000,
    hookTimeout: 300_000,
    fakeTimers: { toFake: [] }
  }
})
