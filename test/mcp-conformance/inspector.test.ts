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

  it("and reads the view of the tools that have one, for a client that shows views", async () => {
    const asked = ["--method", "tools/list", "--app-info"]
    const infos = async (more: ReadonlyArray<string>) => {
      const { output } = await runTool("inspector", ["--cli", process.execPath, ...realStdio, ...asked, ...more])
      return output
        .split("\n")
        .filter((line) => line.startsWith('{"hasApp"'))
        .map((line) => JSON.parse(line))
        .filter(({ hasApp }) => hasApp)
    }
    const [resourceUri, resourceMimeType] = ["ui://nightaudit/answer.html", "text/html;profile=mcp-app"]
    assert.deepStrictEqual(
      await infos(["--advertise-apps"]),
      ["summarize_savings", "search_findings"].map((toolName) => ({
        hasApp: true,
        toolName,
        resourceUri,
        prefersBorder: true,
        resourceMimeType
      }))
    )
    assert.deepStrictEqual(await infos([]), [])
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
