import { rounded } from "../../core/round.ts"
import type { Severity } from "../../core/finding/Finding.ts"
import { sum, term } from "../../core/finding/savings.ts"
import { daysBefore, millisPerDay, secondsPerMonth } from "../../core/time.ts"
import * as coldStarts from "../../datasets/aws/coldStarts.ts"
import * as lambda from "../../datasets/aws/lambda.ts"
import * as logs from "../../datasets/aws/logs.ts"
import { bytesPerGb } from "../../datasets/aws/logsInsights.ts"
import { windowStart } from "../../datasets/metrics/MetricSeries.ts"
import { ask, defineScan, hygiene, money, need, Setting, tooYoung, unknown, type Verdict } from "../Scan.ts"

/** Milliseconds from which waiting is high. Source: shared/scans.md, analyze_lambda_cold_starts. */
const highP95Ms = 5000

/** Reports may be missing for a few calls that ended badly. Of less than this share, what is missing may be the cold ones. */
const enoughReports = 0.9

/** More reports than calls by more than a late delivery explains come from somebody else. */
const tooManyReports = 1.1

/** Where restoring a snapshot can replace the initialisation. Source: Lambda guide, SnapStart, supported runtimes. */
const snapStartRuntimes = /^(java(1[17]|2\d)|python3\.1[2-9]|dotnet([89]|\d\d))/

const adviceOf = ({ packageType, runtime = "", snapStart }: lambda.LambdaFunction): string =>
  snapStart
    ? "SnapStart is on: call a published version, and move work out of the hooks that run after a restore"
    : packageType === "Zip" && snapStartRuntimes.test(runtime)
      ? "SnapStart, or less code and fewer connections before the first call"
      : "less code and fewer connections before the first call, more memory, or provisioned concurrency for steady traffic"

/** What is known of a function before its logs are read: a verdict, or what to ask. */
type Prepared = { readonly verdict: Verdict<never> | undefined } | { readonly logs: coldStarts.FunctionLogs }

const decided = (verdict: Verdict<never> | undefined): Prepared => ({ verdict })

export default defineScan({
  title: "Lambda functions with slow cold starts",
  words: "init duration, SnapStart, slow first request",
  why: "A call that finds no environment waits until one is initialised, and since August 2025 that time is billed for every function.",
  fix: "Load less before the handler, use SnapStart where the runtime has it, or give more memory. Provisioned concurrency removes the wait and is billed by the hour: compare its price in the finding.",
  docs: "https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html",
  leavesOut: ["what Lambda Insights measures: the reports in the logs say the same, and every function writes them."],
  scope: "regional",
  settings: {
    lookbackDays: Setting.days(7, "Days of calls and logs that are judged", { maximum: 30 }),
    coldStartPctMin: Setting.percent(5, "Share of the calls that must have waited for an environment"),
    initP95MsMin: Setting.milliseconds(1000, "Time to initialise or restore, exceeded by one start of twenty"),
    logScanBudgetGb: Setting.gigabytes(
      5,
      "Logs that may be scanned in a region, for $0.005 to $0.009 a GB; 0 for none"
    ),
    minInvocations: Setting.count(100, "Calls in the window from which a function is judged", { minimum: 1 })
  },
  reads: ({ lookbackDays, minInvocations }) => ({
    functions: lambda.functions,
    invocations: lambda.invocations(lookbackDays),
    logGroups: logs.logGroups,
    logBytes: coldStarts.logBytes(lookbackDays, minInvocations)
  }),
  coverable: true,
  subject: "functions",
  probes: { reports: coldStarts.reports, provisioned: lambda.provisionedConcurrency },
  reasons: { slow_cold_starts: "Many of its calls wait long for an environment to start." },

  judge: ({ functions, invocations, logBytes, logGroups }, { now, price, settings }) => {
    const { coldStartPctMin, initP95MsMin, logScanBudgetGb, lookbackDays, minInvocations } = settings
    const from = daysBefore(now, lookbackDays)
    /** A function that was called on the first whole day of the window was there before it. */
    const begins = windowStart(now, lookbackDays).getTime() + millisPerDay
    const writersOf = functions.by(({ logGroup }) => logGroup)
    const groupOf = logGroups.by(({ name }) => name)

    const prepare = (fn: lambda.LambdaFunction): Prepared => {
      // Managed instances start no environment for a call.
      if (fn.capacityProviderArn !== undefined) return decided(undefined)
      const points = invocations.points(lambda.invocationsOf(fn, lookbackDays))
      if (!points.known) return decided(unknown(points.reason))
      const callsSince = (start: number) =>
        points.value.reduce((total, { at, value }) => (at.getTime() >= start ? total + value : total), 0)
      if (callsSince(0) < minInvocations) return decided(undefined)
      const firstCall = points.value.find(({ value }) => value > 0)?.at ?? now
      // Lambda tells no creation, and code that is deployed every week has been there before.
      if (fn.lastModifiedAt > from && firstCall.getTime() > begins) return decided(tooYoung)

      if (!fn.logsReports) return decided(unknown("the level of its system logs leaves out the reports of its calls"))
      const writers = writersOf.all(fn.logGroup)
      if (!writers.known) return decided(unknown(writers.reason))
      if (writers.value.length > 1) {
        return decided(
          unknown(`${fn.logGroup} has the reports of ${writers.value.length} functions, without their names`)
        )
      }
      const group = groupOf.get(fn.logGroup)
      if (!group.known) return decided(unknown(group.reason))
      if (group.value === undefined) return decided(unknown(`its log group ${fn.logGroup} is not there`))
      if (group.value.logGroupClass === "DELIVERY")
        return decided(unknown("logs of the class DELIVERY cannot be queried"))

      // Of the oldest day that is kept only a part is still there.
      const days = Math.min(lookbackDays, (group.value.retentionDays ?? Number.POSITIVE_INFINITY) - 1)
      const calls = callsSince(windowStart(now, days).getTime())
      if (calls < minInvocations) {
        return decided(
          unknown(`too few of its calls are left in its logs: retention in days is ${group.value.retentionDays}`)
        )
      }
      const bytes = logBytes.total(coldStarts.bytesInto(fn.logGroup, days))
      if (!bytes.known) return decided(unknown(bytes.reason))
      if (bytes.value === 0) return decided(unknown("nothing was written to its log group while it was called"))
      const { arn, lastModifiedAt, logGroup } = fn
      return { logs: { arn, logGroup, lastModifiedAt, days, calls, gb: bytes.value / bytesPerGb } }
    }

    const prepared = new Map(functions.found.map((fn) => [fn.arn, prepare(fn)]))
    const busiestFirst = [...prepared.values()]
      .flatMap((one) => ("logs" in one ? [one.logs] : []))
      .sort((a, b) => b.calls - a.calls || (a.arn < b.arn ? -1 : 1))
    const paid = new Set<string>()
    let leftGb = logScanBudgetGb
    for (const { arn, gb } of busiestFirst) {
      if (gb > leftGb) continue
      leftGb -= gb
      paid.add(arn)
    }

    return function* (fn) {
      const own = prepared.get(fn.arn) ?? decided(undefined)
      if (!("logs" in own)) return own.verdict
      if (!paid.has(fn.arn)) {
        return unknown(
          `not asked: its ${rounded(own.logs.gb, 2)} GB of logs do not fit into the ${logScanBudgetGb} GB of logScanBudgetGb, which go to the busiest first`
        )
      }
      const told = yield* need(yield* ask(coldStarts.reports, own.logs))
      const { calls, days, initMs, p95Ms, reports, seconds, starts } = told
      if (reports === 0) return unknown(`${fn.logGroup} has no report of any of its calls`)
      if (reports > tooManyReports * calls) {
        return unknown(`${fn.logGroup} has more reports than the function has calls: others write there as well`)
      }
      const coldPercent = (100 * starts) / calls
      if (p95Ms === null || coldPercent < coldStartPctMin || p95Ms < initP95MsMin) {
        return reports < enoughReports * calls
          ? unknown(`${fn.logGroup} has reports of only ${Math.floor((100 * reports) / calls)}% of its calls`)
          : undefined
      }

      const provisioned = yield* ask(lambda.provisionedConcurrency, fn)
      const ready = provisioned.known ? provisioned.value.filter(({ allocated }) => allocated > 0) : []
      const gb = fn.memoryMb / 1024
      const isArm = fn.architecture === "arm64"
      const onePrice = price(isArm ? "lambda.provisionedConcurrencyArmGBs" : "lambda.provisionedConcurrencyGBs")
      const savings = sum(
        "modernise",
        [
          term(
            "initialisation",
            (initMs / 1000) * gb * (secondsPerMonth / seconds),
            "GB-second",
            price(isArm ? "lambda.armGBs" : "lambda.x86GBs")
          )
        ],
        {
          basis: "upper_bound",
          note: "All that initialising costs: what is left of it after a change is not known. Restoring snapshots is not in it."
        }
      )
      const severity: Severity = p95Ms >= highP95Ms ? "high" : "medium"
      const found = {
        reason: "slow_cold_starts",
        // Environments that are kept ready report their start as well, and no call waits for it.
        confidence: provisioned.known && ready.length === 0 ? "high" : "medium",
        evidence: {
          coldStartPercent: rounded(coldPercent, 1),
          startP95Ms: Math.round(p95Ms),
          coldStarts: starts,
          invocations: Math.round(calls),
          runtime: fn.runtime ?? "container image",
          memoryMb: fn.memoryMb,
          architecture: fn.architecture,
          codeMb: rounded(fn.codeSizeBytes / 1_000_000, 1),
          snapStart: fn.snapStart,
          provisionedConcurrency: provisioned.known
            ? ready.map(({ allocated, qualifier }) => `${qualifier}: ${allocated}`).sort()
            : null,
          provisionedUsdEach: onePrice.usd === null ? null : rounded(gb * secondsPerMonth * onePrice.usd, 2),
          advice: adviceOf(fn),
          days,
          shortenedByRetention: days < lookbackDays
        }
      } as const
      return savings.monthlyUsd > 0
        ? money({ ...found, savings, severity })
        : hygiene({ ...found, severity, note: "What initialising costs is less than a cent, or not known." })
    }
  }
})
