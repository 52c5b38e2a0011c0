/** What a run did, as `scan` prints it in every format. Whatever may be long is written as it is read. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import type { Finding } from "../../core/finding/Finding.ts"
import { endedOf, noChanges } from "../../core/run/Changes.ts"
import type { Outcome } from "../../core/run/Outcome.ts"
import type { StoredReport } from "../../core/run/Report.ts"
import type { Rollup } from "../../core/run/Rollup.ts"
import type { Run } from "../../core/run/Run.ts"
import { noCost } from "../../core/run/runCost.ts"
import { noCoverage, noTotals } from "../../core/run/totals.ts"
import { everyRegion, regionText } from "../../core/Scope.ts"
import { Store, StoreError } from "../../core/store/Store.ts"
import { accountNames } from "../../query/accountNames.ts"
import { outcomesOf } from "../../query/coverage.ts"
import { realised } from "../../query/realised.ts"
import { openFindingsOf, resolvedFindingsOf, runTotals } from "../../query/runFindings.ts"
import { changesLine, inSums, type SumsSince, sumsSince } from "../../query/sumChanges.ts"
import { type Document, facts, heading, tableOf, text } from "../output/document.ts"
import type { Format } from "../output/formats.ts"
import { count, plural } from "../../core/format.ts"
import { jsonFields } from "../output/json.ts"
import { costFacts, coverageBlocks, reportBlocks, runLine } from "../output/resultDocument.ts"
import { accountText, findingSheet, findingStream, type Showing } from "../output/sheets.ts"
import type { Answer } from "../output/show.ts"
import { totalsBlocks, whereBlocks } from "../output/totals.ts"
import type { ScanResult } from "../ScanResult.ts"

/** The names of accounts, the bill of what ended, and the time, for what is shown. */
export const showingOf: Effect.Effect<Showing, StoreError, Store> = Effect.gen(function* () {
  return {
    accountNames: yield* accountNames(),
    realised: yield* realised(),
    now: new Date(yield* Clock.currentTimeMillis)
  }
})

/** A run that has just been made. */
export const runOf = Effect.fnUntraced(function* (runId: string): Effect.fn.Return<Run, StoreError, Store> {
  const store = yield* Store
  return (
    (yield* store.run(runId)) ??
    (yield* new StoreError({ kind: "failed", message: `There is no run ${runId} in the store.` }))
  )
})

const reportsOf = (run: Run): Stream.Stream<StoredReport, StoreError, Store> =>
  Stream.fromIterable(run.plan.scans).pipe(
    Stream.mapEffect(({ name }) => Effect.flatMap(Store, (store) => store.reports(name))),
    Stream.flatMap((reports) => Stream.fromIterable(reports.filter(({ runId }) => runId === run.id)))
  )

const findingsOf = (run: Run): Stream.Stream<Finding, StoreError, Store> =>
  Stream.concat(
    openFindingsOf(run),
    (run.summary?.changes.resolved.findings ?? 0) === 0 && run.summary?.changes.ended === undefined
      ? Stream.empty
      : resolvedFindingsOf(run)
  )

/** The first open findings that a predicate keeps. */
export const firstFindings = (run: Run, most: number, keep: (finding: Finding) => boolean = () => true) =>
  Stream.runCollect(Stream.take(Stream.filter(openFindingsOf(run), keep), most))

/** Findings and rows of a report on a screen; pages and files have all. */
const onScreen = { findings: 20, reportRows: 10 }

const screenDocument = Effect.fnUntraced(function* (run: Run, showing: Showing) {
  const first = yield* firstFindings(run, onScreen.findings + 1)
  const shown = first.slice(0, onScreen.findings)
  const isAll = shown.length === first.length
  return [
    heading(isAll ? "Findings" : `The ${count(shown.length)} largest findings`),
    tableOf(findingSheet(shown, showing)),
    ...(isAll ? [] : [text("`nightaudit findings` lists all of them, `nightaudit finding <id>` explains one.", "dim")])
  ]
})

const documentOf = Effect.fnUntraced(function* (
  run: Run,
  showing: Showing,
  format: Format,
  changes: SumsSince,
  rollup: Rollup
): Effect.fn.Return<Document<StoreError, Store>, StoreError, Store> {
  const { summary } = run
  const rows = format === "markdown" ? Number.POSITIVE_INFINITY : onScreen.reportRows
  const reports = yield* Stream.runCollect(reportsOf(run))
  return [
    heading(runLine(run)),
    ...totalsBlocks(summary?.totals ?? noTotals, rollup.aboveBill),
    ...whereBlocks(rollup, showing),
    ...(format === "markdown"
      ? [heading("Findings"), tableOf(findingStream(openFindingsOf(run), showing))]
      : yield* screenDocument(run, showing)),
    ...reports.flatMap((report) => {
      const isAlone = reports.filter(({ scan }) => scan === report.scan).length === 1
      const place = `${accountText(report.account, showing)}, ${regionText(report.region)}`
      return reportBlocks(report, rows, isAlone ? undefined : place)
    }),
    ...coverageBlocks(run, summary?.coverage ?? noCoverage),
    heading("Since the last run"),
    text(changesLine(changes)),
    ...(summary === null || changedBy(run) === 0 ? [] : [text(listedBy(run), "dim")]),
    heading("Cost of this run"),
    facts(costFacts(summary?.cost ?? noCost))
  ]
})

/** What lists the changes that are counted: of a whole audit all since the night before, by anybody; of any other run what it did itself. */
const listedBy = ({ id, plan }: Run): string =>
  plan.full
    ? "`nightaudit compare` lists them, `nightaudit findings --changed` those of this run alone."
    : `\`nightaudit findings --run ${id}\` lists them.`

const changedBy = ({ summary }: Run): number => {
  const { ended, ...changes } = summary?.changes ?? noChanges
  return [...Object.values(changes), ...endedOf(ended)].reduce((sum, { findings }) => sum + findings, 0)
}

/** The fields of `ScanResult`, of which the lists are streams. */
const fieldsOf = (
  run: Run,
  { realised }: Pick<Showing, "realised">,
  changes: SumsSince,
  aboveBill: Rollup["aboveBill"]
) => {
  const { finishedAt, id, plan, startedAt, status, summary, trigger } = run
  return {
    run: { id, status, trigger, startedAt, finishedAt, plan },
    summary: {
      totals: summary?.totals ?? noTotals,
      aboveBill: aboveBill ?? null,
      changes: summary?.changes ?? noChanges,
      inSums: inSums(changes)
    },
    coverage: summary?.coverage ?? noCoverage,
    findings: findingsOf(run),
    realised: realised ?? null,
    reports: reportsOf(run),
    outcomes: outcomesOf(run) as Stream.Stream<Outcome, StoreError, Store>,
    cost: summary?.cost ?? noCost
  } satisfies {
    readonly [Field in keyof ScanResult]:
      | ScanResult[Field]
      | Stream.Stream<ScanResult[Field] extends ReadonlyArray<infer Item> ? Item : never, StoreError, Store>
  }
}

/** All that a run did. */
export const resultAnswer = Effect.fnUntraced(function* (
  run: Run,
  format: Format
): Effect.fn.Return<Answer<StoreError, Store>, StoreError, Store> {
  const showing = yield* showingOf
  const changes = yield* sumsSince(run)
  const rollup = yield* runTotals(run)
  return {
    document: documentOf(run, showing, format, changes, rollup),
    sheet: findingStream(findingsOf(run), showing),
    json: jsonFields<StoreError, Store>(fieldsOf(run, showing, changes, rollup.aboveBill))
  }
})

/** The payer was not read because nobody knew whose bill it is, or because it is not part of the audit. */
const isPayerGap = ({ reason }: Outcome): boolean =>
  reason?.code === "payer_not_included" || reason?.code === "payer_unknown"

/** Whether not a single scope was entered, so that the result tells nothing. */
export const sawNothing = (run: Run): Effect.Effect<boolean, StoreError, Store> =>
  Effect.map(
    Stream.runHead(Stream.filter(outcomesOf(run), (outcome) => outcome.region !== everyRegion && !isPayerGap(outcome))),
    Option.isNone
  )

/** `3 findings`, and of what kinds where there are several. */
export const kindsLine = (findings: ReadonlyArray<Finding>): string => {
  const of = (kind: Finding["kind"]) => findings.filter((finding) => finding.kind === kind).length
  const parts = [
    ...(of("money") === 0 ? [] : [`${count(of("money"))} money`]),
    ...(of("hygiene") === 0 ? [] : [`${count(of("hygiene"))} hygiene`]),
    ...(of("notice") === 0 ? [] : [plural(of("notice"), "notice")])
  ]
  return parts.length < 2
    ? plural(findings.length, "finding")
    : `${plural(findings.length, "finding")}: ${parts.join(", ")}`
}
