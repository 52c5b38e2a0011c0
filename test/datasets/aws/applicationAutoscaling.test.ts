import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as autoscaling from "../../../datasets/aws/applicationAutoscaling.ts"
import { awsFailure, paged, readDataset, readProbe, valueOf } from "../harness.ts"

const target = (more: object = {}) => ({
  ServiceNamespace: "dynamodb",
  ResourceId: "table/orders",
  ScalableDimension: "dynamodb:table:ReadCapacityUnits",
  MinCapacity: 5,
  MaxCapacity: 100,
  ...more
})

const targets = autoscaling.scalableTargets("dynamodb")

describe("applicationAutoscaling.scalableTargets", () => {
  it.effect("reads 101 targets of one service in three pages", () =>
    Effect.gen(function* () {
      const all = Array.from({ length: 101 }, (_, index) => target({ ResourceId: `table/t${index}` }))
      const { calls, read, sent } = yield* readDataset(targets, {
        "application-autoscaling:DescribeScalableTargets": paged(all, "ScalableTargets", { size: "MaxResults" })
      })
      assert.deepStrictEqual(calls, { "application-autoscaling:DescribeScalableTargets": 3 })
      assert.deepStrictEqual([...new Set(sent.map(({ input }) => input.ServiceNamespace))], ["dynamodb"])
      assert.strictEqual(valueOf(read).length, 101)
    })
  )

  it.effect("keeps bounds and what is suspended", () =>
    Effect.gen(function* () {
      const suspended = target({
        SuspendedState: { DynamicScalingInSuspended: true, DynamicScalingOutSuspended: false }
      })
      const { read } = yield* readDataset(targets, {
        "application-autoscaling:DescribeScalableTargets": () => ({ ScalableTargets: [suspended] })
      })
      assert.deepStrictEqual(valueOf(read), [
        {
          resourceId: "table/orders",
          dimension: "dynamodb:table:ReadCapacityUnits",
          minimum: 5,
          maximum: 100,
          scaleInSuspended: true,
          scaleOutSuspended: false
        }
      ])
      assert.strictEqual(autoscaling.targetKey(valueOf(read)[0]), "table/orders dynamodb:table:ReadCapacityUnits")
    })
  )

  it("is one dataset for each service", () => {
    assert.strictEqual(autoscaling.scalableTargets("dynamodb"), targets)
    assert.strictEqual(autoscaling.scalableTargets("ecs").name, "applicationAutoscaling.scalableTargets(ecs)")
  })

  it.effect("calls an answer without its list malformed", () =>
    Effect.gen(function* () {
      const { read } = yield* readDataset(targets, { "application-autoscaling:DescribeScalableTargets": () => ({}) })
      assert.match(read.ok ? "" : read.error.summary, /ScalableTargets is missing/)
    })
  )

  for (const field of ["ResourceId", "ScalableDimension", "MinCapacity", "MaxCapacity"]) {
    it.effect(`calls a target without its ${field} malformed`, () =>
      Effect.gen(function* () {
        const { read } = yield* readDataset(targets, {
          "application-autoscaling:DescribeScalableTargets": () => ({
            ScalableTargets: [target({ [field]: undefined })]
          })
        })
        assert.include(read.ok ? "" : read.error.summary, `ScalableTargets[].${field} is missing`)
      })
    )
  }
})

describe("applicationAutoscaling.scalingPolicies", () => {
  const policy = (more: object = {}) => ({
    PolicyName: "reads",
    PolicyType: "TargetTrackingScaling",
    ScalableDimension: "dynamodb:table:ReadCapacityUnits",
    TargetTrackingScalingPolicyConfiguration: { TargetValue: 70, DisableScaleIn: true },
    ...more
  })
  const probe = autoscaling.scalingPolicies("dynamodb")
  const ask = (answer: (input: any) => unknown, ...names: ReadonlyArray<string>) =>
    readProbe(
      probe,
      names.map((name) => ({ resourceId: `table/${name}` })),
      { "application-autoscaling:DescribeScalingPolicies": answer }
    )

  it.effect("takes one call for each resource, and reads targets and other types", () =>
    Effect.gen(function* () {
      const step = policy({
        PolicyName: "steps",
        PolicyType: "StepScaling",
        TargetTrackingScalingPolicyConfiguration: undefined
      })
      const { calls, readings, sent } = yield* ask(() => ({ ScalingPolicies: [policy(), step] }), "a", "b")
      assert.deepStrictEqual(calls, { "application-autoscaling:DescribeScalingPolicies": 2 })
      assert.deepStrictEqual(
        sent.map(({ input }) => input),
        ["a", "b"].map((name) => ({ ServiceNamespace: "dynamodb", ResourceId: `table/${name}`, MaxResults: 10 }))
      )
      const dimension = "dynamodb:table:ReadCapacityUnits"
      assert.deepStrictEqual(readings[0], {
        known: true,
        value: [
          { name: "reads", type: "targettrackingscaling", dimension, targetValue: 70, scaleInDisabled: true },
          { name: "steps", type: "stepscaling", dimension, targetValue: undefined, scaleInDisabled: false }
        ]
      })
    })
  )

  it.effect("does not know what is refused, malformed or cut off", () =>
    Effect.gen(function* () {
      const refused = yield* ask(() => {
        throw awsFailure("AccessDeniedException", "no", 403)
      }, "a")
      const nameless = yield* ask(() => ({ ScalingPolicies: [policy({ PolicyName: undefined })] }), "a")
      const cut = yield* ask(({ NextToken }) => {
        if (NextToken !== undefined) throw awsFailure("AccessDeniedException", "no", 403)
        return { ScalingPolicies: [policy()], NextToken: "2" }
      }, "a")
      assert.deepStrictEqual(
        [refused, nameless, cut].map(({ readings }) => readings[0]?.known),
        [false, false, false]
      )
    })
  )
})
