/** Nights as people name them: by a day, by how long ago, or by a run. */
import * as Effect from "effect/Effect"
import type { Run } from "../core/run/Run.ts"
import { millisPerDay, writtenInstant } from "../core/time.ts"
import { runCursor } from "../core/store/query.ts"
import { type Page, Store, type StoreError } from "../core/store/Store.ts"
import { findRun, newestNight } from "./runs.ts"

const millisOf = { h: 3_600_000, d: millisPerDay, w: 7 * millisPerDay } as const

/** The instant that a day, an instant or a time span names; undefined where it names none. */
export const instantOf = (written: string, now: number): number | undefined => {
  const [, amount, unit] = /^(\d{1,5})([hdw])$/.exec(written) ?? []
  if (amount !== undefined) return now - Number(amount) * millisOf[unit as keyof typeof millisOf]
  return writtenInstant(written)?.getTime()
}

const midnight = (millis: number): number => millis - (millis % millisPerDay)

const newest = new Set(["last night", "last", "latest", "newest", "now", "today", "tonight"])

/**
 * The instant up to which a text looks back: a day or a month to its end. Undefined where it names none; null
 * for the newest night.
 */
const upTo = (written: string, now: number): number | null | undefined => {
  const text = written
    .trim()
    .toLowerCase()
    .replace(/[\s_-]+(?=[a-z])/g, " ")
  if (newest.has(text)) return null
  if (text === "yesterday") return midnight(now)
  const then = new Date(now)
  if (text === "last week") return now - millisOf.w
  if (text === "last month") return Date.UTC(then.getUTCFullYear(), then.getUTCMonth(), 1)
  const [, year, month] = /^(\d{4})-(0[1-9]|1[0-2])$/.exec(text) ?? []
  if (year !== undefined) return Date.UTC(Number(year), Number(month), 1)
  const [, amount, unit] = /^(\d{1,5}) ?(h|d|w)\w*( ago)?$/.exec(text) ?? []
  if (amount !== undefined) return instantOf(`${amount}${unit}`, now)
  const instant = instantOf(written.trim(), now)
  return instant !== undefined && written.trim().length === 10 ? instant + millisPerDay : instant
}

/** The newest night that started before an instant; where there is no whole audit, the newest complete run. */
const completeBefore = Effect.fnUntraced(function* (
  millis: number
): Effect.fn.Return<Run | undefined, StoreError, Store> {
  const store = yield* Store
  const limit = new Date(millis).toISOString()
  let cursor: string | undefined = runCursor.encode({ runId: limit.replaceAll(/[-:]|\.\d+/g, "") })
  let narrower: Run | undefined
  do {
    const page: Page<Run> = yield* store.runs(100, cursor)
    const found = page.items.filter(({ startedAt, status }) => status === "complete" && startedAt < limit)
    const whole = found.find(({ plan }) => plan.full)
    if (whole !== undefined) return whole
    narrower ??= found[0]
    cursor = page.cursor
  } while (cursor !== undefined)
  return narrower
})

/**
 * The run that a text names: its id or the beginning of it; `last night`; or a day, a month, `yesterday`, `7d` or `last month`, which
 * is the newest night up to the end of that day or month. Undefined where there is none; `unknown` for a text that names no time.
 */
export const nightNamed = Effect.fn("query.nightNamed")(function* (
  written: string,
  now: number
): Effect.fn.Return<Run | undefined | "unknown", StoreError, Store> {
  const until = upTo(written, now)
  if (until === null) return yield* newestNight()
  if (until !== undefined) return yield* completeBefore(until)
  const id = written
    .trim()
    .toUpperCase()
    .replace(/-[0-9A-F]*$/, (end) => end.toLowerCase())
  return /^\d{8}/.test(id) ? yield* findRun(id) : "unknown"
})
