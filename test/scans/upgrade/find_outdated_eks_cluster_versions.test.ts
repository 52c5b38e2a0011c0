import { assert, describe, it } from "@effect/vitest"
import type { Cluster, ClusterVersion, NodeGroup } from "../../../datasets/aws/eks.ts"
import scan from "../../../scans/upgrade/find_outdated_eks_cluster_versions.ts"
import { known, unknown as notKnown } from "../../../core/Reading.ts"
import type { AccountUsage } from "../../../datasets/billing/usageTypes.ts"
import { billedInFull, gap, judge } from "../harness.ts"

const cluster = (version: string, more: Partial<Cluster> = {}): Cluster => ({
  arn: "arn:aws:eks:eu-west-1:111111111111:cluster/shop",
  name: "shop",
  status: "active",
  version,
  platformVersion: "eks.9",
  createdAt: new Date("2024-01-10T10:00:00Z"),
  supportType: "extended",
  tier: "standard",
  onOutpost: false,
  connected: false,
  tags: {},
  ...more
})

const support = (version: string, status: string, standardEnd: string, extendedEnd: string): ClusterVersion => ({
  version,
  status,
  standardEnd: new Date(standardEnd),
  extendedEnd: new Date(extendedEnd)
})

// The run is on 2026-11-20.
const live = [
  support("1.36", "standard_support", "2027-08-02T00:00:00Z", "2028-08-02T00:00:00Z"),
  support("1.35", "standard_support", "2027-02-19T00:00:00Z", "2028-03-27T00:00:00Z"),
  support("1.34", "standard_support", "2027-02-18T23:59:59Z", "2027-12-02T00:00:00Z"),
  support("1.33", "extended_support", "2026-07-29T00:00:00Z", "2027-07-29T00:00:00Z"),
  support("1.32", "extended_support", "2026-03-23T00:00:00Z", "2026-12-05T00:00:00Z"),
  support("1.31", "extended_support", "2025-11-26T00:00:00Z", "2026-12-04T23:00:00Z"),
  support("1.30", "unsupported", "2025-07-23T00:00:00Z", "2026-07-23T00:00:00Z")
]

interface Options {
  /** The bill, or why it is not known. */
  readonly billed?: ReadonlyArray<AccountUsage> | string
  readonly versions?: unknown
  readonly groups?: ReadonlyArray<NodeGroup> | undefined
  readonly settings?: Readonly<Record<string, number | boolean>>
}

const group = (name: string, version: string): NodeGroup => ({
  name,
  version,
  launchTemplateId: undefined,
  launchTemplateName: undefined,
  releaseVersion: undefined
})

const run = (clusters: unknown, options: Options = {}) =>
  judge(
    scan,
    { clusters, versions: options.versions ?? live },
    {
      prices: { "eks.extendedSupportSurchargeHour": 0.5, "eks.provisionedControlPlaneHour_tierXl": 1.65 },
      answers: { nodeGroups: () => ("groups" in options ? options.groups : []) },
      extendedSupport:
        options.billed === undefined
          ? billedInFull("AmazonEKS-Hours:extendedSupport")
          : typeof options.billed === "string"
            ? notKnown(options.billed)
            : known(options.billed),
      ...(options.settings === undefined ? {} : { settings: options.settings })
    }
  )

const only = (...asked: Parameters<typeof run>) => {
  const { flags } = run(...asked)
  assert.strictEqual(flags.length, 1)
  return flags[0] as (typeof flags)[number]
}

describe("find_outdated_eks_cluster_versions", () => {
  /** EKS upgrades it when standard support ends. */
  const upgraded = { supportType: "standard" }

  it("leaves a cluster of the newest version alone, and asks nothing about its nodes", () => {
    const { asked, flagged, unknown } = run([cluster("1.36", upgraded)])
    assert.deepStrictEqual([asked, flagged, unknown], [[], [], []])
  })

  it("tells when extended support will be bought, while standard support goes on", () => {
    const flag = only([cluster("1.36")])
    assert.deepInclude(flag, { kind: "notice", severity: "info", savings: null })
    assert.deepStrictEqual(flag.reasons, ["extended_policy"])
    assert.strictEqual(flag.evidence["standardSupportUntil"], "2027-08-02")
  })

  it("tells of nodes that hold up the upgrade of a supported cluster", () => {
    const groups = [group("web", "1.35"), group("batch", "1.31")]
    const flag = only([cluster("1.35", upgraded)], { groups })
    assert.deepInclude(flag, { kind: "hygiene", severity: "low", savings: null })
    assert.deepStrictEqual(flag.reasons, ["node_skew"])
    assert.deepStrictEqual(flag.evidence["nodeGroups"], ["batch: 1.31", "web: 1.35"])
    assert.deepStrictEqual(only([cluster("1.35")], { groups }).reasons, ["node_skew", "extended_policy"])
    assert.deepStrictEqual(run([cluster("1.35", upgraded)], { groups: [group("web", "1.32")] }).flagged, [])
  })

  it("does not take nodes that are not told for new ones", () => {
    assert.deepStrictEqual(run([cluster("1.35", upgraded)], { groups: undefined }).unknown, ["shop"])
    const { flags, status } = run([cluster("1.35")], { groups: undefined })
    assert.deepStrictEqual([flags[0]?.reasons, flags[0]?.evidence["nodeGroups"]], [["extended_policy"], null])
    assert.strictEqual(status, "partial")
    // A newer version may be on the page that is missing.
    const first = gap(live.filter(({ version }) => version === "1.35"))
    const groups = [group("batch", "1.31")]
    assert.deepStrictEqual(run([cluster("1.35", upgraded)], { versions: first, groups }).flagged, ["shop: node_skew"])
  })

  it("prices the surcharge of a cluster in extended support", () => {
    const flag = only([cluster("1.33")], { groups: [group("web", "1.33"), group("batch", "1.30")] })
    assert.deepInclude(flag, { kind: "money", severity: "high", confidence: "high" })
    assert.deepStrictEqual(flag.reasons, ["extended_support"])
    assert.deepInclude(flag.savings, { monthlyUsd: 365, basis: "exact", claim: "modernise" })
    assert.deepStrictEqual(flag.evidence, {
      version: "1.33",
      platformVersion: "eks.9",
      standardSupportUntil: "2026-07-29",
      extendedSupportUntil: "2027-07-29",
      upgradePolicy: "extended",
      surchargeMonthlyUsd: 365,
      datesFrom: "EKS",
      controlPlaneTier: "standard",
      controlPlaneTierMonthlyUsd: 0,
      nodeGroups: ["batch: 1.30", "web: 1.33"]
    })
  })

  it("saves nothing where its policy lets EKS upgrade the cluster", () => {
    const flag = only([cluster("1.33", { supportType: "standard" })])
    assert.deepInclude(flag, { kind: "hygiene", severity: "high", savings: null })
    assert.match(flag.note, /nothing is charged/)
  })

  it("is critical two weeks before extended support ends, counted in UTC days", () => {
    assert.strictEqual(only([cluster("1.31")]).severity, "critical")
    assert.strictEqual(only([cluster("1.32")]).severity, "high")
  })

  it("claims nothing of an unsupported cluster that EKS upgrades, or of which the bill says nothing", () => {
    for (const [more, billed] of [
      [upgraded, undefined],
      [{}, []],
      [{ createdAt: new Date("2026-10-05T00:00:00Z") }, undefined]
    ] as const) {
      const flag = only([cluster("1.30", more)], billed === undefined ? {} : { billed })
      assert.deepInclude(flag, { kind: "hygiene", severity: "critical", savings: null })
      assert.deepStrictEqual(flag.reasons, ["unsupported"])
    }
    assert.isTrue(only([cluster("1.30")], { billed: "it was denied" }).billUnread)
  })

  it("warns 90 days before standard support ends", () => {
    const flag = only([cluster("1.34")])
    assert.deepInclude(flag, { kind: "hygiene", severity: "medium", savings: null })
    assert.deepStrictEqual(flag.reasons, ["standard_ending"])
    assert.match(flag.note, /surcharge/)
    assert.match(only([cluster("1.34", { supportType: "standard" })]).note, /by itself/)
    assert.deepStrictEqual(run([cluster("1.35", { supportType: "standard" })]).flagged, [])
  })

  it("says which nodes are too far behind", () => {
    const skewed = only([cluster("1.33")], { groups: [group("web", "1.29")] })
    assert.deepStrictEqual(skewed.reasons, ["extended_support", "node_skew"])
    // Before 1.28 two minor versions were the most.
    const old = support("1.27", "extended_support", "2024-07-24T00:00:00Z", "2027-07-24T00:00:00Z")
    const strict = only([cluster("1.27")], { versions: [old], groups: [group("web", "1.24")] })
    assert.deepStrictEqual(strict.reasons, ["extended_support", "node_skew"])
  })

  it("keeps the saving where the nodes are not told", () => {
    const flag = only([cluster("1.33")], { groups: undefined })
    assert.strictEqual(flag.savings?.monthlyUsd, 365)
    assert.isNull(flag.evidence["nodeGroups"])
  })

  it("shows what a larger control plane costs, and claims nothing of it", () => {
    const flag = only([cluster("1.36", { tier: "tier-xl", supportType: "standard" })])
    assert.deepInclude(flag, { kind: "notice", severity: "info", savings: null })
    assert.deepStrictEqual(flag.reasons, ["scaled_control_plane"])
    assert.strictEqual(flag.evidence["controlPlaneTierMonthlyUsd"], 1204.5)
    const extended = only([cluster("1.33", { tier: "tier-8xl" })])
    assert.deepStrictEqual(extended.reasons, ["extended_support", "scaled_control_plane"])
    assert.deepInclude(extended.savings, { monthlyUsd: 365 })
    assert.isNull(extended.evidence["controlPlaneTierMonthlyUsd"])
  })

  it("leaves connected clusters alone, and those that come and go", () => {
    assert.deepStrictEqual(run([cluster("1.30", { connected: true })]).flagged, [])
    for (const status of ["creating", "deleting", "failed"]) {
      assert.deepStrictEqual(run([cluster("1.30", { status })]).flagged, [])
    }
  })

  describe("where EKS does not tell the dates", () => {
    it("takes those of the table, shows the cluster and claims no saving", () => {
      const { flags, status } = run([cluster("1.33")], { versions: gap() })
      assert.strictEqual(status, "partial")
      assert.deepInclude(flags[0], { kind: "hygiene", severity: "high", confidence: "medium", savings: null })
      assert.match(String(flags[0]?.evidence["datesFrom"]), /the table of 2026-11-26/)
    })

    it("takes a version that the table does not have for unknown", () => {
      const judged = run([cluster("1.99")])
      assert.deepStrictEqual([judged.flagged, judged.unknown], [[], ["shop"]])
      assert.strictEqual(judged.stateOf(cluster("1.99").arn), "unknown")
      assert.deepStrictEqual(run([cluster("1.99")], { versions: gap([]) }).unknown, ["shop"])
      // The table alone says that all is well.
      assert.deepStrictEqual(run([cluster("1.36", upgraded)], { versions: gap([]) }).unknown, ["shop"])
    })

    it("does not know a status that is new, nor a cluster on an Outpost", () => {
      const versions = [support("1.33", "premium_support", "2026-07-29T00:00:00Z", "2027-07-29T00:00:00Z")]
      assert.deepStrictEqual(run([cluster("1.33")], { versions }).unknown, ["shop"])
      assert.deepStrictEqual(run([cluster("1.33", { onOutpost: true })]).unknown, ["shop"])
    })
  })

  it("gives no figure without a price", () => {
    const { flags } = judge(
      scan,
      { clusters: [cluster("1.33")], versions: live },
      { answers: { nodeGroups: () => [] } }
    )
    assert.deepInclude(flags[0]?.savings, { basis: "none", monthlyUsd: 0 })
    assert.isNull(flags[0]?.evidence["surchargeMonthlyUsd"])
  })

  it("finds nothing where there is nothing, and closes nothing where not everything was read", () => {
    const empty = run([])
    assert.deepStrictEqual([empty.status, empty.counters.examined], ["complete", 0])
    assert.strictEqual(run(gap()).status, "unavailable")
    const partial = run(gap([cluster("1.33")]))
    assert.deepStrictEqual([partial.status, partial.flagged], ["partial", ["shop: extended_support"]])
    assert.strictEqual(partial.stateOf("arn:aws:eks:eu-west-1:111111111111:cluster/not-listed"), "unknown")
  })

  it("follows its settings", () => {
    assert.deepStrictEqual(run([cluster("1.34", upgraded)], { settings: { noticeDays: 89 } }).flagged, [])
    const nodes = { groups: [group("web", "1.31")] }
    const reasons = (maxNodeSkew: number) => only([cluster("1.33")], { ...nodes, settings: { maxNodeSkew } }).reasons
    assert.deepStrictEqual(reasons(2), ["extended_support"])
    assert.deepStrictEqual(reasons(1), ["extended_support", "node_skew"])
    const scaled = cluster("1.36", { tier: "tier-xl" })
    assert.deepStrictEqual(only([scaled]).reasons, ["extended_policy", "scaled_control_plane"])
    const settings = { includePolicy: false }
    assert.deepStrictEqual(only([scaled], { settings }).reasons, ["scaled_control_plane"])
    assert.deepStrictEqual(run([cluster("1.36")], { settings }).flagged, [])
  })
})

describe("the surcharge on the bill", () => {
  /** What October shows of it, of 744 hours. */
  const billed = (amount: number, name = "AmazonEKS-Hours:extendedSupport", currency = "USD"): AccountUsage => ({
    account: "111111111111",
    region: "eu-west-1",
    name,
    usageType: `EU-${name}`,
    start: "2026-10-01",
    amount,
    currency,
    quantity: amount * 2,
    unit: "Hours",
    estimated: false
  })
  const two = [cluster("1.33"), cluster("1.33", { arn: "arn:aws:eks:eu-west-1:111111111111:cluster/b", name: "b" })]
  const amounts = (clusters: ReadonlyArray<Cluster>, ...rows: ReadonlyArray<AccountUsage>) =>
    run(clusters, { billed: rows }).flags.map(({ savings }) => savings?.monthlyUsd ?? null)

  it("is the measure: all of it where it shows as much, and a share of it for each where it shows less", () => {
    const { savings } = only([cluster("1.33")], { billed: [billed(372)] })
    assert.deepInclude(savings, { monthlyUsd: 365, price: "billed" })
    assert.strictEqual(
      savings?.note,
      "As the bill of 2026-10 shows it: $365.00 a month for all of this kind in the account and region."
    )
    assert.deepStrictEqual(amounts(two, billed(372)), [182.5, 182.5])
    assert.deepStrictEqual(amounts(two, billed(744), billed(999, "ExtendedSupport:Yr1-Yr2:MySQL5.7")), [365, 365])
  })

  it("is an unsupported cluster's where it shows more than what the others are charged", () => {
    const both = [two[0] as Cluster, { ...(two[1] as Cluster), version: "1.30" }]
    assert.deepStrictEqual(amounts(both, billed(372)), [365, null])
    assert.deepStrictEqual(amounts(both, billed(558)), [365, 182.5])
    const [, flag] = run(both, { billed: [billed(744)] }).flags
    assert.deepInclude(flag, { kind: "money", severity: "critical" })
    assert.deepStrictEqual(flag?.reasons, ["unsupported"])
    assert.deepInclude(flag?.savings, { monthlyUsd: 365, price: "billed" })
  })

  it("is at most its list price where the bill has no row of it, as where it was not read", () => {
    const flag = only([cluster("1.33")], { billed: [billed(999, "ExtendedSupport:Yr1-Yr2:MySQL5.7")] })
    assert.deepInclude(flag, { kind: "money", severity: "high" })
    assert.isNotTrue(flag.billUnread)
    assert.deepStrictEqual(
      [flag.savings?.monthlyUsd, flag.savings?.basis, flag.savings?.price],
      [365, "upper_bound", undefined]
    )
    assert.strictEqual(
      flag.savings?.note,
      "From the price list: the bill of 2026-10 shows no row of it here, so that it is at most that."
    )
    // A row without an amount says that nothing was charged.
    assert.deepInclude(only([cluster("1.33")], { billed: [billed(0)] }), { kind: "hygiene", savings: null })
  })

  it("is at most its list price where the bill was not read", () => {
    const flag = only([cluster("1.33")], { billed: "it was denied" })
    assert.deepInclude(flag, { kind: "money", billUnread: true })
    assert.deepStrictEqual([flag.savings?.monthlyUsd, flag.savings?.basis], [365, "upper_bound"])
    assert.strictEqual(
      flag.savings?.note,
      "From the price list: what the bill shows of it is not known (it was denied)."
    )
  })

  it("is at list prices where no bill could show it: younger than its month, or in another currency", () => {
    const list = (flag: ReturnType<typeof only>) => [flag.savings?.monthlyUsd, flag.savings?.price, flag.savings?.note]
    const young = only([cluster("1.33", { createdAt: new Date("2026-10-05T00:00:00Z") })], { billed: [] })
    assert.deepStrictEqual(list(young), [
      365,
      undefined,
      "From the price list: the bill of 2026-10 has no whole month of it yet."
    ])
    const euros = only([cluster("1.33")], { billed: [billed(1, "AmazonEKS-Hours:extendedSupport", "EUR")] })
    assert.strictEqual(euros.savings?.monthlyUsd, 365)
  })
})
