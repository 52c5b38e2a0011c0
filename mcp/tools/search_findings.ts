import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { plural } from "../../core/format.ts"
import { search } from "../../query/search.ts"
import { type Standing, standing } from "../../query/standing.ts"
import { accountNames } from "../../query/accountNames.ts"
import { findingFields, usualFields } from "../answer/findings.ts"
import { argument } from "./argument.ts"
import { checkAccounts, filtersSaid, findingFilters, nothingOfServices, resolveServices, scansOf } from "./filters.ts"
import { findingRows, findingsCursor, totalsOf } from "./findingsPage.ts"
import { defineTool } from "./Tool.ts"

/** Whether no run has ever been in any of the accounts that were asked for. */
const isUnseen = (
  { accounts }: { readonly accounts?: ReadonlyArray<string> | undefined },
  { notScanned, pairs }: Standing
): boolean =>
  accounts !== undefined &&
  pairs?.some(({ scope }) => accounts.includes(scope.account)) === false &&
  notScanned.some(({ reason }) => reason.code === "not_scanned")

export default defineTool({
  name: "search_findings",
  title: "Findings: search",
  description:
    "List or filter waste findings across accounts, regions, services, owners; biggest savings first. What can we clean up?",
  arguments: {
    ...findingFilters,
    tags: argument.of(() => Schema.Record(Schema.String, Schema.String), { type: "object" }),
    text: argument.text("In id, ARN, name or tags"),
    sort: argument.word(["saving", "severity"]),
    fields: argument.words(findingFields)
  },
  view: true,
  answer: Effect.fnUntraced(function* (given, { caller, fence }) {
    const { cursor, fields = usualFields, format: _format, freshness: _freshness, limit = 25, ...asked } = given
    yield* checkAccounts(asked.accounts, caller.accounts)
    const query = {
      ...asked,
      services: yield* resolveServices(asked.services),
      statuses: asked.statuses ?? (["open"] as const)
    }
    const filters = filtersSaid(query)
    const after = yield* findingsCursor.decode(cursor, filters)
    const { findings, cursor: next, matched } = yield* search({ ...query, limit, cursor: after })
    // A search that came to its end on its first page has found all there is.
    const isAll = matched === null && after === undefined && next === undefined
    const said = isAll
      ? {
          content: { totals: null, count: findings.length },
          findings: findings.length,
          line: `${plural(findings.length, "finding")} with this text or tag.`
        }
      : totalsOf(matched, fence)
    const scans = yield* scansOf(asked)
    const state = yield* standing({ accounts: asked.accounts, regions: asked.regions, scans })
    // Nothing found where nothing was read is no result: what a payer's scans say of everybody does not make an account read.
    const isUnread = findings.length === 0 && (state.asOf === null || isUnseen(asked, state))
    return {
      standing: state,
      filters,
      content: isUnread ? { count: null, totals: null } : said.content,
      lines: isUnread ? [] : [said.line, ...nothingOfServices(asked.services, said.findings, caller.tools)],
      ...(isUnread ? { isError: true } : {}),
      rows: findingRows(
        { findings, cursor: next },
        {
          fields,
          showing: { fence, accountNames: yield* accountNames() },
          matching: isUnread ? null : said.findings,
          filters,
          after,
          sort: query.sort
        }
      )
    }
  })
})
