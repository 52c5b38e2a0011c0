import { useState } from "preact/hooks"
import { themeChanged } from "./Chart.tsx"
import { Copy, type Shown } from "./parts.tsx"

const sections = [
  ["findings", "Findings"],
  ["trend", "Trend"],
  ["coverage", "Coverage"],
  ["hygiene", "Hygiene"],
  ["spend", "Spend"],
  ["night", "Night"]
] as const

/** What stands in the address bar of a signed page ends within hours; this is what to pass on, with what is shown now. */
const Link = ({ opens: { until, url } }: { readonly opens: NonNullable<Shown["summary"]["opens"]> }) => (
  <span title={until === null ? undefined : `opens until ${until.slice(0, 10)}`}>
    <Copy text={() => `${url}${location.hash}`} what="a link to what is shown" label="Copy a link" />
  </span>
)

export const Header = ({ summary: { opens, run } }: Shown) => {
  const [theme, setTheme] = useState("auto")
  const choose = (chosen: string) => {
    setTheme(chosen)
    document.documentElement.dataset["theme"] = chosen
    dispatchEvent(new Event(themeChanged))
  }
  return (
    <header class="top">
      <span class="brand">
        <svg viewBox="0 0 20 20" aria-hidden="true">
          <path d="M12.6 1.9a8.4 8.4 0 1 0 5.6 10.7A7 7 0 0 1 12.600 1.900Z" />
        </svg>
        Night Audit
      </span>
      <nav aria-label="Sections">
        {sections.map(([id, title]) => (
          <a key={id} href={`#${id}`}>
            {title}
          </a>
        ))}
      </nav>
      <span class="when">
        {run.trigger === "sample" ? "Sample estate · " : ""}
        <time dateTime={run.startedAt}>{`${run.startedAt.slice(0, 10)} ${run.startedAt.slice(11, 16)} UTC`}</time>
      </span>
      <select
        class="theme"
        aria-label="Theme"
        value={theme}
        onChange={({ currentTarget }) => choose(currentTarget.value)}
      >
        <option value="auto">Auto</option>
        <option value="light">Light</option>
        <option value="dark">Dark</option>
      </select>
      {opens?.until ? <Link opens={opens} /> : null}
      <button type="button" onClick={() => print()}>
        Print
      </button>
    </header>
  )
}
