import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { hint } from "../../core/config/suggest.ts"
import type { Finding, Severity } from "../../core/finding/Finding.ts"
import { totalsOf } from "../../core/run/totals.ts"
import { everyRegion } from "../../core/Scope.ts"
import { withLastSeen } from "../../query/lastSeen.ts"
import type { Run } from "../../core/run/Run.ts"
import { type FindingQuery, Store } from "../../core/store/Store.ts"
import { catalogue, categories } from "../catalogue.ts"
import type { PlaceInput } from "../flags.ts"
import { withStore } from "../layers.ts"
import { coverageLine } from "../output/coverage.ts"
import { commands, type Document, heading, tableOf, text } from "../output/document.ts"
import { ago, count, instant, plural } from "../output/format.ts"
import type { Format } from "../output/formats.ts"
import { totalsBlocks } from "../output/resultDocument.ts"
import { findingSheet } from "../output/sheets.ts"
import { show } from "../output/show.ts"
import { unknownName, usageProblem } from "../Problem.ts"
import { Screen } from "../Screen.ts"
import { allFindings } from "./resultOf.ts"

export interface FindingsInput extends PlaceInput {
  readonly scans: ReadonlyArray<string>
  readonly categories: ReadonlyArray<string>
  readonly accounts: ReadonlyArray<string>
  readonly regions: ReadonlyArray<string>
  readonly severities: ReadonlyArray<string>
  readonly status: "open" | "resolved" | "all"
  readonly owner: string | undefined
  readonly minUsd: number | undefined
  readonly confirmed: boolean
  readonly unconfirmed: boolean
  readonly limit: number | undefined
  readonly cursor: string | undefined
  readonly format: Format
}

const severities: ReadonlyArray<Severity> = ["critical", "high", "medium", "low", "info"]

/** A screen's table ends here; files have all that was found. */
const screenLimit = 50

const unknownNames = (kind: string, written: ReadonlyArray<string>, known: ReadonlyArray<string>) =>
  written.filter((name) => !known.includes(name)).map((name) => unknownName(kind, name, known))

const someOrAll = <A>(values: ReadonlyArray<A>): ReadonlyArray<A> | undefined =>
  values.length === 0 ? undefined : values

const queryOf = (input: FindingsInput): Omit<FindingQuery, "limit" | "cursor"> => ({
  status: input.status === "all" ? undefined : input.status,
  scans: someOrAll(input.scans),
  categories: someOrAll(input.categories),
  accounts: someOrAll(input.accounts),
  regions: someOrAll(input.regions),
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
    for (const { region } of yield* store.scopeRecords(run.id, id)) regions.add(region)
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

const freshness = (findings: ReadonlyArray<Finding>, run: Run | undefined, now: number): ReadonlyArray<string> => {
  const oldest = findings
    .filter(({ status }) => status === "open")
    .reduce<Finding | undefined>(
      (old, finding) => (old === undefined || finding.lastSeen < old.lastSeen ? finding : old),
      undefined
    )
  return [
    ...(run === undefined
      ? []
      : [
          `As of run ${run.id}, ${instant(run.startedAt)} (${ago(run.startedAt, now)}, ${run.status})` +
            (run.summary === null ? "." : `: ${coverageLine(run.summary.coverage)}.`)
        ]),
    ...(oldest === undefined || run === undefined || oldest.lastSeen >= run.startedAt
      ? []
      : [
          `The oldest of these was last seen ${instant(oldest.lastSeen)} (${ago(oldest.lastSeen, now)}), by ${oldest.scan} in ` +
            `${oldest.scope.account}/${oldest.scope.region}: \`nightaudit coverage\` says why not since.`
        ])
  ]
}

/** Lists findings, largest saving first, with totals over all that matched. */
export const findings = Effect.fn("cli.findings")(function* (input: FindingsInput) {
  const scanNames = catalogue.map(({ name }) => name)
  const problems = [
    ...unknownNames("scan", input.scans, scanNames),
    ...unknownNames("category", input.categories, categories),
    ...unknownNames("severity", input.severities, severities),
    ...(input.limit !== undefined && (input.limit < 1 || input.limit > 1000)
      ? [`--limit ${input.limit} is not possible: give a whole number from 1 to 1,000.`]
      : [])
  ]
  if (problems.length > 0) return yield* usageProblem(...problems)
  return yield* withStore(input, list(input))
})

const list = Effect.fnUntraced(function* (input: FindingsInput) {
  const store = yield* Store
  const screen = yield* Screen
  const now = yield* Clock.currentTimeMillis
  const [run] = (yield* store.runs(1)).items
  const query = queryOf(input)
  const matched = yield* withLastSeen(yield* allFindings(query))
  if (matched.length === 0) yield* checkPlaces(input, run)

  const toFile = input.format === "json" || input.format === "csv"
  const limit = input.limit ?? (toFile ? undefined : screenLimit)
  const page =
    limit === undefined && input.cursor === undefined
      ? { items: matched, cursor: undefined }
      : yield* store.findings({ ...query, limit: limit ?? 1000, cursor: input.cursor })
  const byId = new Map(matched.map((finding) => [finding.id, finding]))
  const shown = page.items.map((finding) => byId.get(finding.id) ?? finding)

  const open = matched.filter(({ status }) => status === "open")
  const totals = totalsOf(open, new Set(open.filter(({ savings }) => savings.counted).map(({ id }) => id)))
  const footer = freshness(matched, run, now)
  const document: Document = [
    heading(
      matched.length === shown.length
        ? plural(matched.length, "finding")
        : `${count(shown.length)} of ${plural(matched.length, "finding")}`
    ),
    tableOf(findingSheet(shown)),
    ...(input.status === "resolved"
      ? []
      : [heading(`Totals over ${plural(open.length, "open finding")}`), ...totalsBlocks(totals)]),
    ...footer.map((line) => text(line, "dim")),
    ...(page.cursor === undefined ? [] : [text("More:", "dim"), commands(`--cursor ${page.cursor}`)])
  ]
  yield* show(input.format, {
    document,
    sheet: findingSheet(shown),
    json: {
      findings: shown,
      matched: matched.length,
      totals,
      cursor: page.cursor ?? null,
      asOf: run?.startedAt ?? null,
      runId: run?.id ?? null
    }
  })
  if (input.format === "csv") {
    if (page.cursor !== undefined) yield* screen.note(`More: --cursor ${page.cursor}`)
    yield* Effect.forEach(footer, screen.note)
  }
})
