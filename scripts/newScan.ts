/** `npm run new-scan <category> <tool_name>`: writes the files that a scan is, its test's and what it says of the sample, and regenerates what follows from them. */
import { execFileSync } from "node:child_process"
import { fail, root, writeNew } from "./scaffold.ts"

const [category = "", name = ""] = process.argv.slice(2)

if (category === "" || name === "") fail("usage: npm run new-scan <category> <tool_name>")
if (!/^[a-z]+$/.test(category)) fail(`${category}: a category is one word in lower case, such as cleanup`)
if (!/^[a-z]+(_[a-z0-9]+)+$/.test(name))
  fail(`${name}: a scan is named verb_noun in snake_case, such as find_unused_volumes`)

const scan = `import { sum, term } from "../../core/finding/savings.ts"
import * as ec2 from "../../datasets/aws/ec2.ts"
import { defineScan, money } from "../Scan.ts"

export default defineScan({
  title: "What is found, in the plural",
  words: "acronym, everyday words that no similar scan has",
  why: "Why AWS bills it although nobody needs it.",
  fix: "What to do, and what to check first.",
  docs: "https://docs.aws.amazon.com/",
  scope: "regional",
  settings: {},
  reads: { volumes: ec2.volumes },
  subject: "volumes",
  reasons: { rewrite_me: "What the rule saw, in one sentence." },

  judge:
    (_, { price }) =>
    (volume) => {
      if (volume.state !== "rewrite me") return
      const savings = sum("delete", [term("storage", volume.sizeGb, "GB", price("ebs.gp3GBMonth"))])
      return money({ reason: "rewrite_me", savings, evidence: { sizeGb: volume.sizeGb } })
    }
})
`

const test = `import { assert, describe, it } from "@effect/vitest"
import scan from "../../../scans/${category}/${name}.ts"
import { judge } from "../harness.ts"

describe("${name}", () => {
  it("is written", () => {
    assert.notProperty(scan.reasons, "rewrite_me", "write the rule first")
  })

  it("finds nothing where there is nothing", () => {
    assert.deepStrictEqual(judge(scan, { volumes: [] }).flagged, [])
  })
})
`

const sample = `import type { SampleNight } from "../../sample/SampleNight.ts"

export default {
  flagged: {},
  monthlyUsd: 0,
  counters: { examined: 0, flagged: 0, tooYoung: 0, unknown: 0, suppressed: 0 },
  unknown: {},
  gaps: {}
} satisfies SampleNight
`

writeNew({
  [`scans/${category}/${name}.ts`]: scan,
  [`test/scans/${category}/${name}.test.ts`]: test,
  [`test/scans/${category}/${name}.sample.ts`]: sample
})
execFileSync(process.execPath, [new URL("scripts/codegen.ts", root).pathname], { stdio: "inherit" })
console.log(
  `scans/${category}/${name}.ts, its test and what it says of the sample are there. The tests fail until they are written.`
)
