import { useEffect, useMemo, useRef, useState } from "preact/hooks"
import { isUnsettled, standings } from "../Model.ts"
import { Name } from "./parts.tsx"
import { countsOf, type Filter, filters, noQuery, type Query, shows, sorts, type Table } from "./table.ts"
import { count, filterWord, showWord, sortWord } from "./words.ts"

/** A list of choices has at most so many; the search finds the others. */
const mostChoices = 500

const amounts = [1, 10, 100, 1000]

/** What a facet is called while these values of it are chosen. */
const chosenText = (filter: Filter, chosen: ReadonlyArray<string>, { label }: Table): string => {
  const [first] = chosen
  const word = filterWord[filter]
  if (first === undefined) return word
  return `${word}: ${chosen.length === 1 ? label(filter, first) : chosen.length}`
}

/** The values of a facet with how many findings each would show. They are counted while the list is open. */
const Choices = ({
  choose,
  filter,
  query,
  table
}: {
  readonly filter: Filter
  readonly query: Query
  readonly table: Table
  readonly choose: (values: ReadonlyArray<string>) => void
}) => {
  const { label, rank, values } = table
  const chosen = query.at[filter] ?? []
  const [first] = useState(chosen)
  const counts = useMemo(() => countsOf(table, query, filter), [table, query])
  const shown = useMemo(() => {
    const places = new Map(values[filter].map((value, place) => [value, place]))
    const order = (value: string) => rank[filter][places.get(value) ?? 0] ?? 0
    // What was chosen when the list was opened stands first; a list that is clicked in does not move.
    const isFirst = (value: string) => Number(first.includes(value))
    const countOf = (value: string) => counts[places.get(value) ?? -1] ?? 0
    return [...new Set([...first, ...values[filter]])]
      .map((value) => ({ value, of: countOf(value) }))
      .filter(({ of, value }) => of > 0 || chosen.includes(value) || first.includes(value))
      .sort((a, b) => isFirst(b.value) - isFirst(a.value) || order(a.value) - order(b.value))
  }, [counts])
  const left = shown.length - mostChoices
  return (
    <div class="choices" role="group" aria-label={filterWord[filter]}>
      {shown.slice(0, mostChoices).map(({ of, value }) => (
        <label key={value}>
          <input
            type="checkbox"
            checked={chosen.includes(value)}
            onChange={({ currentTarget }) =>
              choose(currentTarget.checked ? [...chosen, value] : chosen.filter((one) => one !== value))
            }
          />
          <Name>{label(filter, value)}</Name>
          <span class="muted number">{count(of)}</span>
        </label>
      ))}
      {left > 0 ? (
        <p class="note">
          {count(left)} more: search for {filter}:…
        </p>
      ) : null}
      {chosen.length > 0 ? (
        <button type="button" class="plain" onClick={() => choose([])}>
          All
        </button>
      ) : null}
    </div>
  )
}

/** A facet of which several values can be chosen: a finding has to have one of them. */
const FacetFilter = ({
  filter,
  query,
  set,
  table
}: {
  readonly filter: Filter
  readonly query: Query
  readonly table: Table
  readonly set: (query: Query) => void
}) => {
  const details = useRef<HTMLDetailsElement>(null)
  const [isOpen, setOpen] = useState(false)
  const chosen = query.at[filter] ?? []
  useEffect(() => {
    if (!isOpen) return undefined
    const close = (isByKey: boolean) => {
      if (details.current !== null) details.current.open = false
      if (isByKey) details.current?.querySelector("summary")?.focus()
    }
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.key === "Escape") close(true)
    }
    const onPointerDown = ({ target }: PointerEvent) => {
      if (target instanceof Node && details.current?.contains(target) === false) close(false)
    }
    addEventListener("keydown", onKeyDown)
    addEventListener("pointerdown", onPointerDown)
    return () => {
      removeEventListener("keydown", onKeyDown)
      removeEventListener("pointerdown", onPointerDown)
    }
  }, [isOpen])
  const choose = (values: ReadonlyArray<string>) => {
    const { [filter]: _, ...others } = query.at
    set({ ...query, at: values.length === 0 ? others : { ...others, [filter]: values } })
  }
  return (
    <details
      ref={details}
      class={`facet${chosen.length === 0 ? "" : " on"}`}
      name="facet"
      onToggle={({ currentTarget }) => setOpen(currentTarget.open)}
    >
      <summary>
        <Name>{chosenText(filter, chosen, table)}</Name>
      </summary>
      {isOpen ? <Choices filter={filter} query={query} table={table} choose={choose} /> : null}
    </details>
  )
}

export const Filters = ({
  query,
  set,
  table
}: {
  readonly table: Table
  readonly query: Query
  readonly set: (query: Query) => void
}) => {
  const counted = shows.filter((show) =>
    show === query.show
      ? true
      : show === "aside"
        ? table.standing.includes(standings.indexOf("aside"))
        : show === "unsettled"
          ? table.counts.includes(isUnsettled)
          : true
  )
  return (
    <>
      <div class="tabs" role="group" aria-label="Which findings">
        {counted.map((show) => (
          <button key={show} type="button" aria-pressed={query.show === show} onClick={() => set({ ...query, show })}>
            {showWord[show]}
          </button>
        ))}
      </div>
      <div class="filters">
        <input
          id="search"
          type="search"
          placeholder="Search, or owner:web region:eu-"
          aria-label="Search findings: all words must match; owner:, account:, region:, service:, scan:, category:, severity: and reason: look at one column"
          value={query.text}
          onInput={({ currentTarget }) => set({ ...query, text: currentTarget.value })}
        />
        {filters.map((filter) => (
          <FacetFilter key={filter} filter={filter} query={query} table={table} set={set} />
        ))}
        <select
          aria-label="Smallest amount"
          class={query.least === 0 ? "" : "on"}
          value={String(query.least)}
          onChange={({ currentTarget }) => set({ ...query, least: Number(currentTarget.value) })}
        >
          <option value="0">Any amount</option>
          {[...new Set([...amounts, ...(query.least > 0 ? [query.least] : [])])]
            .sort((a, b) => a - b)
            .map((amount) => (
              <option key={amount} value={String(amount)}>
                from ${amount}
              </option>
            ))}
        </select>
        <select
          class="sort"
          aria-label="Sort by"
          value={`${query.descending ? "-" : ""}${query.sort}`}
          onChange={({ currentTarget: { value } }) => {
            const sort = sorts.find((one) => one === value.replace("-", "")) ?? query.sort
            set({ ...query, sort, descending: value.startsWith("-") })
          }}
        >
          {sorts.flatMap((sort) =>
            ["-", ""].map((sign) => (
              <option key={sign + sort} value={sign + sort}>
                {sortWord[sort]}, {sign === "" ? "ascending" : "descending"}
              </option>
            ))
          )}
        </select>
        <select
          aria-label="Group by"
          class={query.group === "" ? "" : "on"}
          value={query.group}
          onChange={({ currentTarget }) => set({ ...query, group: currentTarget.value as Query["group"] })}
        >
          <option value="">No groups</option>
          {filters.map((filter) => (
            <option key={filter} value={filter}>
              By {filterWord[filter].toLowerCase()}
            </option>
          ))}
        </select>
      </div>
    </>
  )
}

/** Whether anything but the order and the groups differs from what the page shows at first. */
export const isNarrowed = (query: Query): boolean =>
  query.text !== "" || query.show !== noQuery.show || query.least !== 0 || Object.keys(query.at).length > 0
