import type {
  GetLifecyclePoliciesCommandOutput,
  GetLifecyclePolicyCommandInput,
  GetLifecyclePolicyCommandOutput
} from "@aws-sdk/client-dlm"
import type { Named } from "../estate.ts"
import { arnOf, idOf } from "../ids.ts"
import { type Answer, defineService, type Here, pairs, refusal } from "../Service.ts"

declare module "../estate.ts" {
  interface Region {
    readonly snapshotPolicies: ReadonlyArray<SnapshotPolicy>
  }
}

/** A policy that takes a snapshot a night of what has any of its target tags. */
export interface SnapshotPolicy extends Named {
  readonly of: "volume" | "instance"
  readonly targetTags: Readonly<Record<string, string>>
  readonly disabled?: true
}

const idOfPolicy = (here: Here, name: string) => idOf("policy", here, name)

const stateOf = ({ disabled }: SnapshotPolicy) => (disabled ? "DISABLED" : "ENABLED")

export default defineService({
  region: { snapshotPolicies: [] },
  answers: {
    "dlm:GetLifecyclePolicies": (here): Answer<GetLifecyclePoliciesCommandOutput> => ({
      Policies: here.has.snapshotPolicies.map((policy) => ({
        PolicyId: idOfPolicy(here, policy.name),
        Description: policy.name,
        State: stateOf(policy),
        PolicyType: "EBS_SNAPSHOT_MANAGEMENT",
        Tags: { ...policy.tags }
      }))
    }),

    "dlm:GetLifecyclePolicy": (
      here,
      { PolicyId }: GetLifecyclePolicyCommandInput
    ): Answer<GetLifecyclePolicyCommandOutput> => {
      const policy = here.has.snapshotPolicies.find(({ name }) => idOfPolicy(here, name) === PolicyId)
      if (policy === undefined) throw refusal("ResourceNotFoundException", "The policy does not exist.", 404)
      return {
        Policy: {
          PolicyId,
          Description: policy.name,
          State: stateOf(policy),
          PolicyArn: arnOf("dlm", here, `policy/${PolicyId}`),
          PolicyDetails: {
            PolicyType: "EBS_SNAPSHOT_MANAGEMENT",
            ResourceTypes: [policy.of === "volume" ? "VOLUME" : "INSTANCE"],
            ResourceLocations: ["CLOUD"],
            TargetTags: pairs(policy.targetTags),
            Schedules: [{ CreateRule: { Interval: 24, IntervalUnit: "HOURS" }, RetainRule: { Count: 14 } }]
          }
        }
      }
    }
  },
  resources: (here) =>
    here.has.snapshotPolicies.map(({ name, tags }) => ({
      type: "dlm:policy",
      arn: arnOf("dlm", here, `policy/${idOfPolicy(here, name)}`),
      tags
    }))
})
