/** What is read from Data Lifecycle Manager: the policies that take snapshots and images by themselves. */
import { DLMClient, GetLifecyclePoliciesCommand, GetLifecyclePolicyCommand, type Tag } from "@aws-sdk/client-dlm"
import * as Effect from "effect/Effect"
import { complete, list, required, send } from "../../core/aws/Aws.ts"
import { listOperation, operation } from "../../core/aws/operation.ts"
import { noneWhereAbsent } from "../engine/noneWhen.ts"
import { onceProbe } from "../engine/Probe.ts"
import type { Instance, Volume } from "./ec2.ts"
import { type Tags, tagsOf } from "./tags.ts"

/** All in one answer. Source: shared/facts/page-sizes.md. */
const getLifecyclePolicies = listOperation(
  DLMClient,
  GetLifecyclePoliciesCommand,
  "dlm:GetLifecyclePolicies",
  "Policies"
)
const getLifecyclePolicy = operation(DLMClient, GetLifecyclePolicyCommand, "dlm:GetLifecyclePolicy")

/** A policy that takes snapshots of volumes, alone or as part of an image of their instance. */
export interface LifecyclePolicy {
  readonly id: string
  /** `enabled`, `disabled` or `error`: one in error takes no snapshots any more. */
  readonly state: string
  /** Whether it is the default policy of the region, for everything that has no recent backup, rather than for what has a tag. */
  readonly isDefault: boolean
  /** Whether it takes images, which hold every volume of an instance. */
  readonly takesImages: boolean
  /** `volume`, `instance`. */
  readonly resourceTypes: ReadonlyArray<string>
  /** `cloud`, `local_zone` or `outpost`. */
  readonly locations: ReadonlyArray<string>
  /** Any of them makes a resource a target. */
  readonly targetTags: ReadonlyArray<readonly [key: string, value: string]>
  /** What it leaves out: the volumes that instances boot from, types of volumes, and whatever has any of these tags. */
  readonly exceptBoot: boolean
  readonly exceptTypes: ReadonlyArray<string>
  readonly exceptTags: ReadonlyArray<readonly [key: string, value: string]>
}

const pairsOf = (tags: ReadonlyArray<Tag> | undefined) => Object.entries(tagsOf(tags))

const lowered = (values: ReadonlyArray<string> | undefined) => (values ?? []).map((value) => value.toLowerCase())

/** The policies of a region in every state. Those that only copy what other accounts share are left out: they take no snapshot. */
export const lifecyclePolicies = onceProbe({
  name: "dlm.lifecyclePolicies",
  operations: [getLifecyclePolicies, getLifecyclePolicy],
  costNote:
    "Data Lifecycle Manager lists its policies without the tags that they go by: a free call, and one for each policy, where snapshots of a volume are made that nothing seems to manage.",
  read: Effect.fnUntraced(function* () {
    const ids = yield* complete(
      list(getLifecyclePolicies, {}, (policies) =>
        policies.flatMap(({ PolicyId, PolicyType }) =>
          PolicyType?.toUpperCase() === "EVENT_BASED_POLICY" ? [] : [required(PolicyId, "Policies[].PolicyId")]
        )
      )
    )
    return yield* Effect.forEach(ids, (PolicyId) =>
      send(getLifecyclePolicy, { PolicyId }, ({ Policy }): LifecyclePolicy => {
        const policy = required(Policy, "Policy")
        const details = required(policy.PolicyDetails, "Policy.PolicyDetails")
        const isDefault = details.PolicyLanguage?.toUpperCase() === "SIMPLIFIED" || policy.DefaultPolicy === true
        const { Exclusions, Parameters } = details
        return {
          id: PolicyId,
          state: required(policy.State, "Policy.State").toLowerCase(),
          isDefault,
          takesImages: details.PolicyType?.toUpperCase() === "IMAGE_MANAGEMENT",
          resourceTypes: isDefault
            ? [required(details.ResourceType, "Policy.PolicyDetails.ResourceType").toLowerCase()]
            : lowered(required(details.ResourceTypes, "Policy.PolicyDetails.ResourceTypes")),
          locations: lowered(details.ResourceLocations ?? ["CLOUD"]),
          targetTags: isDefault ? [] : pairsOf(required(details.TargetTags, "Policy.PolicyDetails.TargetTags")),
          exceptBoot: (isDefault ? Exclusions?.ExcludeBootVolumes : Parameters?.ExcludeBootVolume) ?? false,
          exceptTypes: lowered(Exclusions?.ExcludeVolumeTypes),
          exceptTags: pairsOf(isDefault ? Exclusions?.ExcludeTags : Parameters?.ExcludeDataVolumeTags)
        }
      })
    )
  }, noneWhereAbsent<ReadonlyArray<LifecyclePolicy>>([]))
})

const hasAny = (tags: Tags, wanted: LifecyclePolicy["targetTags"]) => wanted.some(([key, value]) => tags[key] === value)

/** Whether the zone is one of the region itself, such as `us-west-2a`, and not a local zone such as `us-west-2-lax-1a`. */
const isInRegion = (zone: string) => /^[a-z]+(-[a-z]+)+-\d+[a-z]$/.test(zone)

/**
 * Whether a policy is for a volume, by its own tags or by those of the instances that have it attached. Whether it is enabled is not asked.
 * Source: EBS user guide, "Create Amazon Data Lifecycle Manager custom policy for EBS snapshots" and "default policies".
 */
export const isTarget = (policy: LifecyclePolicy, volume: Volume, instances: ReadonlyArray<Instance>): boolean => {
  const location = isInRegion(volume.availabilityZone) ? "cloud" : "local_zone"
  if (!policy.isDefault && !policy.locations.includes(location)) return false
  const bootsOf = ({ id, rootDevice }: Instance) =>
    volume.attachments.some(({ device, instanceId }) => instanceId === id && device === rootDevice)
  const { exceptBoot, exceptTags, exceptTypes, isDefault, resourceTypes, takesImages, targetTags } = policy
  const byItself =
    resourceTypes.includes("volume") &&
    (isDefault
      ? !exceptTypes.includes(volume.type) &&
        !hasAny(volume.tags, exceptTags) &&
        !(exceptBoot && instances.some(bootsOf))
      : hasAny(volume.tags, targetTags))
  const byInstance = (instance: Instance) =>
    isDefault
      ? !hasAny(instance.tags, exceptTags)
      : hasAny(instance.tags, targetTags) &&
        (takesImages || (bootsOf(instance) ? !exceptBoot : !hasAny(volume.tags, exceptTags)))
  return byItself || (resourceTypes.includes("instance") && instances.some(byInstance))
}
