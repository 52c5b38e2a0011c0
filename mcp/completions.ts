/**
 * Completion of prompts' arguments and of the variables in resources' addresses: ids, names of scans, months and nights, all of which
 * can be used as they are. Names that strangers gave are matched and never answered.
 */
import { ProtocolError, ProtocolErrorCode } from "@modelcontextprotocol/server"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { Catalogue } from "../core/catalogue/Catalogue.ts"
import type { Run } from "../core/run/Run.ts"
import { isIdPrefix } from "../core/store/query.ts"
import { type Page, Store, type StoreError } from "../core/store/Store.ts"
import { isoDay, startOfUtcMonth } from "../core/time.ts"
import { accountNames } from "../query/accountNames.ts"
import { runs } from "../query/runs.ts"
import type { Caller } from "./Caller.ts"
import { prompts } from "./prompts.ts"
import { resourceTemplates } from "./resources.ts"
import { seenBy } from "./seenBy.ts"

/** The protocol allows no more. */
const valuesAtMost = 100

interface Completion {
  readonly values: ReadonlyArray<string>
  readonly total?: number
  readonly hasMore: boolean
}

type Source = (written: string) => Effect.Effect<Completion, StoreError, Store | Catalogue>

/** All that fit; the first of them are said. */
const all = (values: ReadonlyArray<string>): Completion => ({
  values: values.slice(0, valuesAtMost),
  total: values.length,
  hasMore: values.length > valuesAtMost
})

const starting = (written: string, values: ReadonlyArray<string>): Completion =>
  all(values.filter((value) => value.toLowerCase().startsWith(written.trim().toLowerCase())))

const scans: Source = (written) =>
  Effect.map(Catalogue, (catalogue) =>
    starting(
      written,
      catalogue.all.map(({ name }) => name)
    )
  )

/** Of those that make a report. */
const reports: Source = (written) =>
  Effect.map(Catalogue, (catalogue) =>
    starting(
      written,
      catalogue.all.filter(({ kind }) => kind !== "finding").map(({ name }) => name)
    )
  )

const accounts: Source = Effect.fnUntraced(function* (written) {
  const store = yield* Store
  const names = yield* accountNames()
  const { items } = yield* runs(10)
  const ids = new Set([
    ...items.flatMap(({ plan }) => plan.accounts.map(({ id }) => id)),
    ...(yield* store.accountsWithFindings)
  ])
  const beginning = written.trim().toLowerCase()
  return all(
    [...ids].sort().filter((id) => id.startsWith(beginning) || names.get(id)?.toLowerCase().startsWith(beginning))
  )
})

const runsLookedAt = 1000

/** Newest first. */
const runIds: Source = Effect.fnUntraced(function* (written) {
  const found: Array<string> = []
  let looked = 0
  let cursor: string | undefined
  do {
    const page: Page<Run> = yield* runs(valuesAtMost, cursor)
    looked += page.items.length
    cursor = page.cursor
    found.push(...page.items.map(({ id }) => id).filter((id) => id.startsWith(written.trim().toUpperCase())))
  } while (cursor !== undefined && looked < runsLookedAt)
  const { hasMore, total, values } = all(found)
  return cursor === undefined ? { values, total: total ?? 0, hasMore } : { values, hasMore: true }
})

const findingIds: Source = Effect.fnUntraced(function* (written) {
  const beginning = written.trim().toLowerCase()
  if (!isIdPrefix(beginning)) return all([])
  const store = yield* Store
  const found = yield* store.findingsNamed(beginning, valuesAtMost + 1)
  // A resource may have such an id, too.
  const ids = found.map(({ id }) => id).filter((id) => id.startsWith(beginning))
  return found.length > valuesAtMost ? { values: ids.slice(0, valuesAtMost), hasMore: true } : all(ids)
})

const monthsBack = 13

/** The whole months that a bill can be asked for, newest first. */
const months: Source = Effect.fnUntraced(function* (written) {
  const now = new Date(yield* Clock.currentTimeMillis)
  return starting(
    written,
    Array.from({ length: monthsBack }, (_, back) => isoDay(startOfUtcMonth(now, -1 - back)).slice(0, 7))
  )
})

/** Words first, then the days of the newest runs. */
const nights: Source = Effect.fnUntraced(function* (written) {
  const { items } = yield* runs(valuesAtMost)
  const days = new Set(items.map(({ startedAt }) => startedAt.slice(0, 10)))
  return starting(written, ["yesterday", "last night", "last week", "last month", "7d", "30d", ...days])
})

const none: Source = () => Effect.succeed(all([]))

const ofPrompts: Readonly<Record<string, Source>> = {
  month: months,
  account: accounts,
  minMonthlyUsd: none,
  from: nights,
  to: nights
}

const ofTemplates: Readonly<Record<string, Source>> = {
  "nightaudit://scans/{scan}": scans,
  "nightaudit://findings/{id}": findingIds,
  "nightaudit://runs/{id}": runIds,
  "nightaudit://reports/{scan}": reports
}

interface Request {
  readonly ref:
    | { readonly type: "ref/prompt"; readonly name: string }
    | { readonly type: "ref/resource"; readonly uri: string }
  readonly argument: { readonly name: string; readonly value: string }
}

/** Undefined where there is no such prompt, template or argument. */
const sourceOf = ({ argument, ref }: Request): Source | undefined => {
  if (ref.type === "ref/prompt") {
    const prompt = prompts.find(({ name }) => name === ref.name)
    const known = prompt?.arguments.some(({ name }) => name === argument.name)
    return known === true ? ofPrompts[argument.name] : undefined
  }
  const template = resourceTemplates.find(({ uriTemplate }) => uriTemplate === ref.uri)
  return template?.uriTemplate.includes(`{${argument.name}}`) === true ? ofTemplates[template.uriTemplate] : undefined
}

/** Answers `completion/complete` with what this caller may see. */
export const completed = Effect.fnUntraced(function* (
  request: Request,
  caller: Caller
): Effect.fn.Return<{ readonly completion: Completion }, ProtocolError, Store | Catalogue> {
  const source = sourceOf(request)
  if (source === undefined) {
    return yield* Effect.fail(
      new ProtocolError(ProtocolErrorCode.InvalidParams, "There is no such prompt, resource template or argument.")
    )
  }
  const completion = yield* source(request.argument.value).pipe(
    seenBy(caller),
    Effect.mapError(
      ({ message }) => new ProtocolError(ProtocolErrorCode.InternalError, `The store could not be read: ${message}`)
    )
  )
  return { completion }
})
