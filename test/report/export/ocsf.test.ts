/**
 * `ocsf-compliance-finding-1.8.0.schema.json` is the class Compliance Finding with the profile `cloud` as the Python package
 * `ocsf-json-schema` 1.2.0 embeds it: `OcsfJsonSchemaEmbedded(get_ocsf_schema("1.8.0")).get_class_schema("compliance_finding", ["cloud"])`.
 */
import { readFileSync } from "node:fs"
import { assert, describe, it } from "@effect/vitest"
import { Ajv2020 } from "ajv/dist/2020.js"
import formats from "ajv-formats"
import { entryOf } from "../../../cli/catalogue.ts"
import type { Finding } from "../../../core/finding/Finding.ts"
import { type OcsfContext, ocsfEvent } from "../../../report/export/ocsf.ts"
import { aHygieneFinding, resolved, setAside } from "../../core/store/fixtures.ts"

const schema = JSON.parse(
  readFileSync(new URL("ocsf-compliance-finding-1.8.0.schema.json", import.meta.url), "utf8")
) as object

// The profile's `anyOf` names properties that strict mode wants to see defined beside it.
const ajv = new Ajv2020({ strict: false, allErrors: true })
formats.default(ajv)
const validate = ajv.compile(schema)

const context: OcsfContext = {
  version: "0.1.0",
  tenant: "111111111111",
  accountNames: new Map([["111111111111", "production"]]),
  entryOf
}

const hygiene = (overrides: Parameters<typeof aHygieneFinding>[0] = {}): Finding =>
  aHygieneFinding({ scan: "find_unencrypted_ebs_volumes", category: "security", ...overrides })

const eventOf = (finding: Finding) => JSON.parse(JSON.stringify(ocsfEvent(finding, context)))

const problems = (event: unknown) =>
  validate(event) ? [] : (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`)

describe("a finding as an OCSF event", () => {
  it.each([
    hygiene(),
    hygiene({ severity: "critical", tags: { owner: "web", "=1": "<b>" } }),
    hygiene({ scan: "of_an_older_version", account: "222222222222", region: "global" }),
    setAside(hygiene(), "snoozed"),
    setAside(hygiene(), "suppressed"),
    resolved(hygiene(), "2026-11-21T02:00:00.000Z")
  ])("is what the public schema wants", (finding) => {
    assert.deepStrictEqual(problems(eventOf(finding)), [])
  })

  it("is refused by that schema when it is not", () => {
    const { compliance: _, ...without } = eventOf(hygiene())
    assert.isNotEmpty(problems(without))
    assert.isNotEmpty(problems({ ...eventOf(hygiene()), severity_id: 9 }))
    assert.isNotEmpty(problems({ ...eventOf(hygiene()), invented: 1 }))
  })

  it("has times in milliseconds, and says what became of it", () => {
    const event = eventOf(resolved(hygiene(), "2026-11-21T02:00:00.000Z"))
    assert.strictEqual(event.time, Date.parse("2026-11-21T02:00:00.000Z"))
    assert.deepStrictEqual([event.activity_id, event.type_uid, event.status_id], [3, 200_303, 4])
    assert.strictEqual(event.finding_info.first_seen_time, Date.parse("2026-11-20T02:00:00.000Z"))
  })
})
