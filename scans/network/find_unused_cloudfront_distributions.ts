import type { SavingsTerm } from "../../core/finding/Finding.ts"
import { noSavings, sum, term } from "../../core/finding/savings.ts"
import { daysBefore, isoDay } from "../../core/time.ts"
import * as cloudfront from "../../datasets/aws/cloudfront.ts"
import { maxDays, type MetricSeries } from "../../datasets/metrics/metrics.ts"
import { defineScan, flag, type JudgeContext, Setting, tooYoung, unknown } from "../Scan.ts"

interface OwnSettings {
  readonly lookbackDays: number
  readonly includeDisabled: boolean
}

/** What is wrong with a distribution; undefined for one that is in use. */
const judgeDistribution = (
  distribution: cloudfront.Distribution,
  requests: MetricSeries,
  { now, settings }: Pick<JudgeContext<OwnSettings>, "now" | "settings">
) => {
  // A staging distribution shares the traffic of the one that it is a copy of.
  if (distribution.staging || (!distribution.enabled && !settings.includeDisabled)) return undefined
  // Nothing tells when it was created or disabled; both were changes.
  if (distribution.lastModifiedAt > daysBefore(now, settings.lookbackDays)) return "young"
  if (!distribution.enabled) return "disabled"
  if (distribution.connectionMode === "tenant-only") return { why: "the traffic of its tenants is not read" }
  const total = requests.total(cloudfront.requestSeries(distribution, settings.lookbackDays))
  if (!total.known) return { why: total.reason }
  return total.value === 0 ? "no_requests" : undefined
}

/** CloudWatch metrics that a subscription adds to a distribution. */
const additionalMetricsCount = 8

export default defineScan({
  title: "CloudFront distributions without viewers",
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
  subjects: ["distributions"],
  probes: { additionalMetrics: cloudfront.additionalMetrics, tags: cloudfront.distributionTags },
  candidates: ({ distributions, requests }, context) => {
    const unused = distributions.filter((distribution) => {
      const judged = judgeDistribution(distribution, requests, context)
      return judged === "disabled" || judged === "no_requests"
    })
    return { additionalMetrics: unused, tags: unused }
  },
  reasons: {
    no_requests: "The distribution is enabled, and no viewer requested anything from it.",
    disabled: "The distribution is disabled, so it serves nobody."
  },

  judge: function* ({ additionalMetrics, distributions, requests, tags }, context) {
    const { price, settings } = context
    const usersOf = (pick: (distribution: cloudfront.Distribution) => string | undefined) => {
      const users = new Map<string, number>()
      for (const key of distributions.map(pick)) if (key !== undefined) users.set(key, (users.get(key) ?? 0) + 1)
      return (distribution: cloudfront.Distribution) => users.get(pick(distribution) ?? "") ?? 0
    }
    const dedicatedCertificate = ({ certificate, sslSupportMethod }: cloudfront.Distribution) =>
      sslSupportMethod === "vip" ? (certificate ?? "") : undefined
    const usersOfCertificate = usersOf(dedicatedCertificate)
    const usersOfAnycastList = usersOf(({ anycastIpListId }) => anycastIpListId)
    const usersOfWebAcl = usersOf(({ webAclId }) => (webAclId === "" ? undefined : webAclId))

    for (const distribution of distributions) {
      const judged = judgeDistribution(distribution, requests, context)
      if (judged === undefined) continue
      if (judged === "young") {
        yield tooYoung(distribution.id)
        continue
      }
      if (typeof judged !== "string") {
        yield unknown(distribution.id, judged.why)
        continue
      }
      const extraMetrics = additionalMetrics.get(distribution.id)
      const known = tags.get(distribution.id)
      const lastRequest = requests.lastActiveDay(cloudfront.requestSeries(distribution, maxDays))
      // What other distributions use as well stays billed without this one.
      const terms: ReadonlyArray<SavingsTerm> = [
        ...(usersOfCertificate(distribution) === 1
          ? [term("dedicated addresses for TLS", 1, "certificate-month", price("cloudfront.dedicatedIpSslMonth"))]
          : []),
        ...(usersOfAnycastList(distribution) === 1
          ? [term("anycast static addresses", 1, "list-month", price("cloudfront.anycastIpListMonth"))]
          : []),
        ...(usersOfWebAcl(distribution) === 1
          ? [term("web ACL, without its rules", 1, "web ACL-month", price("waf.webAclMonth"))]
          : []),
        ...(extraMetrics.known && extraMetrics.value
          ? [
              term(
                "additional metrics",
                additionalMetricsCount,
                "metric-month",
                price("cloudwatch.metricMonth_first10k")
              )
            ]
          : [])
      ]
      yield flag({
        resource: {
          type: "cloudfront:distribution",
          id: distribution.id,
          arn: distribution.arn,
          name: distribution.aliases[0] ?? distribution.domainName,
          tags: known.known ? known.value : {}
        },
        reason: judged,
        savings:
          terms.length === 0
            ? noSavings("delete", "Without requests CloudFront bills nothing; a flat-rate plan is not told by the API.")
            : // AWS does not say which of these it still bills while a distribution is disabled.
              sum("delete", terms, { basis: judged === "disabled" ? "upper_bound" : "exact" }),
        evidence: {
          domainName: distribution.domainName,
          comment: distribution.comment,
          aliases: distribution.aliases,
          origins: distribution.origins.map(({ domainName }) => domainName),
          priceClass: distribution.priceClass,
          webAcl: distribution.webAclId === "" ? null : distribution.webAclId,
          sslSupportMethod: distribution.sslSupportMethod ?? null,
          anycastIpList: distribution.anycastIpListId ?? null,
          additionalMetrics: extraMetrics.known ? extraMetrics.value : null,
          lastModifiedAt: distribution.lastModifiedAt.toISOString(),
          lookbackDays: settings.lookbackDays,
          lastDayWithRequests: lastRequest.known && lastRequest.value !== null ? isoDay(lastRequest.value) : null
        }
      })
    }
  }
})
