import { assert, describe, it } from "@effect/vitest"
import type { Distribution } from "../../../datasets/aws/cloudfront.ts"
import scan from "../../../scans/network/find_unused_cloudfront_distributions.ts"
import { daysAgo } from "../../datasets/harness.ts"
import { gap, judge, type JudgeOptions, series, silent } from "../harness.ts"

const distribution = (overrides: Partial<Distribution> = {}): Distribution => ({
  arn: "arn:aws:cloudfront::111111111111:distribution/E1",
  id: "E1",
  domainName: "d1.cloudfront.net",
  comment: "",
  enabled: true,
  staging: false,
  lastModifiedAt: daysAgo(200),
  aliases: ["www.example.com"],
  origins: [{ id: "o", domainName: "site.s3.eu-west-1.amazonaws.com", path: "", kind: "s3", shieldRegion: undefined }],
  webAclId: "",
  priceClass: "PriceClass_All",
  sslSupportMethod: "sni-only",
  certificate: "arn:cert",
  anycastIpListId: undefined,
  connectionMode: "direct",
  edgeFunctionArns: [],
  cachePolicyIds: [],
  caching: [],
  errorCaching: [],
  ...overrides
})

const prices = {
  "cloudfront.dedicatedIpSslMonth": 600,
  "cloudfront.anycastIpListMonth": 3000,
  "waf.webAclMonth": 5,
  "cloudwatch.metricMonth_first10k": 0.3,
  "cloudwatch.metricMonth_next240k": 0.1
}

const run = (
  distributions: unknown,
  options: {
    requests?: ReturnType<typeof series>
    /** Undefined where CloudFront does not tell. */
    additionalMetrics?: (distribution: Distribution) => boolean | undefined
    tags?: JudgeOptions["tags"]
    settings?: Record<string, number | boolean>
  } = {}
) =>
  judge(
    scan,
    { distributions, requests: options.requests ?? silent },
    {
      prices,
      region: "global",
      answers: { additionalMetrics: options.additionalMetrics ?? (() => false) },
      tags: options.tags ?? { "arn:aws:cloudfront::111111111111:distribution/E1": { owner: "web" } },
      settings: options.settings ?? {}
    }
  )

describe("find_unused_cloudfront_distributions", () => {
  it("leaves distributions with viewers alone", () => {
    assert.deepStrictEqual(run([distribution()], { requests: series(() => [0, 1]) }).flagged, [])
  })

  it("flags one without requests for free, as CloudFront bills by use", () => {
    const { flags } = run([distribution()])
    assert.strictEqual(flags[0]?.reasons[0], "no_requests")
    assert.strictEqual(flags[0]?.kind, "hygiene")
    assert.strictEqual(flags[0]?.savings, null)
    assert.strictEqual(flags[0]?.severity, "info")
    assert.strictEqual(
      flags[0]?.note,
      "Without requests CloudFront bills nothing, unless the distribution has a flat-rate plan, which is not read."
    )
    assert.strictEqual(flags[0]?.resource.name, "www.example.com")
    assert.deepStrictEqual(flags[0]?.resource.tags, { owner: "web" })
  })

  it("counts requests of the window that is set, under the Global dimension", () => {
    const requests = series(({ dimensions }) =>
      dimensions["Region"] === "Global" ? [9, ...Array.from({ length: 100 }, () => 0)] : undefined
    )
    const { flags } = run([distribution()], { requests })
    assert.strictEqual(flags[0]?.evidence["lastDayWithRequests"], "2026-08-12")
    assert.deepStrictEqual(run([distribution()], { requests, settings: { lookbackDays: 100 } }).flagged, [])
  })

  it("does not judge what was changed in the window, and says unknown when CloudWatch refuses", () => {
    assert.deepStrictEqual(run([distribution({ lastModifiedAt: daysAgo(89) })]).tooYoung, ["E1"])
    assert.deepStrictEqual(run([distribution({ enabled: false, lastModifiedAt: daysAgo(89) })]).tooYoung, ["E1"])
    assert.deepStrictEqual(run([distribution()], { requests: series(() => undefined) }).unknown, ["E1"])
  })

  it("skips staging distributions and does not know the traffic of tenants", () => {
    assert.deepStrictEqual(run([distribution({ staging: true })]).flagged, [])
    assert.deepStrictEqual(run([distribution({ connectionMode: "tenant-only" })]).unknown, ["E1"])
  })

  it("reports disabled ones, unless that is switched off", () => {
    const disabled = distribution({ enabled: false })
    assert.deepStrictEqual(run([disabled]).flagged, ["E1: disabled"])
    assert.deepStrictEqual(run([disabled], { settings: { includeDisabled: false } }).flagged, [])
  })

  describe("what costs by the month", () => {
    const costly = distribution({ sslSupportMethod: "vip", anycastIpListId: "aip-1", webAclId: "arn:acl" })

    it("is saved where the distribution has it for itself", () => {
      const { flags } = run([costly], { additionalMetrics: () => true })
      assert.strictEqual(flags[0]?.savings?.monthlyUsd, 600 + 3000 + 5 + 8 * 0.3)
      assert.deepStrictEqual(
        flags[0]?.savings?.terms.map(({ label }) => label),
        [
          "dedicated addresses for TLS",
          "anycast static addresses",
          "web ACL, without its rules",
          "metrics up to 10,000"
        ]
      )
    })

    it("stays billed where another distribution uses it too", () => {
      const requests = series(({ dimensions }) => (dimensions["DistributionId"] === "E1" ? [] : [4]))
      const { flagged, flags } = run([costly, { ...costly, id: "E2", arn: "arn:E2" }], { requests })
      assert.deepStrictEqual(flagged, ["E1: no_requests"])
      assert.strictEqual(flags[0]?.savings, null)
    })

    it("is shared by unused distributions that have it for themselves together", () => {
      const pair = [costly, { ...costly, id: "E2", arn: "arn:E2" }]
      for (const distributions of [pair, pair.toReversed()]) {
        const { flags } = run([...distributions, distribution({ id: "E3", arn: "arn:E3" })])
        assert.deepStrictEqual(
          flags.map(({ resource, savings }) => `${resource.id} ${savings?.monthlyUsd ?? "nothing"}`).sort(),
          ["E1 1802.5", "E2 1802.5", "E3 nothing"]
        )
      }
    })

    it("crosses the tiers of metrics: 1,500 distributions save the bill of 12,000 metrics", () => {
      const distributions = Array.from({ length: 1500 }, (_, at) => distribution({ id: `E${at}`, arn: `arn:E${at}` }))
      const { flags } = run(distributions, { additionalMetrics: () => true })
      // 10,000 × $0.30 + 2,000 × $0.10, in 1,500 shares.
      assert.strictEqual(flags[7]?.savings?.monthlyUsd, 2.13)
    })

    it("is an upper bound for a disabled distribution, without dedicated addresses, and never more than a remark", () => {
      const { flags } = run([{ ...costly, enabled: false }])
      // 3,000 for the addresses and 5 for the web ACL: certificates are billed while a distribution is enabled.
      assert.strictEqual(flags[0]?.savings?.monthlyUsd, 3005)
      assert.strictEqual(flags[0]?.savings?.basis, "upper_bound")
      assert.strictEqual(flags[0]?.severity, "info")
      const [only] = run([distribution({ enabled: false, sslSupportMethod: "vip" })]).flags
      assert.strictEqual(only?.kind, "hygiene")
      assert.strictEqual(only?.savings, null)
      assert.strictEqual(only?.severity, "info")
    })

    it("does not share dedicated addresses with a disabled distribution, which pays for none", () => {
      const one = distribution({ sslSupportMethod: "vip" })
      const { flags } = run([one, { ...one, id: "E2", arn: "arn:E2", enabled: false, lastModifiedAt: daysAgo(3) }])
      assert.deepStrictEqual(
        flags.map(({ resource, savings }) => `${resource.id} ${savings?.monthlyUsd}`),
        ["E1 600"]
      )
    })

    it("does not hold metrics that nobody told about", () => {
      const { flags, status } = run([distribution()], { additionalMetrics: () => undefined, tags: "denied" })
      assert.strictEqual(status, "partial")
      assert.strictEqual(flags[0]?.kind, "hygiene")
      assert.strictEqual(flags[0]?.evidence["additionalMetrics"], null)
      assert.deepStrictEqual(flags[0]?.resource.tags, {})
    })
  })

  it("asks only about distributions that would be reported", () => {
    const distributions = [
      distribution(),
      distribution({ id: "E2", arn: "arn:E2", enabled: false }),
      distribution({ id: "E3", arn: "arn:E3", lastModifiedAt: daysAgo(3) }),
      distribution({ id: "E4", arn: "arn:E4" })
    ]
    const requests = series(({ dimensions }) => (dimensions["DistributionId"] === "E4" ? [4] : []))
    assert.deepStrictEqual(run(distributions, { requests }).asked, ["additionalMetrics E1", "additionalMetrics E2"])
  })

  it("takes today's requests for use", () => {
    const requests = series(() => [...Array.from({ length: 100 }, () => 0), 3])
    assert.deepStrictEqual(run([distribution()], { requests }).flagged, [])
  })

  it("does not say that it has something for itself while other distributions are not listed", () => {
    const costly = distribution({ id: "E2", arn: "arn:E2", webAclId: "arn:acl" })
    const { flagged, unknown } = run(gap([distribution(), costly]))
    assert.deepStrictEqual(flagged, ["E1: no_requests"])
    assert.deepStrictEqual(unknown, ["E2"])
  })

  it("confirms nothing new where the tags could set it aside and are not readable", () => {
    assert.isTrue(run([distribution()], { tags: "denied" }).flags[0]?.unproven)
    assert.isFalse(run([distribution()]).flags[0]?.unproven)
  })
})
