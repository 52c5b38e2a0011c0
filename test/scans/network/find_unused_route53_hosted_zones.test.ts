import { assert, describe, it } from "@effect/vitest"
import type { HostedZone, ZoneDetails } from "../../../datasets/aws/route53.ts"
import scan from "../../../scans/network/find_unused_route53_hosted_zones.ts"
import { gap, judge, type JudgeOptions, series } from "../harness.ts"

const zone = (overrides: Partial<HostedZone> = {}): HostedZone => ({
  arn: "arn:aws:route53:::hostedzone/Z1",
  id: "Z1",
  name: "example.com.",
  comment: "",
  isPrivate: false,
  recordSets: 12,
  linkedService: undefined,
  ...overrides
})

const prices = { "route53.hostedZoneMonth_first25": 0.5, "route53.hostedZoneMonth_over25": 0.1 }

const queried = (days: ReadonlyArray<number> | undefined) => series(() => days)

/** What GetHostedZone tells; undefined where it is refused. */
const details = (overrides: Partial<ZoneDetails> = {}) => ({ vpcs: [], nameServers: ["ns-1"], ...overrides })

const tags = { "arn:aws:route53:::hostedzone/Z1": { owner: "dns" } }

const run = (
  zones: unknown,
  options: {
    queries?: ReadonlyArray<number> | undefined
    recordTypes?: ReadonlyArray<string> | undefined
    details?: ZoneDetails | undefined
    /** Domains that the account registered. */
    domains?: unknown
    /** The name servers to which they are delegated; undefined where that is refused. */
    delegatedTo?: ReadonlyArray<string> | undefined
    tags?: JudgeOptions["tags"]
    settings?: Record<string, number>
  } = {}
) =>
  judge(
    scan,
    {
      zones,
      queries: queried("queries" in options ? options.queries : []),
      domains: options.domains ?? new Set()
    },
    {
      prices,
      region: "global",
      answers: {
        recordTypes: () => ("recordTypes" in options ? options.recordTypes : ["NS", "SOA"]),
        details: () => ("details" in options ? options.details : details()),
        nameServers: () => options.delegatedTo
      },
      tags: options.tags ?? tags,
      settings: options.settings ?? {}
    }
  )

const days = (count: number, value: number) => Array.from({ length: count }, () => value)

describe("find_unused_route53_hosted_zones", () => {
  it("leaves a public zone alone that is asked", () => {
    assert.deepStrictEqual(run([zone()], { queries: [0, 3, 0] }).flagged, [])
  })

  it("flags one that nobody asked, to be observed for the window because zones have no date", () => {
    const { flags } = run([zone()])
    assert.strictEqual(flags[0]?.reasons[0], "no_queries")
    assert.deepStrictEqual(flags[0]?.observe, { days: 90 })
    assert.strictEqual(flags[0]?.savings?.monthlyUsd, 0.5)
    assert.strictEqual(flags[0]?.savings?.basis, "exact")
    assert.strictEqual(flags[0]?.confidence, "medium")
    assert.deepStrictEqual(flags[0]?.resource.tags, { owner: "dns" })
    assert.deepStrictEqual(flags[0]?.evidence["nameServers"], ["ns-1"])
  })

  it("takes a datapoint from before the window for proof of age", () => {
    const { flags } = run([zone()], { queries: [4, ...days(120, 0)] })
    assert.deepStrictEqual(flags[0]?.observe, { days: 90, since: new Date("2026-07-23T00:00:00Z") })
    assert.strictEqual(flags[0]?.evidence["lastDayWithQueries"], "2026-07-23")
    assert.deepStrictEqual(run([zone()], { queries: days(60, 0) }).flags[0]?.observe, { days: 90 })
  })

  it("tolerates maxQueries, and judges the window that is set", () => {
    assert.deepStrictEqual(run([zone()], { queries: [5], settings: { maxQueries: 5 } }).flagged, ["Z1: no_queries"])
    assert.deepStrictEqual(run([zone()], { queries: [6], settings: { maxQueries: 5 } }).flagged, [])
    const old = [9, ...days(40, 0)]
    assert.deepStrictEqual(run([zone()], { queries: old }).flagged, [])
    assert.deepStrictEqual(run([zone()], { queries: old, settings: { lookbackDays: 30 } }).flagged, ["Z1: no_queries"])
  })

  it("says unknown when CloudWatch refuses", () => {
    assert.deepStrictEqual(run([zone()], { queries: undefined }).unknown, ["Z1"])
  })

  it("flags a zone as empty only when its records are NS and SOA", () => {
    const small = zone({ recordSets: 2 })
    assert.deepStrictEqual(run([small], { queries: [50] }).flagged, ["Z1: empty"])
    assert.strictEqual(run([small]).flags[0]?.confidence, "high")
    assert.deepStrictEqual(run([small], { queries: [50], recordTypes: ["NS", "A"] }).flagged, [])
    assert.deepStrictEqual(run([small], { recordTypes: undefined }).unknown, ["Z1"])
    const uncounted = zone({ recordSets: undefined })
    assert.deepStrictEqual(run([uncounted], { queries: [50] }).flagged, ["Z1: empty"])
    assert.deepStrictEqual(run([uncounted], { queries: [50], recordTypes: ["NS", "A"] }).flagged, [])
    assert.deepStrictEqual(run([uncounted], { recordTypes: undefined }).unknown, ["Z1"])
  })

  it("flags a private zone that no VPC sees, and judges it by nothing else", () => {
    const hidden = zone({ isPrivate: true })
    const { flags } = run([hidden])
    assert.strictEqual(flags[0]?.reasons[0], "no_vpc_association")
    assert.deepStrictEqual(flags[0]?.observe, { days: 90 })
    assert.match(String(flags[0]?.evidence["queries"]), /^not asked: /)
    assert.strictEqual(flags[0]?.evidence["nameServers"], "none")
    assert.deepStrictEqual(run([hidden], { details: details({ vpcs: ["vpc-1 in eu-west-1"] }) }).flagged, [])
    assert.deepStrictEqual(run([hidden], { details: undefined }).unknown, ["Z1"])
    assert.deepStrictEqual(run([zone({ isPrivate: true, recordSets: 2 })]).flagged, ["Z1: empty"])
  })

  it("leaves the zones of Cloud Map alone unless they are empty", () => {
    const linkedService = "servicediscovery.amazonaws.com"
    assert.deepStrictEqual(run([zone({ linkedService })]).flagged, [])
    assert.deepStrictEqual(run([zone({ linkedService, isPrivate: true })]).flagged, [])
    assert.deepStrictEqual(run([zone({ linkedService, recordSets: 2 })]).flagged, ["Z1: empty"])
  })

  describe("what zones save together", () => {
    const many = (count: number, overrides: (index: number) => Partial<HostedZone>) =>
      Array.from({ length: count }, (_, index) =>
        zone({ id: `Y${index}`, arn: `arn:Y${index}`, name: `y${index}.example.`, ...overrides(index) })
      )
    const used = { linkedService: "other" }
    const savingsOf = (zones: ReadonlyArray<HostedZone>, options: Parameters<typeof run>[1] = {}) =>
      run(zones, options).flags.map(({ savings }) => savings?.monthlyUsd)

    it("is the full price of each in an account with 25 zones or fewer", () => {
      assert.deepStrictEqual(savingsOf([zone(), ...many(24, () => used)]), [0.5])
      assert.deepStrictEqual(
        savingsOf(many(25, () => ({}))),
        Array.from({ length: 25 }, () => 0.5)
      )
    })

    it("is the lower price of one beyond that", () => {
      assert.deepStrictEqual(savingsOf([zone(), ...many(25, () => used)]), [0.1])
    })

    it("crosses back to the full price where several go: 10 of 30 save $3.00", () => {
      const zones = many(30, (index) => (index < 10 ? {} : used))
      const savings = savingsOf(zones)
      assert.deepStrictEqual(
        savings,
        Array.from({ length: 10 }, () => 0.3)
      )
      const { flags } = run(zones)
      assert.deepStrictEqual(
        flags[0]?.savings?.terms.map(({ label, quantity }) => `${label}: ${quantity}`),
        ["hosted zones up to 25: 0.5", "hosted zones above 25: 0.5"]
      )
      assert.strictEqual(flags[0]?.savings?.note, "Its share of what 10 of 30 zones save together.")
      assert.deepStrictEqual(savingsOf(zones.toReversed()), savings)
    })

    it("counts zones of every reason, and none that is in use or not known", () => {
      const zones = many(30, (index) =>
        index < 4
          ? { recordSets: 2 }
          : index < 7
            ? { isPrivate: true }
            : index < 10
              ? {}
              : index < 12
                ? { isPrivate: undefined }
                : index < 14
                  ? { name: "registered.example." }
                  : used
      )
      const options = { domains: new Set(["registered.example"]), delegatedTo: ["ns-1"] }
      const result = run(zones, options)
      assert.strictEqual(result.unknown.length, 2)
      assert.deepStrictEqual(
        result.flags.map(({ savings }) => savings?.monthlyUsd),
        Array.from({ length: 10 }, () => 0.3)
      )
    })

    it("asks about each zone once, however many are flagged", () => {
      const { asked } = run(many(30, (index) => (index < 10 ? { recordSets: 2 } : used)))
      const types = asked.filter((one) => one.startsWith("recordTypes"))
      assert.strictEqual(new Set(types).size, 10)
      assert.strictEqual(types.length, 10)
    })
  })

  it("keeps a finding whose tags are not readable, and confirms nothing new by it", () => {
    const { flags } = run([zone()], { tags: "denied" })
    assert.deepStrictEqual(flags[0]?.resource.tags, {})
    assert.isTrue(flags[0]?.unproven)
  })

  it("asks about single zones only where the answer matters", () => {
    const named = (id: string, overrides: Partial<HostedZone> = {}) => zone({ id, arn: `arn:${id}`, ...overrides })
    const zones = [
      named("used"),
      named("silent"),
      named("small", { recordSets: 2 }),
      named("private", { isPrivate: true }),
      named("cloudMap", { isPrivate: true, linkedService: "servicediscovery.amazonaws.com" })
    ]
    const queries = series(({ dimensions }) => (dimensions["HostedZoneId"] === "silent" ? [] : [5]))
    const { asked } = judge(
      scan,
      { zones, queries, domains: new Set() },
      { prices, region: "global", answers: { recordTypes: () => ["NS"], details: () => details({ vpcs: ["vpc-1"] }) } }
    )
    assert.deepStrictEqual(asked, ["details private", "details silent", "details small", "recordTypes small"])
  })

  it("takes today's queries for use", () => {
    assert.deepStrictEqual(run([zone()], { queries: [...days(100, 0), 2] }).flagged, [])
  })

  it("does not take a zone for public of which Route 53 does not say it", () => {
    assert.deepStrictEqual(run([zone({ isPrivate: undefined })]).unknown, ["Z1"])
    const { flags } = run([zone({ isPrivate: undefined, recordSets: 2 })])
    assert.strictEqual(flags[0]?.reasons[0], "empty")
    assert.strictEqual(flags[0]?.evidence["zoneType"], null)
  })

  it("does not know what a zone costs while others are not listed", () => {
    assert.deepStrictEqual(run(gap([zone()])).unknown, ["Z1"])
    const used = run(gap([zone()]), { queries: [3] })
    assert.strictEqual(used.stateOf(zone().arn), "healthy")
  })

  it("shows what it was not told as not known", () => {
    const { flags } = run([zone()], { details: undefined })
    assert.strictEqual(flags[0]?.evidence["nameServers"], null)
    assert.strictEqual(flags[0]?.evidence["linkedService"], "none")
  })

  describe("of a domain that the account registered", () => {
    const domains = new Set(["example.com"])

    it("is in use while the domain is delegated to it, although nobody asks", () => {
      for (const delegatedTo of [["ns-1"], ["ns-7", "ns-1"]]) {
        const result = run([zone()], { domains, delegatedTo })
        assert.deepStrictEqual(result.flagged, [])
        assert.strictEqual(result.stateOf(zone().arn), "healthy")
      }
      const shouting = run([zone({ name: "EXAMPLE.com." })], {
        domains,
        delegatedTo: ["ns-1"],
        details: details({ nameServers: ["NS-1."] })
      })
      assert.deepStrictEqual(shouting.flagged, [])
    })

    it("is waste where the domain is delegated elsewhere, where it is empty, and where it is another domain's", () => {
      const elsewhere = run([zone()], { domains, delegatedTo: ["ns.elsewhere"] })
      assert.deepStrictEqual(elsewhere.flagged, ["Z1: no_queries"])
      assert.strictEqual(elsewhere.flags[0]?.evidence["registeredDomain"], true)
      assert.deepStrictEqual(run([zone({ recordSets: 2 })], { domains, delegatedTo: ["ns-1"] }).flagged, ["Z1: empty"])
      const sub = run([zone({ name: "dev.example.com." })], { domains })
      assert.deepStrictEqual(sub.flagged, ["Z1: no_queries"])
      assert.strictEqual(sub.flags[0]?.evidence["registeredDomain"], false)
    })

    it("is not known while the domains, their delegation or the zone's name servers are not told", () => {
      assert.deepStrictEqual(run([zone()], { domains: gap(new Set()) }).unknown, ["Z1"])
      assert.deepStrictEqual(run([zone()], { domains: gap() }).unknown, ["Z1"])
      assert.deepStrictEqual(run([zone()], { domains, delegatedTo: undefined }).unknown, ["Z1"])
      assert.deepStrictEqual(run([zone()], { domains, delegatedTo: ["ns-1"], details: undefined }).unknown, ["Z1"])
      const busy = run([zone()], { domains: gap(), queries: [3] })
      assert.strictEqual(busy.stateOf(zone().arn), "healthy")
      const hidden = run([zone({ isPrivate: true })], { domains: gap() })
      assert.deepStrictEqual(hidden.flagged, ["Z1: no_vpc_association"])
    })
  })
})
