import type { Severity } from "../../core/finding/Finding.ts"
import { raise } from "../../core/finding/severity.ts"
import { type RuntimeSupport, runtimeSupportOf, tableAsOf, tableCaveat } from "../../core/lifecycle/SupportDates.ts"
import type { Reading } from "../../core/Reading.ts"
import { daysBefore, isoDay } from "../../core/time.ts"
import * as lambda from "../../datasets/aws/lambda.ts"
import { ask, consider, defineScan, hygiene, need, notice, Setting, type Step, unknown } from "../Scan.ts"

/** Days in which a call is looked for: whether anybody would notice. */
const callDays = 30

/** Runtimes that exist on a newer system without a change of the language. Source: shared/scans.md, appendix A. */
const newerSystems: ReadonlyMap<string, string> = new Map([
  ["java8.al2", "java8.al2023"],
  ["java11", "java11.al2023"],
  ["java17", "java17.al2023"]
])

/** What a function runs: its newest code, or a published version behind aliases. */
interface Running {
  readonly where: string
  readonly runtime: string
  readonly support: RuntimeSupport
}

/** AWS has put blocks off again and again, so that only a day that has passed is certain. */
const blockOf = (day: Date | undefined, now: Date): string =>
  day === undefined ? "not announced" : day <= now ? `since ${isoDay(day)}` : `not before ${isoDay(day)}`

export default defineScan({
  title: "Outdated Lambda runtimes",
  words: "deprecated Node.js, Python, Java, .NET, end of life",
  why: "A deprecated runtime gets no security patches, and later Lambda refuses to create and then to update functions that use it.",
  fix: "Set the function's runtime to the successor after testing the code with it, publish a new version, and move the aliases there.",
  docs: "https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html",
  scope: "regional",
  settings: {
    noticeDays: Setting.days(180, "Days before the deprecation from which a runtime is reported"),
    includeEdge: Setting.flag(true, "Also report functions that CloudFront runs at its edges"),
    includeVersionsBehindAliases: Setting.flag(
      false,
      "Also look at published versions that aliases lead to: a call or two for each function"
    )
  },
  reads: { functions: lambda.functions, edgeArns: lambda.edgeFunctionArns },
  subject: "functions",
  probes: {
    urls: lambda.functionUrls,
    versions: lambda.aliasedVersions,
    invocations: lambda.invocationsOfSome(callDays)
  },
  reasons: {
    deprecated: "AWS no longer patches the runtime.",
    create_blocked: "Lambda creates no more functions with the runtime.",
    update_blocked: "Lambda no longer updates functions that use the runtime.",
    deprecating_soon: "AWS stops patching the runtime soon.",
    unlisted: "The runtime is not in the table of runtimes, and is taken for a current one."
  },

  judge: ({ edgeArns }, { now, settings }) => {
    const { includeEdge, includeVersionsBehindAliases, noticeDays } = settings
    const noticed = daysBefore(now, -noticeDays)
    const caveat = tableCaveat(now)

    /** Whether anybody calls it; null where that is not told. A number would be another one every night. */
    const invokedOf = function* (
      fn: lambda.LambdaFunction,
      edge: Reading<boolean>
    ): Generator<Step, string | null, any> {
      if (!edge.known) return null
      if (edge.value) return "at CloudFront's edges, which count elsewhere"
      const series = yield* ask(lambda.invocationsOfSome(callDays), fn)
      const calls = series.known ? series.value.total(lambda.invocationsOf(fn, callDays)) : series
      return calls.known ? `${calls.value > 0 ? "" : "not "}in the last ${callDays} days` : null
    }

    return function* (fn) {
      const edge = edgeArns.has(fn.arn)
      if (!includeEdge && (yield* need(edge))) return
      const versions = includeVersionsBehindAliases ? yield* need(yield* ask(lambda.aliasedVersions, fn)) : []
      const runtimes = [
        { where: "$LATEST", runtime: fn.runtime },
        ...versions.map(({ aliases, runtime, version }) => ({
          where: `version ${version} (${aliases.join(", ")})`,
          runtime
        }))
      ]
      const running = runtimes.flatMap(({ runtime, where }): ReadonlyArray<Running> => {
        const support = runtime === undefined ? undefined : runtimeSupportOf(runtime)
        return runtime === undefined || support === undefined ? [] : [{ where, runtime, support }]
      })
      const outdated = running
        .filter(({ support }) => support.deprecated <= noticed)
        .sort((a, b) => a.support.deprecated.getTime() - b.support.deprecated.getTime())
      const [worst] = outdated
      if (worst === undefined) {
        if (running.length === runtimes.length) return
        const unlisted = runtimes.flatMap(({ runtime, where }) =>
          runtime !== undefined && runtimeSupportOf(runtime) === undefined ? [`${where}: ${runtime}`] : []
        )
        if (unlisted.length === 0)
          return unknown("a container image brings its own runtime, of which Lambda tells nothing")
        return notice({
          reason: "unlisted",
          severity: "info",
          confidence: "low",
          evidence: { unlisted, lastModifiedAt: fn.lastModifiedAt.toISOString(), datesAsOf: tableAsOf },
          note: "A runtime that came after the table is current; until when it will be patched is not known here."
        })
      }

      const { createBlock, deprecated, successor, updateBlock } = worst.support
      const isDeprecated = deprecated <= now
      const isUpdateBlocked = updateBlock !== undefined && updateBlock <= now
      const isCreateBlocked = createBlock !== undefined && createBlock <= now
      const severity: Severity = isUpdateBlocked ? "high" : isDeprecated ? "medium" : "low"
      const urls = yield* consider(yield* ask(lambda.functionUrls, fn))
      const isPublic = urls?.some(({ auth }) => auth === "none")
      return hygiene({
        reason: [
          isDeprecated ? "deprecated" : "deprecating_soon",
          ...(isCreateBlocked ? (["create_blocked"] as const) : []),
          ...(isUpdateBlocked ? (["update_blocked"] as const) : [])
        ],
        severity: raise(severity, isPublic === true ? 1 : 0),
        confidence: caveat === undefined ? "high" : "medium",
        evidence: {
          runtime: worst.runtime,
          deprecatedOn: isoDay(deprecated),
          newFunctionsBlocked: blockOf(createBlock, now),
          updatesBlocked: blockOf(updateBlock, now),
          successor: successor ?? "none yet",
          sameLanguageOnNewerSystem: newerSystems.get(worst.runtime) ?? "none",
          outdated: outdated.map(({ runtime, where }) => `${where}: ${runtime}`),
          publicUrl: isPublic ?? null,
          atEdge: edge.known ? edge.value : null,
          invoked: yield* invokedOf(fn, edge),
          lastModifiedAt: fn.lastModifiedAt.toISOString(),
          datesAsOf: tableAsOf
        },
        note: `A deprecated runtime costs nothing more.${caveat === undefined ? "" : ` ${caveat}`}`
      })
    }
  }
})
