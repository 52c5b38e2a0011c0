/** Which of CloudTrail's trails record the calls that write: asked before a deployment, and by no scan. */
import {
  type AdvancedEventSelector,
  CloudTrailClient,
  DescribeTrailsCommand,
  type EventSelector,
  GetEventSelectorsCommand,
  GetTrailStatusCommand
} from "@aws-sdk/client-cloudtrail"
import * as Effect from "effect/Effect"
import type * as Result from "effect/Result"
import { type AwsServices, complete, list, required, send } from "../../core/aws/Aws.ts"
import type { AwsError } from "../../core/aws/AwsError.ts"
import { listOperation, operation } from "../../core/aws/operation.ts"

/** Has no pages. */
const describeTrails = listOperation(CloudTrailClient, DescribeTrailsCommand, "cloudtrail:DescribeTrails", "trailList")
const getTrailStatus = operation(CloudTrailClient, GetTrailStatusCommand, "cloudtrail:GetTrailStatus")
const getEventSelectors = operation(CloudTrailClient, GetEventSelectorsCommand, "cloudtrail:GetEventSelectors")

/** Which management events that write a trail records: all, none, some that only a closer look tells, or all but those of some sources. */
export type Writes =
  | { readonly recorded: "all" | "none" | "some" }
  | { readonly recorded: "except"; readonly sources: ReadonlyArray<string> }

/** A trail that is for the region in which it was asked. */
export interface Trail {
  readonly name: string
  /** Whether it records every account of the organisation. */
  readonly ofOrganization: boolean
  readonly records: Result.Result<Records, AwsError>
}

/** What a trail records, which a trail of another account may refuse to tell. */
export interface Records {
  readonly isLogging: boolean
  readonly writes: Writes
}

const exceptOf = (sources: ReadonlyArray<string>): Writes =>
  sources.length === 0 ? { recorded: "all" } : { recorded: "except", sources: [...sources].sort() }

/** Source: CloudTrail API reference, EventSelector: management events are included, and of both kinds, where it does not say otherwise. */
const ofBasic = ({ ExcludeManagementEventSources, IncludeManagementEvents, ReadWriteType }: EventSelector): Writes =>
  IncludeManagementEvents === false || ReadWriteType === "ReadOnly"
    ? { recorded: "none" }
    : exceptOf(ExcludeManagementEventSources ?? [])

/** Source: CloudTrail API reference, AdvancedFieldSelector. */
const ofAdvanced = ({ FieldSelectors }: AdvancedEventSelector): Writes => {
  const fields = required(FieldSelectors, "AdvancedEventSelectors[].FieldSelectors")
  const isManagement = fields.some(
    ({ Equals = [], Field }) => Field === "eventCategory" && Equals.includes("Management")
  )
  const isReadOnly = fields.some(({ Equals = [], Field }) => Field === "readOnly" && !Equals.includes("false"))
  if (!isManagement || isReadOnly) return { recorded: "none" }
  const rest = fields.filter(({ Field }) => Field !== "eventCategory" && Field !== "readOnly")
  const isExcept = rest.every(
    ({ Field, NotEquals, ...others }) =>
      Field === "eventSource" && NotEquals !== undefined && Object.values(others).every((value) => value === undefined)
  )
  return isExcept ? exceptOf(rest.flatMap(({ NotEquals = [] }) => NotEquals)) : { recorded: "some" }
}

const worth = { all: 3, except: 2, some: 1, none: 0 } as const

/** The trails for the target's region, of the account and of the organisation. One that does not tell what it records hides no other. */
export const trails: Effect.Effect<ReadonlyArray<Trail>, AwsError, AwsServices> = Effect.gen(function* () {
  const listed = yield* complete(
    list(describeTrails, { includeShadowTrails: true }, (trails) =>
      trails.map(({ IsOrganizationTrail, Name, TrailARN }) => ({
        arn: required(TrailARN, "trailList[].TrailARN"),
        name: required(Name, "trailList[].Name"),
        ofOrganization: IsOrganizationTrail === true
      }))
    )
  )
  const recordsOf = (arn: string): Effect.Effect<Records, AwsError, AwsServices> =>
    Effect.gen(function* () {
      const isLogging = yield* send(getTrailStatus, { Name: arn }, ({ IsLogging }) => required(IsLogging, "IsLogging"))
      const writes = yield* send(
        getEventSelectors,
        { TrailName: arn },
        ({ AdvancedEventSelectors, EventSelectors }) => {
          const advanced = AdvancedEventSelectors ?? []
          const told =
            advanced.length > 0 ? advanced.map(ofAdvanced) : required(EventSelectors, "EventSelectors").map(ofBasic)
          const [best = { recorded: "none" } as const] = told.toSorted((a, b) => worth[b.recorded] - worth[a.recorded])
          return best
        }
      )
      return { isLogging, writes }
    })
  return yield* Effect.forEach(listed, ({ arn, name, ofOrganization }) =>
    Effect.map(Effect.result(recordsOf(arn)), (records) => ({ name, ofOrganization, records }))
  )
})
