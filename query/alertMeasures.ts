/** What alert rules measure: from what the night wrote and read. Nothing is read from AWS for it. */
import { cents } from "../core/round.ts"
import * as Effect from "effect/Effect"
import { inert } from "../core/alerts/Message.ts"
import type { MeasuredValue, RuleStates } from "../core/alerts/rules.ts"
import { isStart, overAt } from "../core/alerts/rules.ts"
import { startedAmount } from "../core/alerts/startAlarm.ts"
import { type AlertRule, isSpend } from "../core/config/alerts.ts"
import type { Finding } from "../core/finding/Finding.ts"
import { count, plural, usd } from "../core/format.ts"
import { closest } from "../core/config/suggest.ts"
import { accountBillName, type AccountSpend } from "../core/run/accountBill.ts"
import { knownServices, serviceCode, servicesNamed } from "../core/run/billedServices.ts"
import type { Started } from "../core/run/Started.ts"
import { chargesName, type EstimatedCharge } from "../core/run/estimatedCharges.ts"
import type { StoredReport } from "../core/run/Report.ts"
import type { Coverage, Run } from "../core/run/Run.ts"
import { wantsRegion } from "../core/run/inRun.ts"
import { wholeReading } from "../core/run/storedReading.ts"
import { globalRegion, payerRegion } from "../core/Scope.ts"
import { plus } from "../core/run/Changes.ts"
import { ownerOf, type Page, Store, type StoreError } from "../core/store/Store.ts"
import { daysBefore, isoDay, millisPerDay, startOfUtcMonth } from "../core/time.ts"
import type { NightChanges } from "./nightChanges.ts"
import { totals } from "./totals.ts"

/** Findings beyond one rule that are judged, the largest; that there are more is said. Each has a state of some 150 bytes. */
const maxFindings = 10_000

/** Findings that are read at a time. */
const findingsAtOnce = 1000

const unknown = (why: string): MeasuredValue => ({ key: "", value: null, why })

/** Usage and gross by day; known from `from` up to `to`, which is not in it, and a day in between without spend cost nothing. */
interface Days {
  readonly from: string
  readonly to: string
  readonly by: ReadonlyMap<string, { readonly usage: number; readonly gross: number }>
}

const trendScan = "get_daily_cost_trend"

const quoted = (text: string): string => `"${inert(text, 60)}"`

const nearest = (written: string, names: ReadonlyArray<string>): string => {
  const name = closest(written, names)
  return name === undefined ? "" : `; the nearest is ${quoted(name)}`
}

const isKnownService = (name: string): boolean => knownServices.includes(name)

/** The days of a report on the bill, or of one service or account in it; a text says why they are not known. */
const daysOf = (
  report: StoredReport,
  { account, service }: AlertRule,
  accounts: ReadonlyArray<string>
): Days | string => {
  const { columns, rows, spend } = report.report
  const to = isoDay(new Date(report.asOf))
  const gross = columns.find(({ key }) => key === "gross")
  if (gross?.kind !== "usd") return "the bill is not in USD"
  const by = new Map<string, { usage: number; gross: number }>()
  const add = (day: string, usage: number, gross: number) => {
    const before = by.get(day) ?? { usage: 0, gross: 0 }
    by.set(day, { usage: before.usage + usage, gross: before.gross + gross })
  }
  // Each payer of its own audit has its own bill; the one payer of an organisation has everybody's.
  const wanted =
    service === undefined && account !== undefined && spend?.by !== "account" ? undefined : (service ?? account)
  if (wanted === undefined) {
    for (const { day, gross, usage } of rows) {
      if (typeof day === "string") add(day, Number(usage ?? 0), Number(gross ?? 0))
    }
    return { from: [...by.keys()].sort()[0] ?? "~", to, by }
  }
  const dimension = service === undefined ? "account" : "service"
  if (spend?.by !== dimension) {
    return `the bill was read by ${spend?.by ?? "day only"}: settings.${trendScan}.groupBy decides`
  }
  const names = service === undefined ? [wanted] : servicesNamed(wanted)
  for (const { day, gross, key, usage } of spend.days) if (names.includes(key)) add(day, usage, gross)
  if (by.size === 0) {
    // What has cost nothing costs nothing, and what does not exist is not known.
    const onBill = [...new Set(spend.days.map(({ key }) => key))]
    const isKnown = service === undefined ? accounts.includes(wanted) : names.some((name) => isKnownService(name))
    if (!isKnown)
      return `the bill has no ${dimension} ${quoted(wanted)}${nearest(wanted, [...onBill, ...(service === undefined ? [] : knownServices)])}`
  }
  return { from: spend.days.map(({ day }) => day).sort()[0] ?? "~", to, by }
}

const addDays = (a: Days, b: Days): Days => {
  const by = new Map(a.by)
  for (const [day, more] of b.by) {
    const before = by.get(day) ?? { usage: 0, gross: 0 }
    by.set(day, { usage: before.usage + more.usage, gross: before.gross + more.gross })
  }
  return { from: a.from > b.from ? a.from : b.from, to: a.to < b.to ? a.to : b.to, by }
}

const dayAfter = (day: string, days: number): string =>
  isoDay(new Date(Date.parse(`${day}T00:00:00Z`) + days * millisPerDay))

const between = (from: string, to: string): ReadonlyArray<string> => {
  const days: Array<string> = []
  for (let day = from; day < to; day = dayAfter(day, 1)) days.push(day)
  return days
}

/** What the days come to by a rule's measure, as of an instant. Costs of the last two days are still coming in. */
export const spendOf = ({ measure }: AlertRule, { by, from, to }: Days, now: Date): MeasuredValue => {
  const today = isoDay(now)
  // Of older days it would also be told what had not come in yet.
  if (to < today) return unknown(`the bill is known up to ${dayAfter(to, -1)}, and not up to ${dayAfter(today, -1)}`)
  const monthStart = `${today.slice(0, 7)}-01`
  const settledTo = isoDay(daysBefore(now, 2))
  const sum = (days: ReadonlyArray<string>, of: "usage" | "gross") =>
    days.reduce((total, day) => total + (by.get(day)?.[of] ?? 0), 0)
  const tooShort = (since: string) => unknown(`the bill is known from ${from} on, and not from ${since}`)
  if (measure === "day_over_day_spend") {
    const [before, day] = [dayAfter(settledTo, -2), dayAfter(settledTo, -1)]
    if (from > before) return tooShort(before)
    const [earlier, later] = [sum([before], "usage"), sum([day], "usage")]
    return { key: "", value: cents(later - earlier), why: `usage of ${usd(later)} on ${day} after ${usd(earlier)}` }
  }
  const until = measure === "forecast_spend" ? settledTo : today
  const done = between(monthStart, until)
  if (done.length > 0 && from > monthStart) return tooShort(monthStart)
  const toDate = cents(sum(done, "gross"))
  if (measure === "month_to_date_spend") {
    // On the first there is nothing to judge, and a breach of last month is over on the second.
    if (done.length === 0) return unknown("no day of the month is over yet")
    return { key: "", value: toDate, why: `${plural(done.length, "day")} up to ${dayAfter(until, -1)}` }
  }
  const week = between(dayAfter(settledTo, -7), settledTo)
  if (from > (week[0] ?? from)) return tooShort(week[0] ?? from)
  // In cents, so that what is said comes to the value.
  const ofWeek = cents(sum(week, "usage"))
  const left = between(until < monthStart ? monthStart : until, isoDay(startOfUtcMonth(now, 1))).length
  return {
    key: "",
    value: cents(toDate + (left * ofWeek) / week.length),
    why: `${usd(toDate)} to date, and ${plural(left, "day")} at a seventh of the week's ${usd(ofWeek)}`
  }
}

const howToPublish =
  'AWS/Billing has no value of this month: choose "Receive CloudWatch billing alerts" in the billing preferences of the payer'

/**
 * The month to date as CloudWatch estimates it, for a bill that could not be read. On the first the newest value may be that of the month
 * before, and a value that is days old is of no help tonight. A text says why there is none.
 */
export const chargesOf = (
  { account, service }: Pick<AlertRule, "account" | "service">,
  charges: ReadonlyArray<EstimatedCharge>,
  now: Date
): EstimatedCharge | string => {
  const chargeOf = (name: string | null) =>
    charges.find((one) => one.account === (account ?? null) && one.service === name)
  const { code, isShared } = service === undefined ? { code: null, isShared: false } : serviceCode(service)
  const found = (service === undefined ? undefined : chargeOf(service)) ?? (isShared ? undefined : chargeOf(code))
  if (found === undefined && service !== undefined && charges.length > 0) {
    const names = charges.flatMap(({ service }) => service ?? [])
    return isShared
      ? `and AWS/Billing tells it only with other services, as ${code}`
      : `and AWS/Billing has no service ${quoted(service)}${nearest(service, names)}`
  }
  const isOfMonth = (day: string) => day > `${isoDay(now).slice(0, 7)}-01` && day >= isoDay(daysBefore(now, 2))
  return found !== undefined && isOfMonth(found.day) ? found : `and ${howToPublish}`
}

/**
 * What the charges of payers come to whose bill was not read. `knownTo` is the day up to which an older report knows the month: a charge
 * from before it would be a month to date that falls.
 */
const estimated = Effect.fnUntraced(function* (
  rule: AlertRule,
  run: Run,
  payers: ReadonlyArray<string>,
  why: string,
  knownTo: string | undefined
) {
  if (rule.measure !== "month_to_date_spend") return unknown(why)
  let sum = 0
  let oldest = "~"
  for (const payer of payers) {
    const scope = { account: payer, region: payerRegion }
    const charges = yield* wholeReading<ReadonlyArray<EstimatedCharge>>(run.id, scope, chargesName)
    if (charges === undefined) return unknown(why)
    // An account that pays for itself is the whole of its bill.
    const { account: _, ...whole } = rule
    const found = chargesOf(run.plan.payers.length > 1 ? whole : rule, charges, new Date(run.startedAt))
    if (typeof found === "string") return unknown(`${why}, ${found}`)
    sum += found.usd
    oldest = found.day < oldest ? found.day : oldest
  }
  if (knownTo !== undefined && oldest < knownTo) {
    return unknown(`${why}, and AWS/Billing has nothing after ${oldest}, which an earlier night knew more of`)
  }
  return {
    key: "",
    value: cents(sum),
    why: `AWS's estimate in AWS/Billing as of ${oldest}, which it updates several times a day; ${why}`
  }
})

/**
 * The month to date of an account or a service where the days of the bill were read by the other of the two: of both together a run knows
 * months. Where that is not known either, it is `why` that it is not.
 */
const usedSoFar = Effect.fnUntraced(function* (rule: AlertRule, run: Run, why: string) {
  const month = isoDay(new Date(run.startedAt)).slice(0, 7)
  const bills = yield* Effect.forEach(run.plan.payers, (account) =>
    wholeReading<ReadonlyArray<AccountSpend>>(run.id, { account, region: payerRegion }, accountBillName)
  )
  const rows = bills.flatMap((bill) => bill ?? [])
  const isOfMonth = ({ start }: AccountSpend) => start.startsWith(month)
  const services = rule.service === undefined ? undefined : servicesNamed(rule.service)
  const own = rows.filter(
    ({ account, service }) => (services?.includes(service) ?? true) && (rule.account ?? account) === account
  )
  const isKnown =
    rule.measure === "month_to_date_spend" &&
    bills.every((bill) => bill?.some(isOfMonth)) &&
    own.length > 0 &&
    own.every(({ currency }) => currency === "USD")
  if (!isKnown) return unknown(why)
  return {
    key: "",
    value: cents(own.filter(isOfMonth).reduce((sum, { amount }) => sum + amount, 0)),
    why: `amortized usage in ${month}, without fees and tax, of the bill by account and service`
  }
})

const spend = Effect.fnUntraced(function* (rule: AlertRule, run: Run) {
  const store = yield* Store
  const today = isoDay(new Date(run.startedAt))
  const known = (yield* store.reports(trendScan)).filter(({ asOf }) => isoDay(new Date(asOf)) <= today)
  // A report knows the days before its own. One of another day says nothing of tonight, whatever it is called.
  const reports = known.filter(({ asOf }) => isoDay(new Date(asOf)) === today)
  const { payers } = run.plan
  const wanted = rule.account !== undefined && payers.length > 1 ? payers.filter((id) => id === rule.account) : payers
  if (wanted.length === 0) return unknown("the bill was not read: no payer is known for it")
  const instead = (payer: string | undefined) => {
    const older = known
      .filter(({ account, asOf }) => wanted.includes(account) && asOf.startsWith(today.slice(0, 7)))
      .map(({ asOf }) => isoDay(new Date(asOf)))
    return estimated(rule, run, wanted, `the bill of ${payer} was not read in this night`, older.sort().at(-1))
  }
  if (
    rule.account !== undefined &&
    payers.length === 1 &&
    known.every(({ report }) => report.spend?.by !== "account")
  ) {
    return reports.length > 0
      ? yield* usedSoFar(rule, run, `the bill was not read by account: settings.${trendScan}.groupBy decides`)
      : yield* instead(payers[0])
  }
  let all: Days | undefined
  for (const payer of wanted) {
    const report = reports.find(({ account }) => account === payer)
    if (report === undefined) return yield* instead(payer)
    const days = daysOf(
      report,
      rule,
      run.plan.accounts.map(({ id }) => id)
    )
    if (typeof days === "string") return yield* usedSoFar(rule, run, days)
    all = all === undefined ? days : addDays(all, days)
  }
  return all === undefined ? unknown("the bill was not read") : spendOf(rule, all, new Date(run.startedAt))
})

/** The filter of a rule in the words of a search. */
const filterOf = ({ account, owner, region, service }: AlertRule) => ({
  ...(account === undefined ? {} : { accounts: [account] }),
  ...(region === undefined ? {} : { regions: [region] }),
  ...(service === undefined ? {} : { services: servicesNamed(service) }),
  ...(owner === undefined ? {} : { owner })
})

/** Why there is nothing that a rule on findings is narrowed to, so that its silence would say nothing; undefined where there is. */
const missingPlace = Effect.fnUntraced(function* ({ account, owner, region, service }: AlertRule, { plan }: Run) {
  const audited = [...plan.accounts.map(({ id }) => id), ...plan.payers]
  if (account !== undefined && !audited.includes(account)) return `account ${account} is not part of the audit`
  if (region !== undefined && region !== globalRegion && !wantsRegion(plan)(region)) {
    return `region ${region} is not part of the audit`
  }
  if (service !== undefined && !servicesNamed(service).some(isKnownService)) {
    const names = (yield* totals({ by: "service" })).rows.map(({ value }) => value)
    return servicesNamed(service).some((name) => names.includes(name))
      ? undefined
      : `no finding is about a service ${quoted(service)}${nearest(service, [...knownServices, ...names])}`
  }
  if (owner !== undefined && owner !== "") {
    const store = yield* Store
    let cursor: string | undefined
    do {
      // Resolved ones too: whoever has put everything in order is an owner all the same.
      const page: Page<Finding> = yield* store.findings({ owner, limit: 1, cursor })
      if (page.items.length > 0) return undefined
      cursor = page.cursor
    } while (cursor !== undefined)
    const names = (yield* totals({ by: "owner" })).rows.map(({ value }) => value)
    return `no finding was ever of an owner ${quoted(owner)}${nearest(owner, names)}`
  }
  return undefined
})

const newWaste = (rule: AlertRule, { before, read }: NightChanges): MeasuredValue => {
  const changed = read?.matching.get(rule.name)?.totals
  if (before === undefined || changed === undefined) return unknown("the first night has nothing to compare with")
  const { findings, monthlyUsd } = plus(changed.opened, changed.reopened)
  return { key: "", value: monthlyUsd, why: `${plural(findings, "finding")} new or back since the night before` }
}

/** Whether findings tell why a rule alerts. */
export const isWaste = ({ measure }: AlertRule): boolean => measure === "open_waste" || measure === "new_waste"

/** What rules on waste are about, by their names: of all of them the changes of a night are read once. */
export const wasteFilters = (rules: ReadonlyArray<AlertRule>) =>
  new Map(rules.filter(isWaste).map((rule) => [rule.name, wasteFilter(rule)]))

/** The findings that a rule on waste is about. */
export const wasteFilter = (rule: AlertRule) => ({
  kinds: ["money"] as const,
  ...filterOf(rule),
  ...(rule.measure === "open_waste" ? { confirmed: true } : {})
})

const openWaste = Effect.fnUntraced(function* (rule: AlertRule) {
  const { owner, ...filter } = filterOf(rule)
  const { asOf, unsettled, whole } = yield* totals({
    ...filter,
    ...(owner === undefined ? {} : { owners: [owner] }),
    by: "category"
  })
  if (asOf === null || unsettled.length > 0) return unknown("no night has summed it up yet")
  const { findings, monthlyUsd } = whole.confirmed
  const more = whole.unconfirmed.monthlyUsd
  return {
    key: "",
    value: monthlyUsd,
    why: `${plural(findings, "confirmed finding")}${more > 0 ? `; ${usd(more)} unconfirmed is not in it` : ""}`
  }
})

const ofFinding = (finding: Finding): MeasuredValue => ({
  key: finding.id,
  value: finding.status === "open" && finding.savings?.counted === true ? finding.savings.monthlyUsd : 0,
  why:
    finding.status === "open"
      ? // First what a cut line must not lose.
        `${finding.confirmed ? "confirmed" : "unconfirmed"}, ${finding.scan}: ${finding.reasons.map((reason) => reason.replaceAll("_", " ")).join(", ")}`
      : `${finding.scan}, ${finding.status}${finding.resolved === null ? "" : ` (${finding.resolved.reason})`}`,
  account: finding.account,
  service: finding.resource.service,
  place: `${finding.resource.name === "" ? finding.resource.id : finding.resource.name} in ${finding.region}`
})

const singleFindings = Effect.fnUntraced(function* (rule: AlertRule, states: RuleStates) {
  const store = yield* Store
  const measured: Array<MeasuredValue> = []
  let isCut = false
  let cursor: string | undefined
  do {
    const page: Page<Finding> = yield* store.findings({
      ...filterOf(rule),
      statuses: ["open"],
      kinds: ["money"],
      minMonthlyUsd: Math.max(0.01, overAt(rule)),
      limit: findingsAtOnce,
      cursor
    })
    const counted = page.items.filter(({ savings }) => savings?.counted === true).map(ofFinding)
    isCut = measured.length + counted.length > maxFindings
    measured.push(...counted.slice(0, maxFindings - measured.length))
    cursor = page.cursor
  } while (cursor !== undefined && !isCut)
  const seen = new Set(measured.map(({ key }) => key))
  const missing = Object.entries(states).flatMap(([id, { breached }]) => (breached && !seen.has(id) ? [id] : []))
  const others = yield* Effect.forEach(
    missing,
    (id) =>
      Effect.map(store.finding(id), (finding): MeasuredValue =>
        finding === undefined ? { key: id, value: 0, why: "no longer kept" } : ofFinding(finding)
      ),
    { concurrency: 16 }
  )
  const more = unknown(`more than ${count(maxFindings)} findings are that large, of which the largest are judged`)
  return [...measured, ...others, ...(isCut ? [more] : [])]
})

/** The share of what applies that was judged completely, in percent; undefined where nothing applies. */
export const coveragePercent = ({
  complete,
  expected,
  notApplicable
}: Pick<Coverage, "complete" | "expected" | "notApplicable">): number | undefined =>
  expected === notApplicable ? undefined : (complete / (expected - notApplicable)) * 100

const coverage = Effect.fnUntraced(function* ({ account }: AlertRule, run: Run) {
  const store = yield* Store
  const of = account === undefined ? run.summary : (yield* store.accountSummaries(run.id, [account]))[0]?.summary
  if (of === undefined || of === null) return unknown("the account is not part of the night")
  if (coveragePercent(of.coverage) === undefined) return unknown("no scan applies")
  const { complete, expected, notApplicable } = of.coverage
  return {
    key: "",
    // What is rounded up hides a gap.
    value: Math.floor((complete * 1000) / (expected - notApplicable)) / 10,
    why: `${count(complete)} of ${count(expected - notApplicable)} outcomes are complete`
  }
})

/** The values that a rule judges after a whole night; `states` are what it remembers, and `night` is read where a rule is on new waste. */
export const measure = Effect.fn("query.measure")(function* (
  rule: AlertRule,
  run: Run,
  states: RuleStates,
  night: Effect.Effect<NightChanges, StoreError, Store>
): Effect.fn.Return<ReadonlyArray<MeasuredValue>, StoreError, Store> {
  const about = {
    ...(rule.account === undefined ? {} : { account: rule.account }),
    ...(rule.service === undefined ? {} : { service: rule.service })
  }
  // What is started is told when it is.
  if (isStart(rule)) return []
  const isOfFindings = !isSpend(rule.measure) && rule.measure !== "coverage"
  const missing = isOfFindings ? yield* missingPlace(rule, run) : undefined
  if (rule.measure === "single_finding" && missing === undefined) return yield* singleFindings(rule, states)
  const one: MeasuredValue = isSpend(rule.measure)
    ? yield* spend(rule, run)
    : missing !== undefined
      ? unknown(missing)
      : rule.measure === "new_waste"
        ? newWaste(rule, yield* night)
        : rule.measure === "open_waste"
          ? yield* openWaste(rule)
          : rule.measure === "coverage"
            ? yield* coverage(rule, run)
            : run.summary === null
              ? unknown("the night has no summary")
              : {
                  key: "",
                  value: run.summary.cost.usd,
                  why: `${plural(run.summary.cost.totalCalls, "call")}, ${count(run.summary.cost.paidCalls)} of them paid`
                }
  return [{ ...one, ...about }]
})

const isIn = (
  { account, region, service }: AlertRule,
  place: { readonly account: string; readonly region: string; readonly service: string }
): boolean =>
  (account === undefined || account === place.account) &&
  (region === undefined || region === place.region) &&
  (service === undefined || servicesNamed(service).includes(place.service))

const ofStarted = (started: Started): MeasuredValue => ({
  key: started.id,
  value: started.monthlyUsd,
  why: `${started.what} in ${started.region}, ${startedAmount(started)}: ${started.event} by ${started.by === "" ? "an unknown caller" : started.by}`,
  account: started.account,
  service: started.service,
  started
})

/** The values that a rule judges after a micro-scan: what was started, and the findings of it that are new. */
export const measureStarted = (
  rule: AlertRule,
  started: ReadonlyArray<Started>,
  opened: ReadonlyArray<Finding>
): ReadonlyArray<MeasuredValue> =>
  isStart(rule)
    ? started.filter((one) => isIn(rule, one)).map(ofStarted)
    : rule.measure === "single_finding"
      ? opened
          .filter(
            (finding) =>
              isIn(rule, { ...finding, service: finding.resource.service }) &&
              (rule.owner === undefined || rule.owner === ownerOf(finding))
          )
          .map(ofFinding)
      : []
