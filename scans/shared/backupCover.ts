/** Whether Data Lifecycle Manager or AWS Backup is to take snapshots of a volume, as the services themselves say. */
import { all, known, type Reading } from "../../core/Reading.ts"
import * as backup from "../../datasets/aws/backup.ts"
import * as dlm from "../../datasets/aws/dlm.ts"
import type { Instance, Volume } from "../../datasets/aws/ec2.ts"
import type { Lookup } from "../../datasets/engine/Evidence.ts"
import { ask, type Step } from "../Scan.ts"

export interface Cover {
  /** What covers the volume, such as `plan 8F81F553`; null for nothing. */
  readonly by: string | null
  /** Policies for the volume that are disabled, or in error, and take no snapshots: `policy-0b1c2d3e4f5a60718 (error)`. */
  readonly stopped: ReadonlyArray<string>
}

/**
 * What covers a volume. Any service that does is enough, so what another one does not tell is then of no interest. What AWS Backup
 * saved since `lately` is cover too, with a plan or without.
 */
export function* coverOf(
  volume: Volume,
  instances: Lookup<Instance>,
  lately: Date
): Generator<Step, Reading<Cover>, any> {
  const attached = all(volume.attachments.map(({ instanceId }) => instances.get(instanceId)))
  const owners = attached.known ? attached.value.filter((instance) => instance !== undefined) : []
  const covers = (by: string) => known<Cover>({ by, stopped: [] })

  const policies = yield* ask(dlm.lifecyclePolicies, undefined)
  const ownPolicies = policies.known ? policies.value.filter((policy) => dlm.isTarget(policy, volume, owners)) : []
  const enabled = ownPolicies.find(({ state }) => state === "enabled")
  if (enabled !== undefined) return covers(enabled.id)

  const backups = yield* ask(backup.lastBackups, undefined)
  const savable = [
    { type: "EBS" as const, arn: volume.arn, tags: volume.tags },
    ...owners.map((owner) => ({ type: "EC2" as const, arn: owner.arn, tags: owner.tags }))
  ]
  const saved = backups.known
    ? savable.find(({ arn }) => (backups.value.get(arn)?.getTime() ?? 0) >= lately.getTime())
    : undefined
  if (saved !== undefined) return covers(`AWS Backup, of ${saved.arn}`)

  const plans = yield* ask(backup.plans, undefined)
  const plan = plans.known
    ? plans.value.selections.find((selection) =>
        savable.some((one) => backup.isSelected(selection, one, plans.value.optedIn))
      )
    : undefined
  if (plan !== undefined) return covers(`plan ${plan.planId}`)

  const untold = [policies, backups, plans, attached].find(({ known }) => !known)
  return untold?.known === false
    ? untold
    : known({ by: null, stopped: ownPolicies.map(({ id, state }) => `${id} (${state})`).sort() })
}
