import { afterAll, assert, beforeAll, describe, it } from "vitest"
import { realServer, type Suite, suites } from "./scenarios.ts"
import { type PublicTool, type Running, runTool, start, stop } from "./server.ts"

/** `✓ ping: 2 passed, 0 failed` */
const resultLine = /^[✓✗] ([\w-]+): (\d+) passed, (\d+) failed/gmu

/** How many checks of each scenario passed and failed. */
const resultsOf = async (suite: Suite, url: string) => {
  const { output } = await runTool(suite.tool as PublicTool, ["server", "--url", url, ...suite.args])
  const summary = output.slice(output.indexOf("=== SUMMARY ==="))
  return new Map(
    [...summary.matchAll(resultLine)].map(([, name = "", passed, failed]) => [
      name,
      { passed: Number(passed), failed: Number(failed) }
    ])
  )
}

const holds = (what: string, command: ReadonlyArray<string>, scenarios: (suite: Suite) => ReadonlyArray<string>) =>
  describe.skipIf(suites.every((suite) => scenarios(suite).length === 0))(what, () => {
    let server: Running
    beforeAll(async () => {
      server = await start(command)
    })
    afterAll(() => stop(server))

    for (const suite of suites) {
      describe(suite.name, () => {
        let results: Awaited<ReturnType<typeof resultsOf>>
        beforeAll(async () => {
          results = await resultsOf(suite, server.url)
        })
        it.each(scenarios(suite))("%s", (name) => {
          const { failed, passed } = results.get(name) ?? { failed: 0, passed: 0 }
          assert.isAbove(passed, 0, `${name} did not run`)
          assert.strictEqual(failed, 0)
        })
      })
    }

    it("is alive after all that", async () => {
      assert.strictEqual((await fetch(new URL("/ping", server.url))).status, 200)
      assert.isNull(server.process.exitCode)
    })
  })

holds("the fixture by our entry", ["test/mcp-conformance/serveFixture.ts"], ({ fixture }) => fixture)
holds("the real server", realServer, ({ real }) => real)
