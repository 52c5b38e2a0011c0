import * as Effect from "effect/Effect"
import { type Dimension, dimensions, otherOwners, type Sums } from "../../core/run/Rollup.ts"
import { realisedLine } from "../../core/run/realised.ts"
import { moneyOf } from "../../core/run/totals.ts"
import { listed, plural } from "../../core/format.ts"
import { pricingLine } from "../../core/run/pricingLine.ts"
import { accountNames } from "../../query/accountNames.ts"
import { realised } from "../../query/realised.ts"
import { standing } from "../../query/standing.ts"
import { shownAboveBill } from "./findingsPage.ts"
import { billLines, totalsByEach } from "../../query/totals.ts"
import { Refusal, type Row, tableLines } from "../answer/Answer.ts"
import type { Fence } from "../answer/Fence.ts"
import { findingsIn, sumsContent, sumsLine } from "../answer/sums.ts"
import { argument, type Argument, unpublished } from "./argument.ts"
import { offsetCursor } from "./boundCursor.ts"
import { checkAccounts, filtersSaid, findingFilters, nothingOfServices, resolveServices, scansOf } from "./filters.ts"
import { defineTool } from "./Tool.ts"

const fields = [
  "value",
  "monthlyUsd",
  "findings",
  "confirmedUsd",
  "unconfirmedUsd",
  "accountName",
  "confirmedFindings",
  "unconfirmedFindings",
  "hygiene",
  "notices",
  "commitmentsUsd",
  "overlappingUsd"
] as const

type Field = (typeof fields)[number]

/** What a summary without a dimension shows of each of these. */
const shownOf = ["scan", "account", "service"] as const
const shownOfEach = 5

/** The value in words of ours, and fenced where a stranger wrote it. */
const valueText = (by: Dimension, value: string, fence: Fence): string =>
  value === ""
    ? by === "owner"
      ? "(no owner)"
      : "(not billed)"
    : by !== "owner"
      ? value
      : value === otherOwners
        ? "(other owners)"
        : fence.text(value)

const rowOf =
  (by: Dimension, fence: Fence, names: ReadonlyMap<string, string>) =>
  ({ sums, value }: { readonly value: string; readonly sums: Sums }): Row & Readonly<Record<Field, unknown>> => ({
    value: valueText(by, value, fence),
    monthlyUsd: moneyOf(sums),
    findings: findingsIn(sums),
    confirmedUsd: sums.confirmed.monthlyUsd,
    unconfirmedUsd: sums.unconfirmed.monthlyUsd,
    accountName: by === "account" ? fence.text(names.get(value) ?? "") : "",
    confirmedFindings: sums.confirmed.findings,
    unconfirmedFindings: sums.unconfirmed.findings,
    hygiene: sums.hygiene,
    notices: sums.notices,
    commitmentsUsd: sums.commitments.monthlyUsd,
    overlappingUsd: sums.overlapping.monthlyUsd
  })

/** Months of what the bill shows of ended findings. */
const shownMonths = 6

const { confirmed, kinds, minMonthlyUsd, statuses, ...known } = findingFilters

/** What no rollup knows. They are read so that they are refused and not taken for mistyped ones. */
const unknown: Readonly<Record<string, Argument<any>>> = {
  confirmed: unpublished(confirmed),
  kinds: unpublished(kinds),
  minMonthlyUsd: unpublished(minMonthlyUsd),
  statuses: unpublished(statuses)
}

export default defineTool({
  name: "summarize_savings",
  title: "Savings: summary",
  description: "Totals: how much money we waste and could save a month or year, by team, account, region, service.",
  arguments: {
    by: argument.word(dimensions),
    ...known,
    ...unknown,
    fields: unpublished(argument.words(fields))
  },
  view: true,
  answer: Effect.fnUntraced(function* (given, { caller, fence }) {
    const { accounts, by, categories, cursor, limit = 25, owner, regions, scans, severities, services } = given
    const refused = Object.keys(unknown).filter(
      (name) => (given as Readonly<Record<string, unknown>>)[name] !== undefined
    )
    if (refused.length > 0) {
      return yield* new Refusal({
        message:
          `A summary adds up all open findings and cannot be narrowed by ${listed(refused)}: leave that out` +
          (caller.tools.has("search_findings") ? ", or call search_findings with it, which has totals too." : ".")
      })
    }
    yield* checkAccounts(accounts, caller.accounts)
    const query = {
      accounts,
      regions,
      scans,
      categories,
      services: yield* resolveServices(services),
      severities,
      owner
    }
    const filters = filtersSaid({ by, ...query, statuses: ["open"] })
    const offset = yield* offsetCursor.decode(cursor, filters)
    const { owner: _owner, ...lists } = query
    const answer = yield* totalsByEach({
      ...lists,
      owners: owner === undefined ? undefined : [owner],
      by: by === undefined ? shownOf : [by]
    })
    const state = yield* standing({ accounts, regions, scans: yield* scansOf({ categories, scans }) })
    const names = yield* accountNames()
    const shownFields = given.fields ?? (by === "account" ? fields : fields.filter((field) => field !== "accountName"))
    const columns: ReadonlyArray<Field> = shownFields.includes("value") ? shownFields : ["value", ...shownFields]
    const rowsBy = (dimension: Dimension) => (answer.by.get(dimension) ?? []).map(rowOf(dimension, fence, names))

    const { asOf, unsettled, whole } = answer
    const isWhole = Object.values(query).every((value) => value === undefined)
    const compared = isWhole ? yield* realised() : undefined
    const bill = compared === undefined ? undefined : realisedLine(compared)
    // What a service is called is text of AWS's.
    const aboveBill =
      answer.aboveBill?.map(({ service, ...amounts }) => ({ service: fence.text(service), ...amounts })) ?? null
    if (asOf === null || (state.asOf === null && findingsIn(whole) === 0)) {
      return {
        standing: state,
        filters,
        content: { count: null, totals: null },
        lines: [
          unsettled.length === 0
            ? "There are no totals yet: an audit of all that is configured writes them."
            : `There are no totals of ${listed(unsettled)}: no audit of all that is configured has covered ${unsettled.length === 1 ? "it" : "them"}.`
        ],
        isError: true
      }
    }
    const said = {
      standing: state,
      filters,
      content: {
        ...sumsContent(whole),
        ...(answer.pricing === undefined ? {} : { pricing: answer.pricing }),
        ...(aboveBill === null ? {} : { aboveBill: aboveBill.slice(0, shownAboveBill) }),
        ...(unsettled.length === 0 ? {} : { unsettled }),
        ...(compared === undefined || bill === undefined ? {} : { realised: compared.months.slice(0, shownMonths) })
      },
      lines: [
        sumsLine(whole),
        ...(answer.pricing === undefined ? [] : [pricingLine(answer.pricing)]),
        ...billLines(aboveBill),
        ...(bill === undefined ? [] : [`Realised, as the bill shows it whatever caused it: ${bill}.`]),
        ...nothingOfServices(services, findingsIn(whole), caller.tools),
        ...(unsettled.length === 0
          ? []
          : [`Without ${plural(unsettled.length, "account")} that no audit has covered yet: ${listed(unsettled)}.`])
      ]
    }
    if (by !== undefined) {
      const rows = rowsBy(by)
      const items = rows.slice(offset, offset + limit)
      return {
        ...said,
        rows: {
          key: "rows",
          fields: columns,
          items,
          matching: rows.length,
          cursorAfter: offsetCursor.after(offset, rows.length, filters)
        }
      }
    }
    const tops = shownOf.map((dimension) => {
      const rows = rowsBy(dimension)
      const shown = dimension === "account" ? ["value", "accountName", ...brief] : ["value", ...brief]
      return {
        dimension,
        rows: rows.length,
        top: rows
          .slice(0, shownOfEach)
          .map((row) => Object.fromEntries(shown.map((field) => [field, row[field as Field]]))),
        shown
      }
    })
    return {
      ...said,
      content: {
        ...said.content,
        top: Object.fromEntries(tops.map(({ dimension, rows, top }) => [dimension, { of: rows, rows: top }]))
      },
      lines: [
        ...said.lines,
        ...tops.flatMap(({ dimension, rows, shown, top }) => [
          "",
          `### By ${dimension}${rows > top.length ? `: the ${top.length} largest of ${rows}; by: ${dimension} has all` : ""}`,
          "",
          ...tableLines(shown, top)
        ])
      ]
    }
  })
})

const brief = ["monthlyUsd", "findings", "confirmedUsd", "unconfirmedUsd"] as const
