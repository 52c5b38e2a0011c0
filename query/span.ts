/**
 * What happened between two nights, by anybody: later runs, and people, whose events are kept with the newest run before them. A night's
 * sums are of the instant at which it ended, so that is where one span ends and the next begins.
 */
import * as Effect from "effect/Effect"
import type { FindingEvent } from "../core/finding/Finding.ts"
import { idOfInstant, type Run } from "../core/run/Run.ts"
import type { Store, StoreError } from "../core/store/Store.ts"
import { newestNight, runBefore, runsBetween } from "./runs.ts"

/** Events of some runs, in the order of the runs. */
export interface Span {
  /** The runs whose own changes are in it, oldest first. */
  readonly runIds: ReadonlyArray<string>
  /** The runs that have events of it, and which of theirs. */
  readonly parts: ReadonlyArray<{ readonly runId: string; readonly has: (event: FindingEvent) => boolean }>
}

/** What the run did itself, and no person. */
const isOwn = ({ startedAt }: Run, { at, by, was }: FindingEvent): boolean =>
  by === undefined && (was !== undefined || at === startedAt)

/** What a run itself did, and nobody else while it was the newest. */
export const alone = (run: Run): Span => ({
  runIds: [run.id],
  parts: [{ runId: run.id, has: (event) => isOwn(run, event) }]
})

/**
 * What happened after a night, or since ever, up to the end of another one, or up to now. A run in between belongs to the night that it
 * ended before: what an assistant asks for may begin while a night is at work, and be in its sums.
 */
export const spanBetween = Effect.fn("query.spanBetween")(function* (
  older: Run | undefined,
  newer: Run,
  upTo: "its end" | "now" = "its end"
): Effect.fn.Return<Span, StoreError, Store> {
  const after = older === undefined ? "" : (older.finishedAt ?? older.startedAt)
  const end = upTo === "now" ? null : newer.finishedAt
  const lastId = upTo === "now" ? "~" : [newer.id, ...(end === null ? [] : [idOfInstant(end)])].sort().at(-1)
  const later = yield* runsBetween(older?.id ?? "", lastId ?? newer.id)
  const isAfter = ({ finishedAt }: Run) => finishedAt === null || finishedAt >= after
  const isUpTo = ({ finishedAt, id }: Run) =>
    upTo === "now" ||
    id === newer.id ||
    (finishedAt === null || end === null ? id < newer.id : id < newer.id ? finishedAt <= end : finishedAt < end)
  const inIt = new Set(later.filter((run) => isAfter(run) && isUpTo(run)).map(({ id }) => id))
  return {
    runIds: [...inIt],
    parts: [...(older === undefined ? [] : [older]), ...later].map((run) => ({
      runId: run.id,
      has: (event) => (isOwn(run, event) ? inIt.has(run.id) : event.at >= after && (end === null || event.at < end))
    }))
  }
})

/** What happened since an instant. */
export const spanSince = Effect.fn("query.spanSince")(function* (
  instant: string
): Effect.fn.Return<Span, StoreError, Store> {
  const id = idOfInstant(instant)
  const before = yield* runBefore(id)
  const later = yield* runsBetween(id, "~")
  const has = ({ at }: FindingEvent) => at >= instant
  return {
    runIds: later.map((run) => run.id),
    parts: [...(before === undefined ? [] : [before]), ...later].map((run) => ({ runId: run.id, has }))
  }
})

/** The night before a run, and what happened since: of a whole audit since that night's end, of any other what it did itself. */
export const spanOf = Effect.fn("query.spanOf")(function* (
  run: Run
): Effect.fn.Return<{ readonly before: Run | undefined; readonly span: Span }, StoreError, Store> {
  if (!run.plan.full || run.status !== "complete") return { before: undefined, span: alone(run) }
  const before = yield* newestNight(run)
  return { before, span: yield* spanBetween(before, run) }
})
