import type { SavingsTerm } from "../../core/finding/Finding.ts"
import { sum, term } from "../../core/finding/savings.ts"
import { daysBefore } from "../../core/time.ts"
import * as cloudfront from "../../datasets/aws/cloudfront.ts"
import { maxDays } from "../../datasets/metrics/SeriesReader.ts"
import { lastDay } from "../shared/lastDay.ts"
import { ask, defineScan, hygiene, money, need, Setting, tooYoung, unknown } from "../Scan.ts"

/** CloudWatch metrics that a subscription adds to a distribution. */
const additionalMetricsCount = 8

const dedicatedCertificate = ({ certificate, sslSupportMethod }: cloudfront.Distribution) =>
  sslSupportMethod === "vip" ? (certificate ?? "") : undefined
const anycastList = ({ anycastIpListId }: cloudfront.Distribution) => anycastIpListId
const webAcl = ({ webAclId }: cloudfront.Distribution) => (webAclId === "" ? undefined : webAclId)

export default defineScan({
  title: "CloudFront distributions without viewers",
  words: "CDN, idle",
  why: "An idle distribution is free by itself, but dedicated addresses, a web ACL or additional metrics made for it are billed by the month.",
  fix: "Disable the distribution, wait until that is deployed, then delete it with the web ACL and the addresses that served only it.",
  docs: "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/HowToDeleteDistribution.html",
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
        use: dedicatedCertificate,
        users: distributions.by(dedicatedCertificate),
        term: () => term("dedicated addresses for TLS", 1, "certificate-month", price("cloudfront.dedicatedIpSslMonth"))
      },
      {
        use: anycastList,
        users: distributions.by(anycastList),
        term: () => term("anycast static addresses", 1, "list-month", price("cloudfront.anycastIpListMonth"))
      },
      {
        use: webAcl,
        users: distributions.by(webAcl),
        term: () => term("web ACL, without its rules", 1, "web ACL-month", price("waf.webAclMonth"))
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

      const terms: Array<SavingsTerm> = []
      for (const { term, use, users } of shared) {
        const key = use(distribution)
        // What other distributions use as well stays billed without this one.
        if (key !== undefined && (yield* need(users.all(key))).length === 1) terms.push(term())
      }
      const extraMetrics = yield* ask(cloudfront.additionalMetrics, distribution)
      if (extraMetrics.known && extraMetrics.value) {
        terms.push(
          term("additional metrics", additionalMetricsCount, "metric-month", price("cloudwatch.metricMonth_first10k"))
        )
      }
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
            note: "Without requests CloudFront bills nothing; a flat-rate plan is not told by the API."
          })
        : // AWS does not say which of these it still bills while a distribution is disabled.
          money({ ...found, savings: sum("delete", terms, { basis: enabled ? "exact" : "upper_bound" }) })
    }
  }
})
