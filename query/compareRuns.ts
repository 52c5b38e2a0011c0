/** What changed between two nights: which findings, and what they cost. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import { type Finding, type FindingEvent, type FindingEventType, isActedOn } from "../core/finding/Finding.ts"
import { type Amount, type Ended, endedOf, noAmount, plus } from "../core/run/Changes.ts"
import { type Page, Store, type StoreError } from "../core/store/Store.ts"
import type { Span } from "./span.ts"

/** Every type of change. What is resolved is gone or was mended; what ended for another reason saves nothing. */
export const changeTypes = [
  "opened",
  "changed",
  "confirmed",
  "resolved",
  "ended",
  "reopened",
  "snoozed",
  "suppressed"
] as const satisfies ReadonlyArray<FindingEventType | "ended">
export type ChangeType = (typeof changeTypes)[number]

/** What became of a finding between two nights. */
export interface FindingChange {
  readonly findingId: string
  readonly account: string
  readonly scan: string
  readonly kind: FindingEvent["kind"]
  /** What it comes to: what was opened and resolved in between is no change. One that was confirmed may have changed as well. */
  readonly types: ReadonlyArray<ChangeType>
  /** Why it ended, of one that is resolved or ended. */
  readonly reason: string | null
  /** Its saving on the first night and on the second, in USD a month; 0 while it was not open, and for what is no money. */
  readonly beforeUsd: number
  readonly afterUsd: number
  /** Whether it was set aside before and after: whatever became of it, it was in no sum. */
  readonly isAside: boolean
  /** Whether its claim counted on the first night; null where nobody wrote it down. */
  readonly wasCounted: boolean | null
  /** What its events say, oldest first. */
  readonly details: ReadonlyArray<string>
  /** As it is now; null where it is no longer kept. */
  readonly finding: Finding | null
}

/** Findings by type, with their savings in USD a month; for `changed`, by how much they grew. */
export type ChangeTotals = Readonly<Record<ChangeType, Amount>>

const isOpenAfter = (wasOpen: boolean, type: FindingEventType): boolean =>
  type === "opened" || type === "reopened"
    ? true
    : type === "resolved" || type === "snoozed" || type === "suppressed"
      ? false
      : wasOpen

/** A change without its finding, which is read where it is shown. */
export type Change = Omit<FindingChange, "finding">

/** What the events of one finding come to, oldest first; undefined where they undo each other. */
const netOf = (events: ReadonlyArray<FindingEvent>): Change | undefined => {
  const [first] = events
  const last = events.at(-1)
  if (first === undefined || last === undefined) return undefined
  const was = first.was?.status
  const wasOpen = was === undefined ? first.type !== "opened" && first.type !== "reopened" : was === "open"
  const isOpen = events.reduce((open, { type }) => isOpenAfter(open, type), wasOpen)
  const beforeUsd = wasOpen ? first.previousMonthlyUsd : 0
  const afterUsd = isOpen ? last.monthlyUsd : 0
  const has = (type: FindingEventType) => events.some((event) => event.type === type)
  const closing = wasOpen && !isOpen ? events.findLast(({ type }) => !isOpenAfter(true, type)) : undefined
  const isAside = !isOpen && (was === "snoozed" || was === "suppressed")
  const end = isAside ? last : closing
  const reason = end?.type === "resolved" ? end.detail : null
  const net: ReadonlyArray<ChangeType> = isAside
    ? [last.type === "resolved" && !isActedOn(last.detail) ? "ended" : last.type]
    : !wasOpen
      ? isOpen
        ? [has("opened") ? "opened" : "reopened"]
        : []
      : isOpen
        ? [
            ...(has("confirmed") ? (["confirmed"] as const) : []),
            ...(has("changed") || beforeUsd !== afterUsd ? (["changed"] as const) : [])
          ]
        : [reason !== null && !isActedOn(reason) ? "ended" : (closing?.type ?? "resolved")]
  if (net.length === 0) return undefined
  const { account, findingId, kind, scan } = last
  return {
    findingId,
    account,
    scan,
    kind,
    types: net,
    reason,
    beforeUsd,
    afterUsd,
    isAside,
    wasCounted: first.was?.counted ?? null,
    details: events.map(({ detail, type }) => `${type}: ${detail}`)
  }
}

/** What a change adds to the total of its type, in USD a month. */
export const amountOf = ({ afterUsd, beforeUsd }: Change, type: ChangeType): number =>
  type === "changed"
    ? afterUsd - beforeUsd
    : type === "opened" || type === "reopened" || type === "confirmed"
      ? afterUsd
      : beforeUsd

const eventsAtOnce = 200

/** The events of a span, finding by finding in the order of their ids. */
const readFindings = ({ parts }: Span) => {
  const readers = parts.map(({ has, runId }) => ({
    runId,
    has,
    waiting: [] as ReadonlyArray<FindingEvent>,
    /** The place of the first that waits. */
    at: 0,
    cursor: undefined as string | undefined,
    isRead: false
  }))
  type Reader = (typeof readers)[number]

  /** Whether the first finding that waits may have more events of this run. */
  const isShort = ({ at, isRead, waiting }: Reader) => !isRead && waiting[at]?.findingId === waiting.at(-1)?.findingId

  const fill = Effect.fnUntraced(function* (reader: Reader) {
    const store = yield* Store
    while (isShort(reader)) {
      const page: Page<FindingEvent> = yield* store.runEvents(reader.runId, eventsAtOnce, reader.cursor)
      reader.waiting = [...reader.waiting.slice(reader.at), ...page.items]
      reader.at = 0
      reader.cursor = page.cursor
      reader.isRead = page.cursor === undefined
    }
  })

  const take = (reader: Reader, findingId: string): ReadonlyArray<FindingEvent> => {
    const from = reader.at
    while (reader.waiting[reader.at]?.findingId === findingId) reader.at += 1
    return reader.waiting.slice(from, reader.at).filter(reader.has)
  }

  /** The events of the next finding that may have any, oldest first; undefined at the end. */
  return Effect.fnUntraced(function* (): Effect.fn.Return<ReadonlyArray<FindingEvent> | undefined, StoreError, Store> {
    if (readers.some(isShort)) yield* Effect.forEach(readers.filter(isShort), fill, { concurrency: 8, discard: true })
    let next: string | undefined
    for (const { at, waiting } of readers) {
      const id = waiting[at]?.findingId
      if (id !== undefined && (next === undefined || id < next)) next = id
    }
    return next === undefined ? undefined : readers.flatMap((reader) => take(reader, next as string))
  })
}

const changesAtOnce = 100

/** What became of every finding that was changed in a span, by the ids of findings. */
export const allChanges = (span: Span): Stream.Stream<Change, StoreError, Store> =>
  Stream.suspend(() => {
    const next = readFindings(span)
    const some = Effect.gen(function* () {
      const changes: Array<Change> = []
      for (let looked = 0; looked < changesAtOnce; looked += 1) {
        const events = yield* next()
        if (events === undefined) return [changes, Option.none<undefined>()] as const
        const change = netOf(events)
        if (change !== undefined) changes.push(change)
      }
      return [changes, Option.some(undefined)] as const
    })
    return Stream.paginate(undefined, () => some)
  })

/** Adds changes up by type, in whole cents. */
export const changeSums = () => {
  const ended = new Map<string, Amount>()
  const sums = new Map(changeTypes.map((type) => [type, { findings: 0, cents: 0 }]))
  return {
    add: (change: Change): void => {
      for (const type of change.types) {
        const sum = sums.get(type)
        if (sum === undefined) continue
        sum.findings += 1
        sum.cents += Math.round(amountOf(change, type) * 100)
        if (type !== "ended" || change.reason === null) continue
        const before = ended.get(change.reason) ?? noAmount
        ended.set(change.reason, plus(before, { findings: 1, monthlyUsd: amountOf(change, type) }))
      }
    },
    /** What of it ended without a saving, by the reason. */
    ended: (): ReadonlyArray<Ended> => endedOf(Object.fromEntries(ended)),
    totals: (): ChangeTotals =>
      Object.fromEntries(
        [...sums].map(([type, { cents, findings }]) => [type, { findings, monthlyUsd: cents / 100 }])
      ) as ChangeTotals
  }
}

/** Adds up all changes: every event of the span is read once, and none is kept. */
export const changeTotals = (span: Span): Effect.Effect<ChangeTotals, StoreError, Store> =>
  Effect.suspend(() => {
    const sums = changeSums()
    const added = Stream.runForEach(allChanges(span), (change) => Effect.sync(() => sums.add(change)))
    return Effect.map(added, sums.totals)
  })

/** The change with its finding as it is now. */
export const withFinding = (change: Change): Effect.Effect<FindingChange, StoreError, Store> =>
  Effect.flatMap(Store, (store) =>
    Effect.map(store.finding(change.findingId), (finding) => ({ ...change, finding: finding ?? null }))
  )
