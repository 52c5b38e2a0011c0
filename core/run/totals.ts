/**
 * Sums over findings, events and outcomes. Only money is in the amounts, and of it only the claims that count; hygiene and
 * notices are counted apart.
 */
import { addChanges, type Amount, amountOf, grow, type Growing, noAmount, noChanges, plus } from "./Changes.ts"
import type { Coverage, RunSummary, ScanCoverage, Totals } from "./Run.ts"
import { addCosts, noCost } from "./runCost.ts"
import type { Claimant } from "../finding/claims.ts"
import { type Outcome, OutcomeReason, sayingOf } from "./Outcome.ts"
import {
  type AboveBill,
  allAccounts,
  type Cell,
  type Dimension,
  dimensions,
  otherOwners,
  type Pricing,
  type Rollup,
  type Sums
} from "./Rollup.ts"

const noHygiene: Totals["hygiene"] = { critical: 0, high: 0, medium: 0, low: 0, info: 0 }

const noPricing: Pricing = { covered: noAmount, uncertain: noAmount, net: noAmount, billed: noAmount }

/** Adds up what of the findings that count is not simply at list prices. */
export const pricingSums = () => {
  const amounts = new Map<string, Growing>()
  return {
    add: ({ coveredUsd = 0, monthlyUsd, pricedAt }: NonNullable<Claimant["savings"]>): void => {
      if (coveredUsd > 0) grow(amounts, "covered", Math.round(coveredUsd * 100))
      const of = pricedAt === "list_coverage_unknown" ? "uncertain" : pricedAt
      if (of !== undefined && of !== "effective") grow(amounts, of, Math.round(monthlyUsd * 100))
    },
    answer: (): Pricing => ({
      covered: amountOf(amounts.get("covered")),
      uncertain: amountOf(amounts.get("uncertain")),
      net: amountOf(amounts.get("net")),
      billed: amountOf(amounts.get("billed"))
    })
  }
}

/** What of the findings that count is not simply at list prices. */
export const pricingOf = (findings: Iterable<Claimant>, counted: ReadonlySet<string>): Pricing => {
  const sums = pricingSums()
  for (const { id, savings, status } of findings)
    if (status === "open" && savings !== null && counted.has(id)) sums.add(savings)
  return sums.answer()
}

/** Two together; what was written before prices were told apart leaves nothing to say. */
export const addPricing = (a: Pricing | undefined, b: Pricing | undefined): Pricing | undefined =>
  a === undefined || b === undefined
    ? undefined
    : {
        covered: plus(a.covered, b.covered),
        uncertain: plus(a.uncertain, b.uncertain),
        net: plus(a.net, b.net),
        billed: plus(a.billed, b.billed)
      }

const pricingIn = (pricing: Pricing | undefined) => (pricing === undefined ? {} : { pricing })

export const noTotals: Totals = {
  confirmed: noAmount,
  unconfirmed: noAmount,
  commitments: noAmount,
  overlapping: noAmount,
  hygiene: noHygiene,
  notices: 0,
  pricing: noPricing,
  bySeverity: { critical: noAmount, high: noAmount, medium: noAmount, low: noAmount, info: noAmount },
  byCategory: {},
  byScan: {},
  byAccount: {},
  byRegion: {}
}

export const noSums: Sums = {
  confirmed: noAmount,
  unconfirmed: noAmount,
  commitments: noAmount,
  overlapping: noAmount,
  hygiene: 0,
  notices: 0
}

const merge = <A>(
  a: Readonly<Record<string, A>>,
  b: Readonly<Record<string, A>>,
  add: (a: A, b: A) => A
): Record<string, A> => {
  const sum = { ...a }
  for (const [key, value] of Object.entries(b)) {
    const before = sum[key]
    sum[key] = before === undefined ? value : add(before, value)
  }
  return sum
}

const amountsOf = (amounts: Map<string, Growing>): Record<string, Amount> =>
  Object.fromEntries([...amounts].sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, value]) => [key, amountOf(value)]))

/**
 * Where an open finding is added: money to the confirmed or unconfirmed amounts, or to the commitments. `cents` are those that
 * count, `overlapping` those that another finding already has.
 */
const contribution = ({ confirmed, id, kind, savings }: Claimant, counted: ReadonlySet<string>) => {
  if (kind !== "money") return { to: kind, cents: 0, overlapping: 0 } as const
  const cents = Math.round((savings?.monthlyUsd ?? 0) * 100)
  if (savings?.claim === "commitment") return { to: "commitments", cents, overlapping: 0 } as const
  const counts = counted.has(id)
  return {
    to: confirmed ? "confirmed" : "unconfirmed",
    cents: counts ? cents : 0,
    overlapping: counts ? 0 : cents
  } as const
}

/** Totals over open findings; `counted` says which claims count. */
export const totalsOf = (findings: ReadonlyArray<Claimant>, counted: ReadonlySet<string>): Totals => {
  const whole = new Map<string, Growing>()
  const by = {
    severity: new Map<string, Growing>(),
    category: new Map<string, Growing>(),
    scan: new Map<string, Growing>(),
    account: new Map<string, Growing>(),
    region: new Map<string, Growing>()
  }
  const hygiene = { ...noHygiene }
  let notices = 0
  for (const finding of findings) {
    if (finding.status !== "open") continue
    const { cents, overlapping, to } = contribution(finding, counted)
    if (to === "hygiene") hygiene[finding.severity] += 1
    else if (to === "notice") notices += 1
    else {
      grow(whole, to, cents)
      if (to === "commitments") continue
      if (overlapping > 0) grow(whole, "overlapping", overlapping)
      for (const dimension of ["severity", "category", "scan", "account", "region"] as const) {
        grow(by[dimension], finding[dimension], cents)
      }
    }
  }
  return {
    confirmed: amountOf(whole.get("confirmed")),
    unconfirmed: amountOf(whole.get("unconfirmed")),
    commitments: amountOf(whole.get("commitments")),
    overlapping: amountOf(whole.get("overlapping")),
    hygiene,
    notices,
    pricing: pricingOf(findings, counted),
    bySeverity: { ...noTotals.bySeverity, ...amountsOf(by.severity) },
    byCategory: amountsOf(by.category),
    byScan: amountsOf(by.scan),
    byAccount: amountsOf(by.account),
    byRegion: amountsOf(by.region)
  }
}

export const addTotals = (a: Totals, b: Totals): Totals => ({
  confirmed: plus(a.confirmed, b.confirmed),
  unconfirmed: plus(a.unconfirmed, b.unconfirmed),
  commitments: plus(a.commitments, b.commitments),
  overlapping: plus(a.overlapping, b.overlapping),
  hygiene: merge(a.hygiene, b.hygiene, (x, y) => x + y) as Totals["hygiene"],
  notices: a.notices + b.notices,
  ...pricingIn(addPricing(a.pricing, b.pricing)),
  bySeverity: merge(a.bySeverity, b.bySeverity, plus) as Totals["bySeverity"],
  byCategory: merge(a.byCategory, b.byCategory, plus),
  byScan: merge(a.byScan, b.byScan, plus),
  byAccount: merge(a.byAccount, b.byAccount, plus),
  byRegion: merge(a.byRegion, b.byRegion, plus)
})

export const addSums = (a: Sums, b: Sums): Sums => ({
  confirmed: plus(a.confirmed, b.confirmed),
  unconfirmed: plus(a.unconfirmed, b.unconfirmed),
  commitments: plus(a.commitments, b.commitments),
  overlapping: plus(a.overlapping, b.overlapping),
  hygiene: a.hygiene + b.hygiene,
  notices: a.notices + b.notices
})

/** The sums of one open finding. */
export const sumsOf = (finding: Claimant, counted: ReadonlySet<string>): Sums => {
  const { cents, overlapping, to } = contribution(finding, counted)
  if (to === "hygiene") return { ...noSums, hygiene: 1 }
  if (to === "notice") return { ...noSums, notices: 1 }
  return {
    ...noSums,
    [to]: { findings: 1, monthlyUsd: cents / 100 },
    ...(overlapping > 0 ? { overlapping: { findings: 1, monthlyUsd: overlapping / 100 } } : {})
  }
}

/** When totals were made. */
export type RollupTime = Pick<Rollup, "runId" | "asOf">

const noDimensions = (): Record<Dimension, Map<string, Sums>> => ({
  account: new Map(),
  region: new Map(),
  service: new Map(),
  category: new Map(),
  scan: new Map(),
  severity: new Map(),
  owner: new Map()
})

/** Adds to the sums of one value. */
export const addAt = (sums: Map<string, Sums>, key: string, more: Sums): void => {
  const before = sums.get(key)
  sums.set(key, before === undefined ? more : addSums(before, more))
}

/** By so much a total may be above its bill, in USD: a month has not always the same hours. */
const billTolerance = 1

/** The services of the organisation that are listed as above their bill; the smallest differences are left out. */
export const maxAboveBill = 500

const excessOf = ({ billedUsd, monthlyUsd }: AboveBill): number => monthlyUsd - billedUsd

const largestExcess = (a: AboveBill, b: AboveBill): number =>
  excessOf(b) - excessOf(a) || (`${a.account} ${a.service}` < `${b.account} ${b.service}` ? -1 : 1)

/** The services of which the findings that count would save more than the account is billed for. What nobody bills has no service. */
export const aboveBillOf = (
  account: string,
  services: ReadonlyMap<string, Sums>,
  billed: ReadonlyMap<string, number>
): ReadonlyArray<AboveBill> =>
  [...services]
    .flatMap(([service, sums]) => {
      const [monthlyUsd, billedUsd] = [moneyOf(sums), Math.round((billed.get(service) ?? 0) * 100) / 100]
      return service !== "" && monthlyUsd > billedUsd + billTolerance
        ? [{ account, service, monthlyUsd, billedUsd }]
        : []
    })
    .sort(largestExcess)

/** The totals of an account: its open findings, each once, and which of them count; held against its bill where that is known. */
export const rollupOf = (
  account: string,
  { asOf, runId }: RollupTime,
  findings: ReadonlyArray<Claimant>,
  counted: ReadonlySet<string>,
  billed?: ReadonlyMap<string, number>
): Rollup => {
  const cells = new Map<string, Cell>()
  for (const finding of findings) {
    if (finding.status !== "open") continue
    const { category, owner, region, resource, scan, severity } = finding
    const { service } = resource
    const key = JSON.stringify([region, service, category, scan, severity, owner])
    const before = cells.get(key)
    const sums = sumsOf(finding, counted)
    cells.set(
      key,
      before === undefined
        ? { region, service, category, scan, severity, owner, sums }
        : { ...before, sums: addSums(before.sums, sums) }
    )
  }
  const by = noDimensions()
  let whole = noSums
  for (const { sums, ...cell } of cells.values()) {
    whole = addSums(whole, sums)
    addAt(by.account, account, sums)
    for (const dimension of ["region", "service", "category", "scan", "severity", "owner"] as const) {
      addAt(by[dimension], cell[dimension], sums)
    }
  }
  return {
    account,
    runId,
    asOf,
    sums: whole,
    by,
    pricing: pricingOf(findings, counted),
    ...(billed === undefined ? {} : { billed, aboveBill: aboveBillOf(account, by.service, billed) }),
    cells: [...cells.values()]
  }
}

/** More owners than this are not listed one by one in the organisation's rollup; the smallest are added up. */
export const maxOwners = 10_000

/** What a row of sums comes to, confirmed or not, in USD a month. */
export const moneyOf = ({ confirmed, unconfirmed }: Pick<Sums, "confirmed" | "unconfirmed">): number =>
  (Math.round(confirmed.monthlyUsd * 100) + Math.round(unconfirmed.monthlyUsd * 100)) / 100

/** The largest sum first, then by name. */
export const byMoney = ([a, left]: readonly [string, Sums], [b, right]: readonly [string, Sums]): number =>
  moneyOf(right) - moneyOf(left) || (a < b ? -1 : a > b ? 1 : 0)

/** The totals of the organisation: those of its accounts added up. */
export const organisationRollup = ({ asOf, runId }: RollupTime, accounts: Iterable<Rollup>): Rollup => {
  const by = noDimensions()
  let whole = noSums
  const above: Array<AboveBill> = []
  let isBilled = false
  let pricing: Pricing | undefined = noPricing
  for (const rollup of accounts) {
    pricing = addPricing(pricing, rollup.pricing)
    whole = addSums(whole, rollup.sums)
    if (rollup.aboveBill !== undefined) isBilled = true
    above.push(...(rollup.aboveBill ?? []))
    for (const dimension of dimensions) {
      for (const [value, sums] of rollup.by[dimension]) addAt(by[dimension], value, sums)
    }
  }
  // What has no owner is always a row of its own.
  const owners = [...by.owner].filter(([owner]) => owner !== "").sort(byMoney)
  for (const [owner, sums] of owners.slice(maxOwners)) {
    by.owner.delete(owner)
    addAt(by.owner, otherOwners, sums)
  }
  return {
    account: allAccounts,
    runId,
    asOf,
    sums: whole,
    by,
    ...pricingIn(pricing),
    ...(isBilled ? { aboveBill: above.sort(largestExcess).slice(0, maxAboveBill) } : {}),
    cells: null
  }
}

export const noCounts = { expected: 0, complete: 0, partial: 0, unavailable: 0, notApplicable: 0 }

export const noCoverage: Coverage = { ...noCounts, byScan: {}, gaps: [] }

/** The counts of outcomes by status, without what they are about. */
export type StatusCounts = Omit<Coverage, "byScan" | "gaps">

export const addCounts = (a: StatusCounts, b: StatusCounts): StatusCounts => ({
  expected: a.expected + b.expected,
  complete: a.complete + b.complete,
  partial: a.partial + b.partial,
  unavailable: a.unavailable + b.unavailable,
  notApplicable: a.notApplicable + b.notApplicable
})

/** The earlier of two ISO instants; null is none. */
export const earlier = (a: string | null, b: string | null): string | null =>
  a === null || (b !== null && b < a) ? b : a

export const noScanCoverage: ScanCoverage = { ...noCounts, oldest: null }

const addScans = (a: ScanCoverage, b: ScanCoverage): ScanCoverage => ({
  ...addCounts(a, b),
  oldest: earlier(a.oldest, b.oldest)
})

type Gap = Coverage["gaps"][number]

/** Gaps beyond this number are added up by their code, and of a gap's accounts and operations only so many are named. */
export const maxGaps = 60
export const maxNamed = 20
const maxMessageLength = 300

/** The operation stands beside the message, so that one sentence serves for all that failed alike. */
const messageOf = (reason: OutcomeReason): string => sayingOf(reason).slice(0, maxMessageLength)

/** Policies of an organisation or a network that shut out whatever they do not allow. */
const closing = new Set<OutcomeReason["code"]>(["denied_by_scp", "denied_by_rcp", "denied_by_endpoint_policy"])

/**
 * Gaps with the same key are one. A policy that shuts a region out denies every operation there, so operations do not tell
 * such gaps apart; where no operation failed, the words do, without their numbers.
 */
const gapKey = (reason: OutcomeReason): string =>
  closing.has(reason.code)
    ? reason.code
    : reason.operations === undefined || reason.operations.length === 0
      ? `${reason.code}|${reason.message.replace(/\d[\d.,]*/g, "#")}`
      : `${reason.code}|${reason.operations.toSorted().join(" ")}`

const union = (a: ReadonlyArray<string>, b: ReadonlyArray<string>): ReadonlyArray<string> =>
  [...new Set([...a, ...b])].sort()

const join = (a: Gap, b: Gap): Gap => {
  const accounts = union(a.accounts, b.accounts)
  const operations = union(a.reason.operations ?? [], b.reason.operations ?? []).slice(0, maxNamed)
  // The same sentence whichever comes first.
  const message = a.reason.message < b.reason.message ? a.reason.message : b.reason.message
  return {
    reason: { code: a.reason.code, message, ...(operations.length > 0 ? { operations } : {}) },
    outcomes: a.outcomes + b.outcomes,
    accounts: accounts.slice(0, maxNamed),
    moreAccounts: a.moreAccounts + b.moreAccounts + Math.max(0, accounts.length - maxNamed),
    regions: union(a.regions, b.regions),
    scans: union(a.scans, b.scans)
  }
}

const severalCauses = "for several different reasons"

const withoutCause = (gap: Gap): Gap => ({ ...gap, reason: { code: gap.reason.code, message: severalCauses } })

const largestFirst = (a: Gap, b: Gap): number =>
  b.outcomes - a.outcomes || (gapKey(a.reason) < gapKey(b.reason) ? -1 : 1)

/** At most `maxGaps` gaps: the smallest are joined with those of the same code. */
const bounded = (gaps: Iterable<Gap>): ReadonlyArray<Gap> => {
  const sorted = [...gaps].sort(largestFirst)
  if (sorted.length <= maxGaps) return sorted
  const kept = maxGaps - OutcomeReason.fields.code.literals.length
  const rest = new Map<string, Gap>()
  for (const gap of sorted.slice(kept)) {
    const before = rest.get(gap.reason.code)
    rest.set(gap.reason.code, before === undefined ? gap : join(withoutCause(before), withoutCause(gap)))
  }
  return [...sorted.slice(0, kept), ...rest.values()].sort(largestFirst)
}

/**
 * Gaps of the same places with the same explanation as one, with all that failed there: a policy that closes a resource to every
 * call is one thing to mend. The largest first.
 */
export const gapsTogether = (gaps: Coverage["gaps"]): Coverage["gaps"] =>
  [
    ...Map.groupBy(gaps, ({ accounts, moreAccounts, reason, regions }) =>
      [reason.code, reason.message, accounts.join(), moreAccounts, regions.join()].join("|")
    ).values()
  ]
    .map((same) =>
      same.reduce((a, b) => {
        const operations = union(a.reason.operations ?? [], b.reason.operations ?? [])
        return {
          ...a,
          reason: { ...a.reason, ...(operations.length > 0 ? { operations } : {}) },
          outcomes: a.outcomes + b.outcomes,
          scans: union(a.scans, b.scans)
        }
      })
    )
    .sort((a, b) => b.outcomes - a.outcomes)

/**
 * Where gaps are, by the code of their reason: in which regions and scans, and in which of those accounts that are named. What was denied
 * is a place of its own; what was throttled or not reached is another operation every night.
 */
const placesOf = ({ accounts, reason: { code, operations = [] }, regions, scans }: Gap) => {
  const of = (names: ReadonlyArray<string>) => {
    const places = names.map((name) => `${code}|${name}`)
    return { places, ofAccounts: accounts.flatMap((account) => places.map((place) => `${place}|${account}`)) }
  }
  const denied = code.startsWith("denied_") ? operations : []
  return {
    code,
    ...of([...regions, ...scans]),
    denied: of(regions.flatMap((region) => denied.map((operation) => `${operation} in ${region}`)))
  }
}

/**
 * Whether gaps are somewhere that those of another night were not, or for a reason of another code, or another operation is denied there. An
 * account is new only where that night named all that it had of that code, and so is an operation.
 */
export const hasGapsElsewhere = (gaps: Coverage["gaps"], before: Coverage["gaps"]): boolean => {
  const known = new Set(
    before
      .map(placesOf)
      .flatMap((all) => [all, all.denied])
      .flatMap(({ ofAccounts, places }) => [...places, ...ofAccounts])
  )
  const codesOf = (isCut: (gap: Gap) => boolean) => new Set(before.filter(isCut).map(({ reason }) => reason.code))
  const unnamed = codesOf(({ moreAccounts }) => moreAccounts > 0)
  const unnamedOperations = codesOf(({ reason: { operations = [] } }) => operations.length >= maxNamed)
  return gaps
    .map(placesOf)
    .some((all) =>
      (unnamedOperations.has(all.code) ? [all] : [all, all.denied])
        .flatMap(({ ofAccounts, places }) => [...places, ...(unnamed.has(all.code) ? [] : ofAccounts)])
        .some((place) => !known.has(place))
    )
}

/** Adds coverages of different accounts. A gap that hits many scopes and scans is named once. */
export const addCoverage = (a: Coverage, b: Coverage): Coverage => {
  const gaps = new Map(a.gaps.map((gap) => [gapKey(gap.reason), gap]))
  for (const gap of b.gaps) {
    const key = gapKey(gap.reason)
    const before = gaps.get(key)
    gaps.set(key, before === undefined ? gap : join(before, gap))
  }
  return {
    ...addCounts(a, b),
    byScan: merge(a.byScan, b.byScan, addScans),
    gaps: bounded(gaps.values())
  }
}

/** The coverage that outcomes make. */
export const coverageOf = (outcomes: Iterable<Outcome>): Coverage => {
  const sum = { ...noCounts }
  const byScan = new Map<string, { -readonly [K in keyof ScanCoverage]: ScanCoverage[K] }>()
  const gaps = new Map<string, Gap & { readonly places: Record<"accounts" | "regions" | "scans", Set<string>> }>()
  for (const { account, lastComplete, reason, region, scan, status } of outcomes) {
    const counts = byScan.get(scan) ?? { ...noScanCoverage }
    byScan.set(scan, counts)
    for (const count of [sum, counts]) {
      count.expected += 1
      count[status === "not_applicable" ? "notApplicable" : status] += 1
    }
    if (status !== "not_applicable") counts.oldest = earlier(counts.oldest, lastComplete)
    // What does not apply to a scope is no gap.
    if (reason === null || status === "not_applicable") continue
    const { code, operations = [] } = reason
    const named = operations.toSorted().slice(0, maxNamed)
    const cause: OutcomeReason = {
      code,
      message: messageOf(reason),
      ...(named.length > 0 ? { operations: named } : {})
    }
    const gap: Gap = { reason: cause, outcomes: 1, accounts: [], moreAccounts: 0, regions: [], scans: [] }
    const key = gapKey(cause)
    const before = gaps.get(key)
    const places = before?.places ?? { accounts: new Set(), regions: new Set(), scans: new Set() }
    places.accounts.add(account)
    places.regions.add(region)
    places.scans.add(scan)
    gaps.set(key, { ...(before === undefined ? gap : join(before, gap)), places })
  }
  return {
    ...sum,
    byScan: Object.fromEntries(byScan),
    gaps: bounded(
      [...gaps.values()].map(({ outcomes, places, reason }): Gap => {
        const accounts = [...places.accounts].sort()
        return {
          reason,
          outcomes,
          accounts: accounts.slice(0, maxNamed),
          moreAccounts: Math.max(0, accounts.length - maxNamed),
          regions: [...places.regions].sort(),
          scans: [...places.scans].sort()
        }
      })
    )
  }
}

/** Adds the outcomes of an account to a coverage of others. */
export const addOutcomes = (coverage: Coverage, outcomes: Iterable<Outcome>): Coverage =>
  addCoverage(coverage, coverageOf(outcomes))

export const noSummary: RunSummary = { totals: noTotals, changes: noChanges, coverage: noCoverage, cost: noCost }

/** The summary of several accounts, of which each is in one of the two. */
export const addSummaries = (a: RunSummary, b: RunSummary): RunSummary => ({
  totals: addTotals(a.totals, b.totals),
  changes: addChanges(a.changes, b.changes),
  coverage: addCoverage(a.coverage, b.coverage),
  cost: addCosts(a.cost, b.cost)
})
