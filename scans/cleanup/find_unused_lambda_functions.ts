import { sum, term } from "../../core/finding/savings.ts"
import type { Severity } from "../../core/finding/Finding.ts"
import { raise, severityOfSavings } from "../../core/finding/severity.ts"
import { runtimeSupportOf } from "../../core/lifecycle/SupportDates.ts"
import { all, map, type Reading } from "../../core/Reading.ts"
import { daysBefore, secondsPerMonth } from "../../core/time.ts"
import * as lambda from "../../datasets/aws/lambda.ts"
import { maxDays } from "../../datasets/metrics/SeriesReader.ts"
import type { Tags } from "../../datasets/aws/tags.ts"
import { ask, askAll, defineScan, hygiene, money, need, Setting, type Step, tooYoung } from "../Scan.ts"

/** Services that may call once a year, and then need it. CloudFormation needs no policy: its helpers go by name. */
const rareInvokers = new Set([
  "secretsmanager.amazonaws.com",
  "sns.amazonaws.com",
  "events.amazonaws.com",
  "lambda.alarms.cloudwatch.amazonaws.com"
])
const rareNames = /rotat(e|ion)|custom-?_?resource|failover|disaster/i
const recoveryTags = /^(dr|disaster[-_ ]?recovery)$/i

interface Triggers {
  readonly tags: Tags | null
  readonly invokers: ReadonlyArray<string> | null
}

const sourceOf = ({ sourceArn }: lambda.EventSourceMapping): string => sourceArn ?? "self-managed Kafka"

/** What may call the function once in a long while; `none` where nothing does, null where not all that may was asked or told. */
const rareTrigger = (fn: lambda.LambdaFunction, { invokers, tags }: Triggers): string | null => {
  const invoker = invokers?.find((service) => rareInvokers.has(service))
  if (invoker !== undefined) return invoker
  const tag = Object.entries(tags ?? {})
    .sort()
    .find((pair) => pair.some((text) => recoveryTags.test(text)))
  if (tag !== undefined) return `tag ${tag.join("=")}`
  if (rareNames.test(fn.name)) return "its name"
  return invokers === null || tags === null ? null : "none"
}

/** Why an idle function without provisioned concurrency saves nothing. */
const noteOf = (fn: lambda.LambdaFunction, wasAsked: boolean): string =>
  fn.capacityProviderArn !== undefined
    ? "The function runs on Lambda Managed Instances, which are billed with its capacity provider."
    : !wasAsked
      ? "Idle code costs nothing; its provisioned concurrency and who may invoke it were not asked for."
      : fn.snapStart && fn.runtime?.startsWith("java") !== true
        ? "Idle code costs nothing; the SnapStart snapshots of its published versions do, and are not priced here; who may invoke it was not asked."
        : "Idle code costs nothing; who may invoke it was not asked."

const valueOf = <A>(reading: Reading<A>): A | null => (reading.known ? reading.value : null)

export default defineScan({
  title: "Lambda functions that nobody invokes",
  words: "dead serverless code, provisioned concurrency",
  why: "Idle code is free, and provisioned concurrency is not; code that nobody calls also ages unpatched.",
  fix: "Remove the provisioned concurrency, then the function. Check its triggers first: some fire once a year.",
  docs: "https://docs.aws.amazon.com/lambda/latest/dg/provisioned-concurrency.html",
  scope: "regional",
  settings: {
    lookbackDays: Setting.days(90, "Days without an invocation", { maximum: maxDays }),
    includeProvisionedConcurrency: Setting.flag(
      true,
      "Look up and price the provisioned concurrency of unused functions"
    ),
    excludeEdgeFunctions: Setting.flag(true, "Leave out functions that CloudFront runs at its edges")
  },
  reads: ({ lookbackDays }) => ({
    functions: lambda.functions,
    published: lambda.published,
    mappings: lambda.eventSourceMappings,
    edgeArns: lambda.edgeFunctionArns,
    invocations: lambda.invocations(lookbackDays)
  }),
  coverable: true,
  subject: "functions",
  probes: { provisioned: lambda.provisionedConcurrency, invokers: lambda.invokers },
  reasons: {
    not_invoked: "No version of the function was invoked."
  },

  judge: ({ edgeArns, invocations, mappings, published }, { now, price, settings }) => {
    const { excludeEdgeFunctions, includeProvisionedConcurrency, lookbackDays } = settings
    const mappingsOf = mappings.by(({ functionArn }) => functionArn)

    /** Services that its policies let invoke a function; null where not all of them were told. */
    const invokersOf = function* (
      { lastModifiedAt, name }: lambda.LambdaFunction,
      versions: ReadonlyArray<lambda.ProvisionedConcurrency>
    ): Generator<Step, ReadonlyArray<string> | null, any> {
      const qualifiers = [undefined, ...versions.map(({ qualifier }) => qualifier)]
      const told = yield* askAll(
        lambda.invokers,
        qualifiers.map((qualifier) => ({ name, qualifier, lastModifiedAt }))
      )
      return valueOf(map(all(told), (services) => [...new Set(services.flat())].sort()))
    }

    return function* (fn, _, tags) {
      if (fn.lastModifiedAt > daysBefore(now, lookbackDays)) return tooYoung
      if ((yield* need(invocations.total(lambda.invocationsOf(fn, lookbackDays)))) > 0) return
      // At the edges a function is invoked under another name.
      if (excludeEdgeFunctions && (yield* need(edgeArns.has(fn.arn)))) return

      // Managed instances have none.
      const isAsked = includeProvisionedConcurrency && fn.capacityProviderArn === undefined
      const configs = !isAsked
        ? null
        : lambda.isUnpublished(published, fn)
          ? []
          : yield* need(yield* ask(lambda.provisionedConcurrency, fn))
      const allocated = (configs ?? []).reduce((total, config) => total + config.allocated, 0)
      // Idle code costs nothing, and so its policy is not worth a call: who may invoke it is then not known.
      const invokers = allocated > 0 ? yield* invokersOf(fn, configs ?? []) : null
      const own = valueOf(mappingsOf.all(fn.arn))
      const rare = rareTrigger(fn, { tags: valueOf(tags), invokers })
      const deprecation = fn.runtime === undefined ? undefined : runtimeSupportOf(fn.runtime)?.deprecated
      const deprecated = deprecation !== undefined && deprecation <= now
      const severity = (usual: Severity) =>
        rare === null || rare === "none" ? raise(usual, deprecated ? 1 : 0) : "info"
      const found = {
        reason: "not_invoked",
        // A queue or a stream may have something tomorrow.
        confidence: rare === "none" && own !== null && !own.some(lambda.mayInvoke) ? "high" : "medium",
        evidence: {
          windowDays: lookbackDays,
          lastModifiedAt: fn.lastModifiedAt.toISOString(),
          state: fn.state ?? null,
          runtime: fn.runtime ?? null,
          runtimeDeprecated: deprecated,
          memoryMb: fn.memoryMb,
          architecture: fn.architecture,
          packageType: fn.packageType,
          provisionedConcurrency:
            configs?.map(({ allocated, qualifier }) => `${qualifier}: ${allocated}`).sort() ?? null,
          eventSources: own?.map((mapping) => `${sourceOf(mapping)} (${mapping.state})`).sort() ?? null,
          invokers,
          rareTrigger: rare,
          role: fn.roleArn
        }
      } as const
      if (allocated === 0) {
        return hygiene({ ...found, severity: severity("info"), note: noteOf(fn, isAsked) })
      }
      const rate =
        fn.architecture === "arm64"
          ? price("lambda.provisionedConcurrencyArmGBs")
          : price("lambda.provisionedConcurrencyGBs")
      const gbSeconds = allocated * (fn.memoryMb / 1024) * secondsPerMonth
      const savings = sum("delete", [term("provisioned concurrency", gbSeconds, "GB-second", rate)])
      return money({ ...found, savings, severity: severity(severityOfSavings(savings)) })
    }
  }
})
