/** What a night changed, read once for everything that people are told of it: digests, the drivers of alarms, rules on new waste. */
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { Finding } from "../core/finding/Finding.ts"
import type { Run } from "../core/run/Run.ts"
import { cents } from "../core/round.ts"
import { facetsOf, matches } from "../core/store/query.ts"
import { type FindingQuery, ownerOf, type Store, type StoreError } from "../core/store/Store.ts"
import { changedFindings } from "./changedFindings.ts"
import type { Change } from "./compareRuns.ts"
import { keepFirst } from "./largestChanges.ts"
import { type Span, spanOf } from "./span.ts"
import {
  allNew,
  largestFirst,
  openOf,
  otherClaimsOf,
  type SumChanges,
  sumChangesOf,
  type SumsSince
} from "./sumChanges.ts"

/** Findings that are named, of those that are new and of those that came back. */
const named = 5

/** A finding, and by how many USD a month it made a sum grow. */
export interface Grown {
  readonly finding: Finding
  readonly usd: number
}

/** What changed about the sums, and the findings that count with the largest savings. */
export interface Changed extends SumChanges {
  readonly opened: ReadonlyArray<Finding>
  readonly reopened: ReadonlyArray<Finding>
  /** What made the confirmed sum grow, whether it is new, was confirmed or saves more: the most first. */
  readonly grown: ReadonlyArray<Grown>
}

const mostFirst = (a: Grown, b: Grown): number => b.usd - a.usd || (a.finding.id < b.finding.id ? -1 : 1)

export interface NightChanges {
  /** The night before it; undefined on the first one. */
  readonly before: Run | undefined
  readonly span: Span
  readonly whole: SumsSince
  /** Undefined on a first night that opened all there is, so that no finding was read: then the totals say what is new, and whose. */
  readonly read:
    | {
        readonly whole: Changed
        /** By the value of the owner tag, for those of whose findings any changed. */
        readonly byOwner: ReadonlyMap<string, Changed>
        /** Of what each of the filters that were given matches, by their names. */
        readonly matching: ReadonlyMap<string, Changed>
      }
    | undefined
}

const changedOf = () => {
  const sums = sumChangesOf()
  const opened = keepFirst(named, largestFirst)
  const reopened = keepFirst(named, largestFirst)
  const grown = keepFirst(named, mostFirst)
  return {
    add: (change: Change, finding: Finding | null): void => {
      sums.add(change, finding)
      if (finding?.savings?.counted !== true) return
      if (change.types.includes("opened")) opened.add(finding)
      if (change.types.includes("reopened")) reopened.add(finding)
      if (!finding.confirmed || finding.status !== "open") return
      const wasIn = !change.types.includes("confirmed") && change.wasCounted !== false
      const usd = cents(change.afterUsd - (wasIn ? change.beforeUsd : 0))
      if (usd > 0) grown.add({ finding, usd })
    },
    answer: (): Changed => ({
      ...sums.answer(),
      opened: opened.first(),
      reopened: reopened.first(),
      grown: grown.first()
    })
  }
}

const valuesOf = <Maker extends { readonly answer: () => unknown }>(makers: ReadonlyMap<string, Maker>) =>
  new Map([...makers].map(([name, maker]) => [name, maker.answer() as ReturnType<Maker["answer"]>]))

/** What happened since the night before, by anybody. `filters` are parts of it that somebody asks for, by a name of theirs. */
export const nightChanges = Effect.fn("query.nightChanges")(function* (
  run: Run,
  filters: ReadonlyMap<string, Omit<FindingQuery, "limit" | "cursor">> = new Map()
): Effect.fn.Return<NightChanges, StoreError, Store> {
  const night = yield* spanOf(run)
  const all = night.before === undefined ? allNew(run) : undefined
  if (all !== undefined) return { ...night, whole: { ...all, otherClaims: null }, read: undefined }
  const whole = changedOf()
  const owners = new Map<string, ReturnType<typeof changedOf>>()
  const matching = new Map([...filters].map(([name, filter]) => [name, { filter, ...changedOf() }]))
  yield* Stream.runForEach(changedFindings(night.span, {}), ({ finding, ...change }) =>
    Effect.sync(() => {
      whole.add(change, finding)
      if (finding === null) return
      const owner = ownerOf(finding)
      if (owner !== undefined) {
        const own = owners.get(owner) ?? changedOf()
        owners.set(owner, own)
        own.add(change, finding)
      }
      for (const { add, filter } of matching.values()) if (matches(filter, facetsOf(finding))) add(change, finding)
    })
  )
  const read = { whole: whole.answer(), byOwner: valuesOf(owners), matching: valuesOf(matching) }
  const otherClaims = otherClaimsOf(openOf(night.before), openOf(run), read.whole)
  return { ...night, whole: { ...read.whole, otherClaims }, read }
})
