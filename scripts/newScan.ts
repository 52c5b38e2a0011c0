/** `npm run new-scan <category> <tool_name>`: writes the two files that a scan is, and regenerates what follows from them. */
import { execFileSync } from "node:child_process"
import { existsSync, mkdirSync, writeFileSync } from "node:fs"

const root = new URL("../", import.meta.url)
const [category, name] = process.argv.slice(2)

const fail = (message: string): never => {
  console.error(message)
  process.exit(2)
}

if (category === undefined || name === undefined) fail("usage: npm run new-scan <category> <tool_name>")
if (!/^[a-z]+$/.test(category ?? "")) fail(`${category}: a category is one word in lower case, such as cleanup`)
if (!/^[a-z]+(_[a-z0-9]+)+$/.test(name ?? ""))
  fail(`${name}: a scan is named verb_noun in snake_case, such as find_unused_volumes`)

const scanFile = new URL(`scans/${category}/${name}.ts`, root)
const testFile = new URL(`test/scans/${category}/${name}.test.ts`, root)
for (const file of [scanFile, testFile]) if (existsSync(file)) fail(`${file.pathname} exists already`)

const scan = `import { noSavings } from "../../core/finding/savings.ts"
import * as ec2 from "../../datasets/aws/ec2.ts"
import { nameOf } from "../../datasets/aws/tags.ts"
import { defineScan, flag } from "../Scan.ts"

export default defineScan({
  title: "What is found, in the plural",
  why: "Why AWS bills it although nobody needs it.",
  fix: "What to do, and what to check first.",
  docs: "https://docs.aws.amazon.com/",
  scope: "regional",
  settings: {},
  reads: { volumes: ec2.volumes },
  subjects: ["volumes"],
  reasons: { rewrite_me: "What the rule saw, in one sentence." },

  judge: ({ volumes }) =>
    volumes
      .filter(() => false)
      .map((volume) =>
        flag({
          resource: { type: "ec2:volume", id: volume.id, arn: volume.arn, name: nameOf(volume.tags), tags: volume.tags },
          reason: "rewrite_me",
          savings: noSavings("delete", "Why there is no figure."),
          evidence: {}
        })
      )
})
`

const test = `import { assert, describe, it } from "@effect/vitest"
import scan from "../../../scans/${category}/${name}.ts"
import { judge } from "../harness.ts"

describe("${name}", () => {
  it("is written", () => {
    assert.notProperty(scan.reasons, "rewrite_me", "write the rule first")
  })

  it("leaves a healthy neighbour alone", () => {
    assert.deepStrictEqual(judge(scan, { volumes: [] }).verdicts, [])
  })
})
`

for (const [file, content] of [
  [scanFile, scan],
  [testFile, test]
] as const) {
  mkdirSync(new URL(".", file), { recursive: true })
  writeFileSync(file, content)
}
execFileSync(process.execPath, [new URL("scripts/codegen.ts", root).pathname], { stdio: "inherit" })
console.log(`scans/${category}/${name}.ts and its test are there. The test fails until the rule is written.`)
