/** A page of findings as an answer has it: what all of them come to, the rows, and the cursor of the next page. */
import * as Schema from "effect/Schema"
import { plural, usd } from "../../core/format.ts"
import { pricingLine } from "../../core/run/pricingLine.ts"
import { cursorAfter, type Matched, type SearchAnswer, type SearchRequest, textLooksAt } from "../../query/search.ts"
import { aboveBillLine } from "../../query/totals.ts"
import type { Content, Rows } from "../answer/Answer.ts"
import type { Fence } from "../answer/Fence.ts"
import { type FindingField, findingRow, type Showing } from "../answer/findings.ts"
import { findingsIn, sumsContent, sumsLine } from "../answer/sums.ts"
import { boundCursor } from "./boundCursor.ts"

interface Said {
  readonly content: Content
  /** How many match. */
  readonly findings: number | null
  readonly line: string
}

/** Services above their bill in the structured answer. */
export const shownAboveBill = 10

/** What all that match come to, in the structure and in words. */
export const totalsOf = (matched: Matched | null, fence: Fence): Said => {
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
  const { pricing, sums } = matched
  const isTold = pricing !== undefined
  // What a service is called is text of AWS's.
  const aboveBill = matched.aboveBill?.map(({ service, ...amounts }) => ({ service: fence.text(service), ...amounts }))
  const above = aboveBillLine(aboveBill)
  return {
    content: {
      ...sumsContent(sums),
      ...(isTold ? { pricing } : {}),
      ...(aboveBill === undefined ? {} : { aboveBill: aboveBill.slice(0, shownAboveBill) })
    },
    findings: findingsIn(sums),
    line: `${sumsLine(sums)}${isTold ? ` ${pricingLine(pricing)}` : ""}${above === undefined ? "" : ` ${above}`}`
  }
}

/** The cursors of pages of findings. */
export const findingsCursor = boundCursor(Schema.String)

interface Shown {
  readonly fields: ReadonlyArray<FindingField>
  readonly showing: Showing
  readonly matching: number | null
  /** The filters that cursors are bound to. */
  readonly filters: Content
  /** The place after which the page begins. */
  readonly after: string | undefined
  readonly sort: SearchRequest["sort"]
}

/** The rows of a page. Their id is there whatever fields are asked for, because every other tool asks for it. */
export const findingRows = (
  { cursor, findings }: Pick<SearchAnswer, "cursor" | "findings">,
  { after, fields, filters, matching, showing, sort }: Shown
): Rows => {
  const names = fields.includes("id") ? fields : (["id", ...fields] as const)
  return {
    key: "findings",
    fields: names,
    items: findings.map(findingRow(names, showing)),
    matching,
    cursorAfter: (shown) => {
      const last = findings[shown - 1]
      const place = shown === findings.length ? cursor : last === undefined ? after : cursorAfter(last, sort)
      return place === undefined ? undefined : findingsCursor.encode(place, filters)
    }
  }
}
