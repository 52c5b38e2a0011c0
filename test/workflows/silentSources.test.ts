/** Nights on which AWS says of something that it is not there, as it does of what was switched off or is not told yet. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/testing/TestClock"
import type { Finding } from "../../core/finding/Finding.ts"
import { layerMemory } from "../../core/store/sqlite/sqlite.ts"
import { Store } from "../../core/store/Store.ts"
import { sampleNight } from "../../sample/estate.ts"
import { runNightly } from "../../workflows/engine.ts"
import { AskAgain } from "../../datasets/engine/Dataset.ts"
import { awsFailure } from "../datasets/harness.ts"
import { request } from "./harness.ts"
import { sampleNights } from "./sampleNights.ts"

const refuse = (code: string) => () => {
  throw awsFailure(code, "there is nothing")
}

type Says = Readonly<Record<string, () => object>>

interface Silence {
  readonly scans: ReadonlyArray<string>
  /** What is said instead of the answer, by operation. */
  readonly says: Says
  /** What is said on all other nights, where that is not what the sample says. */
  readonly usually?: Says
}

const pressKit = "arn:aws:lambda:eu-central-1:444455556666:function:press-kit-download"

/** Less memory for a function that runs, which nobody else proposes. */
const recommendation = () => ({
  lambdaFunctionRecommendations: [
    {
      functionArn: pressKit,
      functionVersion: "$LATEST",
      currentMemorySize: 256,
      finding: "NotOptimized",
      findingReasonCodes: ["MemoryOverprovisioned"],
      memorySizeRecommendationOptions: [
        {
          rank: 1,
          memorySize: 128,
          savingsOpportunity: { estimatedMonthlySavings: { currency: "USD", value: 12.5 } }
        }
      ]
    }
  ]
})

/** The scans whose findings rest on what says nothing. */
const silences: Readonly<Record<string, Silence>> = {
  "Resource Explorer has no view any more": {
    scans: ["find_untagged_resources"],
    says: { ListViews: () => ({ Views: [] }) }
  },
  "the index of Resource Explorer is empty": {
    scans: ["find_untagged_resources"],
    says: { ListResources: () => ({ Resources: [] }) }
  },
  "the account has opted out of Compute Optimizer": {
    scans: ["find_underutilized_lambda_functions"],
    says: { GetLambdaFunctionRecommendations: refuse("OptInRequiredException") },
    usually: { GetLambdaFunctionRecommendations: recommendation }
  },
  "Cost Explorer has no data of commitments": {
    scans: ["analyze_reserved_instance_utilization"],
    says: {
      GetReservationUtilization: refuse("DataUnavailableException"),
      GetSavingsPlansUtilizationDetails: refuse("DataUnavailableException")
    }
  },
  "Cost Explorer lists no commitments": {
    scans: ["analyze_reserved_instance_utilization"],
    says: {
      GetReservationUtilization: () => ({ UtilizationsByTime: [{ Groups: [] }] }),
      GetSavingsPlansUtilizationDetails: () => ({ SavingsPlansUtilizationDetails: [] })
    }
  },
  "Cost Optimization Hub recommends nothing": {
    scans: ["get_all_cost_optimization_recommendations", "get_cost_optimization_ec2", "get_cost_optimization_ebs"],
    says: { ListRecommendations: () => ({ items: [] }) }
  },
  "Cost Explorer has no bill": {
    scans: ["analyze_reserved_instance_utilization", "get_daily_cost_trend"],
    says: { GetCostAndUsage: () => ({ ResultsByTime: [] }) }
  },
  "no service lists a version": {
    scans: [
      "find_outdated_rds_engine_versions",
      "find_outdated_eks_cluster_versions",
      "find_outdated_elasticache_engine_versions"
    ],
    says: {
      DescribeDBEngineVersions: () => ({ DBEngineVersions: [] }),
      DescribeDBMajorEngineVersions: () => ({ DBMajorEngineVersions: [] }),
      DescribeClusterVersions: () => ({ clusterVersions: [] }),
      DescribeCacheEngineVersions: () => ({ CacheEngineVersions: [] })
    }
  },
  "nothing is offered, and no type is described": {
    scans: [
      "find_ec2_instances_with_old_generations",
      "find_underutilized_ec2_instances",
      "find_underutilized_rds_instances"
    ],
    says: {
      DescribeInstanceTypes: () => ({ InstanceTypes: [] }),
      DescribeInstanceTypeOfferings: () => ({ InstanceTypeOfferings: [] }),
      DescribeOrderableDBInstanceOptions: () => ({ OrderableDBInstanceOptions: [] })
    }
  },
  "there is no event bus and no cache policy": {
    scans: ["find_unused_eventbridge_rules", "analyze_cloudfront_cache_hit_ratio"],
    says: {
      ListEventBuses: () => ({ EventBuses: [] }),
      ListCachePolicies: () => ({ CachePolicyList: { Quantity: 0 } })
    }
  }
}

/** The sample organisation, which says something else while `said` does. */
const layerOf = (said: () => Says) => sampleNights(async ([{ name }], sample) => said()[name]?.() ?? sample())

/** How many scans of the findings' scopes say nothing, how many not everything, and how many resources were not judged. */
const unsaid = Effect.fnUntraced(function* (findings: ReadonlyArray<Finding>) {
  const store = yield* Store
  const scopes = new Map(findings.map(({ scope }) => [`${scope.account}/${scope.region}`, scope]))
  const outcomes = (yield* Effect.forEach([...scopes.values()], (scope) => store.latestOutcomes(scope))).flat()
  const of = (wanted: string) => outcomes.filter(({ status }) => status === wanted).length
  return [of("unavailable"), of("partial"), outcomes.reduce((sum, { counters }) => sum + counters.unknown, 0)]
})

const nameOf = ({ reasons, resource, scan }: Finding) => `${scan} ${resource.id}: ${reasons.join(", ")}`

describe("a night on which", () => {
  for (const [what, { says, scans, usually = {} }] of Object.entries(silences)) {
    it.effect(`${what} closes nothing, says so, and is forgotten by the next`, () =>
      Effect.gen(function* () {
        let isSilent = false
        const store = yield* Store
        const night = Effect.fnUntraced(function* (day: number) {
          isSilent = day === 1
          yield* TestClock.setTime(sampleNight.getTime() + day * 86_400_000)
          const id = yield* runNightly(request({ scans })).pipe(
            Effect.provide(layerOf(() => (isSilent ? says : usually))),
            // What an earlier night was told would speak for what is silent.
            Effect.provideService(AskAgain, true)
          )
          const summary = (yield* store.run(id))?.summary
          const { items } = yield* store.findings({ limit: 1000 })
          if (summary === undefined || summary === null) return assert.fail("the run has no summary")
          const findings = items.filter(({ status }) => status === "open")
          return { summary, findings, unsaid: yield* unsaid(findings) }
        })
        const before = yield* night(0)
        const silent = yield* night(1)
        const after = yield* night(2)
        for (const scan of scans)
          assert.isTrue(
            before.findings.some((one) => one.scan === scan),
            scan
          )
        assert.deepStrictEqual(silent.findings.map(nameOf).sort(), before.findings.map(nameOf).sort())
        assert.isTrue(silent.unsaid.some((count, at) => count > (before.unsaid[at] ?? 0)))
        assert.deepStrictEqual(after.unsaid, before.unsaid)
        assert.deepStrictEqual(after.findings.map(nameOf).sort(), before.findings.map(nameOf).sort())
        for (const { changes } of [silent.summary, after.summary]) {
          assert.strictEqual(changes.resolved.findings, 0)
          assert.strictEqual(changes.reopened.findings, 0)
        }
      }).pipe(Effect.provide(layerMemory))
    )
  }
})

describe("what Cost Optimization Hub recommends no more", () => {
  it.effect(
    "ends while other advice for the account shows that somebody looks at it, and not where the list breaks off",
    () =>
      Effect.gen(function* () {
        const store = yield* Store
        const scan = "get_all_cost_optimization_recommendations"
        let gone: string | undefined
        let isCut = false
        const layer = sampleNights(async ([{ name }, input], sample) => {
          const answer: any = await sample()
          if (name !== "ListRecommendations" || gone === undefined) return answer
          if ((input as any).nextToken === "cut") throw awsFailure("AccessDeniedException", "no")
          const items = answer.items.filter((one: any) => one.resourceArn !== gone)
          return isCut ? { items, nextToken: "cut" } : { ...answer, items }
        })
        const night = Effect.fnUntraced(function* (day: number) {
          yield* TestClock.setTime(sampleNight.getTime() + day * 86_400_000)
          yield* runNightly(request({ scans: [scan] })).pipe(Effect.provide(layer))
          return (yield* store.findings({ limit: 1000 })).items
        })
        const first = yield* night(0)
        const byAccount = Map.groupBy(
          first.filter(({ evidence }) => evidence["source"] === "ComputeOptimizer"),
          ({ account }) => account
        )
        const [own, other] = [...byAccount.values()].find((all) => all.length > 1) ?? []
        if (own === undefined || other === undefined) return assert.fail("the sample has no account with two of them")
        const statusOf = (findings: ReadonlyArray<Finding>) => findings.find(({ id }) => id === own.id)?.status
        gone = own.resource.arn
        isCut = true
        assert.strictEqual(statusOf(yield* night(1)), "open")
        isCut = false
        const ended = yield* night(2)
        assert.strictEqual(statusOf(ended), "resolved")
        assert.strictEqual(ended.find(({ id }) => id === own.id)?.resolved?.reason, "no_longer_matches")
        assert.strictEqual(ended.find(({ id }) => id === other.id)?.status, "open")
        gone = ""
        assert.strictEqual(statusOf(yield* night(3)), "open")
      }).pipe(Effect.provide(layerMemory))
  )
})

describe("while Compute Optimizer is silent", () => {
  /** Night after night of one scan, each with what is said on it. */
  const nightsOf = (scan: string) =>
    Effect.gen(function* () {
      const store = yield* Store
      return Effect.fnUntraced(function* (day: number, says: Says) {
        yield* TestClock.setTime(sampleNight.getTime() + day * 86_400_000)
        yield* runNightly(request({ scans: [scan] })).pipe(Effect.provide(layerOf(() => says)))
        return (yield* store.findings({ limit: 1000 })).items
      })
    })

  const taxArn = "arn:aws:lambda:eu-central-1:444455556666:function:checkout-tax"

  const lessMemory = (value: number) => () => ({
    lambdaFunctionRecommendations: [
      {
        functionArn: taxArn,
        functionVersion: "$LATEST",
        currentMemorySize: 1024,
        finding: "NotOptimized",
        findingReasonCodes: ["MemoryOverprovisioned"],
        memorySizeRecommendationOptions: [
          { rank: 1, memorySize: 128, savingsOpportunity: { estimatedMonthlySavings: { currency: "USD", value } } }
        ]
      }
    ]
  })

  const says = (finding: Finding | undefined) => [
    finding?.status,
    finding?.confirmed,
    finding?.reasons.join(),
    finding?.savings?.monthlyUsd,
    finding?.evidence["recommendedMemoryMb"],
    finding?.evidence["provisionedConcurrency"]
  ]

  const noConcurrency = () => ({ ProvisionedConcurrencyConfigs: [] })

  const silently: Readonly<Record<string, () => object>> = {
    "it is opted out of": refuse("OptInRequiredException"),
    "its answer is denied": refuse("AccessDeniedException")
  }
  for (const [how, GetLambdaFunctionRecommendations] of Object.entries(silently)) {
    it.effect(`because ${how}, what does not rest on it ends, and what does stays with what it was told to save`, () =>
      Effect.gen(function* () {
        const night = yield* nightsOf("find_underutilized_lambda_functions")
        const tax = (findings: ReadonlyArray<Finding>) => says(findings.find(({ resource }) => resource.arn === taxArn))
        const both = tax(yield* night(0, { GetLambdaFunctionRecommendations: lessMemory(5) }))
        assert.deepStrictEqual(both, [
          "open",
          true,
          "idle_provisioned_concurrency,memory_oversized",
          474.43,
          128,
          ["live: 40"]
        ])
        const silent = { GetLambdaFunctionRecommendations }
        assert.deepStrictEqual(tax(yield* night(1, silent)), both)
        const removed = { ...silent, ListProvisionedConcurrencyConfigs: noConcurrency }
        const left = ["open", true, "memory_oversized", 5, 128, []]
        assert.deepStrictEqual(tax(yield* night(2, removed)), left)
        assert.deepStrictEqual(tax(yield* night(9, removed)), left)
        // Set up anew, it is waste again, beside what is still not known.
        assert.deepStrictEqual(tax(yield* night(10, silent)), both)
        const nothing = {
          GetLambdaFunctionRecommendations: () => ({ lambdaFunctionRecommendations: [] }),
          ListProvisionedConcurrencyConfigs: noConcurrency
        }
        assert.strictEqual(tax(yield* night(11, nothing))[0], "resolved")
      }).pipe(Effect.provide(layerMemory))
    )
  }

  it.effect("what it had cleared is shown and confirms nothing, where it has spoken before", () =>
    Effect.gen(function* () {
      const night = yield* nightsOf("find_underutilized_ec2_instances")
      const oversized = (findings: ReadonlyArray<Finding>) =>
        findings
          .filter(
            ({ reasons, resource, status }) =>
              status === "open" && reasons.includes("oversized") && resource.arn.includes(":instance/")
          )
          .map(({ confirmed, evidence, resource }) => ({
            confirmed,
            arn: resource.arn,
            type: /\w+\.\w+/.exec(String(evidence["instanceTypes"]))?.[0]
          }))
      const off = { GetEC2InstanceRecommendations: refuse("OptInRequiredException") }
      // An account that has never opted in is judged by its metrics alone.
      const never = oversized(yield* night(0, off))
      assert.isAbove(never.length, 0)
      assert.isTrue(never.every(({ confirmed }) => confirmed))
      const optimized = () => ({
        instanceRecommendations: never.map(({ arn, type }) => ({
          instanceArn: arn,
          currentInstanceType: type,
          finding: "OPTIMIZED",
          recommendationOptions: []
        }))
      })
      assert.deepStrictEqual(oversized(yield* night(1, { GetEC2InstanceRecommendations: optimized })), [])
      for (const day of [2, 3]) {
        const shown = oversized(yield* night(day, off))
        assert.deepStrictEqual(
          shown,
          never.map((one) => ({ ...one, confirmed: false }))
        )
      }
    }).pipe(Effect.provide(layerMemory))
  )
})
