import { noSavings, sum, term } from "../../core/finding/savings.ts"
import { known } from "../../core/Reading.ts"
import { daysBefore } from "../../core/time.ts"
import { optional } from "../../datasets/engine/Dataset.ts"
import * as lambda from "../../datasets/aws/lambda.ts"
import * as logs from "../../datasets/aws/logs.ts"
import { maxDays } from "../../datasets/metrics/metrics.ts"
import * as tagging from "../../datasets/aws/tags.ts"
import { defineScan, flag, Setting, tooYoung, unknown } from "../Scan.ts"

const bytesPerGb = 2 ** 30

/** Tags by which people mark what has to be kept. */
const complianceTag = /(?<![a-z])(compliance|compliant|legal[-_ ]?hold|retention|audit|gdpr|hipaa|pci|sox)(?![a-z])/i

const lambdaGroup = "/aws/lambda/"

/** Whether what writes to the group is still there; null for groups that people name themselves. */
const writerOf = (
  name: string,
  functionGroups: ReadonlySet<string> | undefined
): "exists" | "gone" | "unknown" | null => {
  if (functionGroups?.has(name) === true) return "exists"
  // Functions at CloudFront's edges write to groups named after their home region.
  if (name.startsWith(lambdaGroup) && !name.startsWith(`${lambdaGroup}us-east-1.`)) {
    return functionGroups === undefined ? "unknown" : "gone"
  }
  return name.startsWith("/aws/") ? "unknown" : null
}

export default defineScan({
  title: "Log groups without new events",
  why: "CloudWatch Logs bills every stored gigabyte by the month, and keeps events for ever unless told otherwise.",
  fix: "Export what must be kept, then delete the group; for one that is in use, set a retention.",
  docs: "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/Working-with-log-groups-and-streams.html",
  scope: "regional",
  settings: {
    lookbackDays: Setting.days(90, "Days without an event; also the age above which stored events count as too old", {
      maximum: maxDays
    }),
    minStoredGb: Setting.gigabytes(0, "Stored size from which a stale group is reported"),
    includeEmpty: Setting.flag(true, "Also report groups that hold nothing"),
    flagNeverExpire: Setting.flag(true, "Also report groups in use that keep 1 GB or more for ever")
  },
  reads: ({ lookbackDays }) => ({
    groups: logs.logGroups,
    incoming: logs.incomingBytes(lookbackDays),
    functions: optional(lambda.functions),
    tags: optional(tagging.byArn)
  }),
  subjects: ["groups"],
  probes: { lastIngestion: logs.lastIngestion },
  candidates: ({ groups, incoming }, { now, settings }) => ({
    lastIngestion: groups.filter((group) => {
      if (group.createdAt > daysBefore(now, settings.lookbackDays)) return false
      const total = incoming.total(logs.incomingBytesOf(group, settings.lookbackDays))
      return total.known && total.value === 0
    })
  }),
  reasons: {
    stale: "Nothing was written to the group, and what it holds is billed.",
    empty: "Nothing was written to the group, and it holds nothing.",
    never_expires: "The group is in use and keeps its events for ever."
  },

  judge: function* ({ functions, groups, incoming, lastIngestion, tags }, { now, price, settings }) {
    const since = daysBefore(now, settings.lookbackDays)
    const functionGroups = functions === undefined ? undefined : new Set(functions.map(({ logGroup }) => logGroup))
    const storage = price("cloudwatch.logsStorageGBMonth")

    for (const group of groups) {
      if (group.createdAt > since) {
        yield tooYoung(group.name)
        continue
      }
      const ingested = incoming.total(logs.incomingBytesOf(group, settings.lookbackDays))
      if (!ingested.known) {
        yield unknown(group.name, ingested.reason)
        continue
      }
      // The metric of a group that is silent is confirmed by its streams; one that is not needs no second look.
      const newest = ingested.value > 0 ? known(null) : lastIngestion.get(group.arn)
      if (!newest.known) {
        yield unknown(group.name, newest.reason)
        continue
      }
      const active = ingested.value > 0 || (newest.value !== null && newest.value > since)
      const storedGb = group.storedBytes / bytesPerGb
      const ownTags = tags?.get(group.arn) ?? {}
      const writer = writerOf(group.name, functionGroups)
      const keep = Object.entries(ownTags).find((pair) => pair.some((text) => complianceTag.test(text)))
      const found = {
        resource: { type: "logs:log-group", id: group.name, arn: group.arn, name: group.name, tags: ownTags },
        evidence: {
          windowDays: settings.lookbackDays,
          storedGb: Math.round(storedGb * 100) / 100,
          retentionDays: group.retentionDays ?? null,
          // What comes in differs from night to night, and is no news about a group that is in use.
          ingestedGb: active ? null : Math.round((ingested.value / bytesPerGb) * 100) / 100,
          // The streams of a group whose metric shows it in use are not looked at.
          ...(ingested.value > 0 ? {} : { lastIngestedAt: newest.value?.toISOString() ?? null }),
          createdAt: group.createdAt.toISOString(),
          logGroupClass: group.logGroupClass,
          deletionProtected: group.deletionProtected,
          metricFilters: group.metricFilters,
          kmsKeyId: group.kmsKeyId ?? null,
          writer,
          complianceTag: keep === undefined ? null : keep.join("=")
        }
      } as const

      if (active) {
        // A delivery group drops its events after days by itself.
        const forever = group.retentionDays === undefined && group.logGroupClass !== "DELIVERY"
        if (!settings.flagNeverExpire || !forever || storedGb < 1) continue
        const old = Math.max(0, storedGb - ingested.value / bytesPerGb)
        yield flag({
          ...found,
          reason: "never_expires",
          savings: sum("lifecycle", [term(`stored longer than ${settings.lookbackDays} days`, old, "GB", storage)], {
            // Streams can show activity that the metric missed, and then the share that is new is not known.
            basis: ingested.value > 0 ? "estimate" : "upper_bound",
            note: `With a retention of ${settings.lookbackDays} days: what is stored beyond what came in since.`
          }),
          confidence: keep === undefined ? "medium" : "low"
        })
        continue
      }
      const confidence = keep !== undefined || writer === "exists" ? "low" : writer === "unknown" ? "medium" : "high"
      if (group.storedBytes === 0) {
        if (!settings.includeEmpty) continue
        yield flag({
          ...found,
          reason: "empty",
          savings: noSavings("delete", "A log group that holds nothing costs nothing."),
          confidence
        })
      } else if (storedGb >= settings.minStoredGb) {
        yield flag({
          ...found,
          reason: "stale",
          savings: sum("delete", [term("stored logs", storedGb, "GB", storage)], {
            basis: "upper_bound",
            note: "AWS may bill the compressed size, which is smaller than the stored size that it tells."
          }),
          confidence
        })
      }
    }
  }
})
