import { useMemo } from "preact/hooks"
import { standings } from "../Model.ts"
import { type Filter, filters, noQuery, type Query, shows, type Table } from "./table.ts"
import { filterWord, showWord } from "./words.ts"

/** A list of choices has at most so many; the search finds the others. */
const mostChoices = 500

const amounts = [1, 10, 100, 1000]

const Choice = ({
  filter,
  onChange,
  table,
  value
}: {
  readonly filter: Filter
  readonly table: Table
  readonly value: string | undefined
  readonly onChange: (value: string | undefined) => void
}) => {
  const { label, rank, values } = table
  const choices = useMemo(
    () =>
      values[filter]
        .map((one, place) => [one, rank[filter][place] ?? 0] as const)
        .sort(([, a], [, b]) => a - b)
        .slice(0, mostChoices)
        .map(([one]) => one),
    [table]
  )
  // A value may itself be empty: what has no owner.
  const given = value === undefined ? "" : `=${value}`
  return (
    <select
      aria-label={filterWord[filter]}
      value={given}
      class={value === undefined ? "" : "on"}
      onChange={({ currentTarget }) => onChange(currentTarget.value === "" ? undefined : currentTarget.value.slice(1))}
    >
      <option value="">{filterWord[filter]}</option>
      {value !== undefined && !choices.includes(value) ? <option value={given}>{label(filter, value)}</option> : null}
      {choices.map((one) => (
        <option key={one} value={`=${one}`}>
          {label(filter, one)}
        </option>
      ))}
    </select>
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
  const counted = shows.filter((show) => show !== "aside" || table.standing.includes(standings.indexOf("aside")))
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
          <Choice
            key={filter}
            filter={filter}
            table={table}
            value={query.at[filter]}
            onChange={(value) => {
              const { [filter]: _, ...others } = query.at
              set({ ...query, at: value === undefined ? others : { ...others, [filter]: value } })
            }}
          />
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
