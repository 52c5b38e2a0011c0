/** What a digest says, from what the night wrote: for the organisation, and for each owner. */
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { DigestFacts, DigestFinding } from "../core/alerts/digest.ts"
import type { Finding } from "../core/finding/Finding.ts"
import { listed } from "../core/format.ts"
import { plus } from "../core/run/Changes.ts"
import { realisedLine } from "../core/run/realised.ts"
import type { Run } from "../core/run/Run.ts"
import { otherOwners, type Sums } from "../core/run/Rollup.ts"
import { gapsTogether, moneyOf, noSums, noSummary } from "../core/run/totals.ts"
import { regionText } from "../core/Scope.ts"
import { isoDay, startOfUtcMonth } from "../core/time.ts"
import { ownerOf, type Page, Store, type StoreError } from "../core/store/Store.ts"
import { changedFindings } from "./changedFindings.ts"
import { keepFirst } from "./largestChanges.ts"
import { realised } from "./realised.ts"
import { newestNight, runsBetween } from "./runs.ts"
import { largestFirst, type SumChanges, sumChanges, sumChangesOf } from "./sumChanges.ts"
import { pricingLine, totals } from "./totals.ts"

/** Findings, gaps and accounts that are named. */
const named = 5
const namedAccounts = 10

/** Owners that get a digest of their own: those with the most waste. */
export const maxOwners = 200

/** The runs whose changes are the night's: all since the whole audit before it. */
export const nightOf = Effect.fn("query.nightOf")(function* (
  run: Run
): Effect.fn.Return<{ readonly isFirst: boolean; readonly runIds: ReadonlyArray<string> }, StoreError, Store> {
  const before = yield* newestNight(run)
  return before === undefined
    ? { isFirst: true, runIds: [run.id] }
    : { isFirst: false, runIds: (yield* runsBetween(before.id, run.id)).map(({ id }) => id) }
})

const digestFinding =
  (nameOf: (account: string) => string) =>
  ({ account, id, reasons, region, resource, savings, scan }: Finding): DigestFinding => ({
    id,
    scan,
    reasons,
    monthlyUsd: savings?.monthlyUsd ?? 0,
    basis: savings?.basis ?? "none",
    name: resource.name === "" ? resource.id : resource.name,
    account: nameOf(account),
    region
  })

/** The net of the last full month, where the bill was read for exactly one. */
const billOf = Effect.fnUntraced(function* (run: Run) {
  const store = yield* Store
  const reports = (yield* store.reports("get_cost_by_service")).filter(({ runId }) => runId === run.id)
  if (reports.length === 0 || reports.length < run.plan.payers.length) return null
  let usd = 0
  let month: string | null = null
  for (const { report } of reports) {
    const [, from, to] = /from (\d{4}-\d\d-01) up to (\d{4}-\d\d-01)$/.exec(report.title) ?? []
    const total = report.rows.find(({ service }) => service === "Total")?.["net"]
    const isUsd = report.columns.find(({ key }) => key === "net")?.kind === "usd"
    if (from === undefined || to === undefined || !isUsd || typeof total !== "number") return null
    const next = isoDay(startOfUtcMonth(new Date(`${from}T00:00:00Z`), 1))
    if (next !== to || (month !== null && month !== from.slice(0, 7))) return null
    month = from.slice(0, 7)
    usd += total
  }
  return month === null ? null : { month, usd: Math.round(usd * 100) / 100 }
})

const changeAmounts = ({ beside, ended, totals: sums }: SumChanges) => ({
  beside,
  opened: sums.opened,
  resolved: sums.resolved,
  reopened: sums.reopened,
  ended,
  others: {
    confirmed: sums.confirmed,
    changed: sums.changed,
    setAside: plus(sums.snoozed, sums.suppressed)
  }
})

const openMoney = { statuses: ["open"], kinds: ["money"], minMonthlyUsd: 0.01 } as const

/** The open findings whose claims count with the largest savings, however many larger claims do not. */
const largestOf = Effect.fnUntraced(function* (owner: string | undefined) {
  const store = yield* Store
  const largest: Array<Finding> = []
  let cursor: string | undefined
  do {
    const page: Page<Finding> = yield* store.findings({
      ...openMoney,
      limit: 20,
      cursor,
      ...(owner === undefined ? {} : { owner })
    })
    largest.push(...page.items.filter(({ savings }) => savings?.counted === true))
    cursor = page.cursor
  } while (cursor !== undefined && largest.length < named)
  return largest.slice(0, named)
})

const gapsOf = (run: Run, nameOf: (account: string) => string): DigestFacts["gaps"] => {
  const { complete, expected, gaps, notApplicable } = (run.summary ?? noSummary).coverage
  const together = gapsTogether(gaps)
  return {
    outcomes: expected - notApplicable - complete,
    expected: expected - notApplicable,
    largest: together.slice(0, named).map(({ accounts, moreAccounts, outcomes, reason, regions }) => ({
      outcomes,
      where: [listed(accounts.map(nameOf), 2, moreAccounts), listed(regions.map(regionText), 2)].join(", "),
      operations: (reason.operations ?? []).toSorted(),
      why: reason.message
    })),
    more: Math.max(0, together.length - named)
  }
}

const hygieneOf = ({ hygiene, notices }: Sums) => ({ hygiene, notices })

/** The organisation's digest of a whole night. `unknownRules` could not be judged; `lost` are messages that will not arrive. */
export const organisationDigest = Effect.fn("query.organisationDigest")(function* (
  run: Run,
  nameOf: (account: string) => string,
  { lost, unknownRules }: Pick<DigestFacts, "unknownRules" | "lost">
): Effect.fn.Return<DigestFacts, StoreError, Store> {
  const { isFirst, runIds } = yield* nightOf(run)
  // On the first night everything is new, and the largest of it are the largest of all.
  const changes = yield* sumChanges(run, runIds, isFirst ? undefined : { types: ["opened", "reopened"], most: named })
  const before = (yield* newestNight(run))?.summary
  const { pricing, rows, whole } = yield* totals({ by: "account" })
  const owners = run.plan.ownerTagKeys === undefined ? null : (yield* totals({ by: "owner", owners: [""] })).whole
  const cost = (run.summary ?? noSummary).cost
  const shown = digestFinding(nameOf)
  const compared = yield* realised()
  return {
    runId: run.id,
    startedAt: run.startedAt,
    owner: null,
    accounts: run.plan.accounts.length,
    isFirstNight: isFirst,
    confirmed: whole.confirmed,
    unconfirmed: whole.unconfirmed,
    ...changeAmounts(changes),
    before: before?.totals.confirmed ?? null,
    bill: yield* billOf(run),
    largest: (yield* largestOf(undefined)).map(shown),
    largestNew: (changes.largest.get("opened") ?? []).map(shown),
    cameBack: (changes.largest.get("reopened") ?? []).map(shown),
    byAccount: rows
      .filter(({ sums }) => moneyOf(sums) > 0)
      .slice(0, namedAccounts)
      .map(({ sums, value }) => ({
        account: nameOf(value),
        confirmedUsd: sums.confirmed.monthlyUsd,
        unconfirmedUsd: sums.unconfirmed.monthlyUsd
      })),
    gaps: gapsOf(run, nameOf),
    ...hygieneOf(whole),
    cost: { usd: cost.usd, calls: cost.totalCalls, paid: cost.paidCalls },
    unknownRules,
    lost,
    pricing: pricingLine(pricing),
    realised: (compared === undefined ? undefined : realisedLine(compared)) ?? null,
    withoutOwner:
      owners === null
        ? null
        : { findings: owners.confirmed.findings + owners.unconfirmed.findings, monthlyUsd: moneyOf(owners) }
  }
})

interface OwnChanges {
  readonly sums: ReturnType<typeof sumChangesOf>
  readonly fresh: ReturnType<typeof keepFirst<Finding>>
  readonly back: ReturnType<typeof keepFirst<Finding>>
}

/** The digest of each owner that has waste or changes, the largest first. All changes are read once for all of them. */
export const ownerDigests = Effect.fn("query.ownerDigests")(function* (
  run: Run,
  nameOf: (account: string) => string
): Effect.fn.Return<ReadonlyArray<DigestFacts>, StoreError, Store> {
  const { isFirst, runIds } = yield* nightOf(run)
  const changes = new Map<string, OwnChanges>()
  yield* Stream.runForEach(changedFindings(runIds, { kinds: ["money"] }), ({ finding, ...change }) =>
    Effect.sync(() => {
      const owner = finding === null ? undefined : ownerOf(finding)
      if (finding === null || owner === undefined) return
      const own = changes.get(owner) ?? {
        sums: sumChangesOf(),
        fresh: keepFirst(named, largestFirst),
        back: keepFirst(named, largestFirst)
      }
      changes.set(owner, own)
      own.sums.add(change, finding)
      if (finding.savings?.counted !== true) return
      for (const type of change.types) {
        if (type === "opened") own.fresh.add(finding)
        else if (type === "reopened") own.back.add(finding)
      }
    })
  )
  const { rows } = yield* totals({ by: "owner" })
  const sumsOf = new Map(rows.map(({ sums, value }) => [value, sums]))
  const owners = [...new Set([...rows.map(({ value }) => value), ...changes.keys()])]
    .filter((owner) => owner !== "" && owner !== otherOwners)
    .filter((owner) => changes.has(owner) || moneyOf(sumsOf.get(owner) ?? noSums) > 0)
    .slice(0, maxOwners)
  const shown = digestFinding(nameOf)
  return yield* Effect.forEach(owners, (owner) =>
    Effect.gen(function* () {
      const sums = sumsOf.get(owner) ?? noSums
      const own = changes.get(owner)
      return {
        runId: run.id,
        startedAt: run.startedAt,
        owner,
        accounts: run.plan.accounts.length,
        isFirstNight: isFirst,
        confirmed: sums.confirmed,
        unconfirmed: sums.unconfirmed,
        ...changeAmounts((own?.sums ?? sumChangesOf()).answer()),
        // Rollups of other nights are not kept, and what became of the findings says it.
        before: null,
        bill: null,
        largest: (yield* largestOf(owner)).map(shown),
        largestNew: isFirst ? [] : (own?.fresh.first() ?? []).map(shown),
        cameBack: (own?.back.first() ?? []).map(shown),
        byAccount: [],
        gaps: gapsOf(run, nameOf),
        ...hygieneOf(sums),
        // What the night cost is the organisation's.
        cost: null,
        unknownRules: [],
        lost: [],
        // Of an owner it is not kept how much of it is.
        pricing: "At list prices, less what reservations and Savings Plans go on paying for.",
        // A bill is of accounts and services, and knows no owner.
        realised: null,
        withoutOwner: null
      } satisfies DigestFacts
    })
  )
})
