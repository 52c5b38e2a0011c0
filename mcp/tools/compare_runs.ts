import * as Effect from "effect/Effect"
import { instant, plural, signed, usd } from "../../core/format.ts"
import { endedText } from "../../core/run/Changes.ts"
import type { Run } from "../../core/run/Run.ts"
import type { Store, StoreError } from "../../core/store/Store.ts"
import { accountNames } from "../../query/accountNames.ts"
import { largestChanged } from "../../query/changedFindings.ts"
import { changeTypes, type FindingChange } from "../../query/compareRuns.ts"
import { nightNamed } from "../../query/nights.ts"
import { newestNight, runs } from "../../query/runs.ts"
import { spanBetween } from "../../query/span.ts"
import { standing } from "../../query/standing.ts"
import { changesLine, inSums, openOf, otherClaimsOf, sumChanges } from "../../query/sumChanges.ts"
import { Refusal, type Row } from "../answer/Answer.ts"
import type { Fence } from "../answer/Fence.ts"
import { argument, echoOf, unpublished } from "./argument.ts"
import { offsetCursor } from "./boundCursor.ts"
import { checkAccounts, filtersSaid, placeFilters, findingFilters } from "./filters.ts"
import { type Call, defineTool } from "./Tool.ts"

const fields = [
  "id",
  "change",
  "differenceUsd",
  "beforeUsd",
  "afterUsd",
  "resource",
  "scan",
  "account",
  "name",
  "kind",
  "status",
  "details",
  "accountName",
  "region"
] as const

const rowOf =
  (fence: Fence, names: ReadonlyMap<string, string>) =>
  (change: FindingChange): Row & Readonly<Record<(typeof fields)[number], unknown>> => {
    const { account, afterUsd, beforeUsd, details, finding, findingId, kind, scan, types } = change
    const isMoney = kind === "money"
    return {
      id: findingId,
      change: types.join(" and "),
      differenceUsd: isMoney ? Math.round((afterUsd - beforeUsd) * 100) / 100 : null,
      beforeUsd: isMoney ? beforeUsd : null,
      afterUsd: isMoney ? afterUsd : null,
      resource: finding === null ? "" : fence.word(finding.resource.id),
      scan,
      account,
      name: finding === null ? "" : fence.text(finding.resource.name),
      kind,
      status: finding?.status ?? "no longer kept",
      details: fence.text(details.join("; ")),
      accountName: fence.text(names.get(account) ?? ""),
      region: finding?.region ?? ""
    }
  }

/** What a night is named in, and how a name is said back. */
type Night = Pick<Call, "fence" | "nowMillis">

const noSuchNight = Effect.fnUntraced(function* (
  name: string,
  written: string,
  isTime: boolean,
  fence: Fence
): Effect.fn.Return<Refusal, StoreError, Store> {
  const [newest] = (yield* runs(1)).items
  const text = echoOf(fence)(written)
  return new Refusal({
    message:
      (isTime
        ? `${name}: no run is named by ${text}, or it is before the first one.`
        : `${name}: ${text} names no night.`) +
      ` Give the id of a run, "last night", "yesterday", "7d", "last month" or a day such as 2026-11-20` +
      (newest === undefined ? "; there is no run yet." : `; the newest run is ${newest.id}.`)
  })
})

const named = Effect.fnUntraced(function* (
  name: string,
  written: string,
  { fence, nowMillis }: Night
): Effect.fn.Return<Run, Refusal | StoreError, Store> {
  const run = yield* nightNamed(written, nowMillis)
  return run === undefined || run === "unknown"
    ? yield* yield* noSuchNight(name, written, run === undefined, fence)
    : run
})

/** The two nights that are compared; the first night of a store is compared with none. */
const nightsOf = Effect.fnUntraced(function* (
  from: string | undefined,
  to: string | undefined,
  call: Night
): Effect.fn.Return<{ readonly older: Run | undefined; readonly newer: Run }, Refusal | StoreError, Store> {
  const one = to === undefined ? yield* newestNight() : yield* named("to", to, call)
  if (one === undefined) {
    return yield* new Refusal({ message: "No audit has come to its end yet, so there is nothing to compare." })
  }
  const other = from === undefined ? yield* newestNight(one) : yield* named("from", from, call)
  if (other?.id === one.id) {
    const before = yield* newestNight(one)
    return yield* new Refusal({
      message:
        `from and to are the same night, run ${one.id} of ${instant(one.startedAt)}: ` +
        (before === undefined
          ? "it is the only complete one."
          : `leave from out, or give an older one such as ${before.id}.`)
    })
  }
  return other !== undefined && other.id > one.id ? { older: one, newer: other } : { older: other, newer: one }
})

const nightText = ({ id, startedAt }: Run): string => `run ${id} of ${instant(startedAt)}`

const nightContent = ({ id, startedAt, status }: Run) => ({ id, startedAt, status })

/** Waste on both nights as their audits summed it up, where both looked at everything. */
const wasteOf = (older: Run | undefined, newer: Run) => {
  if (older?.plan.full !== true || !newer.plan.full) return undefined
  const [before, after] = [openOf(older), openOf(newer)]
  if (before === null || after === null) return undefined
  const [beforeUsd, afterUsd] = [before.monthlyUsd, after.monthlyUsd]
  return { before, after, beforeUsd, afterUsd, differenceUsd: Math.round((afterUsd - beforeUsd) * 100) / 100 }
}

export default defineTool({
  name: "compare_runs",
  title: "Audit runs: comparison",
  description:
    "What changed since last night or last month: new, resolved, reopened waste in USD. Why waste rose or fell.",
  arguments: {
    from: argument.text("Run id, 7d, last month or day; default: last two nights"),
    to: argument.text(),
    types: argument.words(changeTypes),
    accounts: placeFilters.accounts,
    scans: findingFilters.scans,
    fields: unpublished(argument.words(fields))
  },
  answer: Effect.fnUntraced(function* (given, { caller, fence, nowMillis }) {
    const { accounts, cursor, limit = 25, scans, types } = given
    yield* checkAccounts(accounts, caller.accounts)
    const { newer, older } = yield* nightsOf(given.from, given.to, { fence, nowMillis })
    const filters = filtersSaid({ from: older?.id ?? null, to: newer.id, types, accounts, scans })
    const offset = yield* offsetCursor.decode(cursor, filters)
    const span = yield* spanBetween(older, newer)
    const { runIds } = span
    const { all, changes, ended, totals } = yield* largestChanged(span, { accounts, scans }, offset + limit, types)
    const wanted = changeTypes.filter((type) => types?.includes(type) ?? true)
    const items = changes.slice(offset).map(rowOf(fence, yield* accountNames()))
    const isWhole = accounts === undefined && scans === undefined && types === undefined && caller.accounts === null
    const waste = isWhole ? wasteOf(older, newer) : undefined
    const moved = waste === undefined ? undefined : yield* sumChanges(newer, span)
    const sums =
      waste === undefined || moved === undefined
        ? undefined
        : { ...moved, otherClaims: otherClaimsOf(waste.before, waste.after, moved) }
    const shownFields = given.fields ?? fields.slice(0, 12)
    return {
      standing: yield* standing({ accounts, scans }),
      filters,
      content: {
        from: older === undefined ? null : nightContent(older),
        to: nightContent(newer),
        runs: runIds.length,
        changedFindings: all,
        totals: Object.fromEntries(wanted.map((type) => [type, totals[type]])),
        ...(ended.length === 0 ? {} : { ended }),
        ...(waste === undefined
          ? {}
          : {
              waste: {
                beforeUsd: waste.beforeUsd,
                afterUsd: waste.afterUsd,
                differenceUsd: waste.differenceUsd
              }
            }),
        ...(sums === undefined ? {} : { inSums: inSums(sums) }),
        note: "Amounts are each finding's own claim, overlaps and commitments included; changed is by how much it grew."
      },
      lines: [
        older === undefined
          ? `The first complete night is ${nightText(newer)}, with none before it to compare with: all of it is new.`
          : `From ${nightText(older)} to ${nightText(newer)}${runIds.length > 1 ? `, ${plural(runIds.length, "run")} together` : ""}: ${plural(all, "finding")} changed.`,
        ...(waste === undefined
          ? []
          : [
              `Waste a month: ${usd(waste.beforeUsd)} → ${usd(waste.afterUsd)} (${signed(waste.differenceUsd)}), each dollar counted once.`
            ]),
        ...(sums === undefined ? [] : [`In the sums: ${changesLine(sums)}`]),
        `${wanted
          .map(
            (type) =>
              `${totals[type].findings} ${type} (${type === "changed" ? signed(totals[type].monthlyUsd) : usd(totals[type].monthlyUsd)})`
          )
          .join(", ")}: each finding's own claim in USD a month, overlaps and commitments included.`,
        ...(ended.length === 0 ? [] : [`${endedText(ended)}.`])
      ],
      rows: {
        key: "changes",
        fields: shownFields.includes("id") ? shownFields : ["id", ...shownFields],
        items,
        matching: all,
        cursorAfter: offsetCursor.after(offset, all, filters)
      }
    }
  })
})
