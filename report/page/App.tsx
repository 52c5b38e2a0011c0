import { useCallback, useEffect, useRef, useState } from "preact/hooks"
import type { Rows } from "../Model.ts"
import { Breakdown } from "./Breakdown.tsx"
import { Coverage } from "./Coverage.tsx"
import { unpackLater } from "./data.ts"
import { Drawer } from "./Drawer.tsx"
import { Findings } from "./Findings.tsx"
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
import { noQuery, type Query, type Table, tableOf } from "./table.ts"
import { Trend } from "./Trend.tsx"
import { ageText, labels } from "./words.ts"

/** Keeps what is shown in the address, so that it can be sent to somebody. Some places refuse that, and it is no loss. */
const keepInAddress = (fragment: string) => {
  try {
    history.replaceState(null, "", fragment === "" ? location.pathname + location.search : fragment)
  } catch {
    // A page in a sandboxed frame has no address of its own.
  }
}

export const App = ({ summary }: Shown) => {
  const [table, setTable] = useState<Table>()
  const [query, setQuery] = useState<Query>(() => queryIn(location.hash) ?? noQuery)
  const [place, setPlace] = useState<number>()
  /** What the address names as a finding, where the page has none like it. */
  const [missing, setMissing] = useState<string>()
  const from = useRef<Element | null>(null)

  const shown = useRef(query)
  shown.current = query
  const explain = useCallback((next: number) => {
    // From one finding to another the focus goes back to where the first was opened.
    if (document.querySelector("dialog[open]") === null) from.current = document.activeElement
    setPlace(next)
  }, [])
  const close = useCallback(() => {
    setPlace(undefined)
    keepInAddress(fragmentOf(shown.current))
    if (from.current instanceof HTMLElement) from.current.focus({ preventScroll: true })
  }, [])
  const set = useCallback((next: Query) => {
    setQuery(next)
    keepInAddress(fragmentOf(next))
  }, [])
  const ask = useCallback((wanted: Partial<Query>) => {
    set({ ...noQuery, ...wanted })
    document.getElementById("findings")?.scrollIntoView()
    document.getElementById("findings-title")?.focus({ preventScroll: true })
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
      const id = findingIn(location.hash)
      const index = id === undefined || !isFindingId(id) ? -1 : table.id.findIndex((one) => one.startsWith(id))
      if (index >= 0) explain(index)
      const isMissing = index < 0 && id !== undefined
      setMissing(isMissing ? id : undefined)
      if (isMissing) {
        setPlace(undefined)
        document.getElementById("findings")?.scrollIntoView()
      }
      const linked = queryIn(location.hash)
      if (linked !== undefined) setQuery(linked)
    }
    follow()
    addEventListener("hashchange", follow)
    return () => removeEventListener("hashchange", follow)
  }, [table])

  useEffect(() => {
    const id = place === undefined ? undefined : table?.id[place]
    if (id !== undefined) keepInAddress(fragmentOf(shown.current, id))
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
      <main>
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
        <Findings missing={missing} summary={summary} table={table} query={query} set={set} explain={explain} />
        <Coverage summary={summary} />
        <Hygiene summary={summary} ask={ask} />
        <Spend summary={summary} explain={explain} />
        <Reports summary={summary} />
        <Night summary={summary} />
        <Paper summary={summary} />
      </main>
      <footer>
        Night Audit only reads. Amounts are USD a month of 730 hours. {summary.pricing} A finding says where its own
        differ. This page asks nothing of any server.
      </footer>
      <Drawer summary={summary} table={table} place={place} explain={explain} close={close} />
    </>
  )
}
