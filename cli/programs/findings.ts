import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { hint } from "../../core/config/suggest.ts"
import { claimantOf } from "../../core/finding/claims.ts"
import type { Finding, FindingKind, FindingStatus, Severity } from "../../core/finding/Finding.ts"
import { addSums, noSums, sumsOf } from "../../core/run/totals.ts"
import type { Run } from "../../core/run/Run.ts"
import { everyRegion } from "../../core/Scope.ts"
import { kinds, severities } from "../../core/store/query.ts"
import { type FindingQuery, Store, type StoreError } from "../../core/store/Store.ts"
import { changedFindings, largestChanged } from "../../query/changedFindings.ts"
import type { FindingChange } from "../../query/compareRuns.ts"
import { instantOf } from "../../query/nights.ts"
import { seenFindings } from "../../query/findingsOf.ts"
import { newestNight, runs } from "../../query/runs.ts"
import { alone, type Span, spanSince } from "../../query/span.ts"
import { aboveBillIn, type Matched, search } from "../../query/search.ts"
import { catalogue } from "../../audit/catalogue.ts"
import { categories } from "../catalogue.ts"
import type { PlaceInput } from "../flags.ts"
import { withStore } from "../layers.ts"
import { coverageLine } from "../output/coverage.ts"
import { type Block, commands, type Document, heading, tableOf, text } from "../output/document.ts"
import { ago, count, instant, plural, usd, yearly } from "../../core/format.ts"
import { exported } from "../output/exports.ts"
import { type FindingFormat, type Format, isExport } from "../output/formats.ts"
import { jsonFields } from "../output/json.ts"
import { changeSheet, changeStream, findingSheet, findingStream, type Showing } from "../output/sheets.ts"
import { type Answer, show, writePieces } from "../output/show.ts"
import { aboveBillBlocks, sumsBlocks } from "../output/totals.ts"
import { Machine } from "../Machine.ts"
import { type Problem, unknownName, usageProblem } from "../Problem.ts"
import { Screen } from "../Screen.ts"
import { kindsLine, showingOf } from "./runResult.ts"
import { runNamed } from "./runNamed.ts"

export interface FindingsInput extends PlaceInput {
  readonly scans: ReadonlyArray<string>
  readonly categories: ReadonlyArray<string>
  readonly accounts: ReadonlyArray<string>
  readonly regions: ReadonlyArray<string>
  readonly services: ReadonlyArray<string>
  readonly severities: ReadonlyArray<string>
  readonly kinds: ReadonlyArray<string>
  readonly status: FindingStatus | "all" | undefined
  readonly owner: string | undefined
  readonly minUsd: number | undefined
  readonly confirmed: boolean
  readonly unconfirmed: boolean
  /** A day, an instant, or how long ago: `2026-11-20`, `7d`. */
  readonly since: string | undefined
  /** The run that changed them. */
  readonly run: string | undefined
  /** What the newest run changed. */
  readonly changed: boolean
  readonly limit: number | undefined
  readonly cursor: string | undefined
  readonly format: FindingFormat
}

/** What is asked for in a form of our own. */
type Listed = FindingsInput & { readonly format: Format }

/** A screen's table ends here; files have all that was found. */
const screenLimit = 50

const unknownNames = (kind: string, written: ReadonlyArray<string>, known: ReadonlyArray<string>) =>
  written.filter((name) => !known.includes(name)).map((name) => unknownName(kind, name, known))

const someOrAll = <A>(values: ReadonlyArray<A>): ReadonlyArray<A> | undefined =>
  values.length === 0 ? undefined : values

type Query = Omit<FindingQuery, "limit" | "cursor">

const isAboutChanges = ({ changed, run, since }: FindingsInput): boolean =>
  changed || run !== undefined || since !== undefined

// What changed may have ended; what is listed otherwise is what is to be done.
const statusesOf = (input: FindingsInput): ReadonlyArray<FindingStatus> | undefined => {
  const status = input.status ?? (isAboutChanges(input) ? "all" : "open")
  return status === "all" ? undefined : [status]
}

const queryOf = (input: FindingsInput): Query => ({
  statuses: statusesOf(input),
  kinds: someOrAll(input.kinds as ReadonlyArray<FindingKind>),
  scans: someOrAll(input.scans),
  categories: someOrAll(input.categories),
  accounts: someOrAll(input.accounts),
  regions: someOrAll(input.regions),
  services: someOrAll(input.services),
  severities: someOrAll(input.severities as ReadonlyArray<Severity>),
  owner: input.owner,
  confirmed: input.confirmed === input.unconfirmed ? undefined : input.confirmed,
  minMonthlyUsd: input.minUsd
})

// Nothing found is an answer. Nothing found in an account or region that nobody ever scanned is a mistake in its name.
const checkPlaces = Effect.fnUntraced(function* (input: FindingsInput, run: Run | undefined) {
  if (run === undefined) return
  const store = yield* Store
  const accounts = [...new Set([...run.plan.accounts.map(({ id }) => id), ...(yield* store.accountsWithFindings)])]
  const regions = new Set<string>()
  for (const { id } of run.plan.accounts) {
    for (const region of yield* store.regionsOf(id)) regions.add(region)
  }
  const uncovered = (kind: string, written: ReadonlyArray<string>, known: ReadonlyArray<string>) =>
    written
      .filter((name) => !known.includes(name))
      .map((name) => `No run covers the ${kind} ${JSON.stringify(name)}.${hint(name, known)}`)
  const problems = [
    ...uncovered("account", input.accounts, accounts),
    ...uncovered("region", input.regions, [...regions].filter((region) => region !== everyRegion).sort())
  ]
  if (problems.length > 0) return yield* usageProblem(...problems)
})

const runFreshness = (run: Run, now: number): string =>
  `As of run ${run.id}, ${instant(run.startedAt)} (${ago(run.startedAt, now)}, ${run.status})` +
  (run.summary === null ? "." : `: ${coverageLine(run.summary.coverage)}.`)

/** As of when the answer is, and which of the findings shown is known the longest ago. */
const freshness = (findings: ReadonlyArray<Finding>, run: Run | undefined, now: number): ReadonlyArray<string> => {
  if (run === undefined) return []
  const oldest = findings
    .filter(({ status }) => status !== "resolved")
    .reduce<Finding | undefined>(
      (old, finding) => (old === undefined || finding.lastSeen < old.lastSeen ? finding : old),
      undefined
    )
  return [
    runFreshness(run, now),
    ...(oldest === undefined || oldest.lastSeen >= run.startedAt
      ? []
      : [
          `The oldest of these was last seen ${instant(oldest.lastSeen)} (${ago(oldest.lastSeen, now)}), by ${oldest.scan} in ` +
            `${oldest.scope.account}/${oldest.scope.region}: \`nightaudit coverage\` says why not since.`
        ])
  ]
}

/** Lists findings, largest saving first, with what all that match come to; or what runs changed of them. */
export const findings = Effect.fn("cli.findings")(function* (input: FindingsInput) {
  const scanNames = catalogue.map(({ name }) => name)
  const problems = [
    ...unknownNames("scan", input.scans, scanNames),
    ...unknownNames("category", input.categories, categories),
    ...unknownNames("severity", input.severities, severities),
    ...unknownNames("kind", input.kinds, kinds),
    ...(input.limit !== undefined && (input.limit < 1 || input.limit > 1000)
      ? [`--limit ${input.limit} is not possible: give a whole number from 1 to 1,000.`]
      : []),
    ...([input.changed, input.run !== undefined, input.since !== undefined].filter((given) => given).length > 1
      ? ["--changed, --run and --since each name the runs whose changes are listed: give one of them."]
      : []),
    ...(isAboutChanges(input) && input.cursor !== undefined
      ? ["--cursor goes on with a list of findings, and not with what runs changed."]
      : [])
  ]
  if (isExport(input.format) && (isAboutChanges(input) || input.limit !== undefined || input.cursor !== undefined))
    problems.push(
      `--format ${input.format} exports all findings that match: leave out --changed, --run, --since, --limit and --cursor.`
    )
  if (problems.length > 0) return yield* usageProblem(...problems)
  const { format } = input
  if (isExport(format)) return yield* withStore(input, writePieces(exported(format, seenFindings(queryOf(input)))))
  const listed = { ...input, format }
  return yield* withStore(input, isAboutChanges(input) ? listChanged(listed) : list(listed))
})

/** Said beside sums while they may lack what a run has found. */
const unsettledLine = ({ id, status }: Run): string =>
  `What run ${id} found is not all in these sums: it is ${status}, and an account is added up once all of it is scanned.`

const totalsBlocks = (matched: Matched | null, run: Run | undefined): ReadonlyArray<Block> =>
  matched === null
    ? []
    : matched.from === "rollups"
      ? [
          heading(`Together, as of ${instant(matched.asOf)}`),
          ...sumsBlocks(matched.sums),
          ...(run === undefined || run.summary !== null ? [] : [text(unsettledLine(run))]),
          ...aboveBillBlocks(matched.aboveBill)
        ]
      : [
          text(
            `${matched.whole ? "" : "More than "}${plural(matched.findings, "finding")} match; they claim ${usd(matched.monthlyUsd)} a month ` +
              `(${usd(yearly(matched.monthlyUsd))} a year), overlapping claims and commitments included.`
          )
        ]

const matchedCount = (matched: Matched | null): number | undefined => {
  if (matched === null) return undefined
  if (matched.from === "count") return matched.whole ? matched.findings : undefined
  const { commitments, confirmed, hygiene, notices, unconfirmed } = matched.sums
  return confirmed.findings + unconfirmed.findings + commitments.findings + hygiene + notices
}

const titleOf = (shown: ReadonlyArray<Finding>, matched: Matched | null, cursor: string | undefined): string => {
  if (cursor === undefined && matchedCount(matched) === shown.length) return kindsLine(shown)
  const all = matchedCount(matched)
  if (matched?.from === "count" && !matched.whole)
    return `${count(shown.length)} of more than ${plural(matched.findings, "finding")}`
  return all === undefined || all <= shown.length
    ? cursor === undefined
      ? kindsLine(shown)
      : `${plural(shown.length, "finding")} of more`
    : `${count(shown.length)} of ${plural(all, "finding")}`
}

/** The command that asks for the next page: the same one, with another cursor. */
const nextPage = (call: string, args: ReadonlyArray<string>, cursor: string): string => {
  const kept = args.filter((arg, index) => !arg.startsWith("--cursor") && args[index - 1] !== "--cursor")
  return [call, ...kept.map(quoted), "--cursor", cursor].join(" ")
}

/** An argument as a shell takes it. */
const quoted = (arg: string): string => (/^[\w@%+=:,./-]+$/.test(arg) ? arg : `'${arg.replaceAll("'", "'\\''")}'`)

const list = Effect.fnUntraced(function* (
  input: Listed
): Effect.fn.Return<void, Problem | StoreError, Store | Screen | Machine> {
  const screen = yield* Screen
  const machine = yield* Machine
  const now = yield* Clock.currentTimeMillis
  const [run] = (yield* runs(1)).items
  const query = queryOf(input)
  const showing = yield* showingOf
  const footer = run === undefined ? null : { asOf: run.startedAt, runId: run.id }
  const onePage = input.format === "table" || input.limit !== undefined || input.cursor !== undefined
  if (!onePage) {
    // The sums are those of what was written, which the stream knows at its end.
    let sums = noSums
    const aboveBill = yield* aboveBillIn(query)
    const stream = Stream.tap(seenFindings(query), (finding) =>
      Effect.sync(() => {
        const counted = new Set(finding.savings?.counted === true ? [finding.id] : [])
        if (finding.status === "open") sums = addSums(sums, sumsOf(claimantOf(finding), counted))
      })
    )
    const answer: Answer<StoreError, Store> = {
      document: [
        heading("Findings"),
        tableOf(findingStream(stream, showing)),
        ...aboveBillBlocks(aboveBill),
        ...(run === undefined ? [] : [text(runFreshness(run, now))])
      ],
      sheet: findingStream(stream, showing),
      json: jsonFields<StoreError, Store>({
        findings: stream,
        matched: Effect.sync(() => ({ from: "findings", sums, ...(aboveBill === undefined ? {} : { aboveBill }) })),
        cursor: null,
        asOf: footer?.asOf ?? null,
        runId: footer?.runId ?? null
      })
    }
    yield* show(input.format, answer)
    if (input.format === "csv" && run !== undefined) yield* screen.note(runFreshness(run, now))
    return
  }

  const { cursor, findings, matched } = yield* search({
    ...query,
    limit: input.limit ?? screenLimit,
    cursor: input.cursor
  })
  if (findings.length === 0 && input.cursor === undefined) yield* checkPlaces(input, run)
  const lines = freshness(findings, run, now)
  const document: Document = [
    heading(titleOf(findings, matched, cursor)),
    tableOf(findingSheet(findings, showing)),
    ...totalsBlocks(matched, run),
    ...lines.map((line) => text(line, "dim")),
    ...(cursor === undefined ? [] : [text("More:", "dim"), commands(nextPage(machine.command, machine.args, cursor))])
  ]
  yield* show(input.format, {
    document,
    sheet: findingSheet(findings, showing),
    json: jsonFields({
      findings: Stream.fromIterable(findings),
      matched,
      cursor: cursor ?? null,
      asOf: footer?.asOf ?? null,
      runId: footer?.runId ?? null
    })
  })
  if (input.format === "csv") {
    if (cursor !== undefined) yield* screen.note(`More: --cursor ${cursor}`)
    yield* Effect.forEach(lines, screen.note, { discard: true })
  }
})

/** The changes that are listed: all since an instant, or those that a run made. */
const listedSpan = Effect.fnUntraced(function* (
  input: FindingsInput
): Effect.fn.Return<{ readonly span: Span; readonly title: string }, Problem | StoreError, Store> {
  if (input.since !== undefined) {
    const now = yield* Clock.currentTimeMillis
    const from = instantOf(input.since, now)
    if (from === undefined) {
      return yield* usageProblem(
        `--since ${JSON.stringify(input.since)} is no time: give a day such as 2026-11-20, an instant such as 2026-11-20T02:00:00Z, or how long ago such as 7d, 12h or 2w.`
      )
    }
    const since = new Date(from).toISOString()
    return { span: yield* spanSince(since), title: `since ${instant(since)}` }
  }
  const run =
    input.run === undefined ? ((yield* newestNight()) ?? (yield* runNamed(undefined))) : yield* runNamed(input.run)
  return { span: alone(run), title: `by run ${run.id} of ${instant(run.startedAt)}` }
})

const listChanged = Effect.fnUntraced(function* (
  input: Listed
): Effect.fn.Return<void, Problem | StoreError, Store | Screen> {
  const query = queryOf(input)
  const { span, title } = yield* listedSpan(input)
  const showing = yield* showingOf
  const stream = changedFindings(span, query)
  const most = input.limit ?? (input.format === "table" ? screenLimit : undefined)
  if (most === undefined) {
    return yield* show<StoreError, Store>(input.format, {
      document: [heading(`Findings that were changed ${title}`), tableOf(changeStream(stream, showing))],
      sheet: changeStream(stream, showing),
      json: jsonFields<StoreError, Store>({ runs: span.runIds, changes: stream })
    })
  }
  const { all, changes } = yield* largestChanged(span, query, most)
  yield* show(input.format, limitedAnswer(changes, all, span.runIds, title, showing))
})

const limitedAnswer = (
  changes: ReadonlyArray<FindingChange>,
  all: number,
  runIds: ReadonlyArray<string>,
  title: string,
  showing: Showing
): Answer => ({
  document: [
    heading(
      changes.length === all
        ? `${plural(all, "finding")} changed ${title}`
        : `The ${count(changes.length)} largest of ${plural(all, "finding")} that were changed ${title}`
    ),
    tableOf(changeSheet(changes, showing)),
    text("`nightaudit finding <id>` tells the whole life of one, `nightaudit compare` the sums.", "dim")
  ],
  sheet: changeSheet(changes, showing),
  json: jsonFields({ runs: runIds, changes, all })
})
