/** Makes the page's content of the store, in one pass over the findings: what is kept of a hundred thousand fits in memory. */
import { dayOrInstant } from "../core/format.ts"
import { gzipSync } from "node:zlib"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { catalogue } from "../audit/catalogue.ts"
import { claimantOf, claimKeys } from "../core/finding/claims.ts"
import type { Finding, SavingsBasis } from "../core/finding/Finding.ts"
import { noteOf } from "../core/finding/savings.ts"
import { monthlyUsdOf } from "../core/finding/lifecycle.ts"
import { priceCaveat } from "../core/pricing/priceCaveat.ts"
import { type Amount, amountOf, type Growing, plus } from "../core/run/Changes.ts"
import type { Coverage, Run } from "../core/run/Run.ts"
import type { Realised } from "../core/run/realised.ts"
import type { StoredReport } from "../core/run/Report.ts"
import { gapsTogether, pricingSums } from "../core/run/totals.ts"
import { allAccounts } from "../core/run/Rollup.ts"
import { everyRegion, globalRegion, payerRegion, regionText } from "../core/Scope.ts"
import { centsOf, severities } from "../core/store/query.ts"
import { ownerOf, Store, type StoreError } from "../core/store/Store.ts"
import { boundedLine, ownerText } from "../core/text.ts"
import { isoDay, millisPerDay, startOfUtcMonth } from "../core/time.ts"
import { pricingLine } from "../core/run/pricingLine.ts"
import { accountNames } from "../query/accountNames.ts"
import { billOf, billScan } from "../query/bill.ts"
import { largestChanged } from "../query/changedFindings.ts"
import { coverage as coverageOf } from "../query/coverage.ts"
import { seenFindings } from "../query/findingsOf.ts"
import { realised } from "../query/realised.ts"
import { newestNight, runBefore, runs } from "../query/runs.ts"
import { type Span, spanBetween } from "../query/span.ts"
import { openOf, otherClaimsOf, setAsideOf, sumChanges } from "../query/sumChanges.ts"
import { aboveBillLine } from "../query/totals.ts"
import { helpFor } from "./help.ts"
import {
  type BreakdownRow,
  type Detail,
  type Facet,
  facets,
  type FirstRow,
  isCounted,
  isUncounted,
  isUnsettled,
  type Listed,
  listed,
  type PageReport,
  type Rows,
  type ScanText,
  type Standing,
  standings,
  type Summary
} from "./Model.ts"
import { trendBars } from "./trendBars.ts"

/** How much a page holds. What is beyond is the smallest, and the page says that it is left out. */
export interface Limits {
  /** Chromium and Firefox draw no taller element than this many rows need, also on a narrow screen. */
  readonly rows: number
  /** Findings that can be explained in the page; of the others it names the command that does. */
  readonly details: number
}

export const standardLimits: Limits = { rows: 200_000, details: 100_000 }

/** The content of a page. Details are compressed as they are made, because they are most of it. */
export interface ReportContent {
  readonly summary: Summary
  readonly rows: Rows
  /** Details, `chunkSize` findings each, as JSON in gzip. */
  readonly chunks: ReadonlyArray<Uint8Array>
}

/** Findings whose details are packed together: a drawer unpacks one pack. */
const chunkSize = 500
/** Values of a facet that the breakdown lists. */
const mostValues = 200
const mostFirst = 40
const mostNotices = 50
const mostCameBack = 9
const mostAccounts = 100
const mostGroups = 60
const mostReportRows = 60
/** Tables of days, each of which is a chart, of one scan. */
const mostDaily = 6
/** Findings whose events are asked for one by one. */
const mostHistories = 2000

/** Level 9 takes three times as long for two percent. */
const packed = (value: unknown): Uint8Array => gzipSync(JSON.stringify(value), { level: 6 })

export const standingOf = ({ confirmed, kind, savings, status }: Finding): Standing =>
  status !== "open"
    ? "aside"
    : kind !== "money"
      ? kind
      : savings?.claim === "commitment"
        ? "commitment"
        : confirmed
          ? "confirmed"
          : "unconfirmed"

/** Values that are kept once, in the order in which they come. */
const register = () => {
  const places = new Map<string, number>()
  return {
    values: () => [...places.keys()],
    placeOf: (value: string): number => {
      const known = places.get(value)
      if (known !== undefined) return known
      places.set(value, places.size)
      return places.size - 1
    }
  }
}

const scanTexts = new Map(
  catalogue.map(({ category, docs, fix, name, reasons, title, why }): readonly [string, ScanText] => [
    name,
    {
      title,
      category,
      why,
      fix,
      docs: docs.startsWith("https://docs.aws.amazon.com/") ? docs : "",
      reasons: Object.fromEntries(reasons.map(({ name, text }) => [name, text]))
    }
  ])
)

const detailOf = (finding: Finding, history: Detail["history"], now: Date): Detail => {
  const { confidence, evidence, reasons, resource, savings } = finding
  return {
    arn: boundedLine(resource.arn, 1024),
    type: resource.type,
    createdAt: resource.createdAt,
    tags: Object.fromEntries(
      Object.entries(resource.tags).map(([key, value]) => [boundedLine(key, 128), boundedLine(value, 256)])
    ),
    reasons,
    confidence,
    source: savings?.source ?? null,
    claim: savings?.claim ?? null,
    terms: (savings?.terms ?? []).map(({ label, monthlyUsd, price, quantity, unit }) => ({
      label: boundedLine(label, 160),
      quantity,
      unit,
      usd: price.usd,
      per: price.unit,
      monthlyUsd,
      source: boundedLine(`${price.source}, ${price.asOf}, ${price.confidence}, ${price.region}`, 300),
      caveat: priceCaveat(price, now) ?? ""
    })),
    note: boundedLine(noteOf(finding), 1024),
    evidence: Object.fromEntries(
      Object.entries(evidence).map(([key, value]) => [
        boundedLine(key, 128),
        typeof value === "string"
          ? boundedLine(value, 1024)
          : Array.isArray(value)
            ? value.slice(0, 100).map((one) => boundedLine(one, 256))
            : value
      ])
    ),
    history
  }
}

/** What the finding itself knows of its life, in the words of events. */
const datesOf = ({ confirmed, firstSeen, lastSeen, openSince, setAside, status }: Finding): Detail["history"] => [
  { at: firstSeen, what: "opened", detail: "" },
  ...(openSince === firstSeen ? [] : [{ at: openSince, what: "reopened", detail: "" }]),
  ...(setAside === null ? [] : [{ at: setAside.at, what: status, detail: setAsideText(setAside) }]),
  { at: lastSeen, what: "last seen", detail: confirmed ? "" : "not yet seen long enough to be confirmed" }
]

const setAsideText = ({ author, reason, until, untilMonthlyUsd }: NonNullable<Finding["setAside"]>): string => {
  const limits = [
    ...(until === null ? [] : [`until ${dayOrInstant(until)}`]),
    ...(untilMonthlyUsd === null ? [] : [`above $${untilMonthlyUsd.toFixed(2)} a month`])
  ]
  return boundedLine(`${author}${limits.length === 0 ? "" : `, ${limits.join(" or ")}`}: ${reason}`, 700)
}

/** The events of a finding, where it has more of them than that it was opened. */
const historyOf = Effect.fnUntraced(function* (
  finding: Finding
): Effect.fn.Return<Detail["history"], StoreError, Store> {
  const store = yield* Store
  const events = yield* store.history(finding.id)
  if (events.length === 0) return datesOf(finding)
  return [
    ...events.map(({ at, detail, type }) => ({ at, what: type, detail: boundedLine(detail, 300) })),
    ...datesOf(finding).slice(-1)
  ]
})

const hasChanged = ({ firstSeen, lastChanged }: Finding): boolean => lastChanged !== firstSeen

/** Goes through findings once, and keeps of them what the page needs. */
const gatherer = (limits: Limits) => {
  const registers = Object.fromEntries(listed.map((name) => [name, register()])) as Record<
    Listed,
    ReturnType<typeof register>
  >
  const at = Object.fromEntries(listed.map((name) => [name, [] as Array<number>])) as Record<Listed, Array<number>>
  const columns = {
    standing: [] as Array<number>,
    counts: [] as Array<number>,
    cents: [] as Array<number>,
    since: [] as Array<number>,
    id: [] as Array<string>,
    name: [] as Array<string>,
    resource: [] as Array<string>
  }
  const sums = Object.fromEntries(standings.map((one) => [one, { findings: 0, cents: 0 }])) as Record<Standing, Growing>
  const basis: Record<SavingsBasis, number> = { exact: 0, estimate: 0, upper_bound: 0, none: 0 }
  const by = Object.fromEntries(
    facets.map((facet) => [facet, new Map<string, { confirmed: number; unconfirmed: number; findings: number }>()])
  ) as Record<Facet, Map<string, { confirmed: number; unconfirmed: number; findings: number }>>
  const pricing = pricingSums()
  const hygiene = new Map<
    string,
    { -readonly [Key in keyof Summary["hygiene"][number]]: Summary["hygiene"][number][Key] }
  >()
  const notices: Array<Summary["notices"][number]> = []
  const first: Array<FirstRow> = []
  /** Which finding counts the money of a resource, and which ones wait for their winner: who has none is not settled. */
  const counting = new Map<string, number>()
  /** Dollars that somebody has set aside, whatever of the findings about them. */
  const setAside = new Set<string>()
  const waiting: Array<{ readonly place: number; readonly cents: number; readonly keys: ReadonlyArray<string> }> = []
  let size = 0
  let rows = 0

  const add = (finding: Finding): void => {
    const { category, kind, region, resource, savings, scan, severity } = finding
    const account = finding.account
    const standing = standingOf(finding)
    const cents = centsOf(monthlyUsdOf(finding))
    const keys = kind === "money" ? claimKeys(finding) : []
    // Settle chooses among open claims alone; of those that are set aside, twins of one recommendation too, the largest counts.
    const counts =
      standing === "aside" ? cents > 0 && !keys.some((key) => setAside.has(key)) : savings?.counted === true
    const isWaste = standing === "confirmed" || standing === "unconfirmed"
    const [reason] = finding.reasons
    const values: Record<Listed, string> = {
      category,
      account,
      region,
      service: resource.service,
      owner: ownerText(ownerOf(finding) ?? ""),
      scan,
      severity,
      reason,
      basis: savings?.basis ?? "none"
    }
    const place = size
    size += 1
    const sum = sums[standing]
    sum.findings += 1
    sum.cents += (isWaste || standing === "aside") && !counts ? 0 : cents
    if (standing === "aside") for (const key of keys) setAside.add(key)
    else if (counts) for (const key of keys) counting.set(key, place)
    else if (isWaste && cents > 0) waiting.push({ place, cents, keys })
    if (standing === "confirmed" && counts) basis[savings?.basis ?? "none"] += cents
    const claimed = isWaste && counts ? claimantOf(finding).savings : null
    if (claimed !== null) pricing.add(claimed)
    if (isWaste) {
      for (const facet of facets) {
        const row = by[facet].get(values[facet]) ?? { confirmed: 0, unconfirmed: 0, findings: 0 }
        if (counts) row[standing] += cents
        row.findings += 1
        by[facet].set(values[facet], row)
      }
    }
    const name = boundedLine(resource.name === "" ? resource.id : resource.name, 120)
    if (standing === "hygiene") {
      const key = `${scan}\n${reason}`
      const row = hygiene.get(key) ?? { scan, reason, severity, findings: 0 }
      row.findings += 1
      if (severities.indexOf(severity) < severities.indexOf(row.severity)) row.severity = severity
      hygiene.set(key, row)
    }
    if (kind === "notice" && standing === "notice" && notices.length < mostNotices)
      notices.push({ at: place, scan, name, reason, severity })
    if (isWaste && counts && cents > 0 && first.length < mostFirst)
      first.push({
        at: place,
        scan,
        reason,
        name,
        account,
        region,
        owner: values.owner,
        cents,
        basis: savings?.basis ?? "none",
        standing
      })
    if (place >= limits.rows) return
    rows += 1
    for (const one of listed) at[one].push(registers[one].placeOf(values[one]))
    columns.standing.push(standings.indexOf(standing))
    columns.counts.push(counts ? isCounted : isUncounted)
    columns.cents.push(cents)
    columns.since.push(Math.floor(Date.parse(finding.openSince) / millisPerDay))
    columns.id.push(finding.id)
    columns.name.push(resource.name === resource.id ? "" : boundedLine(resource.name, 120))
    columns.resource.push(boundedLine(resource.id, 160))
  }

  const settled = () => {
    const [overlapping, unsettled]: [Growing, Growing] = [
      { findings: 0, cents: 0 },
      { findings: 0, cents: 0 }
    ]
    const overlaps: Array<Rows["overlaps"][number]> = []
    const counts = [...columns.counts]
    for (const { cents, keys, place } of waiting) {
      const winner = keys.map((key) => counting.get(key)).find((one) => one !== undefined)
      const sum = winner === undefined ? unsettled : overlapping
      sum.findings += 1
      sum.cents += cents
      if (place >= rows) continue
      if (winner === undefined) counts[place] = isUnsettled
      else if (winner < rows) overlaps.push([place, winner])
    }
    return { counts, overlaps, overlapping: amountOf(overlapping), unsettled: amountOf(unsettled) }
  }

  return {
    add,
    get size() {
      return size
    },
    answer: () => {
      const { counts, overlapping, overlaps, unsettled } = settled()
      const ranked = (facet: Facet): ReadonlyArray<BreakdownRow> =>
        [...by[facet]]
          .map(([value, row]) => ({ value, ...row }))
          .sort((a, b) => b.confirmed - a.confirmed || b.unconfirmed - a.unconfirmed || (a.value < b.value ? -1 : 1))
      const each = <A>(of: (facet: Facet) => A) =>
        Object.fromEntries(facets.map((facet) => [facet, of(facet)])) as Record<Facet, A>
      const page: Rows = {
        n: rows,
        values: Object.fromEntries(listed.map((one) => [one, registers[one].values()])) as unknown as Rows["values"],
        at,
        ...columns,
        counts,
        overlaps
      }
      const summed = {
        standings: Object.fromEntries(standings.map((one) => [one, amountOf(sums[one])])) as Record<Standing, Amount>,
        overlapping,
        unsettled,
        basis: Object.fromEntries(
          Object.entries(basis).map(([name, cents]) => [name, cents / 100])
        ) as Summary["basis"],
        by: each((facet) => ranked(facet).slice(0, mostValues)),
        moreBy: each((facet) => Math.max(0, by[facet].size - mostValues)),
        pricing: pricingLine(pricing.answer()),
        first,
        notices,
        hygiene: [...hygiene.values()].sort(
          (a, b) => severities.indexOf(a.severity) - severities.indexOf(b.severity) || b.findings - a.findings
        ),
        findings: size,
        leftOut: { rows: size - rows, details: Math.max(0, rows - limits.details) }
      }
      return { rows: page, sums: summed }
    }
  }
}

/** Outcomes by account and category, from what each account came to or from its scopes where it is not settled. */
const matrixOf = Effect.fnUntraced(function* (
  run: Run
): Effect.fn.Return<Pick<Summary["coverage"], "matrix" | "moreAccounts">, StoreError, Store> {
  const store = yield* Store
  const accounts = [...new Set([...run.plan.payers, ...run.plan.accounts.map(({ id }) => id)])]
  const shown = accounts.slice(0, mostAccounts)
  const settled = new Map(
    (yield* store.accountSummaries(run.id, shown)).map(({ account, summary }) => [account, summary.coverage])
  )
  const matrix = shown.map((account) => {
    const cells: Record<string, [number, number, number]> = {}
    for (const [scan, made] of Object.entries(settled.get(account)?.byScan ?? {})) {
      const cell = (cells[scanTexts.get(scan)?.category ?? "other"] ??= [0, 0, 0])
      // As in the headline: what does not apply is neither seen nor missing.
      cell[0] += made.complete
      cell[1] += made.partial
      cell[2] += made.unavailable
    }
    return { account, cells }
  })
  return { matrix, moreAccounts: accounts.length - shown.length }
})

const gapsOf = ({ gaps }: Pick<Coverage, "gaps">): Summary["coverage"]["gaps"] =>
  gapsTogether(gaps).map(({ accounts, moreAccounts, outcomes, reason, regions, scans }) => ({
    message: boundedLine(reason.message, 400),
    help: helpFor[reason.code],
    code: reason.code,
    operations: (reason.operations ?? []).toSorted(),
    outcomes,
    accounts,
    moreAccounts,
    regions,
    scans: scans.length
  }))

/** The tables that the run made, in the order of its scans. */
const reportsOf = Effect.fnUntraced(function* (
  run: Run
): Effect.fn.Return<ReadonlyArray<ReadonlyArray<StoredReport>>, StoreError, Store> {
  const store = yield* Store
  const made = catalogue.filter(
    ({ kind, name }) => kind !== "finding" && run.plan.scans.some((scan) => scan.name === name)
  )
  // The bill is what the others are parts of.
  made.sort((a, b) => Number(b.name === billScan) - Number(a.name === billScan))
  const found = yield* Effect.forEach(made, ({ name }) => store.reports(name), { concurrency: 8 })
  return found.map((reports) => reports.filter(({ runId }) => runId === run.id)).filter((reports) => reports.length > 0)
})

const isByDay = ({ report: { columns } }: StoredReport): boolean => columns[0]?.kind === "day"

type ReportRow = PageReport["rows"][number]

const shownReport = (
  { account, report: { columns, notes, title }, scan }: StoredReport,
  rows: ReadonlyArray<ReportRow>,
  moreRows: number
): PageReport => ({
  scan,
  account,
  title,
  columns,
  rows: rows.map((row) =>
    Object.fromEntries(
      Object.entries(row).map(([key, cell]) => [key, typeof cell === "string" ? boundedLine(cell, 160) : cell])
    )
  ),
  notes: notes.map((note) => boundedLine(note, 400)),
  moreRows
})

/**
 * The tables of one scan as a page lists them. Those of days stay apart, because each is a chart, and end with the newest, which are
 * the days of interest. Others are one table whatever the number of places: first what each begins with, which says most.
 */
const shownReports = (
  reports: ReadonlyArray<StoredReport>,
  nameOf: (account: string) => string
): ReadonlyArray<PageReport> => {
  const [first, ...others] = reports
  if (first === undefined) return []
  if (isByDay(first))
    return reports
      .slice(0, mostDaily)
      .map((one) =>
        shownReport(one, one.report.rows.slice(-mostReportRows), Math.max(0, one.report.rows.length - mostReportRows))
      )
  const left = (rows: number) => Math.max(0, rows - mostReportRows)
  if (others.length === 0)
    return [shownReport(first, first.report.rows.slice(0, mostReportRows), left(first.report.rows.length))]
  const places = [
    { key: "inAccount", title: "Account", kind: "text", of: ({ account }: StoredReport) => nameOf(account) },
    { key: "inRegion", title: "Region", kind: "text", of: ({ region }: StoredReport) => regionText(region) }
  ] as const
  const named = places.filter(({ of }) => new Set(reports.map(of)).size > 1)
  const rows = reports
    .flatMap((one) =>
      one.report.rows.map((row, rank) => ({
        rank,
        row: { ...Object.fromEntries(named.map(({ key, of }) => [key, of(one)])), ...row }
      }))
    )
    .sort((a, b) => a.rank - b.rank)
  const shown = shownReport(
    first,
    rows.slice(0, mostReportRows).map(({ row }) => row),
    left(rows.length)
  )
  return [
    {
      ...shown,
      account: null,
      columns: [...named.map(({ key, kind, title }) => ({ key, title, kind })), ...shown.columns],
      notes: [...new Set(reports.flatMap(({ report }) => report.notes))].map((note) => {
        const of = reports.filter(({ report }) => report.notes.includes(note)).length
        return boundedLine(of === reports.length ? note : `In ${of} of ${reports.length} places: ${note}`, 400)
      })
    }
  ]
}

/** What came back since the night before the run, the largest first. */
const cameBackIn = Effect.fnUntraced(function* (span: Span): Effect.fn.Return<Summary["cameBack"], StoreError, Store> {
  const { changes } = yield* largestChanged(span, { kinds: ["money"], statuses: ["open"] }, mostCameBack, ["reopened"])
  return changes.flatMap(({ finding }) => {
    if (finding === null) return []
    const { account, id, reasons, region, resource, savings, scan } = finding
    return [
      {
        id,
        scan,
        reason: reasons[0],
        name: boundedLine(resource.name === "" ? resource.id : resource.name, 120),
        account,
        region,
        owner: ownerText(ownerOf(finding) ?? ""),
        cents: centsOf(monthlyUsdOf(finding)),
        basis: savings?.basis ?? "none",
        standing: standingOf(finding)
      }
    ]
  })
})

/** What changed about the sums since the night before the run, up to now: the page shows findings as they are now. */
const changesOf = Effect.fnUntraced(function* (
  run: Run,
  now: Pick<Summary["standings"], "confirmed" | "unconfirmed">
): Effect.fn.Return<Pick<Summary, "cameBack"> & { readonly changes: Summary["changes"] }, StoreError, Store> {
  const before = yield* newestNight(run)
  const span = yield* spanBetween(before, run, "now")
  const changes = yield* sumChanges(run, span, now)
  const { beside, ended, totals } = changes
  return {
    changes: {
      beside,
      ended,
      totals,
      setAside: setAsideOf(changes),
      otherClaims: otherClaimsOf(openOf(before), plus(now.confirmed, now.unconfirmed), changes)
    },
    cameBack: totals.reopened.findings === 0 ? [] : yield* cameBackIn(span)
  }
})

/** The groups of the newest months that a page lists. */
const shownOf = ({ groups, left, months }: Realised): NonNullable<Summary["realised"]> => ({
  months: months.slice(0, 13),
  groups: groups.slice(0, mostGroups),
  moreGroups: left + Math.max(0, groups.length - mostGroups)
})

const dayOf = (instant: string): string => instant.slice(0, 10)

/** What is wrong with the newest night, in a sentence; null where nothing is. */
const warningOf = (shown: Run | undefined, newest: Run | undefined): string | null => {
  if (newest === undefined) return "No night has been audited yet."
  const what =
    newest.status === "failed"
      ? "failed"
      : newest.status === "interrupted"
        ? "was cut off"
        : newest.status === "running"
          ? "has not come to its end"
          : undefined
  if (what === undefined || (!newest.plan.full && shown?.id !== newest.id)) return null
  const night = `The run of ${dayOf(newest.startedAt)} ${newest.startedAt.slice(11, 16)} UTC ${what}`
  return shown === undefined || shown.id === newest.id
    ? `${night}: what it has not come to is missing below, and what it has found since an account was summed up last is not in the sums.`
    : `${night}. Coverage, spend and cost below are of the night of ${dayOf(shown.startedAt)}; findings are as they were seen last.`
}

/** The content of the page about the newest night: its findings as they are now, and what the night saw, changed and cost. */
export const makeReport = Effect.fn("report.makeReport")(function* (
  limits: Limits = standardLimits
): Effect.fn.Return<ReportContent, StoreError, Store> {
  const store = yield* Store
  const now = new Date(yield* Clock.currentTimeMillis)
  const [newest] = (yield* runs(1)).items
  const run = (yield* newestNight()) ?? newest
  const names = yield* accountNames()

  const gathered = gatherer(limits)
  const chunks: Array<Uint8Array> = []
  let details: Array<Detail> = []
  let histories = 0
  const flush = () => {
    if (details.length > 0) chunks.push(packed(details))
    details = []
  }
  yield* Stream.runForEach(seenFindings({ statuses: ["open", "snoozed", "suppressed"] }), (finding) =>
    Effect.gen(function* () {
      const place = gathered.size
      gathered.add(finding)
      if (place >= Math.min(limits.rows, limits.details)) return
      const isAsked = hasChanged(finding) && histories < mostHistories
      if (isAsked) histories += 1
      details.push(detailOf(finding, isAsked ? yield* historyOf(finding) : datesOf(finding), now))
      if (details.length === chunkSize) flush()
    })
  )
  flush()

  const { rows, sums } = gathered.answer()
  const reports = run === undefined ? [] : yield* reportsOf(run)
  const compared = yield* realised()
  const coverage = run === undefined ? undefined : yield* coverageOf(run)
  const used = new Set([
    ...rows.values.scan,
    ...sums.hygiene.map(({ scan }) => scan),
    ...reports.flatMap((same) => same.map(({ scan }) => scan))
  ])
  const [all] = yield* store.rollups([allAccounts])
  const isFirstNight = run === undefined || (yield* runBefore(run.id)) === undefined
  const changed =
    run === undefined || run.summary === null || isFirstNight ? undefined : yield* changesOf(run, sums.standings)
  const fromDay = isoDay(startOfUtcMonth(now, -13))
  const summary: Summary = {
    run:
      run === undefined
        ? { id: "", status: "running", trigger: "manual", startedAt: now.toISOString(), finishedAt: null }
        : {
            id: run.id,
            status: run.status,
            trigger: run.trigger,
            startedAt: run.startedAt,
            finishedAt: run.finishedAt
          },
    opens: null,
    warning: warningOf(run, newest),
    ...sums,
    changes: changed?.changes ?? null,
    aboveBill: aboveBillLine(all?.aboveBill) ?? null,
    isFirstNight,
    bill: run === undefined ? null : billOf(run, reports.flat()),
    cameBack: changed?.cameBack ?? [],
    trend: trendBars(yield* store.trend(allAccounts, fromDay), run === undefined ? now : new Date(run.startedAt)),
    realised: compared === undefined ? null : shownOf(compared),
    coverage: {
      expected: coverage?.expected ?? 0,
      complete: coverage?.complete ?? 0,
      partial: coverage?.partial ?? 0,
      unavailable: coverage?.unavailable ?? 0,
      notApplicable: coverage?.notApplicable ?? 0,
      gaps: coverage === undefined ? [] : gapsOf(coverage),
      ...(run === undefined ? { matrix: [], moreAccounts: 0 } : yield* matrixOf(run))
    },
    reports: reports.flatMap((same) => shownReports(same, (account) => boundedLine(names.get(account) ?? account, 64))),
    moreReports: reports.reduce(
      (sum, same) => sum + (same.some(isByDay) ? Math.max(0, same.length - mostDaily) : 0),
      0
    ),
    cost: run?.summary?.cost ?? null,
    scans: Object.fromEntries(
      [...used].flatMap((name) => {
        const known = scanTexts.get(name)
        return known === undefined ? [] : [[name, known]]
      })
    ),
    accountNames: Object.fromEntries([...names].map(([id, name]) => [id, boundedLine(name, 64)])),
    regionNames: Object.fromEntries([everyRegion, globalRegion, payerRegion].map((one) => [one, regionText(one)])),
    chunkSize
  }
  return { summary, rows, chunks }
})
