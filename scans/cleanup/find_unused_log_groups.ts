import { bytesPerGib } from "../../core/bytes.ts"
import { sum, term } from "../../core/finding/savings.ts"
import { map, type Reading } from "../../core/Reading.ts"
import { daysBefore } from "../../core/time.ts"
import * as lambda from "../../datasets/aws/lambda.ts"
import * as logs from "../../datasets/aws/logs.ts"
import type { Tags } from "../../datasets/aws/tags.ts"
import { maxDays } from "../../datasets/metrics/SeriesReader.ts"
import { ask, defineScan, hygiene, money, need, Setting, tooYoung } from "../Scan.ts"

/** Tags by which people mark what has to be kept. */
const complianceTag = /(?<![a-z])(compliance|compliant|legal[-_ ]?hold|retention|audit|gdpr|hipaa|pci|sox)(?![a-z])/i

const lambdaGroup = "/aws/lambda/"

/** The first tag, by its key, that says so; `none` where there is none. */
const complianceTagOf = (tags: Tags): string =>
  Object.entries(tags)
    .sort()
    .find((pair) => pair.some((text) => complianceTag.test(text)))
    ?.join("=") ?? "none"

/** Whether what writes to the group is still there; `none` for groups that people name themselves, null where functions were not read. */
const writerOf = (name: string, isFunctionGroup: Reading<boolean>): "exists" | "gone" | "unknown" | "none" | null => {
  if (!isFunctionGroup.known) return null
  if (isFunctionGroup.value) return "exists"
  // Functions at CloudFront's edges write to groups named after their home region.
  if (name.startsWith(lambdaGroup) && !name.startsWith(`${lambdaGroup}us-east-1.`)) return "gone"
  return name.startsWith("/aws/") ? "unknown" : "none"
}

export default defineScan({
  title: "Log groups without new events",
  words: "CloudWatch Logs retention, never expire",
  why: "CloudWatch Logs bills every stored gigabyte by the month, and keeps events for ever unless told otherwise.",
  fix: "Export what must be kept, then delete the group; for one that is in use, set a retention.",
  docs: "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/Working-with-log-groups-and-streams.html",
  leavesOut: ["subscription filters: they take a call for each group, and are not shown."],
  scope: "regional",
  settings: {
    lookbackDays: Setting.days(90, "Days without an event; also the age above which stored events count as too old", {
      maximum: maxDays
    }),
    minStoredGb: Setting.gigabytes(0, "Stored size from which a stale group is reported"),
    includeEmpty: Setting.flag(true, "Also report groups that hold nothing"),
    flagNeverExpire: Setting.flag(true, "Also report groups in use that keep 1 GB or more for ever")
  },
  reads: ({ flagNeverExpire, lookbackDays }) => ({
    groups: logs.logGroups,
    incoming: logs.incomingBytes(lookbackDays, flagNeverExpire),
    functions: lambda.functions
  }),
  subject: "groups",
  probes: { lastIngestion: logs.lastIngestion },
  reasons: {
    stale: "Nothing was written to the group, and what it holds is billed.",
    empty: "Nothing was written to the group, and it holds nothing.",
    never_expires: "The group is in use and keeps its events for ever."
  },

  judge: ({ functions, incoming }, { now, price, settings }) => {
    const { flagNeverExpire, includeEmpty, lookbackDays, minStoredGb } = settings
    const since = daysBefore(now, lookbackDays)
    const functionsOf = functions.by(({ logGroup }) => logGroup)
    const storage = price("cloudwatch.logsStorageGBMonth")

    return function* (group, _, tags) {
      if (group.createdAt > since) return tooYoung
      if (incoming.settles(group.arn)) return
      const ingested = yield* need(incoming.total(logs.incomingBytesOf(group, lookbackDays)))
      const isEmpty = group.storedBytes === 0
      const storedGb = group.storedBytes / bytesPerGib
      const mayBeForever = flagNeverExpire && logs.keepsForever(group)
      const mayBeStale = isEmpty ? includeEmpty : storedGb >= minStoredGb
      if (ingested > 0 ? !mayBeForever : !mayBeForever && !mayBeStale) return

      // The metric of a group that is silent is confirmed by its streams; one that is not, or holds nothing, needs no second look.
      const isAsked = ingested === 0 && !isEmpty
      const newest = isAsked ? yield* need(yield* ask(logs.lastIngestion, group)) : null
      const isActive = ingested > 0 || (newest !== null && newest > since)
      const writer = writerOf(group.name, functionsOf.has(group.name))
      const keep = map(tags, complianceTagOf)
      const mayBeKept = !keep.known || keep.value !== "none"
      const evidence = {
        windowDays: lookbackDays,
        storedGb: Math.round(storedGb * 100) / 100,
        retentionDays: group.retentionDays ?? "none",
        // What comes in differs from night to night, and is no news about a group that is in use.
        ingestedGb: isActive ? "some" : Math.round((ingested / bytesPerGib) * 100) / 100,
        lastIngestedAt: isAsked
          ? (newest?.toISOString() ?? "none")
          : `not asked: ${isEmpty ? "it is empty" : "it has new events"}`,
        createdAt: group.createdAt.toISOString(),
        logGroupClass: group.logGroupClass,
        deletionProtected: group.deletionProtected,
        metricFilters: group.metricFilters,
        kmsKeyId: group.kmsKeyId ?? "none",
        writer,
        complianceTag: keep.known ? keep.value : null
      } as const

      if (isActive) {
        if (!mayBeForever) return
        const old = Math.max(0, storedGb - ingested / bytesPerGib)
        return money({
          reason: "never_expires",
          evidence,
          savings: sum("lifecycle", [term(`stored longer than ${lookbackDays} days`, old, "GB", storage)], {
            // Streams can show activity that the metric missed, and then the share that is new is not known.
            basis: ingested > 0 ? "estimate" : "upper_bound",
            note: `With a retention of ${lookbackDays} days: what is stored beyond what came in since.`
          }),
          confidence: mayBeKept ? "low" : "medium"
        })
      }
      if (!mayBeStale) return
      const mayBeWritten = writer === null || writer === "exists"
      const confidence = mayBeKept || mayBeWritten ? "low" : writer === "unknown" ? "medium" : "high"
      if (isEmpty) {
        const note = "A log group that holds nothing costs nothing."
        return hygiene({ reason: "empty", severity: "info", note, evidence, confidence })
      }
      const savings = sum("delete", [term("stored logs", storedGb, "GB", storage)], {
        basis: "upper_bound",
        note: "AWS may bill the compressed size, which is smaller than the stored size that it tells."
      })
      if (savings.basis !== "none" && savings.monthlyUsd === 0) {
        const note = "What it stores costs less than a cent a month."
        return hygiene({ reason: "stale", severity: "info", note, evidence, confidence })
      }
      return money({ reason: "stale", evidence, savings, confidence })
    }
  }
})
