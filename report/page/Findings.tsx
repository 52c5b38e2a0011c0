import { useEffect, useMemo, useRef, useState } from "preact/hooks"
import { Filters, isNarrowed } from "./Filters.tsx"
import { Elsewhere, Name, SeverityWord, type Shown, Tag } from "./parts.tsx"
import {
  type Group,
  noQuery,
  type Query,
  select,
  type Selection,
  type Sort,
  sorts,
  type Sums,
  type Table,
  taggedOf
} from "./table.ts"
import { useRows } from "./useRows.ts"
import {
  amountText,
  centsText,
  dayText,
  filterWord,
  type Missing,
  missingText,
  plural,
  sortWord,
  sumsText,
  words
} from "./words.ts"

/** The first click on a column sorts like this. */
const descendingFirst: ReadonlySet<Sort> = new Set(["amount", "since"])

const headerHeight = 34

/** More than there are ever rows in sight and beside it. */
const slots = 64

const rowId = (index: number) => `row-${index}`

const Status = ({
  query,
  set,
  sums
}: {
  readonly sums: Sums
  readonly query: Query
  readonly set: (query: Query) => void
}) => {
  return (
    <div class="status">
      <p role="status">
        <b>{plural(sums.findings, "finding")}</b>
        {sumsText(sums)}
      </p>
      {isNarrowed(query) ? (
        <button
          type="button"
          class="plain"
          onClick={() => set({ ...noQuery, group: query.group, sort: query.sort, descending: query.descending })}
        >
          Clear filters
        </button>
      ) : null}
      <p class="hint" aria-hidden="true">
        ≈ estimated, ≤ at most. <kbd>↑</kbd> <kbd>↓</kbd> move, <kbd>Enter</kbd> explains, <kbd>/</kbd> searches
      </p>
    </div>
  )
}

const Finding = ({ index, table }: { readonly table: Table; readonly index: number }) => {
  const { at, cents, label, name, resource, since, values } = table
  const value = (of: keyof typeof at) => values[of][at[of][index] ?? 0] ?? ""
  const tagged = taggedOf(table, index)
  const isMoney = tagged !== "hygiene" && tagged !== "notice"
  return (
    <>
      <div role="gridcell" class="amount">
        {isMoney ? (
          <b class={tagged === "confirmed" ? "" : "uncounted"}>{amountText(cents[index] ?? 0, value("basis"))}</b>
        ) : null}
        {tagged === "confirmed" ? null : <Tag of={tagged} />}
      </div>
      <div role="gridcell" class="finding">
        <b>
          <Name>{(name[index] ?? "") === "" ? (resource[index] ?? "") : (name[index] ?? "")}</Name>
        </b>
        <span>
          {label("scan", value("scan"))} · {words(value("reason")).toLowerCase()}
        </span>
      </div>
      <div role="gridcell" class="account">
        <Name>{label("account", value("account"))}</Name>
      </div>
      <div role="gridcell" class="region">
        {label("region", value("region"))}
      </div>
      <div role="gridcell" class={`owner${value("owner") === "" ? " muted" : ""}`}>
        <Name>{label("owner", value("owner"))}</Name>
      </div>
      <div role="gridcell" class="severity-cell">
        <SeverityWord of={value("severity")} />
      </div>
      <div role="gridcell" class="since-cell">
        {dayText(since[index] ?? 0)}
      </div>
    </>
  )
}

const GroupRow = ({
  group: { sums },
  isClosed,
  name
}: {
  readonly group: Group
  readonly isClosed: boolean
  readonly name: string
}) => (
  <>
    <div role="gridcell" class="amount">
      {sums.confirmed > 0 ? <b>{centsText(sums.confirmed)}</b> : null}
    </div>
    <div role="gridcell" class="finding" aria-colspan={sorts.length - 1}>
      <b>
        <i aria-hidden="true">{isClosed ? "▸" : "▾"}</i> <Name>{name}</Name>
      </b>
      <span>
        {plural(sums.findings, "finding")}
        {sumsText(sums)}
      </span>
    </div>
  </>
)

const Grid = ({
  explain,
  query,
  selection,
  set,
  table,
  toggle,
  closed
}: {
  readonly table: Table
  readonly query: Query
  readonly selection: Selection
  readonly closed: ReadonlySet<number>
  readonly set: (query: Query) => void
  readonly explain: (place: number) => void
  readonly toggle: (group: number) => void
}) => {
  const { groups, items } = selection
  const grid = useRef<HTMLDivElement>(null)
  const [active, setActive] = useState(0)
  const rows = useRows(grid, items.length, headerHeight)
  const isGrouped = query.group !== ""

  // Another selection begins at its first row.
  useEffect(() => {
    setActive(0)
    grid.current?.scrollTo(0, 0)
  }, [query])

  const move = (to: number) => {
    const next = Math.max(0, Math.min(items.length - 1, to))
    setActive(next)
    rows.scrollToIndex(next)
  }
  const enter = (at: number) => {
    const item = items[at]
    if (item === undefined) return
    if (item < 0) toggle(-1 - item)
    else explain(item)
  }
  const page = Math.max(1, Math.floor((grid.current?.clientHeight ?? 0) / rows.options.estimateSize(0)) - 2)
  const moves: Readonly<Record<string, number>> = {
    ArrowDown: active + 1,
    ArrowUp: active - 1,
    PageDown: active + page,
    PageUp: active - page,
    Home: 0,
    End: items.length - 1
  }
  const onKeyDown = (event: KeyboardEvent) => {
    // A button of the header has its own keys.
    if (event.target !== grid.current || event.ctrlKey || event.metaKey || event.altKey) return
    const item = items[active] ?? 0
    const to = moves[event.key]
    if (to !== undefined) move(to)
    else if (event.key === "Enter" || event.key === " ") enter(active)
    else if (isGrouped && event.key === "ArrowLeft") {
      // From a finding to its group's heading, and from there it is closed.
      if (item < 0 && !closed.has(-1 - item)) toggle(-1 - item)
      else if (item >= 0) move(items.subarray(0, active).findLastIndex((one) => one < 0))
    } else if (isGrouped && event.key === "ArrowRight" && item < 0 && closed.has(-1 - item)) toggle(-1 - item)
    else return
    event.preventDefault()
  }
  const sortBy = (sort: Sort) =>
    set({ ...query, sort, descending: query.sort === sort ? !query.descending : descendingFirst.has(sort) })

  return (
    <div
      ref={grid}
      class="grid"
      role={isGrouped ? "treegrid" : "grid"}
      aria-label="Findings"
      aria-rowcount={items.length + 1}
      aria-colcount={sorts.length}
      aria-activedescendant={items.length > 0 ? rowId(active) : undefined}
      tabIndex={0}
      onKeyDown={onKeyDown}
    >
      <div role="rowgroup" class="grid-head">
        <div role="row" aria-rowindex={1} class="row">
          {sorts.map((sort) => (
            <div
              key={sort}
              role="columnheader"
              class={sort === "name" ? "finding" : sort === "severity" || sort === "since" ? `${sort}-cell` : sort}
              aria-sort={query.sort === sort ? (query.descending ? "descending" : "ascending") : "none"}
            >
              <button type="button" onClick={() => sortBy(sort)}>
                {sortWord[sort]}
                <span aria-hidden="true">{query.sort === sort ? (query.descending ? " ↓" : " ↑") : ""}</span>
              </button>
            </div>
          ))}
        </div>
      </div>
      <div role="rowgroup" class="grid-body" style={{ height: `${rows.getTotalSize()}px` }}>
        {items.length === 0 ? (
          <div role="row" class="empty" aria-rowindex={2}>
            <div role="gridcell">
              {isNarrowed(query) ? (
                <>
                  <b>No finding matches.</b> Every word of the search and every filter must.
                </>
              ) : (
                <b>No waste was found.</b>
              )}
            </div>
          </div>
        ) : null}
        {rows.getVirtualItems().map(({ index, size, start }) => {
          const item = items[index]
          if (item === undefined) return null
          // A row that comes into sight takes over the elements of one that has left it: making them anew is what takes time.
          const slot = index % slots
          const group = item < 0 ? groups.get(-1 - item) : undefined
          const place = { transform: `translateY(${start}px)`, height: `${size}px` }
          const common = {
            role: "row",
            id: rowId(index),
            "aria-rowindex": index + 2,
            style: place,
            onClick: () => {
              setActive(index)
              enter(index)
            }
          } as const
          const isActive = index === active ? " active" : ""
          return group === undefined ? (
            <div key={slot} {...common} class={`row${isActive}`} aria-level={isGrouped ? 2 : undefined}>
              <Finding table={table} index={item} />
            </div>
          ) : (
            <div
              key={slot}
              {...common}
              class={`row group${isActive}`}
              aria-level={1}
              aria-expanded={!closed.has(group.value)}
            >
              <GroupRow
                group={group}
                isClosed={closed.has(group.value)}
                name={table.label(query.group as Exclude<Query["group"], "">, group.name)}
              />
            </div>
          )
        })}
      </div>
    </div>
  )
}

/** What the table shows of a query, and the groups that a reader has closed. */
export const useSelection = (table: Table | undefined, query: Query) => {
  const [closed, setClosed] = useState<ReadonlySet<number>>(new Set())
  useEffect(() => setClosed(new Set()), [query.group])
  const selection = useMemo(
    () => (table === undefined ? undefined : select(table, query, closed)),
    [table, query, closed]
  )
  const toggle = (group: number) => {
    const next = new Set(closed)
    if (!next.delete(group)) next.add(group)
    setClosed(next)
  }
  return { closed, selection, toggle }
}

/** All findings, of which the rows in sight are drawn. */
export const Findings = ({
  chosen,
  explain,
  missing,
  query,
  set,
  summary,
  table
}: Shown & {
  readonly table: Table | undefined
  readonly query: Query
  readonly set: (query: Query) => void
  readonly explain: (place: number) => void
  readonly chosen: ReturnType<typeof useSelection>
  readonly missing: Missing | undefined
}) => {
  const { closed, selection, toggle } = chosen
  const { rows } = summary.leftOut
  return (
    <section class="card findings" id="findings" aria-labelledby="findings-title">
      <h2 id="findings-title">Findings{query.group === "" ? "" : ` by ${filterWord[query.group].toLowerCase()}`}</h2>
      {/* It is there before it says anything, or nobody is told what it says. */}
      <div role="status">
        {missing === undefined ? null : (
          <p class="warning missing">
            <Name>{missingText(missing, summary, isNarrowed(query))}</Name>
          </p>
        )}
      </div>
      {table === undefined || selection === undefined ? (
        <p class="muted" role="status">
          Reading {plural(summary.findings, "finding")}…
        </p>
      ) : (
        <>
          <Filters table={table} query={query} set={set} />
          <Status sums={selection.sums} query={query} set={set} />
          <Grid
            table={table}
            query={query}
            selection={selection}
            closed={closed}
            set={set}
            explain={explain}
            toggle={toggle}
          />
          {rows > 0 ? (
            <p class="note">
              The {plural(rows, "smallest finding")} are not in this page, and in its sums above:{" "}
              <Elsewhere summary={summary} command="findings" tool="search_findings" /> lists all.
            </p>
          ) : null}
        </>
      )}
    </section>
  )
}
