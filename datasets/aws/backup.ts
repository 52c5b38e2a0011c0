/** What is read from AWS Backup: what it has saved, and what its plans are to save. */
import {
  BackupClient,
  type ConditionParameter,
  DescribeRegionSettingsCommand,
  GetBackupSelectionCommand,
  ListBackupPlansCommand,
  ListBackupSelectionsCommand,
  ListProtectedResourcesCommand
} from "@aws-sdk/client-backup"
import * as Effect from "effect/Effect"
import { complete, list, required, send } from "../../core/aws/Aws.ts"
import { listOperation, operation } from "../../core/aws/operation.ts"
import { noneWhereAbsent } from "../engine/noneWhen.ts"
import { onceProbe } from "../engine/Probe.ts"
import type { Tags } from "./tags.ts"

/** 1,000 a page. Source: shared/facts/page-sizes.md. */
const paging = { size: ["MaxResults", 1000], input: "NextToken", output: "NextToken" } as const

const listProtectedResources = listOperation(
  BackupClient,
  ListProtectedResourcesCommand,
  "backup:ListProtectedResources",
  "Results",
  { paging }
)
const listBackupPlans = listOperation(
  BackupClient,
  ListBackupPlansCommand,
  "backup:ListBackupPlans",
  "BackupPlansList",
  { paging }
)
const listBackupSelections = listOperation(
  BackupClient,
  ListBackupSelectionsCommand,
  "backup:ListBackupSelections",
  "BackupSelectionsList",
  { paging }
)
const getBackupSelection = operation(BackupClient, GetBackupSelectionCommand, "backup:GetBackupSelection")
const describeRegionSettings = operation(BackupClient, DescribeRegionSettingsCommand, "backup:DescribeRegionSettings")

/** When AWS Backup last saved what, by ARN. What it saved once stays here while a recovery point of it is kept. */
export const lastBackups = onceProbe({
  name: "backup.lastBackups",
  operations: [listProtectedResources],
  costNote:
    "A free call lists what AWS Backup has saved, where snapshots of a volume are made that nothing seems to manage.",
  read: () =>
    noneWhereAbsent<ReadonlyMap<string, Date>>(new Map())(
      Effect.map(
        complete(
          list(listProtectedResources, {}, (resources) =>
            resources.map(
              ({ LastBackupTime, ResourceArn }) =>
                [
                  required(ResourceArn, "Results[].ResourceArn"),
                  required(LastBackupTime, "Results[].LastBackupTime")
                ] as const
            )
          )
        ),
        (backups): ReadonlyMap<string, Date> => new Map(backups)
      )
    )
})

type Condition = readonly [key: string, value: string]

/** What a plan is to save. */
export interface BackupSelection {
  readonly planId: string
  /** ARNs, which may have `*`; together with any tag of `anyTag` they select. Both empty: everything. */
  readonly arns: ReadonlyArray<string>
  readonly anyTag: ReadonlyArray<Condition>
  /** ARNs, which may have `*`, of what is left out. */
  readonly exceptArns: ReadonlyArray<string>
  /** All of them hold for what is selected. `like` values may have `*`. */
  readonly equal: ReadonlyArray<Condition>
  readonly notEqual: ReadonlyArray<Condition>
  readonly like: ReadonlyArray<Condition>
  readonly notLike: ReadonlyArray<Condition>
}

/** What the plans of a region are to save, and of which types of resources (`EBS`, `EC2`) where they do not name the type. */
export interface BackupPlans {
  readonly selections: ReadonlyArray<BackupSelection>
  readonly optedIn: ReadonlySet<string>
}

const tagKey = (key: string) => key.replace(/^aws:ResourceTag\//, "")

const conditionsOf = (conditions: ReadonlyArray<ConditionParameter> | undefined): ReadonlyArray<Condition> =>
  (conditions ?? []).map(({ ConditionKey, ConditionValue }) => [
    tagKey(required(ConditionKey, "BackupSelection.Conditions[].ConditionKey")),
    required(ConditionValue, "BackupSelection.Conditions[].ConditionValue")
  ])

/** What backup plans are to save: one that has never run has saved nothing yet. */
export const plans = onceProbe({
  name: "backup.plans",
  operations: [listBackupPlans, listBackupSelections, getBackupSelection, describeRegionSettings],
  costNote:
    "AWS Backup tells what a plan selects one by one: two free calls, one for each plan and one for each of its selections, where snapshots of a volume are made that nothing seems to manage.",
  read: Effect.fnUntraced(
    function* () {
      const planIds = yield* complete(
        list(listBackupPlans, {}, (plans) =>
          plans.map(({ BackupPlanId }) => required(BackupPlanId, "BackupPlansList[].BackupPlanId"))
        )
      )
      if (planIds.length === 0) return { selections: [], optedIn: new Set<string>() }
      const ids = yield* Effect.forEach(planIds, (BackupPlanId) =>
        complete(
          list(listBackupSelections, { BackupPlanId }, (selections) =>
            selections.map(({ SelectionId }) => ({
              BackupPlanId,
              SelectionId: required(SelectionId, "BackupSelectionsList[].SelectionId")
            }))
          )
        )
      )
      const selections = yield* Effect.forEach(ids.flat(), (one) =>
        send(getBackupSelection, one, ({ BackupSelection }): BackupSelection => {
          const { Conditions, ListOfTags, NotResources, Resources } = required(BackupSelection, "BackupSelection")
          return {
            planId: one.BackupPlanId,
            arns: Resources ?? [],
            anyTag: conditionsOf(ListOfTags),
            exceptArns: NotResources ?? [],
            equal: conditionsOf(Conditions?.StringEquals),
            notEqual: conditionsOf(Conditions?.StringNotEquals),
            like: conditionsOf(Conditions?.StringLike),
            notLike: conditionsOf(Conditions?.StringNotLike)
          }
        })
      )
      const optedIn = yield* send(describeRegionSettings, {}, ({ ResourceTypeOptInPreference }) => {
        const preferences = required(ResourceTypeOptInPreference, "ResourceTypeOptInPreference")
        return new Set(Object.keys(preferences).filter((type) => preferences[type] === true))
      })
      return { selections, optedIn }
    },
    noneWhereAbsent<BackupPlans>({ selections: [], optedIn: new Set() })
  )
})

/** Whether a text is like a pattern, in which `*` stands for anything. Not by a regular expression: many stars would keep one busy for years. */
const matches = (pattern: string, text: string): boolean => {
  const [first = "", ...parts] = pattern.split("*")
  const last = parts.pop()
  if (last === undefined) return text === pattern
  if (!text.startsWith(first)) return false
  let at = first.length
  for (const part of parts) {
    const found = text.indexOf(part, at)
    if (found === -1) return false
    at = found + part.length
  }
  return at + last.length <= text.length && text.endsWith(last)
}

/** What a plan would save, `EBS` for a volume and `EC2` for an instance with its volumes. */
interface Savable {
  readonly type: "EBS" | "EC2"
  readonly arn: string
  readonly tags: Tags
}

/**
 * Whether a selection has a resource: one that is named, or that has one of the tags, and meets every condition. Where only tags or `*`
 * select it, its type has to be opted in. Source: AWS Backup developer guide, "Assign resources with AWS CLI" and "Select AWS services to
 * backup"; re:Post, "How do I assign resources to a Backup plan" (Resources or ListOfTags, and Conditions).
 */
export const isSelected = (selection: BackupSelection, { arn, tags, type }: Savable, optedIn: ReadonlySet<string>) => {
  const { anyTag, arns, equal, exceptArns, like, notEqual, notLike } = selection
  if (exceptArns.some((pattern) => matches(pattern, arn))) return false
  const isNamed = arns.some((pattern) => pattern !== "*" && matches(pattern, arn))
  const isMeant =
    isNamed ||
    (optedIn.has(type) &&
      (arns.includes("*") ||
        (arns.length === 0 && anyTag.length === 0) ||
        anyTag.some(([key, value]) => tags[key] === value)))
  return (
    isMeant &&
    equal.every(([key, value]) => tags[key] === value) &&
    notEqual.every(([key, value]) => tags[key] !== value) &&
    like.every(([key, value]) => tags[key] !== undefined && matches(value, tags[key])) &&
    notLike.every(([key, value]) => tags[key] === undefined || !matches(value, tags[key]))
  )
}
