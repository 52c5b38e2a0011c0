/** What is read from CloudTrail: which trails record the calls that write, asked before a deployment, and when volumes were detached. */
import {
  type AdvancedEventSelector,
  CloudTrailClient,
  DescribeTrailsCommand,
  type EventSelector,
  GetEventSelectorsCommand,
  GetTrailStatusCommand,
  LookupEventsCommand
} from "@aws-sdk/client-cloudtrail"
import * as Effect from "effect/Effect"
import { type AwsServices, complete, list, required, send } from "../../core/aws/Aws.ts"
import type { AwsError } from "../../core/aws/AwsError.ts"
import { listOperation, operation } from "../../core/aws/operation.ts"
import { onceProbe } from "../engine/Probe.ts"

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

/** The trails for the target's region, of the account and of the organisation. */
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
  return yield* Effect.forEach(listed, ({ arn, name, ofOrganization }) =>
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
      return { name, ofOrganization, isLogging, writes }
    })
  )
})

const lookupEvents = operation(CloudTrailClient, LookupEventsCommand, "cloudtrail:LookupEvents")

/** Pages of 50 events: CloudTrail answers two a second, and what is further back is of no use to most volumes. */
const mostPages = 20

/** What was done to which volumes within 90 days, as far as it is read: with `from` nothing before that instant is. */
const eventsOf = Effect.fnUntraced(function* (name: string) {
  const events: Array<{ readonly at: Date; readonly volumeIds: ReadonlyArray<string> }> = []
  let token: string | undefined
  for (let page = 0; page < mostPages; page++) {
    token = yield* send(
      lookupEvents,
      {
        LookupAttributes: [{ AttributeKey: "EventName", AttributeValue: name }],
        MaxResults: 50,
        ...(token === undefined ? {} : { NextToken: token })
      },
      ({ Events, NextToken }) => {
        for (const { CloudTrailEvent, EventTime, Resources = [] } of required(Events, "Events")) {
          // What failed is recorded as well, with its code in the record.
          if (CloudTrailEvent?.includes('"errorCode"') === true) continue
          const ids = Resources.flatMap(({ ResourceName = "" }) =>
            ResourceName.startsWith("vol-") ? ResourceName : []
          )
          events.push({ at: required(EventTime, "Events[].EventTime"), volumeIds: ids })
        }
        return NextToken
      }
    )
    if (token === undefined) return { events, from: undefined }
  }
  // The newest come first.
  return { events, from: new Date(Math.min(...events.map(({ at }) => at.getTime()))) }
})

const newestByVolume = (events: Effect.Success<ReturnType<typeof eventsOf>>["events"]) => {
  const newest = new Map<string, Date>()
  for (const { at, volumeIds } of events.toSorted((a, b) => a.at.getTime() - b.at.getTime())) {
    for (const id of volumeIds) newest.set(id, at)
  }
  return newest
}

/**
 * By id, when volumes were detached that nothing has attached since, as far as CloudTrail tells. It has no event of a volume that a terminated
 * instance left behind, and none that is older than 90 days.
 */
export const detachments = onceProbe({
  name: "cloudtrail.detachments",
  operations: [lookupEvents],
  costNote: `CloudTrail tells who detached and attached volumes 50 events at a time: two to ${2 * mostPages} free calls, less than two a second.`,
  read: Effect.fnUntraced(function* () {
    const detached = yield* eventsOf("DetachVolume")
    const attached = yield* eventsOf("AttachVolume")
    const lastAttached = newestByVolume(attached.events)
    return new Map(
      [...newestByVolume(detached.events)].filter(
        // One that was attached before what is read of that may have been attached again.
        ([id, at]) => (lastAttached.get(id) ?? attached.from ?? new Date(0)) < at
      )
    )
  })
})
