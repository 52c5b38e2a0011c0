/** What a digest says, from what the night wrote: for the organisation, and for each owner. */
import * as Effect from "effect/Effect"
import type { DigestFacts, DigestFinding } from "../core/alerts/digest.ts"
import type { Finding } from "../core/finding/Finding.ts"
import { listed } from "../core/format.ts"
import { type Amount, plus } from "../core/run/Changes.ts"
import { realisedLine } from "../core/run/realised.ts"
import type { Coverage, Run } from "../core/run/Run.ts"
import { otherOwners, type Sums } from "../core/run/Rollup.ts"
import { gapsTogether, hasGapsElsewhere, moneyOf, noSums, noSummary } from "../core/run/totals.ts"
import { regionText } from "../core/Scope.ts"
import { type FindingQuery, type Page, Store, type StoreError } from "../core/store/Store.ts"
import { pricingLine } from "../core/run/pricingLine.ts"
import { billOf, billScan } from "./bill.ts"
import type { NightChanges } from "./nightChanges.ts"
import { realised } from "./realised.ts"
import { newSums, openOf, otherClaimsOf, setAsideOf, type SumChanges, sumChangesOf } from "./sumChanges.ts"
import { aboveBillLine, totals } from "./totals.ts"

/** Findings, gaps and accounts that are named. */
const named = 5
const namedAccounts = 10

/** Owners that get a digest of their own: those with the most waste. */
export const maxOwners = 200

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

const changeAmounts = (
  { beside, byPeople, ended, totals: sums }: SumChanges,
  before: Amount | null,
  now: Pick<Sums, "confirmed" | "unconfirmed">
) => ({
  openBefore: before,
  otherClaims: otherClaimsOf(before, plus(now.confirmed, now.unconfirmed), { totals: sums }),
  setAside: setAsideOf({ byPeople, totals: sums }),
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

/** The open findings whose claims count with the largest savings, however many larger claims do not; of those that a filter matches. */
export const largestOf = Effect.fn("query.largestOf")(function* (
  filter: Omit<FindingQuery, "limit" | "cursor">
): Effect.fn.Return<ReadonlyArray<Finding>, StoreError, Store> {
  const store = yield* Store
  const largest: Array<Finding> = []
  let cursor: string | undefined
  do {
    const page: Page<Finding> = yield* store.findings({
      ...filter,
      ...openMoney,
      limit: 20,
      cursor
    })
    largest.push(...page.items.filter(({ savings }) => savings?.counted === true))
    cursor = page.cursor
  } while (cursor !== undefined && largest.length < named)
  return largest.slice(0, named)
})

/** What of a night was not seen, or in part, of what it was to look at. */
const missingOf = ({ complete, expected, notApplicable, partial }: Coverage) => ({
  outcomes: expected - notApplicable - complete,
  partial,
  expected: expected - notApplicable
})

const gapsOf = (run: Run, nightBefore: Run | undefined, nameOf: (account: string) => string): DigestFacts["gaps"] => {
  const was = nightBefore?.summary?.coverage
  const { coverage } = run.summary ?? noSummary
  const together = gapsTogether(coverage.gaps)
  return {
    ...missingOf(coverage),
    before: was === undefined ? null : missingOf(was),
    isElsewhere: was !== undefined && hasGapsElsewhere(coverage.gaps, was.gaps),
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
  { before, read, whole: changes }: NightChanges,
  nameOf: (account: string) => string,
  { lost, unknownRules }: Pick<DigestFacts, "unknownRules" | "lost">
): Effect.fn.Return<DigestFacts, StoreError, Store> {
  const store = yield* Store
  const isFirst = before === undefined
  const { aboveBill, pricing, rows, whole } = yield* totals({ by: "account" })
  const owners = run.plan.ownerTagKeys === undefined ? null : (yield* totals({ by: "owner", owners: [""] })).whole
  const cost = (run.summary ?? noSummary).cost
  // As of the night's end, like all that it changed: what people do since is the next night's.
  const { confirmed, unconfirmed } = run.open ?? whole
  const shown = digestFinding(nameOf)
  const compared = yield* realised()
  return {
    runId: run.id,
    startedAt: run.startedAt,
    owner: null,
    accounts: run.plan.accounts.length,
    isFirstNight: isFirst,
    confirmed,
    unconfirmed,
    ...changeAmounts(changes, openOf(before), { confirmed, unconfirmed }),
    before: before?.open?.confirmed ?? before?.summary?.totals.confirmed ?? null,
    bill: billOf(run, yield* store.reports(billScan)),
    largest: (yield* largestOf({})).map(shown),
    // On the first night everything is new, and the largest of it are the largest of all.
    largestNew: isFirst ? [] : (read?.whole.opened ?? []).map(shown),
    cameBack: (read?.whole.reopened ?? []).map(shown),
    byAccount: rows
      .filter(({ sums }) => moneyOf(sums) > 0)
      .slice(0, namedAccounts)
      .map(({ sums, value }) => ({
        account: nameOf(value),
        confirmedUsd: sums.confirmed.monthlyUsd,
        unconfirmedUsd: sums.unconfirmed.monthlyUsd
      })),
    gaps: gapsOf(run, before, nameOf),
    ...hygieneOf(whole),
    cost: { usd: cost.usd, calls: cost.totalCalls, paid: cost.paidCalls },
    unknownRules,
    lost,
    pricing: pricingLine(pricing),
    aboveBill: aboveBillLine(aboveBill) ?? null,
    realised: (compared === undefined ? undefined : realisedLine(compared)) ?? null,
    withoutOwner:
      owners === null
        ? null
        : { findings: owners.confirmed.findings + owners.unconfirmed.findings, monthlyUsd: moneyOf(owners) }
  }
})

/** What an owner had open; null where that is not known: owners beyond the organisation's list are one row in it. */
const beforeOf = (before: ReadonlyMap<string, Sums> | undefined, owner: string): Sums | null =>
  before?.get(owner) ?? (before === undefined || before.has(otherOwners) ? null : noSums)

/**
 * The digest of each owner that has waste or changes, the largest first. `now` is what each had open as the night ended, and `previous` as
 * the one before it did; undefined where that was not kept.
 */
export const ownerDigests = Effect.fn("query.ownerDigests")(function* (
  run: Run,
  { before, read }: NightChanges,
  nameOf: (account: string) => string,
  now: ReadonlyMap<string, Sums>,
  previous: ReadonlyMap<string, Sums> | undefined
): Effect.fn.Return<ReadonlyArray<DigestFacts>, StoreError, Store> {
  const isFirst = before === undefined
  const largest = [...now].sort(([a, x], [b, y]) => moneyOf(y) - moneyOf(x) || (a < b ? -1 : 1))
  const owners = [...new Set([...largest.map(([owner]) => owner), ...(read?.byOwner.keys() ?? [])])]
    .filter((owner) => owner !== "" && owner !== otherOwners)
    .filter((owner) => read?.byOwner.has(owner) === true || moneyOf(now.get(owner) ?? noSums) > 0)
    .slice(0, maxOwners)
  const shown = digestFinding(nameOf)
  const gaps = gapsOf(run, before, nameOf)
  return yield* Effect.forEach(owners, (owner) =>
    Effect.gen(function* () {
      const sums = now.get(owner) ?? noSums
      const own = read?.byOwner.get(owner)
      const was = beforeOf(previous, owner)
      return {
        runId: run.id,
        startedAt: run.startedAt,
        owner,
        accounts: run.plan.accounts.length,
        isFirstNight: isFirst,
        confirmed: sums.confirmed,
        unconfirmed: sums.unconfirmed,
        ...changeAmounts(
          read === undefined ? newSums(sums) : (own ?? sumChangesOf().answer()),
          was === null || isFirst ? null : plus(was.confirmed, was.unconfirmed),
          sums
        ),
        before: was?.confirmed ?? null,
        bill: null,
        largest: (yield* largestOf({ owner })).map(shown),
        largestNew: isFirst ? [] : (own?.opened ?? []).map(shown),
        cameBack: (own?.reopened ?? []).map(shown),
        byAccount: [],
        gaps,
        ...hygieneOf(sums),
        // What the night cost is the organisation's.
        cost: null,
        unknownRules: [],
        lost: [],
        // Of an owner it is not kept how much of it is.
        pricing: "At list prices, less what reservations and Savings Plans go on paying for.",
        // A bill is of accounts and services, and knows no owner.
        realised: null,
        aboveBill: null,
        withoutOwner: null
      } satisfies DigestFacts
    })
  )
})
