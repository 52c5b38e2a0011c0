import { noSavings, sum, term } from "../../core/finding/savings.ts"
import type { Savings } from "../../core/finding/Finding.ts"
import { raise, severityOfSavings } from "../../core/finding/severity.ts"
import type { PriceOf } from "../../core/pricing/Prices.ts"
import type { Reading } from "../../core/Reading.ts"
import { daysBefore, secondsPerMonth } from "../../core/time.ts"
import { optional } from "../../datasets/engine/Dataset.ts"
import * as lambda from "../../datasets/aws/lambda.ts"
import { deprecationOf } from "../../datasets/aws/lambdaRuntimes.ts"
import { maxDays } from "../../datasets/metrics/metrics.ts"
import * as tagging from "../../datasets/aws/tags.ts"
import { defineScan, flag, Setting, tooYoung, unknown } from "../Scan.ts"

/** Services that may call once a year, and then need it. CloudFormation needs no policy: its helpers go by name. */
const rareInvokers = new Set([
  "secretsmanager.amazonaws.com",
  "sns.amazonaws.com",
  "events.amazonaws.com",
  "lambda.alarms.cloudwatch.amazonaws.com"
])
const rareNames = /rotat(e|ion)|custom-?_?resource|failover|disaster/i
const recoveryTags = /^(dr|disaster[-_ ]?recovery)$/i

/** What may call the function once in a long while; null when nothing points at it. */
const rareTrigger = (fn: lambda.LambdaFunction, tags: tagging.Tags, invokers: ReadonlyArray<string>): string | null => {
  const invoker = invokers.find((service) => rareInvokers.has(service))
  if (invoker !== undefined) return invoker
  const tag = Object.entries(tags).find((pair) => pair.some((text) => recoveryTags.test(text)))
  if (tag !== undefined) return `tag ${tag.join("=")}`
  return rareNames.test(fn.name) ? "its name" : null
}

const savingsOf = (
  fn: lambda.LambdaFunction,
  provisioned: Reading<ReadonlyArray<lambda.ProvisionedConcurrency>>,
  price: PriceOf
): Savings => {
  if (fn.capacityProviderArn !== undefined) {
    return noSavings(
      "delete",
      "The function runs on Lambda Managed Instances, which are billed with its capacity provider."
    )
  }
  if (!provisioned.known) {
    return noSavings(
      "delete",
      `Idle code costs nothing; its provisioned concurrency is not known: ${provisioned.reason}`
    )
  }
  const allocated = provisioned.value.reduce((total, config) => total + config.allocated, 0)
  if (allocated === 0) {
    return noSavings(
      "delete",
      fn.snapStart && fn.runtime?.startsWith("java") !== true
        ? "Idle code costs nothing; the SnapStart snapshots of its published versions do, and are not priced here."
        : "Idle code costs nothing."
    )
  }
  const gbSeconds = allocated * (fn.memoryMb / 1024) * secondsPerMonth
  const rate =
    fn.architecture === "arm64"
      ? price("lambda.provisionedConcurrencyArmGBs")
      : price("lambda.provisionedConcurrencyGBs")
  return sum("delete", [term("provisioned concurrency", gbSeconds, "GB-second", rate)])
}

export default defineScan({
  title: "Lambda functions that nobody invokes",
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
    mappings: optional(lambda.eventSourceMappings),
    edgeArns: optional(lambda.edgeFunctionArns),
    invocations: lambda.invocations(lookbackDays),
    tags: optional(tagging.byArn)
  }),
  subjects: ["functions"],
  probes: { provisioned: lambda.provisionedConcurrency, invokers: lambda.invokers },
  candidates: ({ functions, invocations, provisioned }, { now, settings }) => {
    const since = daysBefore(now, settings.lookbackDays)
    const silent = functions.filter((fn) => {
      if (!settings.includeProvisionedConcurrency || fn.lastModifiedAt > since) return false
      const total = invocations.total(lambda.invocationsOf(fn, settings.lookbackDays))
      return total.known && total.value === 0
    })
    return {
      provisioned: silent,
      invokers: silent.flatMap(({ arn, name }) => {
        const configs = provisioned?.get(arn)
        return configs?.known === true ? configs.value.map(({ qualifier }) => ({ name, qualifier })) : []
      })
    }
  },
  reasons: {
    not_invoked: "No version of the function was invoked."
  },

  judge: function* (
    { edgeArns, functions, invocations, invokers, mappings, provisioned, tags },
    { now, price, settings }
  ) {
    const sources = new Map<string, Array<string>>()
    for (const { functionArn, sourceArn, state } of mappings ?? []) {
      const own = sources.get(functionArn) ?? []
      sources.set(functionArn, own)
      own.push(`${sourceArn ?? "self-managed Kafka"} (${state})`)
    }

    for (const fn of functions) {
      if (settings.excludeEdgeFunctions && edgeArns?.has(fn.arn) === true) continue
      if (fn.lastModifiedAt > daysBefore(now, settings.lookbackDays)) {
        yield tooYoung(fn.name)
        continue
      }
      const total = invocations.total(lambda.invocationsOf(fn, settings.lookbackDays))
      if (!total.known) {
        yield unknown(fn.name, total.reason)
        continue
      }
      if (total.value > 0) continue
      if (settings.excludeEdgeFunctions && edgeArns === undefined) {
        yield unknown(fn.name, "CloudFront could not be read, and the function may run at its edges under another name")
        continue
      }
      const configs = provisioned.get(fn.arn)
      const invokedBy = (configs.known ? configs.value : []).flatMap(({ qualifier }) => {
        const services = invokers.get(lambda.qualifiedKey({ name: fn.name, qualifier }))
        return services.known ? services.value : []
      })
      const ownTags = tags?.get(fn.arn) ?? {}
      const rare = rareTrigger(fn, ownTags, invokedBy)
      const deprecation = deprecationOf(fn.runtime)
      const deprecated = deprecation !== undefined && deprecation <= now
      const savings = savingsOf(fn, configs, price)
      yield flag({
        resource: { type: "lambda:function", id: fn.name, arn: fn.arn, name: fn.name, tags: ownTags },
        reason: "not_invoked",
        savings,
        confidence: rare === null ? "high" : "medium",
        severity: rare === null ? raise(severityOfSavings(savings), deprecated ? 1 : 0) : "info",
        evidence: {
          windowDays: settings.lookbackDays,
          lastModifiedAt: fn.lastModifiedAt.toISOString(),
          state: fn.state ?? null,
          runtime: fn.runtime ?? null,
          runtimeDeprecated: deprecated,
          memoryMb: fn.memoryMb,
          architecture: fn.architecture,
          packageType: fn.packageType,
          provisionedConcurrency: configs.known
            ? configs.value.map(({ allocated, qualifier }) => `${qualifier}: ${allocated}`)
            : null,
          eventSources: mappings === undefined ? null : (sources.get(fn.arn) ?? []).sort(),
          invokers: [...new Set(invokedBy)].sort(),
          rareTrigger: rare,
          role: fn.roleArn
        }
      })
    }
  }
})
