/**
 * What the page shows, in the fragment of its address: a link to one finding or to a filtered table. A fragment never reaches a
 * server, and it survives the signature of a signed address.
 */
import { type Filter, filters, noQuery, type Query, type Show, shows, type Sort, sorts } from "./table.ts"

/** The finding that the fragment names; undefined where it names none. */
export const findingIn = (fragment: string): string | undefined => /^#finding=([0-9a-f]{4,40})$/.exec(fragment)?.[1]

export const fragmentOf = (query: Query): string => {
  const parts = new URLSearchParams()
  if (query.show !== noQuery.show) parts.set("show", query.show)
  if (query.text.trim() !== "") parts.set("text", query.text.trim())
  for (const filter of filters) {
    const value = query.at[filter]
    if (value !== undefined) parts.set(filter, value.toWellFormed())
  }
  if (query.least > 0) parts.set("least", String(query.least))
  if (query.sort !== noQuery.sort || query.descending !== noQuery.descending)
    parts.set("sort", `${query.descending ? "-" : ""}${query.sort}`)
  if (query.group !== "") parts.set("group", query.group)
  const written = parts.toString()
  return written === "" ? "" : `#findings?${written}`
}

const oneOf = <A extends string>(values: ReadonlyArray<A>, written: string | null): A | undefined =>
  values.find((value) => value === written)

/** The query that a fragment names; undefined where it names none. What is unknown in it is left out. */
export const queryIn = (fragment: string): Query | undefined => {
  if (!fragment.startsWith("#findings?")) return undefined
  const parts = new URLSearchParams(fragment.slice("#findings?".length))
  const sort = parts.get("sort") ?? `-${noQuery.sort}`
  const least = Number(parts.get("least") ?? 0)
  return {
    text: (parts.get("text") ?? "").slice(0, 200),
    show: oneOf<Show>(shows, parts.get("show")) ?? noQuery.show,
    at: Object.fromEntries(
      filters.flatMap((filter) => {
        const value = parts.get(filter)
        return value === null ? [] : [[filter, value]]
      })
    ),
    least: Number.isFinite(least) && least > 0 ? least : 0,
    sort: oneOf<Sort>(sorts, sort.replace(/^-/, "")) ?? noQuery.sort,
    descending: sort.startsWith("-"),
    group: oneOf<Filter>(filters, parts.get("group")) ?? ""
  }
}
