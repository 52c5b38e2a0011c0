import { assert, describe, it } from "vitest"
import { realServer, realStdio, suites } from "./scenarios.ts"
import { runTool, start, stop } from "./server.ts"

const listed = ["--method", "tools/list", "--strict"]

describe.skipIf(suites.every(({ real }) => real.length === 0))("the inspector finds nothing to object to", () => {
  it("over stdio", async () => {
    const { code, output } = await runTool("inspector", ["--cli", process.execPath, ...realStdio, ...listed])
    assert.strictEqual(code, 0, output)
    assert.include(output, '"search_findings"')
  })

  it("over HTTP", async () => {
    const server = await start(realServer)
    try {
      const { code, output } = await runTool("inspector", ["--cli", server.url, "--transport", "http", ...listed])
      assert.strictEqual(code, 0, output)
      assert.include(output, '"search_findings"')
    } finally {
      await stop(server)
    }
  })
})
