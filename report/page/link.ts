/**
 * What the page shows, in the fragment of its address: a link to one finding or to a filtered table. A fragment never reaches a
 * server, and it survives the signature of a signed address.
 */
import { boundedLine, wellFormed } from "../../core/text.ts"
import { type Filter, filters, noQuery, type Query, type Show, shows, type Sort, sorts } from "./table.ts"

/** A view of the table in a fragment. */
const view = "#findings?"

/** What the fragment names as a finding, alone or beside a view of the table; undefined where it names none. Anybody may have written it. */
export const findingIn = (fragment: string): string | undefined => {
  const isAlone = fragment.startsWith("#finding=")
  if (!isAlone && !fragment.startsWith(view)) return undefined
  const named = new URLSearchParams(fragment.slice(isAlone ? 1 : view.length)).get("finding")
  return named === null ? undefined : boundedLine(named, 60).trim().toLowerCase()
}

/** Whether it can be the id of a finding, or how one begins. */
export const isFindingId = (named: string): boolean => /^[0-9a-f]{4,40}$/.test(named)

/** `finding` is the id of the one that is explained. */
export const fragmentOf = (query: Query, finding?: string): string => {
  const parts = new URLSearchParams()
  if (query.show !== noQuery.show) parts.set("show", query.show)
  if (query.text.trim() !== "") parts.set("text", query.text.trim())
  for (const filter of filters) {
    for (const value of query.at[filter] ?? []) parts.append(filter, wellFormed(value))
  }
  if (query.least > 0) parts.set("least", String(query.least))
  if (query.sort !== noQuery.sort || query.descending !== noQuery.descending)
    parts.set("sort", `${query.descending ? "-" : ""}${query.sort}`)
  if (query.group !== "") parts.set("group", query.group)
  const written = parts.toString()
  if (finding === undefined) return written === "" ? "" : `${view}${written}`
  return written === "" ? `#finding=${finding}` : `${view}${written}&finding=${finding}`
}

/** A fragment may be written by anybody. */
const mostValues = 200

const oneOf = <A extends string>(values: ReadonlyArray<A>, written: string | null): A | undefined =>
  values.find((value) => value === written)

/** The query that a fragment names; undefined where it names none. What is unknown in it is left out. */
export const queryIn = (fragment: string): Query | undefined => {
  if (!fragment.startsWith(view)) return undefined
  const parts = new URLSearchParams(fragment.slice(view.length))
  const sort = parts.get("sort") ?? `-${noQuery.sort}`
  const least = Number(parts.get("least") ?? 0)
  return {
    text: (parts.get("text") ?? "").slice(0, 200),
    show: oneOf<Show>(shows, parts.get("show")) ?? noQuery.show,
    at: Object.fromEntries(
      filters.flatMap((filter) => {
        const values = [...new Set(parts.getAll(filter))].slice(0, mostValues)
        return values.length === 0 ? [] : [[filter, values]]
      })
    ),
    least: Number.isFinite(least) && least > 0 ? least : 0,
    sort: oneOf<Sort>(sorts, sort.replace(/^-/, "")) ?? noQuery.sort,
    descending: sort.startsWith("-"),
    group: oneOf<Filter>(filters, parts.get("group")) ?? ""
  }
}
