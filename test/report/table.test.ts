import { assert, describe, it } from "@effect/vitest"
import type { Listed, Rows } from "../../report/Model.ts"
import { listed } from "../../report/Model.ts"
import { findingIn, fragmentOf, isFindingId, queryIn } from "../../report/page/link.ts"
import { countsOf, noQuery, type Query, select, shows, type Table, taggedOf, tableOf } from "../../report/page/table.ts"
import { labels, signed, sumsText, usd } from "../../report/page/words.ts"

interface Row {
  readonly cents: number
  readonly standing?: number
  readonly counts?: number
  readonly name?: string
  readonly since?: number
  readonly of?: Partial<Record<Listed, string>>
}

const [one, two] = ["111111111111", "222222222222"]

const usual: Record<Listed, string> = {
  category: "cleanup",
  account: one,
  region: "eu-west-1",
  service: "EC2 - Other",
  owner: "",
  scan: "find_unused_volumes",
  severity: "medium",
  reason: "unattached",
  basis: "exact"
}

const rowsOf = (given: ReadonlyArray<Row>): Rows => {
  const values = Object.fromEntries(
    listed.map((name) => [name, [...new Set(given.map(({ of }) => of?.[name] ?? usual[name]))]])
  ) as unknown as Rows["values"]
  return {
    n: given.length,
    values,
    at: Object.fromEntries(
      listed.map((name) => [name, given.map(({ of }) => values[name].indexOf(of?.[name] ?? usual[name]))])
    ) as unknown as Rows["at"],
    standing: given.map(({ standing = 0 }) => standing),
    counts: given.map(({ counts = 1 }) => counts),
    cents: given.map(({ cents }) => cents),
    since: given.map(({ since = 20_000 }) => since),
    id: given.map((_, index) => `${index}`.padStart(20, "f")),
    name: given.map(({ name = "" }) => name),
    resource: given.map((_, index) => `vol-${index}`),
    overlaps: []
  }
}

const label = labels({
  accountNames: { [one]: "production", [two]: "staging" },
  regionNames: {},
  scans: {
    find_unused_volumes: { title: "Unattached volumes", category: "cleanup", why: "", fix: "", docs: "", reasons: {} }
  }
})

const table: Table = tableOf(
  rowsOf([
    { cents: 900, name: "Orders", of: { owner: "web", severity: "critical" }, since: 20_002 },
    { cents: 800, counts: 0, name: "orders", of: { owner: "web", scan: "other_scan" } },
    { cents: 700, standing: 1, name: "cache", of: { account: two, severity: "high" } },
    { cents: 500, standing: 2, name: "plan" },
    { cents: 300, name: "archive", of: { account: two, owner: "data" } },
    { cents: 0, standing: 3, counts: 0, name: "open port", of: { severity: "critical" } },
    { cents: 0, standing: 4, counts: 0, name: "Amazon Bedrock" },
    { cents: 100, standing: 5, name: "snoozed" },
    { cents: 90, standing: 5, counts: 0, name: "its twin" }
  ]),
  label
)

const found = (query: Partial<Query>) => [...select(table, { ...noQuery, ...query }).items]

describe("the table of findings", () => {
  it("shows waste first, the largest on top, and adds up what counts", () => {
    const { items, sums } = select(table, noQuery)
    assert.deepStrictEqual([...items], [0, 1, 2, 4])
    assert.deepStrictEqual(sums, {
      findings: 4,
      confirmed: 1200,
      unconfirmed: 700,
      overlapping: 800,
      unsettled: 0,
      commitment: 0,
      aside: 0
    })
  })

  it("keeps apart from what overlaps what no claim was chosen of yet, and has it in no sum", () => {
    const running = tableOf(
      rowsOf([
        { cents: 900, counts: 0 },
        { cents: 800, counts: 2 },
        { cents: 700, counts: 2, standing: 1 }
      ]),
      label
    )
    const { items, sums } = select(running, noQuery)
    assert.deepStrictEqual([...items], [0, 1, 2])
    assert.deepStrictEqual(sums, {
      findings: 3,
      confirmed: 0,
      unconfirmed: 0,
      overlapping: 900,
      unsettled: 1500,
      commitment: 0,
      aside: 0
    })
    assert.deepStrictEqual([...select(running, { ...noQuery, show: "overlapping" }).items], [0])
    assert.deepStrictEqual([...select(running, { ...noQuery, show: "unsettled" }).items], [1, 2])
    assert.deepStrictEqual(
      [0, 1, 2].map((index) => taggedOf(running, index)),
      ["overlapping", "unsettled", "unsettled"]
    )
  })

  it.each([
    ["confirmed", [0, 1, 4]],
    ["unconfirmed", [2]],
    ["overlapping", [1]],
    ["commitment", [3]],
    ["hygiene", [5]],
    ["notice", [6]],
    ["aside", [7, 8]],
    ["all", [0, 1, 2, 3, 4, 5, 6, 7, 8]]
  ] as const)("shows what is %s", (show, items) => assert.deepStrictEqual(found({ show }), [...items]))

  it("finds every word anywhere, whatever its case, and a field's word in that field", () => {
    assert.deepStrictEqual(found({ text: "ORDERS" }), [0, 1])
    assert.deepStrictEqual(found({ text: "orders unattached volumes" }), [0])
    assert.deepStrictEqual(found({ text: "owner:web vol-1" }), [1])
    assert.deepStrictEqual(found({ text: "staging" }), [2, 4])
    assert.deepStrictEqual(found({ text: "owner:staging" }), [])
    assert.deepStrictEqual(found({ text: "ffffffffffffffffff4" }), [4])
    assert.deepStrictEqual(found({ text: "nowhere" }), [])
    // Names and ids are found by any part, words of ours and of AWS by how they begin, also within a name like ElastiCache.
    for (const part of ["tached", "olumes", "lastic", "ache"])
      assert.deepStrictEqual(found({ text: `scan:${part}` }), [], part)
    assert.deepStrictEqual(found({ text: "tached" }), [])
    assert.deepStrictEqual(found({ text: "rder" }), [0, 1])
    assert.deepStrictEqual(found({ text: "account:taging" }), [2, 4])
    assert.deepStrictEqual(found({ text: "unatt" }), [0, 1, 2, 4])
    const cached = tableOf(rowsOf([{ cents: 1, of: { service: "Amazon ElastiCache" } }]), label)
    for (const [text, many] of [
      ["service:cache", 1],
      ["service:elasti", 1],
      ["service:ache", 0]
    ] as const)
      assert.strictEqual(select(cached, { ...noQuery, text }).items.length, many, text)
    // A field that is none is a text like any other.
    assert.deepStrictEqual(found({ text: "colour:red" }), [])
  })

  it("filters by exact values, an empty one too, and by the smallest amount", () => {
    assert.deepStrictEqual(found({ at: { account: [two] } }), [2, 4])
    assert.deepStrictEqual(found({ at: { owner: [""] } }), [2])
    assert.deepStrictEqual(found({ at: { owner: ["nobody"] } }), [])
    // Of one facet any of the values, and of all facets each.
    assert.deepStrictEqual(found({ at: { owner: ["", "data"] } }), [2, 4])
    assert.deepStrictEqual(found({ at: { owner: ["", "data"], severity: ["high"] } }), [2])
    assert.deepStrictEqual(found({ least: 8 }), [0, 1])
  })

  it("counts the values of a facet beside all other filters", () => {
    const counts = (query: Partial<Query>) =>
      Object.fromEntries(
        [...countsOf(table, { ...noQuery, ...query }, "owner")].map((of, place) => [table.values.owner[place], of])
      )
    assert.deepStrictEqual(counts({}), { web: 2, "": 1, data: 1 })
    // What is chosen of the facet itself does not matter.
    assert.deepStrictEqual(counts({ at: { owner: ["web"], account: [two] } }), { web: 0, "": 1, data: 1 })
    assert.deepStrictEqual(counts({ text: "orders", least: 9 }), { web: 1, "": 0, data: 0 })
  })

  it("sorts by any column, equal ones by amount", () => {
    assert.deepStrictEqual(found({ descending: false }), [4, 2, 1, 0])
    assert.deepStrictEqual(found({ sort: "name", descending: false }), [4, 2, 0, 1])
    assert.deepStrictEqual(found({ sort: "account", descending: false }), [0, 1, 2, 4])
    assert.deepStrictEqual(found({ sort: "account", descending: true }), [2, 4, 0, 1])
    assert.deepStrictEqual(found({ sort: "severity", descending: false }), [0, 2, 1, 4])
    assert.deepStrictEqual(found({ sort: "since", descending: true }), [0, 1, 2, 4])
  })

  it("groups with the sum of what counts, and hides the rows of a group that is closed", () => {
    const { groups, items } = select(table, { ...noQuery, group: "owner" })
    assert.deepStrictEqual(
      [...groups.values()].map(({ name, sums }) => [name, sums.findings, sumsText(sums)]),
      [
        ["web", 2, ": $9.00 confirmed a month; $8.00 overlap and are in no sum"],
        ["data", 1, ": $3.00 confirmed a month"],
        ["", 1, ": $7.00 unconfirmed a month"]
      ]
    )
    const [web = -1] = [...groups.keys()]
    assert.strictEqual(items[0], -1 - web)
    assert.deepStrictEqual(
      [...items].filter((item) => item >= 0),
      [0, 1, 4, 2]
    )
    const closed = select(table, { ...noQuery, group: "owner" }, new Set([web]))
    assert.deepStrictEqual(
      [...closed.items].filter((item) => item >= 0),
      [4, 2]
    )
    assert.strictEqual(closed.sums.findings, 4)
  })

  it("says of each group, of whatever findings, what the table says of all of them", () => {
    for (const show of shows) {
      const { groups, sums } = select(table, { ...noQuery, show, group: "account" })
      const added = { ...sums }
      for (const name of Object.keys(added) as Array<keyof typeof added>)
        added[name] = [...groups.values()].reduce((sum, group) => sum + group.sums[name], 0)
      assert.deepStrictEqual(added, sums, show)
    }
    const { sums } = select(table, { ...noQuery, show: "aside" })
    assert.strictEqual(sumsText(sums), "; $1.00 set aside, each resource once, and in no sum")
  })
})

describe("a difference", () => {
  it.each([
    [12.5, "+$12.50"],
    [-12.5, "\u2212$12.50"],
    [0, "$0.00"]
  ])("has a sign where there is one: %s", (amount, text) => assert.strictEqual(signed(amount, usd), text))
})

describe("the fragment", () => {
  it.each([
    noQuery,
    { ...noQuery, text: "owner:web a&b=#", show: "hygiene", sort: "name", descending: false },
    { ...noQuery, at: { owner: ["", "a,b"], account: [one], region: ["=1+1"] }, least: 10, group: "severity" }
  ] as ReadonlyArray<Query>)("keeps a view", (query) => {
    const fragment = fragmentOf(query)
    assert.deepStrictEqual(fragment === "" ? noQuery : queryIn(fragment), query)
  })

  it("names a finding, and takes nothing else for one", () => {
    assert.strictEqual(findingIn("#finding=903c666721fd60a9975c"), "903c666721fd60a9975c")
    for (const other of ["", "#coverage", "#findings?owner=web"]) assert.isUndefined(findingIn(other))
    // What can be no id is told to whoever follows the link.
    for (const [fragment, named] of [
      ["#finding=", ""],
      ["#finding=<script>", "<script>"],
      ["#finding=90", "90"],
      ["#findings?owner=web&finding=<script>", "<script>"],
      [`#finding=${"x".repeat(500)}`, `${"x".repeat(59)}…`]
    ] as const) {
      assert.strictEqual(findingIn(fragment), named)
      assert.isFalse(isFindingId(named))
    }
    assert.isTrue(isFindingId(findingIn("#finding=903C6667") ?? ""))
  })

  it("names a finding beside a view", () => {
    const query: Query = { ...noQuery, at: { owner: ["web", "data"] } }
    const fragment = fragmentOf(query, "903c666721fd60a9975c")
    assert.strictEqual(fragment, "#findings?owner=web&owner=data&finding=903c666721fd60a9975c")
    assert.deepStrictEqual([queryIn(fragment), findingIn(fragment)], [query, "903c666721fd60a9975c"])
    assert.strictEqual(fragmentOf(noQuery, "903c666721fd60a9975c"), "#finding=903c666721fd60a9975c")
  })

  it("leaves out what it does not know", () => {
    assert.deepStrictEqual(queryIn("#findings?show=everything&sort=-colour&least=-1&group=x&colour=red"), {
      ...noQuery,
      descending: true
    })
    assert.isUndefined(queryIn("#coverage"))
  })
})
