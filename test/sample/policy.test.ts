/**
 * What is asked of AWS against what the policy allows: the operations that the catalogue names are those that nights call, with
 * every flag of every scan on, no fewer and no more. Some are asked for what the sample estate has none of; that is planted here.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { operationsOf, settingsThatRead } from "../../audit/actions.ts"
import { wholeCatalogue as catalogue } from "../../audit/reads.ts"
import { scans as index } from "../../audit/index.ts"
import { operationKey } from "../../core/aws/operation.ts"
import type { Transport } from "../../core/aws/Transport.ts"
import { audit } from "./harness.ts"

const declared = new Set(catalogue.flatMap(({ operations }) => operations.map(({ operation }) => operation)))

/** Services that sell reservations, as the bill names them. */
const reserved = [
  "Amazon Elastic Compute Cloud - Compute",
  "Amazon Relational Database Service",
  "Amazon ElastiCache",
  "Amazon Redshift",
  "Amazon OpenSearch Service",
  "Amazon MemoryDB Service"
]

/** A reservation of which Cost Explorer does not tell the days, so that its own service is asked. */
const reservation = {
  Key: "SUBSCRIPTION_ID",
  Value: "1",
  Attributes: { accountId: "000000000000", region: "eu-central-1" },
  Utilization: {
    UtilizationPercentage: "50",
    PurchasedHours: "720",
    UnusedHours: "360",
    RICostForUnusedHours: "40",
    NetRISavings: "1"
  }
}

/** What is asked only of something that is too far from the estate to be planted, and where a test has it asked. */
const askedElsewhere: Readonly<Record<string, string>> = {
  "application-autoscaling:DescribeScalingPolicies":
    "of tables that auto scaling made large and that are used up: test/datasets/aws/applicationAutoscaling.test.ts",
  "ecs:DescribeCapacityProviders":
    "of instances on which no task ran for months: test/scans/containers/find_unused_ecs_clusters_and_services.test.ts",
  "logs:StopQuery": "of a query that does not end in time: test/datasets/aws/coldStarts.test.ts"
}

/** What the estate has none of, put into its answers: each makes a candidate for a question that nothing else makes one for. */
const planted: Readonly<Record<string, (answer: any, input: any) => object>> = {
  "ce:GetCostAndUsage": (answer, { GroupBy, Metrics }) =>
    GroupBy[0].Key === "SERVICE"
      ? {
          ...answer,
          ResultsByTime: answer.ResultsByTime.map((period: any) => ({
            ...period,
            Groups: [
              ...period.Groups,
              ...reserved.map((service) => ({
                Keys: [service, "RIFee"],
                Metrics: { [Metrics[0]]: { Amount: "1", Unit: "USD" } }
              }))
            ]
          }))
        }
      : answer,
  "ce:GetReservationUtilization": () => ({ UtilizationsByTime: [{ Groups: [reservation] }] }),
  "ce:GetSavingsPlansUtilizationDetails": (answer) => ({
    ...answer,
    SavingsPlansUtilizationDetails: answer.SavingsPlansUtilizationDetails.map(({ Attributes, ...detail }: any) => {
      const { EndDateTime: _end, StartDateTime: _start, ...others } = Attributes
      return { ...detail, Attributes: others }
    })
  }),
  "codebuild:ListProjects": () => ({ projects: ["site"] }),
  // The images are somebody else's, which are asked for by their ids.
  "ec2:DescribeImages": (_answer, { Filters = [] }) => ({
    Images: Filters.flatMap(({ Values }: any) => Values).map((ImageId: string) => ({
      ImageId,
      State: "available",
      CreationDate: "2026-01-01T00:00:00.000Z",
      ImageAllowed: false
    }))
  }),
  "ec2:DescribeAddresses": (answer) => ({
    ...answer,
    Addresses: answer.Addresses.map((address: object) => ({ ...address, PublicIpv4Pool: "ipam-pool-0" }))
  }),
  "ecr:DescribeImages": (answer) => ({
    ...answer,
    imageDetails: answer.imageDetails.map(({ lastRecordedPullTime: _pulled, ...image }: any) => image)
  }),
  "s3:GetAccessPoint": (answer) => ({ ...answer, PublicAccessBlockConfiguration: { RestrictPublicBuckets: false } }),
  "sagemaker:DescribeDomain": () => ({ DefaultUserSettings: {} }),
  "sagemaker:DescribeNotebookInstance": () => ({ NotebookInstanceName: "lab" }),
  "sagemaker:ListDomains": () => ({ Domains: [{ DomainId: "d-1" }] }),
  "sagemaker:ListNotebookInstances": () => ({ NotebookInstances: [{ NotebookInstanceName: "lab" }] })
}

/** The scans for which something is planted. */
const scansOfPlanted = [
  "analyze_reserved_instance_utilization",
  "find_asgs_with_old_amis",
  "find_public_s3_buckets",
  "find_unused_ecr_images",
  "find_unused_elastic_ips",
  "find_unused_security_groups"
]

/** Buckets of which the list does not tell the region, as some S3 APIs give it: each is asked. What is not located is judged by less. */
const unlocated: typeof planted = {
  "s3:ListBuckets": (answer) => ({
    ...answer,
    Buckets: answer.Buckets.map(({ BucketRegion: _region, ...bucket }: any) => bucket)
  })
}

/** Operations that the estate may refuse, because it has nothing of the kind: it is not asked. */
const replaced = new Set([
  "ce:GetReservationUtilization",
  "sagemaker:DescribeDomain",
  "sagemaker:DescribeNotebookInstance"
])

const planting =
  (plants: typeof planted) =>
  (transport: Transport["Service"]): Transport["Service"] => ({
    send: async (operation, input, destination, signal) => {
      const key = operationKey(operation)
      const plant = plants[key]
      const answer =
        plant !== undefined && replaced.has(key) ? {} : await transport.send(operation, input, destination, signal)
      return (plant === undefined ? answer : plant(answer, input)) as typeof answer
    }
  })

describe("the operations that the catalogue names", () => {
  it.effect(
    "are those that nights call with every flag on, no fewer and no more",
    () =>
      Effect.gen(function* () {
        const called = new Set<string>()
        // What is planted takes the place of what the estate has, so each is asked.
        const nights = [
          {},
          { through: planting(planted), only: new Set(scansOfPlanted) },
          { through: planting(unlocated), only: new Set(["find_unused_s3_buckets"]) }
        ]
        for (const night of nights) {
          const { calls } = yield* audit({ ...night, every: true })
          for (const { operation, service } of calls) called.add(`${service}:${operation}`)
        }
        const expected = [...declared].filter((operation) => askedElsewhere[operation] === undefined)
        assert.deepStrictEqual(
          {
            allowedButNotCalled: expected.filter((operation) => !called.has(operation)),
            calledButNotAllowed: [...called].filter((operation) => !declared.has(operation)),
            calledAfterAll: Object.keys(askedElsewhere).filter((operation) => called.has(operation))
          },
          { allowedButNotCalled: [], calledButNotAllowed: [], calledAfterAll: [] }
        )
      }),
    60_000
  )

  it("are enough, of each scan alone, for every value of every setting", async () => {
    const wider = []
    for (const { name, operations } of catalogue) {
      const { default: scan } = await index[name as keyof typeof index].load()
      const own = new Set(operations.map(({ operation }) => operation))
      for (const settings of settingsThatRead(scan)) {
        for (const operation of operationsOf({ scan, settings }).map(operationKey)) {
          if (!own.has(operation)) wider.push(`${name} with ${JSON.stringify(settings)}: ${operation}`)
        }
      }
    }
    assert.deepStrictEqual(wider, [])
    const actions = catalogue.flatMap(({ actions, name }) => (name === "find_unencrypted_ebs_volumes" ? actions : []))
    assert.include(actions, "ec2:DescribeSnapshots")
  })
})
