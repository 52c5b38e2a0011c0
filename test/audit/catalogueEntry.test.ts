import { assert, describe, it } from "@effect/vitest"
import { catalogueEntry } from "../../audit/catalogueEntry.ts"
import { volumes } from "../../datasets/aws/ec2.ts"
import { defineScan, Setting } from "../../scans/Scan.ts"

const scan = defineScan({
  title: "Test",
  words: "",
  why: "",
  fix: "",
  docs: "",
  scope: "regional",
  settings: {
    days: Setting.days(7, "Days"),
    share: Setting.percent(50, "Share"),
    word: Setting.oneOf(["a", "b"], "a", "Word"),
    from: Setting.day("From"),
    version: Setting.version("1.4.0", "Version"),
    tags: Setting.map({ owner: [] }, "Tags")
  },
  reads: { volumes },
  subject: "volumes",
  reasons: {}
})

describe("a scan's catalogue entry", () => {
  it("tells whole numbers, choices, days and maps apart", () => {
    const settings = Object.fromEntries(
      catalogueEntry("test", "test", scan).settings.map(({ name, pattern, type, values }) => [
        name,
        [type, values ?? pattern ?? null]
      ])
    )
    assert.deepStrictEqual(settings, {
      days: ["integer", null],
      share: ["number", null],
      word: ["string", ["a", "b"]],
      from: ["string", "(\\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\\d|3[01]))?"],
      version: ["string", "\\d{1,9}\\.\\d{1,9}\\.\\d{1,9}"],
      tags: ["map", null]
    })
  })
})
