import { assert, describe, it } from "@effect/vitest"
import { catalogueEntry, scanReads } from "../../../audit/catalogueEntry.ts"
import type { Allocated, AllocationTag } from "../../../datasets/billing/allocation.ts"
import scan from "../../../scans/governance/generate_cost_allocation_report.ts"
import { defaultSettings } from "../../../scans/Scan.ts"
import { gap, judge } from "../harness.ts"

const october = "2026-10-01"

const spent = (value: string, amount: number, more: Partial<Allocated> = {}): Allocated => ({
  by: "tag",
  key: "Owner",
  value,
  recordType: "Usage",
  start: october,
  amount,
  currency: "USD",
  estimated: false,
  ...more
})

const tag = (key: string, isByAws = false): AllocationTag => ({ key, isByAws, lastUsed: "2026-11-01" })

const run = (
  allocated: ReadonlyArray<Allocated> | ReturnType<typeof gap>,
  settings: Record<string, any> = {},
  evidence: { tags?: unknown; names?: unknown } = {}
) => judge(scan, { allocated, tags: [tag("Owner")], names: [], ...evidence }, { settings, region: "global/payer" })

const report = (...parameters: Parameters<typeof run>) => {
  const made = run(...parameters).report
  assert.isDefined(made)
  return made as NonNullable<typeof made>
}

const rows = (made: ReturnType<typeof report>) =>
  made.rows.map(({ key, sharePct, usage, value }) => `${key} ${value}: ${usage}, ${sharePct}`)

describe("generate_cost_allocation_report", () => {
  const months = [
    spent("shop", 60),
    spent("shop", 50, { start: "2026-09-01" }),
    spent("search", 15),
    spent("", 25),
    spent("", 400, { recordType: "Tax" }),
    spent("shop", -5, { recordType: "Credit" })
  ]

  it("says what each value of a key came to, what is unallocated, and how that changed", () => {
    const made = report(months)
    assert.deepStrictEqual(rows(made), [
      "Owner (all): 100, 100",
      "Owner (unallocated): 25, 25",
      "Owner shop: 60, 60",
      "Owner search: 15, 15"
    ])
    assert.deepStrictEqual(made.rows[2], {
      by: "Tag",
      key: "Owner",
      value: "shop",
      usage: 60,
      sharePct: 60,
      previousUsage: 50,
      change: 10,
      changePct: 20,
      tooLittle: null
    })
    assert.deepStrictEqual(
      made.columns.map(({ key }) => key),
      Object.keys(made.rows[0] ?? {})
    )
    assert.strictEqual(run(months).flags.length, 0)
  })

  it("marks a key that leaves more than a fifth unallocated", () => {
    const mark = (unallocated: number) =>
      report([spent("shop", 100 - unallocated), spent("", unallocated)]).rows[1]?.["tooLittle"]
    // 20.04 % is shown as 20.
    assert.deepStrictEqual([mark(20), mark(20.04), mark(21), mark(0)], [false, true, true, false])
  })

  it("never adds keys: each is the same usage again", () => {
    const made = report(
      [spent("shop", 80), spent("", 20), spent("web", 90, { key: "Team" }), spent("", 10, { key: "Team" })],
      {},
      { tags: [tag("Owner"), tag("Team")] }
    )
    assert.deepStrictEqual(
      made.rows.flatMap(({ key, usage, value }) => (value === "(all)" ? [[key, usage]] : [])),
      [
        ["Owner", 100],
        ["Team", 100]
      ]
    )
    assert.include(made.notes, "Each key splits up the same usage: never add amounts of two keys.")
  })

  it("lists cost categories after tags", () => {
    const made = report([spent("Shop", 5, { by: "category", key: "Products" }), spent("shop", 5)])
    assert.deepStrictEqual(
      made.rows.map(({ by, key }) => `${by} ${key}`),
      [
        "Tag Owner",
        "Tag Owner",
        "Tag Owner",
        "Cost category Products",
        "Cost category Products",
        "Cost category Products"
      ]
    )
  })

  it("joins what is beyond the largest values", () => {
    const made = report([spent("a", 5), spent("b", 4), spent("c", 3), spent("d", 2, { start: "2026-09-01" })], {
      topValues: 2
    })
    assert.deepStrictEqual(rows(made).slice(2), [
      "Owner a: 5, 41.7",
      "Owner b: 4, 33.3",
      "Owner (2 other values): 3, 25"
    ])
  })

  it("says which named tag is not activated, and which ones it left out", () => {
    const named = report([spent("shop", 5)], { tagKeys: ["Owner", "Squad"] })
    assert.deepInclude(named.rows.at(-1), { key: "Squad", value: "(not activated)", usage: null })
    assert.match(named.notes.join(" "), /switch the tag on for cost allocation, and backfill it/)
    const unread = report([], { tagKeys: ["Squad"] }, { tags: gap() })
    assert.deepStrictEqual(unread.rows, [])
    const many = report([spent("shop", 5)], { maxKeys: 1 }, { tags: [tag("Owner"), tag("Team"), tag("aws:x", true)] })
    assert.match(many.notes.join(" "), /The 1 tags used last of 2 active ones: tagKeys names others/)
    assert.match(
      report([], {}, { tags: [tag("aws:createdBy", true)] }).notes.join(" "),
      /No tag that people made is active for cost allocation/
    )
  })

  it("takes other days and another metric", () => {
    const made = report([spent("shop", 5, { start: "2026-11-03", currency: "CNY", estimated: true })], {
      startDate: "2026-11-03",
      endDate: "2026-11-20",
      metric: "UnblendedCost"
    })
    assert.strictEqual(made.title, "Spend by cost allocation tag from 2026-11-03 up to 2026-11-20")
    assert.match(made.notes.join(" "), /Billed usage in CNY, as UnblendedCost/)
    assert.match(made.notes.join(" "), /provisional/)
    assert.deepStrictEqual(made.columns[3], { key: "usage", title: "Usage (CNY)", kind: "count" })
  })

  it("asks what its settings say", () => {
    const namesOf = (settings: object) => {
      const { allocated, names } = scan.reads({ ...defaultSettings(scan.settings), ...settings })
      return [allocated?.name, names?.name]
    }
    const all = [
      {},
      { tagKeys: ["Owner"] },
      { maxKeys: 3 },
      { metric: "UnblendedCost" },
      { includeCostCategories: false },
      { startDate: "2026-10-01" },
      { endDate: "2026-10-01" }
    ].map((settings) => namesOf(settings).join(" "))
    assert.strictEqual(new Set(all).size, all.length)
    assert.strictEqual(namesOf({ includeCostCategories: false })[1], "allocation.noCategories")
  })

  it("says what it does not know, and has no report where nothing is", () => {
    const partly = run(gap([spent("shop", 5)]), {}, { names: gap() })
    assert.strictEqual(partly.status, "partial")
    assert.match(partly.report?.notes.join(" ") ?? "", /Cost categories are not known.*Not every key is known/)
    assert.deepStrictEqual([run(gap()).report, run(gap()).status], [undefined, "unavailable"])
    assert.deepStrictEqual(report([]).rows, [])
  })

  it("is a report of paid actions", () => {
    const { actions, kind } = catalogueEntry("generate_cost_allocation_report", "governance", scan)
    const { operations } = scanReads(scan)
    assert.deepStrictEqual(
      [kind, actions],
      ["report", ["ce:GetCostAndUsage", "ce:GetCostCategories", "ce:ListCostAllocationTags"]]
    )
    assert.isTrue(operations.every(({ paid }) => paid?.usdPerUnit === 0.01))
  })
})
