import type { Evidence, Savings, Severity } from "../../core/finding/Finding.ts"
import { cents, roundedUp } from "../../core/round.ts"
import { noSavings, sum, term } from "../../core/finding/savings.ts"
import { atMost, severityOfSavings } from "../../core/finding/severity.ts"
import { known, unknown as notTold } from "../../core/Reading.ts"
import { daysBefore, hoursPerMonth, millisPerDay, secondsPerMonth } from "../../core/time.ts"
import * as autoscaling from "../../datasets/aws/applicationAutoscaling.ts"
import * as computeOptimizer from "../../datasets/aws/computeOptimizer.ts"
import * as lambda from "../../datasets/aws/lambda.ts"
import { windowStart } from "../../datasets/metrics/MetricSeries.ts"
import { maxDays } from "../../datasets/metrics/SeriesReader.ts"
import { ask, defineScan, hygiene, money, need, notice, Setting, type Step, tooYoung, withoutSource } from "../Scan.ts"
import { significant } from "../shared/significant.ts"

/** Of what was busy at most, so much is kept ready. Source: shared/scans-amendments.md. */
const headroom = 1.3

/** Percent of the calls from which errors are high. Source: shared/scans.md, find_underutilized_lambda_functions. */
const highErrorPct = 90

const newestCode = "$LATEST"

/** Provisioned concurrency of a version or alias that is hardly used. */
interface Idle {
  readonly qualifier: string
  readonly allocated: number
  /** The largest share that was busy, in percent. */
  readonly peakPercent: number
  readonly keep: number
  readonly removed: number
}

type Reason = "idle_provisioned_concurrency" | "memory_oversized" | "high_error_rate" | "low_traffic"

/** Every reason, the one that is told first first. */
const order: ReadonlyArray<string> = [
  "idle_provisioned_concurrency",
  "memory_oversized",
  "high_error_rate",
  "low_traffic"
] satisfies ReadonlyArray<Reason>

/** What Compute Optimizer says that less memory saves. At list prices a Savings Plan may cover it. */
const memorySavings = (monthlyUsd: number, price: unknown, architecture: unknown): Savings => ({
  monthlyUsd: cents(monthlyUsd),
  basis: "estimate",
  source: "compute-optimizer",
  claim: "rightsize",
  counted: false,
  terms: [],
  note: `Estimated by Compute Optimizer from the function's own calls, ${price === "net" ? "after" : "before"} discounts.`,
  ...(price === "net" ? { price } : { facts: [architecture === "arm64" ? "lambda.armGBs" : "lambda.x86GBs"] })
})

/** Less memory makes provisioned concurrency cheaper as well: only one of them is counted. */
const larger = (ofConcurrency: Savings | null, ofMemory: Savings): Savings =>
  ofConcurrency !== null && ofConcurrency.monthlyUsd >= ofMemory.monthlyUsd ? ofConcurrency : ofMemory

/** What was told last of a function's memory. What a Savings Plan covers of it is only known where it was the finding's amount. */
const lastMemorySavings = (evidence: Evidence, savings: Savings | null): Savings => {
  if (savings?.source === "compute-optimizer") return savings
  const { architecture, memoryMonthlyUsd, memoryPrice } = evidence
  if (typeof memoryMonthlyUsd !== "number") {
    return noSavings("rightsize", "What Compute Optimizer said that less memory saves was not kept.")
  }
  const last = memorySavings(memoryMonthlyUsd, memoryPrice, architecture)
  return memoryPrice === "net" ? last : { ...last, basis: "upper_bound" }
}

const moreSevere = (a: Severity, b: Severity): Severity => (atMost(a, b) === a ? b : a)

export default defineScan({
  title: "Lambda functions that waste money or fail",
  words: "idle provisioned concurrency, too much memory, error rate",
  why: "Provisioned concurrency and memory are billed whether or not a function needs them, and calls that fail are billed like calls that work.",
  fix: "Lower the provisioned concurrency or the memory to what the finding names, and watch duration and throttles. Look into the errors first: a function that fails is not known to be too large.",
  docs: "https://docs.aws.amazon.com/lambda/latest/dg/monitoring-concurrency.html",
  leavesOut: [
    "whether a function's code runs on arm64: no API of AWS tells what in it is built for x86_64. So `arm64_candidate` names only functions whose calls cost enough for a test to be worth it, claims no saving, and leaves out container images, SnapStart, Lambda@Edge and whatever has a layer.",
    "memory as Lambda Insights measures it. What is oversized is told by Compute Optimizer alone, which also knows what less memory does to the duration."
  ],
  scope: "regional",
  settings: {
    lookbackDays: Setting.days(30, "Days of metrics that are judged", { maximum: maxDays }),
    pcUtilizationMax: Setting.percent(20, "Provisioned concurrency is idle up to this share of it busy at most"),
    errorRatePct: Setting.percent(50, "Share of the calls that must have failed"),
    lowInvocations: Setting.count(100, "A function with fewer calls in the window has low traffic"),
    minInvocationsForErrors: Setting.count(20, "Calls from which the share that failed is judged", { minimum: 1 }),
    arm64MinMonthlyUsd: Setting.usd(50, "Cost of a function's calls a month from which a test on arm64 is suggested")
  },
  reads: ({ errorRatePct, lookbackDays, lowInvocations }) => ({
    functions: lambda.functions,
    published: lambda.published,
    invocations: lambda.invocations(lookbackDays),
    errors: lambda.errors(lookbackDays, { percent: errorRatePct, calls: lowInvocations }),
    targets: autoscaling.scalableTargets("lambda"),
    recommendations: computeOptimizer.ofFunctions,
    optedIn: computeOptimizer.speaksOfFunctions,
    edge: lambda.edgeFunctionArns
  }),
  coverable: true,
  subject: "functions",
  probes: ({ lookbackDays }) => ({
    errors: lambda.errorsOfSome(lookbackDays),
    provisioned: lambda.provisionedConcurrency,
    use: lambda.provisionedUse(lookbackDays),
    durations: lambda.durations(lookbackDays)
  }),
  reasons: {
    idle_provisioned_concurrency: "Most of the environments that are kept ready were never busy.",
    memory_oversized: "Compute Optimizer found that less memory would do the same work for less.",
    high_error_rate: "Most of its calls failed.",
    low_traffic: "It is called so rarely that its purpose is worth a question.",
    arm64_candidate: "Its calls cost much, and would cost a fifth less on arm64 if its code runs there."
  },

  source: {
    isOf: ({ reasons }) => reasons.includes("memory_oversized"),
    left: (before, tonight) => {
      const { evidence, savings } = before
      const both = larger(tonight?.savings ?? null, lastMemorySavings(evidence, savings))
      const all = ["memory_oversized", ...(tonight?.reasons ?? [])].sort((a, b) => order.indexOf(a) - order.indexOf(b))
      const [first = "memory_oversized", ...more] = new Set(all)
      const { memoryMonthlyUsd = null, memoryPrice = null, recommendedMemoryMb = null } = evidence
      return {
        kind: "money",
        reasons: [first, ...more],
        severity: moreSevere(tonight?.severity ?? "info", severityOfSavings(both)),
        savings: both,
        note: "",
        evidence: {
          ...(tonight?.evidence ?? {
            ...evidence,
            provisionedConcurrency: [],
            peakUtilizationPercent: null,
            enough: []
          }),
          recommendedMemoryMb,
          memoryMonthlyUsd,
          memoryPrice
        }
      }
    }
  },

  judge: ({ edge, errors, invocations, optedIn, published, recommendations, targets }, { now, price, settings }) => {
    const {
      arm64MinMonthlyUsd,
      errorRatePct,
      lookbackDays,
      lowInvocations,
      minInvocationsForErrors,
      pcUtilizationMax
    } = settings
    const from = daysBefore(now, lookbackDays)
    const targetOf = targets.by(autoscaling.targetKey)
    const recommendationsOf = recommendations.by(({ arn }) => arn)

    const idleOf = function* (fn: lambda.LambdaFunction): Generator<Step, ReadonlyArray<Idle>, any> {
      // Managed instances have none.
      if (fn.capacityProviderArn !== undefined || lambda.isUnpublished(published, fn)) return []
      const configs = yield* need(yield* ask(lambda.provisionedConcurrency, fn))
      const settled: Array<lambda.ProvisionedConcurrency> = []
      for (const config of configs.filter(({ allocated }) => allocated > 0)) {
        const since = config.changedAt
        const changedAt = yield* need(
          since === undefined
            ? notTold(`Lambda does not tell since when ${config.qualifier} is provisioned`)
            : known(since)
        )
        // What was set within the window is too young.
        if (changedAt <= from) settled.push(config)
      }
      if (settled.length === 0) return []
      const qualifiers = settled.map(({ qualifier }) => qualifier).sort()
      const series = yield* need(yield* ask(lambda.provisionedUse(lookbackDays), { name: fn.name, qualifiers }))
      const idle: Array<Idle> = []
      for (const { allocated, qualifier } of settled) {
        const calls = yield* need(series.total(lambda.invocationsOfQualifier(fn.name, qualifier, lookbackDays)))
        const told = series.peak(lambda.provisionedPeak(fn.name, qualifier, lookbackDays))
        const peak = calls === 0 && !told.known ? 0 : yield* need(told)
        if (peak * 100 > pcUtilizationMax) continue
        const target = yield* need(
          targetOf.get(
            autoscaling.targetKey({
              resourceId: `function:${fn.name}:${qualifier}`,
              dimension: "lambda:function:ProvisionedConcurrency"
            })
          )
        )
        // Of what is scaled only the minimum is there all the time.
        const steady = target === undefined ? allocated : Math.min(allocated, target.minimum)
        const keep = roundedUp(headroom * peak * allocated)
        if (steady > keep) {
          idle.push({ qualifier, allocated, peakPercent: peak * 100, keep, removed: steady - keep })
        }
      }
      return idle
    }

    const x86 = price("lambda.x86GBs").usd
    const arm = price("lambda.armGBs").usd
    const perMonth = hoursPerMonth / (24 * lookbackDays)

    /** What the calls of a function cost a month, and would cost on arm64; undefined where it is not worth a test, or none is there. */
    const onArm = function* (fn: lambda.LambdaFunction, calls: number) {
      if (!lambda.mayRunOnArm(fn) || x86 === null || arm === null || arm >= x86) return undefined
      const gb = fn.memoryMb / 1024
      const gbSeconds = (milliseconds: number) => (milliseconds / 1000) * gb * perMonth
      const longest = calls * (fn.timeoutSeconds ?? lambda.maxTimeoutSeconds) * 1000
      if (gbSeconds(longest) * x86 < arm64MinMonthlyUsd || (yield* need(edge.has(fn.arn)))) return undefined
      const billed = gbSeconds(yield* need(yield* need(yield* ask(lambda.durations(lookbackDays), fn))))
      return billed * x86 < arm64MinMonthlyUsd ? undefined : { x86Usd: billed * x86, armUsd: billed * arm }
    }

    return function* (fn) {
      const calls = yield* need(invocations.total(lambda.invocationsOf(fn, lookbackDays)))
      // Nobody calls it: find_unused_lambda_functions has it.
      if (calls === 0) return
      const points = yield* need(invocations.points(lambda.invocationsOf(fn, lookbackDays)))
      const firstCall = points.find(({ value }) => value > 0)?.at ?? now
      // Lambda tells no creation, and code that is deployed every week has been there before.
      const begins = windowStart(now, lookbackDays).getTime() + millisPerDay
      if (fn.lastModifiedAt > from && firstCall.getTime() > begins) return tooYoung

      const spec = lambda.errorsOf(fn, lookbackDays)
      const isWorking = errors.settles(fn.name)
      const counted = isWorking ? undefined : yield* need(errors.total(spec))
      const idle = yield* idleOf(fn)
      const advised = recommendationsOf.all(fn.arn)
      if (!advised.known) yield* withoutSource(advised.reason)
      else if (optedIn.known && !optedIn.value) yield* withoutSource(computeOptimizer.silence)
      const advice = (advised.known ? advised.value : recommendationsOf.found(fn.arn)).find(
        ({ currentMb, finding, reasons, targetMb, version }) =>
          version === newestCode &&
          currentMb === fn.memoryMb &&
          finding === "notoptimized" &&
          reasons.includes("memoryoverprovisioned") &&
          targetMb !== undefined &&
          targetMb < fn.memoryMb
      )
      // The durations of durable functions are split, and managed instances are billed by the instance.
      const isSized = fn.capacityProviderArn === undefined && fn.durable !== true
      const memory = isSized && advice?.monthlyUsd !== undefined && advice.monthlyUsd >= 0.01 ? advice : undefined
      // That it works is known without their number, which is asked for only where it is shown.
      const isShown = idle.length > 0 || memory !== undefined
      const failed =
        counted ??
        (isShown ? yield* need((yield* need(yield* ask(lambda.errorsOfSome(lookbackDays), fn))).total(spec)) : 0)
      const errorPercent = (100 * failed) / calls
      const isFailing = calls >= minInvocationsForErrors && errorPercent >= errorRatePct
      const reasons: ReadonlyArray<Reason> = [
        ...(idle.length > 0 ? (["idle_provisioned_concurrency"] as const) : []),
        ...(memory === undefined ? [] : (["memory_oversized"] as const)),
        ...(isFailing ? (["high_error_rate"] as const) : []),
        ...(calls < lowInvocations ? (["low_traffic"] as const) : [])
      ]
      const [first, ...more] = reasons
      if (first === undefined) {
        yield* need(advised)
        const costs = yield* onArm(fn, calls)
        if (costs === undefined) return
        return notice({
          reason: "arm64_candidate",
          severity: "info",
          confidence: "low",
          note: "Told at list prices without free tier and commitments, and in no sum: what in its code is built for x86_64 has to be built again and tested.",
          evidence: {
            invocations: significant(calls),
            monthlyUsd: significant(costs.x86Usd),
            wouldMonthlyUsd: significant(costs.armUsd),
            memoryMb: fn.memoryMb,
            architecture: fn.architecture,
            runtime: fn.runtime ?? null,
            lastModifiedAt: fn.lastModifiedAt.toISOString(),
            days: lookbackDays
          }
        })
      }

      const found = {
        reason: [first, ...more],
        evidence: {
          invocations: Math.round(calls),
          errorPercent: Math.round(errorPercent * 10) / 10,
          provisionedConcurrency: idle.map(({ allocated, qualifier }) => `${qualifier}: ${allocated}`),
          peakUtilizationPercent:
            idle.length === 0 ? null : Math.round(Math.max(...idle.map(({ peakPercent }) => peakPercent))),
          enough: idle.map(({ keep, qualifier }) => `${qualifier}: ${keep}`),
          memoryMb: fn.memoryMb,
          recommendedMemoryMb: memory?.targetMb ?? "none",
          ...(memory?.monthlyUsd === undefined
            ? {}
            : { memoryMonthlyUsd: cents(memory.monthlyUsd), memoryPrice: memory.price }),
          architecture: fn.architecture,
          runtime: fn.runtime ?? null,
          lastModifiedAt: fn.lastModifiedAt.toISOString(),
          days: lookbackDays
        }
      } as const
      const ofErrors: Severity = !isFailing ? "info" : errorPercent >= highErrorPct ? "high" : "medium"
      if (idle.length === 0 && memory === undefined) {
        return hygiene({
          ...found,
          severity: ofErrors,
          note: isFailing
            ? "A function that works costs as much as one that fails: only retries stop."
            : "Code that is hardly called hardly costs anything."
        })
      }
      const rate = price(
        fn.architecture === "arm64" ? "lambda.provisionedConcurrencyArmGBs" : "lambda.provisionedConcurrencyGBs"
      )
      const removed = idle.reduce((total, one) => total + one.removed, 0)
      const ofConcurrency = sum(
        "rightsize",
        [term("idle provisioned concurrency", removed * (fn.memoryMb / 1024) * secondsPerMonth, "GB-second", rate)],
        {
          basis: "estimate",
          note: "What is left holds 1.3 times what was busy at most, so that no call becomes dearer. A Compute Savings Plan goes on costing until its term ends."
        }
      )
      const ofIdle = idle.length === 0 ? null : ofConcurrency
      const savings =
        memory?.monthlyUsd === undefined
          ? ofConcurrency
          : larger(ofIdle, memorySavings(memory.monthlyUsd, memory.price, fn.architecture))
      return money({ ...found, savings, severity: moreSevere(ofErrors, severityOfSavings(savings)) })
    }
  }
})
