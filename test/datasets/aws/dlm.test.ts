import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { known } from "../../../core/Reading.ts"
import * as dlm from "../../../datasets/aws/dlm.ts"
import type { Instance, Volume } from "../../../datasets/aws/ec2.ts"
import { awsFailure, readProbe } from "../harness.ts"

const summary = (PolicyId: string, PolicyType = "EBS_SNAPSHOT_MANAGEMENT") => ({
  PolicyId,
  PolicyType,
  State: "ENABLED"
})

const details = {
  PolicyType: "EBS_SNAPSHOT_MANAGEMENT",
  ResourceTypes: ["VOLUME"],
  TargetTags: [{ Key: "backup", Value: "daily" }]
}

const read = (policies: object, described: Readonly<Record<string, object>>) =>
  readProbe(dlm.lifecyclePolicies, [undefined], {
    "dlm:GetLifecyclePolicies": () => policies,
    "dlm:GetLifecyclePolicy": ({ PolicyId }) => described[PolicyId] ?? assert.fail(PolicyId)
  })

describe("dlm.lifecyclePolicies", () => {
  it.effect("asks about each policy that takes snapshots, because the list has no tags", () =>
    Effect.gen(function* () {
      const Policies = [
        summary("policy-1"),
        summary("policy-2", "IMAGE_MANAGEMENT"),
        summary("p", "EVENT_BASED_POLICY")
      ]
      const { calls, readings } = yield* read(
        { Policies },
        {
          "policy-1": {
            Policy: {
              State: "ERROR",
              PolicyDetails: {
                ...details,
                ResourceLocations: ["LOCAL_ZONE"],
                Parameters: { ExcludeBootVolume: true, ExcludeDataVolumeTags: [{ Key: "scratch", Value: "" }] }
              }
            }
          },
          "policy-2": {
            Policy: {
              State: "ENABLED",
              DefaultPolicy: true,
              PolicyDetails: {
                PolicyType: "IMAGE_MANAGEMENT",
                PolicyLanguage: "SIMPLIFIED",
                ResourceType: "INSTANCE",
                Exclusions: {
                  ExcludeBootVolumes: true,
                  ExcludeVolumeTypes: ["ST1"],
                  ExcludeTags: [{ Key: "stage", Value: "dev" }]
                }
              }
            }
          }
        }
      )
      assert.deepStrictEqual(calls, { "dlm:GetLifecyclePolicies": 1, "dlm:GetLifecyclePolicy": 2 })
      assert.deepStrictEqual(readings, [
        known([
          {
            id: "policy-1",
            state: "error",
            isDefault: false,
            takesImages: false,
            resourceTypes: ["volume"],
            locations: ["local_zone"],
            targetTags: [["backup", "daily"]],
            exceptBoot: true,
            exceptTypes: [],
            exceptTags: [["scratch", ""]]
          },
          {
            id: "policy-2",
            state: "enabled",
            isDefault: true,
            takesImages: true,
            resourceTypes: ["instance"],
            locations: ["cloud"],
            targetTags: [],
            exceptBoot: true,
            exceptTypes: ["st1"],
            exceptTags: [["stage", "dev"]]
          }
        ])
      ])
    })
  )

  it.effect("is not known where a policy, or what it is for, is not told", () =>
    Effect.gen(function* () {
      const of = (Policy: object) => read({ Policies: [summary("policy-1")] }, { "policy-1": { Policy } })
      const { TargetTags: _tags, ...untagged } = details
      for (const asked of [
        read({}, {}),
        read({ Policies: [{}] }, {}),
        of({}),
        of({ PolicyDetails: details }),
        of({ State: "ENABLED", PolicyDetails: untagged }),
        of({ State: "ENABLED", PolicyDetails: { PolicyLanguage: "SIMPLIFIED" } }),
        readProbe(dlm.lifecyclePolicies, [undefined], {
          "dlm:GetLifecyclePolicies": () => ({ Policies: [summary("policy-1")] }),
          "dlm:GetLifecyclePolicy": () => {
            throw awsFailure("AccessDeniedException")
          }
        })
      ]) {
        assert.isFalse((yield* asked).readings[0]?.known)
      }
      assert.deepStrictEqual((yield* read({ Policies: [] }, {})).readings, [known([])])
    })
  )
})

describe("dlm.isTarget", () => {
  const policy = (overrides: Partial<dlm.LifecyclePolicy>): dlm.LifecyclePolicy => ({
    id: "policy-1",
    state: "enabled",
    isDefault: false,
    takesImages: false,
    resourceTypes: ["volume"],
    locations: ["cloud"],
    targetTags: [
      ["backup", "daily"],
      ["tier", "gold"]
    ],
    exceptBoot: false,
    exceptTypes: [],
    exceptTags: [],
    ...overrides
  })
  const volume = (overrides: Partial<Volume> = {}) =>
    ({
      type: "gp3",
      availabilityZone: "eu-west-1a",
      attachments: [{ instanceId: "i-1", device: "/dev/xvda", attachedAt: undefined }],
      tags: {},
      ...overrides
    }) as Volume
  const instance = (tags: Instance["tags"] = {}) => ({ id: "i-1", rootDevice: "/dev/xvda", tags }) as Instance
  const data = volume({ attachments: [{ instanceId: "i-1", device: "/dev/sdf", attachedAt: undefined }] })

  it("is what has any of the tags, exactly", () => {
    const is = (tags: Volume["tags"]) => dlm.isTarget(policy({}), volume({ tags }), [])
    assert.isTrue(is({ backup: "daily" }))
    assert.isTrue(is({ tier: "gold", backup: "never" }))
    assert.isFalse(is({ backup: "Daily" }))
    assert.isFalse(is({ Backup: "daily" }))
    assert.isFalse(is({}))
  })

  it("is in the place that the policy is for", () => {
    const tags = { backup: "daily" }
    const local = volume({ tags, availabilityZone: "us-west-2-lax-1a" })
    assert.isFalse(dlm.isTarget(policy({}), local, []))
    assert.isTrue(dlm.isTarget(policy({ locations: ["local_zone"] }), local, []))
    assert.isFalse(dlm.isTarget(policy({ locations: ["local_zone"] }), volume({ tags }), []))
    assert.isFalse(dlm.isTarget(policy({ locations: ["outpost"] }), volume({ tags }), []))
    assert.isTrue(dlm.isTarget(policy({}), volume({ tags, availabilityZone: "us-gov-west-1b" }), []))
  })

  it("is every volume of an instance, but for those that are left out", () => {
    const ofInstances = (overrides: Partial<dlm.LifecyclePolicy> = {}) =>
      policy({ resourceTypes: ["instance"], ...overrides })
    const owner = [instance({ backup: "daily" })]
    assert.isTrue(dlm.isTarget(ofInstances(), volume(), owner))
    assert.isFalse(dlm.isTarget(ofInstances(), volume({ tags: { backup: "daily" } }), [instance()]))
    assert.isFalse(dlm.isTarget(ofInstances({ exceptBoot: true }), volume(), owner))
    assert.isTrue(dlm.isTarget(ofInstances({ exceptBoot: true }), data, owner))
    const scratch = { tags: { scratch: "yes" } }
    const exceptTags = [["scratch", "yes"]] as const
    assert.isFalse(dlm.isTarget(ofInstances({ exceptTags }), { ...data, ...scratch }, owner))
    // These tags are for data volumes, and an image holds all of them.
    assert.isTrue(dlm.isTarget(ofInstances({ exceptTags }), volume(scratch), owner))
    assert.isTrue(dlm.isTarget(ofInstances({ exceptTags, takesImages: true }), { ...data, ...scratch }, owner))
  })

  it("is everything in the region under a default policy, but for what that leaves out", () => {
    const byDefault = (overrides: Partial<dlm.LifecyclePolicy> = {}) =>
      policy({ isDefault: true, targetTags: [], ...overrides })
    assert.isTrue(dlm.isTarget(byDefault(), volume({ attachments: [] }), []))
    assert.isFalse(dlm.isTarget(byDefault({ exceptBoot: true }), volume(), [instance()]))
    assert.isTrue(dlm.isTarget(byDefault({ exceptBoot: true }), data, [instance()]))
    assert.isFalse(dlm.isTarget(byDefault({ exceptTypes: ["gp3"] }), volume(), []))
    const exceptTags = [["stage", "dev"]] as const
    assert.isFalse(dlm.isTarget(byDefault({ exceptTags }), volume({ tags: { stage: "dev" } }), []))
    const ofInstances = byDefault({ resourceTypes: ["instance"], takesImages: true, exceptTags })
    assert.isTrue(dlm.isTarget(ofInstances, volume(), [instance()]))
    assert.isFalse(dlm.isTarget(ofInstances, volume(), [instance({ stage: "dev" })]))
    assert.isFalse(dlm.isTarget(ofInstances, volume({ attachments: [] }), []))
  })
})
