/** Every snippet of the README starts a server that answers, exactly as it is written. */
import { Client } from "@modelcontextprotocol/client"
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio"
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { delimiter, join } from "node:path"
import { afterAll, assert, describe, it } from "vitest"

const root = new URL("../..", import.meta.url).pathname
const folder = mkdtempSync(join(tmpdir(), "nightaudit-snippets-"))
// Stands for the installed command: what `nightaudit` on a path is.
const command = join(folder, "nightaudit")
writeFileSync(command, `#!/bin/sh\nexec "${process.execPath}" "${root}cli/main.ts" "$@"\n`)
chmodSync(command, 0o755)
afterAll(() => rmSync(folder, { recursive: true, force: true }))

interface Started {
  readonly command: string
  readonly args: ReadonlyArray<string>
}

/** What an assistant starts when it reads a snippet. */
const startedBy = (language: string, text: string): Started => {
  if (language === "json") {
    const { mcpServers, servers } = JSON.parse(text)
    return (mcpServers ?? servers).nightaudit
  }
  const [command = "", ...args] = (text.split(" -- ")[1] ?? "").trim().split(" ")
  return { command, args }
}

const snippets = [
  ...readFileSync(join(root, "README.md"), "utf8").matchAll(/<!-- snippet: ([^>]*) -->\n```(\w+)\n([^`]*)```/g)
].map(([, name = "", language = "", text = ""]) => ({ name, ...startedBy(language, text) }))

describe("the README's snippets", () => {
  it("are there for every assistant", () => {
    const names = snippets.map(({ name }) => name).join("; ")
    for (const assistant of ["Claude Desktop", "Claude Code", "Cursor", "VS Code", "Kiro", "Cline"]) {
      assert.include(names, assistant)
    }
  })

  for (const { args, command, name } of snippets) {
    it(`${name} starts a server that lists its tools and answers`, async () => {
      const client = new Client({ name: "snippets", version: "1" })
      const env = { PATH: [folder, process.env["PATH"] ?? ""].join(delimiter), HOME: folder }
      await client.connect(new StdioClientTransport({ command, args: [...args], env, cwd: folder, stderr: "ignore" }))
      try {
        const { tools } = await client.listTools()
        assert.include(
          tools.map((tool) => tool.name),
          "search_findings"
        )
        assert.isBelow(tools.length, 20)
        const { isError, structuredContent } = await client.callTool({
          name: "search_findings",
          arguments: { limit: 1 }
        })
        assert.notStrictEqual(isError, true)
        assert.strictEqual((structuredContent as any).findings.length, 1)
      } finally {
        await client.close()
      }
    })
  }
})
