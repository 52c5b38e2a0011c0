import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { plural, usd } from "../../core/format.ts"
import { cursorAfter, type Matched, search, textLooksAt } from "../../query/search.ts"
import { type Standing, standing } from "../../query/standing.ts"
import { accountNames } from "../../query/accountNames.ts"
import type { Content } from "../answer/Answer.ts"
import { findingFields, findingRow, usualFields } from "../answer/findings.ts"
import { findingsIn, sumsContent, sumsLine } from "../answer/sums.ts"
import { argument } from "./argument.ts"
import { boundCursor } from "./boundCursor.ts"
import { checkAccounts, filtersSaid, findingFilters, nothingOfServices, resolveServices, scansOf } from "./filters.ts"
import { defineTool } from "./Tool.ts"

interface Said {
  readonly content: Content
  /** How many match. */
  readonly findings: number | null
  readonly line: string
}

/** What all that match come to, in the structure and in words. */
export const totalsOf = (matched: Matched | null): Said => {
  if (matched === null) {
    return {
      content: { totals: null },
      findings: null,
      line: `A search by text or tag has no totals: it looks at the ${textLooksAt} largest findings of the other filters at a time.`
    }
  }
  if (matched.from === "count") {
    const { findings, monthlyUsd, whole } = matched
    return {
      content: { totals: { findings, claimedMonthlyUsd: monthlyUsd, whole } },
      findings: whole ? findings : null,
      line: `${whole ? "" : "At least "}${plural(findings, "finding")}, claiming ${usd(monthlyUsd)} a month, overlaps and commitments included.`
    }
  }
  return { content: sumsContent(matched.sums), findings: findingsIn(matched.sums), line: sumsLine(matched.sums) }
}

/** Whether no run has ever been in any of the accounts that were asked for. */
const isUnseen = (
  { accounts }: { readonly accounts?: ReadonlyArray<string> | undefined },
  { notScanned, pairs }: Standing
): boolean =>
  accounts !== undefined &&
  pairs?.some(({ scope }) => accounts.includes(scope.account)) === false &&
  notScanned.some(({ reason }) => reason.code === "not_scanned")

const cursorSchema = boundCursor(Schema.String)

export default defineTool({
  name: "search_findings",
  title: "Findings: search",
  description:
    "List or filter waste findings across accounts, regions, services, owners; biggest savings first. What can we clean up?",
  arguments: {
    ...findingFilters,
    tags: argument.of(Schema.Record(Schema.String, Schema.String), { type: "object" }),
    text: argument.text("In id, ARN, name or tags"),
    sort: argument.word(["saving", "severity"]),
    fields: argument.words(findingFields)
  },
  answer: Effect.fnUntraced(function* (given, { caller, fence }) {
    const { cursor, fields = usualFields, format: _format, freshness: _freshness, limit = 25, ...asked } = given
    yield* checkAccounts(asked.accounts, caller.accounts)
    const query = {
      ...asked,
      services: yield* resolveServices(asked.services),
      statuses: asked.statuses ?? (["open"] as const)
    }
    const filters = filtersSaid(query)
    const after = yield* cursorSchema.decode(cursor, filters)
    const { findings, cursor: next, matched } = yield* search({ ...query, limit, cursor: after })
    // A search that came to its end on its first page has found all there is.
    const isAll = matched === null && after === undefined && next === undefined
    const said = isAll
      ? {
          content: { totals: null, count: findings.length },
          findings: findings.length,
          line: `${plural(findings.length, "finding")} with this text or tag.`
        }
      : totalsOf(matched)
    const scans = yield* scansOf(asked)
    const showing = { fence, accountNames: yield* accountNames() }
    const names = fields.includes("id") ? fields : (["id", ...fields] as const)
    const state = yield* standing({ accounts: asked.accounts, regions: asked.regions, scans })
    // Nothing found where nothing was read is no result: what a payer's scans say of everybody does not make an account read.
    const isUnread = findings.length === 0 && (state.asOf === null || isUnseen(asked, state))
    return {
      standing: state,
      filters,
      content: isUnread ? { count: null, totals: null } : said.content,
      lines: isUnread ? [] : [said.line, ...nothingOfServices(asked.services, said.findings, caller.tools)],
      ...(isUnread ? { isError: true } : {}),
      rows: {
        key: "findings",
        fields: names,
        items: findings.map(findingRow(names, showing)),
        matching: isUnread ? null : said.findings,
        cursorAfter: (shown) => {
          const last = findings[shown - 1]
          const place = shown === findings.length ? next : last === undefined ? after : cursorAfter(last, query.sort)
          return place === undefined ? undefined : cursorSchema.encode(place, filters)
        }
      }
    }
  })
})
