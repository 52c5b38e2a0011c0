import { Ajv2020 } from "ajv/dist/2020.js"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import { failureMessage } from "../../../core/alerts/alarm.ts"
import { eventBus, snsChannel } from "../../../core/alerts/aws.ts"
import {
  type BusEvent,
  callsOf,
  entryBytes,
  findingEvent,
  maxEntryBytes,
  runCompleted,
  runFailed,
  runStarted,
  startedEvent,
  thresholdEvent
} from "../../../core/alerts/events.ts"
import { RetrySchedule } from "../../../core/aws/retry.ts"
import type { FindingEventType } from "../../../core/finding/Finding.ts"
import { type ChangesInSums, noAmount, noBeside } from "../../../core/run/Changes.ts"
import type { Started } from "../../../core/run/Started.ts"
import { noSummary } from "../../../core/run/totals.ts"
import { eventJsonSchemas } from "../../../scripts/eventSchemas.ts"
import { aFinding, anEvent, aRun, night } from "../store/fixtures.ts"

const run = { ...aRun(), finishedAt: night, summary: noSummary }
const alert = {
  rule: { name: "big", measure: "single_finding", above: 10, severity: "high", quietHours: 0, hysteresisPercent: 5 },
  type: "grown",
  measured: { key: "f-1", value: 12, why: "", account: "111111111111", service: "" },
  value: 12,
  previous: 11,
  since: night
} as const
const aStart: Started = {
  id: "call-0001",
  at: night,
  event: "CreateNatGateway",
  account: "111111111111",
  region: "eu-west-1",
  type: "ec2:nat-gateway",
  service: "EC2 - Other",
  resources: ["nat-0a1"],
  what: "NAT gateway in subnet-0a1",
  by: "arn:aws:iam::111111111111:role/deployer",
  monthlyUsd: 35.04,
  basis: "exact",
  terms: aFinding().savings.terms,
  note: ""
}
const types: ReadonlyArray<FindingEventType> = [
  "opened",
  "changed",
  "confirmed",
  "resolved",
  "reopened",
  "snoozed",
  "suppressed"
]
const { summary } = run
const noAmounts = { opened: noAmount, changed: noAmount, confirmed: noAmount, resolved: noAmount, reopened: noAmount }
const changes: ChangesInSums = { ...noAmounts, snoozed: noAmount, suppressed: noAmount, beside: noBeside }
const events: ReadonlyArray<BusEvent> = [
  runStarted(run),
  ...(summary === null ? [] : [runCompleted(run, summary, changes)]),
  runFailed(run, "Sum failed", night),
  ...types.map((type) => findingEvent(anEvent(aFinding(), { type }))),
  startedEvent(aStart, run, [{ scan: "find_unused_nat_gateways", verdict: "too_young" }]),
  thresholdEvent(alert, run),
  thresholdEvent({ ...alert, type: "over" }, run)
]

const padded = (bytes: number): BusEvent => {
  const event = (pad: string): BusEvent => ({ type: "nightaudit.run.failed", detail: { id: "x", at: night, pad } })
  return event("x".repeat(bytes - entryBytes(event(""))))
}

describe("events", () => {
  it("are what their published schemas say, each type once", () => {
    const ajv = new Ajv2020({ strict: false })
    const schemas = new Map(eventJsonSchemas())
    for (const { detail, type } of events) {
      const validate = ajv.compile(schemas.get(type) ?? false)
      const onBus = { source: "nightaudit", "detail-type": type, detail }
      assert.isTrue(validate(JSON.parse(JSON.stringify(onBus))), `${type}: ${JSON.stringify(validate.errors)}`)
      assert.isFalse(validate({ ...onBus, detail: { ...detail, id: 1 } }))
    }
    assert.sameMembers(
      [...schemas.keys()],
      events.map(({ type }) => type)
    )
  })

  it("have the same id whenever the same is told again, and another one otherwise", () => {
    const ids = events.map(({ detail }) => detail.id)
    assert.strictEqual(new Set(ids).size, ids.length)
    assert.strictEqual(thresholdEvent(alert, run).detail.id, thresholdEvent({ ...alert, value: 13 }, run).detail.id)
    const event = anEvent(aFinding(), { type: "snoozed" })
    assert.notStrictEqual(
      findingEvent(event).detail.id,
      findingEvent({ ...event, at: "2026-11-20T09:00:00.000Z" }).detail.id
    )
  })

  it("go ten to a call, and within 256 KB", () => {
    const many = Array.from({ length: 23 }, () => events[0] as BusEvent)
    assert.deepStrictEqual(
      callsOf(many).map(({ length }) => length),
      [10, 10, 3]
    )
    const large = padded(100_000)
    assert.deepStrictEqual(
      callsOf([large, large, large, large, large]).map(({ length }) => length),
      [2, 2, 1]
    )
    assert.deepStrictEqual(callsOf([padded(maxEntryBytes)]).length, 1)
    assert.throws(() => callsOf([padded(maxEntryBytes + 1)]), "has 262145 bytes")
  })

  /** A bus that answers as it is told; `calls` are the ids of every call. */
  const busOf = (
    answer: (ids: ReadonlyArray<string>, call: number) => ReadonlyArray<boolean> | Error,
    ErrorCode = "InternalFailure"
  ) => {
    const calls: Array<ReadonlyArray<string>> = []
    const client = {
      send: ({ input }: { readonly input: { readonly Entries: ReadonlyArray<{ readonly Detail: string }> } }) => {
        const ids = input.Entries.map(({ Detail }) => JSON.parse(Detail).id as string)
        const taken = answer(ids, calls.push(ids))
        return taken instanceof Error
          ? Promise.reject(taken)
          : Promise.resolve({
              Entries: taken.map((isTaken) => (isTaken ? { EventId: "e" } : { ErrorCode, ErrorMessage: "try again" }))
            })
      }
    }
    return { calls, publish: eventBus("bus", client as any) }
  }
  const three = events.slice(0, 3)
  const quickly = Effect.provideService(RetrySchedule, Schedule.recurs(2))

  it.effect("that a bus refused are sent again, and those alone", () =>
    Effect.gen(function* () {
      const { calls, publish } = busOf((ids, call) => ids.map((_, index) => call > 1 || index === 1))
      yield* quickly(publish(three))
      const [a, b, c] = three.map(({ detail }) => detail.id)
      assert.deepStrictEqual(calls, [
        [a, b, c],
        [a, c]
      ] as any)
    })
  )

  it.effect("that a bus will never take keep nothing from it", () =>
    Effect.gen(function* () {
      const { calls, publish } = busOf((ids) => ids.map((_, index) => index > 0), "MalformedDetail")
      yield* quickly(publish(three))
      assert.strictEqual(calls.length, 1)
    })
  )

  it.effect("fail in a line when a bus goes on refusing", () =>
    Effect.gen(function* () {
      const { calls, publish } = busOf((ids) => ids.map(() => false))
      assert.strictEqual((yield* Effect.flip(quickly(publish(three)))).message, "bus: InternalFailure, try again")
      assert.strictEqual(calls.length, 3)
    })
  )

  it.effect("are not sent again where that is not allowed", () =>
    Effect.gen(function* () {
      const denied = Object.assign(new Error("not authorized"), {
        name: "AccessDeniedException",
        $fault: "client",
        $metadata: {}
      })
      const { calls, publish } = busOf(() => denied)
      assert.include((yield* Effect.flip(quickly(publish(three)))).message, "bus: AccessDeniedException")
      assert.strictEqual(calls.length, 1)
    })
  )
})

describe("a topic", () => {
  const failing = (name: string, message: string) =>
    snsChannel("topic", "arn:aws:sns:eu-west-1:111111111111:t", () => true, {
      send: () => Promise.reject(Object.assign(new Error(message), { name, $fault: "client", $metadata: {} }))
    } as any).send(failureMessage({ id: "run", startedAt: "2026-11-20T02:00:00.000Z" }, "out of memory", undefined))

  it.effect("says whether it is the message that is refused", () =>
    Effect.gen(function* () {
      const cases = [
        ["InvalidParameterException", "Invalid parameter: Message too long", true],
        ["InvalidParameterException", "Invalid parameter: TopicArn", false],
        ["NotFoundException", "Topic does not exist", false],
        ["AuthorizationErrorException", "not authorized", false]
      ] as const
      for (const [name, message, refused] of cases) {
        assert.strictEqual((yield* Effect.flip(failing(name, message))).refused, refused, `${name} ${message}`)
      }
    })
  )
})
