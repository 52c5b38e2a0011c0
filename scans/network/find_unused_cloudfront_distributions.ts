import type { SavingsTerm } from "../../core/finding/Finding.ts"
import { sum, term } from "../../core/finding/savings.ts"
import { customMetricTiers, sharedTierSaving } from "../../core/pricing/tiers.ts"
import { daysBefore } from "../../core/time.ts"
import * as cloudfront from "../../datasets/aws/cloudfront.ts"
import { maxDays } from "../../datasets/metrics/SeriesReader.ts"
import { lastDay } from "../shared/lastDay.ts"
import { ask, defineScan, hygiene, inSets, money, need, Setting, tooYoung, unknown } from "../Scan.ts"

/** CloudWatch metrics that a subscription adds to a distribution. */
const additionalMetricsCount = 8

/** Dedicated addresses are billed while the distribution is enabled. Source: CloudFront developer guide, "Choose how CloudFront serves HTTPS requests". */
const dedicatedCertificate = ({ certificate, enabled, sslSupportMethod }: cloudfront.Distribution) =>
  enabled && sslSupportMethod === "vip" ? (certificate ?? "") : undefined
const anycastList = ({ anycastIpListId }: cloudfront.Distribution) => anycastIpListId
const webAcl = ({ webAclId }: cloudfront.Distribution) => (webAclId === "" ? undefined : webAclId)

export default defineScan({
  title: "CloudFront distributions without viewers",
  words: "CDN, idle",
  why: "An idle distribution is free by itself, but dedicated addresses, a web ACL or additional metrics made for it are billed by the month.",
  fix: "Disable the distribution, wait until that is deployed, then delete it with the web ACL and the addresses that served only it.",
  docs: "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/HowToDeleteDistribution.html",
  leavesOut: [
    "flat-rate plans, which cost 15, 200 or 1,000 USD a month with or without requests: pricing-plan-manager:ListSubscriptions tells which distribution has one, and is not asked.",
    "the rules of a web ACL, which cost a dollar each."
  ],
  scope: "global",
  settings: {
    lookbackDays: Setting.days(90, "Days without a request, and without a change, before a distribution is reported", {
      maximum: maxDays
    }),
    includeDisabled: Setting.flag(true, "Also report distributions that are disabled")
  },
  reads: { distributions: cloudfront.distributions, requests: cloudfront.requests },
  subject: "distributions",
  probes: { additionalMetrics: cloudfront.additionalMetrics },
  reasons: {
    no_requests: "The distribution is enabled, and no viewer requested anything from it.",
    disabled: "The distribution is disabled, so it serves nobody."
  },

  judge: ({ distributions, requests }, { now, price, settings }) => {
    const { includeDisabled, lookbackDays } = settings
    const shared = [
      {
        name: "certificate",
        use: dedicatedCertificate,
        users: distributions.by(dedicatedCertificate),
        term: (share: number) =>
          term("dedicated addresses for TLS", share, "certificate-month", price("cloudfront.dedicatedIpSslMonth"))
      },
      {
        name: "anycast",
        use: anycastList,
        users: distributions.by(anycastList),
        term: (share: number) =>
          term("anycast static addresses", share, "list-month", price("cloudfront.anycastIpListMonth"))
      },
      {
        name: "web ACL",
        use: webAcl,
        users: distributions.by(webAcl),
        term: (share: number) => term("web ACL, without its rules", share, "web ACL-month", price("waf.webAclMonth"))
      }
    ]

    return function* (distribution) {
      const { enabled, lastModifiedAt, staging } = distribution
      // A staging distribution shares the traffic of the one that it is a copy of.
      if (staging || (!enabled && !includeDisabled)) return
      // Nothing tells when it was created or disabled; both were changes.
      if (lastModifiedAt > daysBefore(now, lookbackDays)) return tooYoung
      if (enabled) {
        if (!cloudfront.isMeasured(distribution)) return unknown("the traffic of its tenants is not read")
        if ((yield* need(requests.total(cloudfront.requestSeries(distribution, lookbackDays)))) > 0) return
      }

      /** What the distribution uses, by how many in all. */
      const uses: Array<{
        readonly set: string
        readonly users: number
        readonly term: (share: number) => SavingsTerm
      }> = []
      for (const { name, term, use, users } of shared) {
        const key = use(distribution)
        if (key === undefined) continue
        uses.push({ set: `${name} ${key}`, users: (yield* need(users.all(key))).length, term })
      }
      const extraMetrics = yield* ask(cloudfront.additionalMetrics, distribution)
      const metrics = extraMetrics.known && extraMetrics.value ? additionalMetricsCount : 0
      const [metricsSet, ...sums] = yield* inSets([
        { set: "additional metrics", quantity: metrics },
        ...uses.map(({ set }) => ({ set, quantity: 1 }))
      ])
      const terms = [
        // What other distributions use as well stays billed without this one; what only unused ones have goes with the last.
        ...uses.flatMap(({ term, users }, at) => (sums[at]?.members === users ? [term(1 / users)] : [])),
        // Other metrics of the account are not read: without them these are the dearest.
        ...sharedTierSaving(0, metricsSet?.quantity ?? 0, customMetricTiers(price))(metrics)
      ]
      const found = {
        reason: enabled ? "no_requests" : "disabled",
        evidence: {
          domainName: distribution.domainName,
          comment: distribution.comment,
          aliases: distribution.aliases,
          origins: distribution.origins.map(({ domainName }) => domainName),
          priceClass: distribution.priceClass,
          webAcl: distribution.webAclId === "" ? "none" : distribution.webAclId,
          sslSupportMethod: distribution.sslSupportMethod ?? "none",
          anycastIpList: distribution.anycastIpListId ?? "none",
          additionalMetrics: extraMetrics.known ? extraMetrics.value : null,
          lastModifiedAt: lastModifiedAt.toISOString(),
          lookbackDays,
          lastDayWithRequests: enabled
            ? lastDay(requests.lastActiveDay(cloudfront.requestSeries(distribution, maxDays)))
            : null
        }
      } as const
      return terms.length === 0
        ? hygiene({
            ...found,
            severity: "info",
            note: "Without requests CloudFront bills nothing, unless the distribution has a flat-rate plan, which is not read."
          })
        : // AWS does not say which of these it still bills while a distribution is disabled.
          money({
            ...found,
            savings: sum("delete", terms, { basis: enabled ? "exact" : "upper_bound" }),
            ...(enabled ? {} : { severity: "info" })
          })
    }
  }
})
