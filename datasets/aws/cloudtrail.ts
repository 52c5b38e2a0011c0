/** What is read from CloudTrail: when volumes were detached. */
import { CloudTrailClient, LookupEventsCommand } from "@aws-sdk/client-cloudtrail"
import * as Effect from "effect/Effect"
import { required, send } from "../../core/aws/Aws.ts"
import { operation } from "../../core/aws/operation.ts"
import { onceProbe } from "../engine/Probe.ts"

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
