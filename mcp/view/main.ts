/** The page that an assistant shows beside an answer's text. It reads the structured content, and asks nobody but its host. */
import { button, type Child, element, fill, prose, warning } from "./element.ts"
import { explanation } from "./explanation.ts"
import { list } from "./findings.ts"
import { type Abilities, type Answer, callTool, connect, openLink, Refusal, type Structured, tellSize } from "./host.ts"
import { breakdown, tops } from "./savings.ts"
import { headline, standing } from "./standing.ts"
import { bare, bareText } from "./text.ts"

const root = document.querySelector("main") as HTMLElement
let can: Abilities = {}
let given: Structured = {}

/** Seconds without anything to draw after which the page says so. */
const silentFor = 15

const overdue = setTimeout(
  () =>
    draw(
      ...instead(
        "Nothing to draw yet",
        muted(
          "Your assistant has sent this page no answer so far. What it says in words counts all the same, and what it still sends is shown here."
        )
      )
    ),
  silentFor * 1000
)

const draw = (...children: ReadonlyArray<Child>) => {
  clearTimeout(overdue)
  fill(root, children)
}

const muted = (text: string) => element("p.muted", text)

/** There is nothing to draw, and why. */
const instead = (title: string, why: Child): ReadonlyArray<Child> => [element("h1", title), why]

/** Calls a tool of ours; rejects with what the tool or the host says. Answers its text where there is nothing to draw. */
const ask = async (tool: string, asked: Structured): Promise<Structured | string> => {
  const { isError, structured, text } = await callTool(tool, asked)
  const said = bareText(text)
  if (structured?.["error"]) throw new Refusal(String(bare(structured["error"])))
  if (isError || (structured === undefined && said === "")) {
    throw new Refusal(said || "Your assistant passed on no answer.")
  }
  return structured === undefined ? said : bare(structured)
}

/** The explanation of a finding, in words where the host passes on nothing else. */
const explain = async (id: string): Promise<ReadonlyArray<Child>> => {
  const answer = await ask("explain_savings", { id })
  return typeof answer === "string" ? [prose(answer)] : explanation(answer, can.openLinks && ((url) => void open(url)))
}

const more = async (cursor: string): Promise<Structured> => {
  const answer = await ask("search_findings", { ...given, cursor })
  if (typeof answer === "string") {
    throw new Refusal("Your assistant passed the next findings on in words alone: ask it for them.")
  }
  return answer
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
  if (findings !== undefined) return list(structured, can.serverTools && explain, can.serverTools && more)
  return top !== undefined
    ? [tops(top)]
    : breakdown(filters.by, rows, nextCursor !== undefined && muted("There are more: ask the assistant for them."))
}

const drawn = (structured: Structured): ReadonlyArray<Child> => {
  const { report } = structured
  return [
    ...headline(structured),
    ...body(structured),
    report &&
      isAnswered(structured) &&
      can.openLinks &&
      button("button.report", () => void open(report.url), "Open the whole report"),
    ...standing(structured, isAnswered(structured))
  ]
}

/** An answer that cannot be drawn, in its own words. */
const inWords = ({ isError, text }: Answer): ReadonlyArray<Child> => {
  const said = bareText(text)
  if (said === "") {
    return instead(
      "Nothing to draw",
      muted("Your assistant passed on no answer that this page can draw. It has it in words.")
    )
  }
  return isError ? instead("Not answered", warning(said)) : instead("Answered in words", prose(said))
}

let isShown = false

const show = (answer: Answer) => {
  const structured = answer.structured === undefined ? undefined : bare(answer.structured)
  // A host may tell of the calls that the view makes itself.
  if (isShown && structured?.totals === undefined) return
  isShown = true
  if (structured?.error) return draw(...instead("Not answered", warning(String(structured.error))))
  try {
    draw(...(structured?.totals === undefined ? inWords(answer) : drawn(structured)))
  } catch {
    // What of it is missing or of another form, its text does not need.
    draw(...inWords(answer))
  }
}

const watcher = new ResizeObserver(() => tellSize(Math.ceil(document.documentElement.getBoundingClientRect().height)))

void connect({
  onInput: (asked) => {
    given = asked
  },
  onResult: show,
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
