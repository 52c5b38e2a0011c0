import { useCallback, useEffect, useRef, useState } from "preact/hooks"
import type { Rows } from "../Model.ts"
import { Breakdown } from "./Breakdown.tsx"
import { Coverage } from "./Coverage.tsx"
import { unpackLater } from "./data.ts"
import { Drawer } from "./Drawer.tsx"
import { Findings, useSelection } from "./Findings.tsx"
import { First } from "./First.tsx"
import { Header } from "./Header.tsx"
import { Headline } from "./Headline.tsx"
import { Hygiene } from "./Hygiene.tsx"
import { findingIn, fragmentOf, isFindingId, queryIn } from "./link.ts"
import { Night } from "./Night.tsx"
import { Paper } from "./Paper.tsx"
import type { Shown } from "./parts.tsx"
import { Realised } from "./Realised.tsx"
import { Reports, Spend } from "./Spend.tsx"
import { noQuery, placesLike, type Query, type Table, tableOf } from "./table.ts"
import { Trend } from "./Trend.tsx"
import { ageText, amountLength, labels, type Missing } from "./words.ts"

/** What is kept of an entry of the browser's history. */
interface Entry {
  /** A search that is still typed: the next letter takes its place. */
  readonly isTyped?: boolean
  /** That a finding was opened here, so that closing it is to go back. */
  readonly isExplained?: boolean
}

const entry = (): Entry => (history.state as Entry | null) ?? {}

/**
 * Keeps what is shown in the address, so that it can be sent to somebody, and what was shown in the browser's history, so that Back undoes
 * it. Some places refuse that, and it is no loss.
 */
const keepInAddress = (fragment: string, how: "push" | "replace", kept: Entry) => {
  const address = fragment === "" ? location.pathname + location.search : fragment
  try {
    if (how === "push") history.pushState(kept, "", address)
    else history.replaceState(kept, "", address)
  } catch {
    // A page in a sandboxed frame has no address of its own.
  }
}

/** Shows a section and moves the focus to its heading, so that the next Tab goes on from there. */
const goTo = (section: string) => {
  document.getElementById(section)?.scrollIntoView()
  const title = document.getElementById(`${section}-title`)
  if (title === null) return
  title.tabIndex = -1
  title.focus({ preventScroll: true })
}

export const App = ({ summary }: Shown) => {
  const [table, setTable] = useState<Table>()
  const [query, setQuery] = useState<Query>(() => queryIn(location.hash) ?? noQuery)
  const [place, setPlace] = useState<number>()
  /** What the address names as a finding, where the page has none like it or several. */
  const [missing, setMissing] = useState<Missing>()
  const from = useRef<Element | null>(null)

  const chosen = useSelection(table, query)

  const shown = useRef(query)
  shown.current = query
  const explain = useCallback((next: number) => {
    // From one finding to another the focus goes back to where the first was opened.
    if (document.querySelector("dialog[open]") === null) from.current = document.activeElement
    setPlace(next)
  }, [])
  const close = useCallback(() => {
    if (from.current instanceof HTMLElement) from.current.focus({ preventScroll: true })
    const isNamed = findingIn(location.hash) !== undefined
    // What the address says then closes it.
    if (isNamed && entry().isExplained === true) return history.back()
    setPlace(undefined)
    if (isNamed) keepInAddress(fragmentOf(shown.current), "replace", {})
  }, [])
  const set = useCallback((next: Query) => {
    const fragment = fragmentOf(next)
    const isTyped = next.text !== "" && next.text !== shown.current.text
    if (fragment !== fragmentOf(shown.current))
      keepInAddress(fragment, isTyped && entry().isTyped === true ? "replace" : "push", { isTyped })
    setQuery(next)
    setMissing(undefined)
  }, [])
  const ask = useCallback((wanted: Partial<Query>) => {
    set({ ...noQuery, ...wanted })
    goTo("findings")
  }, [])

  useEffect(() => {
    performance.mark("first-screen")
    // After the first screen is drawn: unpacking many findings takes a moment.
    const timer = setTimeout(() => {
      void unpackLater<Rows>("rows").then((rows) => {
        if (rows === undefined) return
        setTable(tableOf(rows, labels(summary)))
        performance.mark("table-ready")
      })
    }, 0)
    return () => clearTimeout(timer)
  }, [])

  useEffect(() => {
    if (table === undefined) return undefined
    const follow = () => {
      const named = findingIn(location.hash)
      const like = named === undefined || !isFindingId(named) ? [] : placesLike(table, named)
      const only = like.length === 1 ? like[0] : undefined
      if (only === undefined) setPlace(undefined)
      else explain(only)
      const isMissing = named !== undefined && only === undefined
      setMissing(isMissing ? { named, like: like.length } : undefined)
      if (isMissing) document.getElementById("findings")?.scrollIntoView()
      const linked = queryIn(location.hash) ?? noQuery
      // The same view goes on where it is.
      setQuery((current) => (fragmentOf(current) === fragmentOf(linked) ? current : linked))
    }
    const onClick = (event: MouseEvent) => {
      const link = event.target instanceof Element ? event.target.closest("a[href^='#']") : null
      if (link === null || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return
      const fragment = link.getAttribute("href") ?? ""
      const id = findingIn(fragment)
      const index = id === undefined ? -1 : table.id.indexOf(id)
      if (index >= 0) explain(index)
      // The address goes on naming what the table shows, which a section's name would take the place of.
      else if (id === undefined && fragmentOf(shown.current) !== "") goTo(fragment.slice(1))
      else return
      event.preventDefault()
    }
    if (findingIn(location.hash) !== undefined) follow()
    addEventListener("hashchange", follow)
    addEventListener("click", onClick)
    return () => {
      removeEventListener("hashchange", follow)
      removeEventListener("click", onClick)
    }
  }, [table])

  useEffect(() => {
    const id = place === undefined ? undefined : table?.id[place]
    const named = findingIn(location.hash)
    if (id === undefined || named === id) return
    const fragment = fragmentOf(shown.current, id)
    if (named === undefined) keepInAddress(fragment, "push", { isExplained: true })
    else keepInAddress(fragment, "replace", entry())
    setMissing(undefined)
  }, [place, table])

  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      const isTyping = event.target instanceof HTMLInputElement || event.target instanceof HTMLSelectElement
      if (event.key !== "/" || isTyping || event.ctrlKey || event.metaKey || event.altKey) return
      if (document.querySelector("dialog[open]") !== null) return
      event.preventDefault()
      document.getElementById("search")?.focus()
    }
    addEventListener("keydown", onKeyDown)
    return () => removeEventListener("keydown", onKeyDown)
  }, [])

  const old = ageText(summary, Date.now())
  return (
    <>
      <a class="skip" href="#findings">
        Skip to the findings
      </a>
      <Header summary={summary} />
      <main style={{ "--amount": amountLength(summary) }}>
        {summary.warning === null ? null : (
          <p class="warning" role="alert">
            <b>
              <span aria-hidden="true">▲ </span>
              {summary.warning}
            </b>
          </p>
        )}
        {old === undefined ? null : (
          <p class="warning old" role="status">
            {old}
          </p>
        )}
        <Headline summary={summary} ask={ask} />
        <div class="columns">
          <div class="column">
            <Breakdown summary={summary} ask={ask} />
            <Trend summary={summary} />
            <Realised summary={summary} />
          </div>
          <First summary={summary} explain={explain} />
        </div>
        <Findings
          missing={missing}
          summary={summary}
          table={table}
          query={query}
          chosen={chosen}
          set={set}
          explain={explain}
        />
        <Coverage summary={summary} />
        <Hygiene summary={summary} ask={ask} />
        <Spend summary={summary} explain={explain} />
        <Reports summary={summary} />
        <Night summary={summary} />
        <Paper summary={summary} table={table} query={query} selection={chosen.selection} />
      </main>
      <footer>
        Night Audit only reads. Amounts are USD a month of 730 hours. {summary.pricing} A finding says where its own
        differ. This page asks nothing of any server.
      </footer>
      <Drawer summary={summary} table={table} place={place} explain={explain} close={close} />
    </>
  )
}
