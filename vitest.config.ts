import { defineConfig } from "vitest/config"

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    exclude: ["test/aws/**"],
    // No test changes anything global, so files share what they import; loading it anew for each is two fifths of the time.
    isolate: false,
    fakeTimers: { toFake: [] }
  }
})
