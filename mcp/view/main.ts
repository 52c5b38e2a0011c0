/** The page that an assistant shows beside an answer's text. It reads the structured content, and asks nobody but its host. */
import { button, type Child, element, fill, warning } from "./element.ts"
import { explanation } from "./explanation.ts"
import { list } from "./findings.ts"
import { type Abilities, callTool, connect, openLink, type Structured, tellSize } from "./host.ts"
import { breakdown, tops } from "./savings.ts"
import { headline, standing } from "./standing.ts"
import { bare } from "./text.ts"

const root = document.querySelector("main") as HTMLElement
let can: Abilities = {}
let given: Structured = {}

const draw = (...children: ReadonlyArray<Child>) => fill(root, children)

const muted = (text: string) => element("p.muted", text)

/** There is nothing to draw, and why. */
const instead = (title: string, why: Child): ReadonlyArray<Child> => [element("h1", title), why]

/** Calls a tool of ours; rejects with what the tool or the host says. */
const ask = async (tool: string, asked: Structured): Promise<Structured> => {
  const structured = bare(await callTool(tool, asked))
  if (structured.error) throw new Error(structured.error)
  return structured
}

const open = async (url: string) => {
  if (!(await openLink(url))) root.append(warning(`Your assistant did not open ${url}`))
}

/** Where nothing was read, that nothing was found is no result. */
const isAnswered = ({ count, totals }: Structured): boolean => totals !== null || count !== null

const body = (structured: Structured): ReadonlyArray<Child> => {
  const { filters, findings, nextCursor, rows, top } = structured
  if (!isAnswered(structured))
    return instead("Nothing was looked at", muted("So nothing can be said about waste here."))
  if (findings !== undefined)
    return list(
      structured,
      can.serverTools &&
        (async (id) => explanation(await ask("explain_savings", { id }), can.openLinks && ((url) => void open(url)))),
      can.serverTools && ((cursor) => ask("search_findings", { ...given, cursor }))
    )
  return top !== undefined
    ? [tops(top)]
    : breakdown(filters.by, rows, nextCursor !== undefined && muted("There are more: ask the assistant for them."))
}

const show = (structured: Structured) => {
  const { error, report, totals } = structured
  if (error) return draw(...instead("Not answered", warning(error)))
  // A host may tell of the calls that the view makes itself.
  if (totals === undefined) return
  draw(
    ...headline(structured),
    ...body(structured),
    report &&
      isAnswered(structured) &&
      can.openLinks &&
      button("button.report", () => void open(report.url), "Open the whole report"),
    ...standing(structured, isAnswered(structured))
  )
}

const watcher = new ResizeObserver(() => tellSize(Math.ceil(document.documentElement.getBoundingClientRect().height)))

void connect({
  onInput: (asked) => {
    given = asked
  },
  onResult: (structured) => show(bare(structured)),
  onCancelled: () => draw(...instead("Cancelled", muted("The question was not answered."))),
  onTheme: (theme) => {
    document.documentElement.dataset["theme"] = theme
  },
  onTeardown: () => watcher.disconnect()
}).then(
  (abilities) => {
    can = abilities
    watcher.observe(document.documentElement)
  },
  (error: Error) => draw(...instead("Not answered", warning(error.message)))
)
