/** The view of summarize_savings: where the money is, by the dimension that was asked for or by one of three. */
import { count, usd } from "../../core/format.ts"
import { words } from "../../report/page/words.ts"
import { button, type Child, element, fill, name, table } from "./element.ts"
import type { Structured } from "./host.ts"
import { scanWords } from "./text.ts"

/** A row may be without some fields: a model can ask for others, and what is too long loses its last ones. */
const amountsOf = ({ confirmedUsd, monthlyUsd, unconfirmedUsd = 0 }: Structured) => {
  const confirmed: number | undefined =
    confirmedUsd ?? (monthlyUsd === undefined ? undefined : monthlyUsd - unconfirmedUsd)
  return { confirmed, solid: confirmed ?? 0, hatched: unconfirmedUsd }
}

/** The length of a bar is set through the style's own object, because the policy refuses style attributes. */
const part = (kind: string, share: number): HTMLElement => {
  const made = element(`span.${kind}`)
  made.style.width = `${100 * share}%`
  return made
}

const label = (by: string, { accountName, value }: Structured): ReadonlyArray<Child> =>
  by === "account" && accountName
    ? [name(accountName), element("span.beneath", value)]
    : [name(by === "scan" ? scanWords(value) : by === "category" || by === "severity" ? words(value) : value)]

/** What was found by one dimension, with the largest as the longest bar. */
export const breakdown = (by: string, rows: ReadonlyArray<Structured>, more: Child): ReadonlyArray<Child> => {
  if (rows.length === 0) return [element("p.muted", "No waste was found.")]
  const most = Math.max(0.01, ...rows.map(amountsOf).map(({ hatched, solid }) => solid + hatched))
  return [
    table(
      `Waste by ${by}`,
      [
        [words(by)],
        [element("span.key.solid"), "Confirmed ", element("span.key.hatched"), "unconfirmed"],
        ["All findings"],
        ["A month"]
      ],
      rows.map((row) => {
        const { confirmed, hatched, solid } = amountsOf(row)
        return [
          label(by, row),
          [element("div.bar", part("solid", solid / most), hatched > 0 && part("hatched", hatched / most))],
          [row["findings"] !== undefined && count(row["findings"])],
          [
            element("b", confirmed === undefined ? "–" : usd(confirmed)),
            hatched > 0 && element("span.besides", `+${usd(hatched)}`)
          ]
        ]
      })
    ),
    more
  ]
}

/** The largest by each of several dimensions, one at a time. */
export const tops = (top: Readonly<Record<string, Structured>>): HTMLElement => {
  const place = element("div")
  const tabs = Object.entries(top).map(([by, { of, rows }]) => {
    const choose = () => {
      for (const other of tabs) other.ariaPressed = `${other === tab}`
      fill(
        place,
        breakdown(by, rows, of > rows.length && element("p.note", `The ${rows.length} largest of ${count(of)}.`))
      )
    }
    const tab = button("button", choose, words(by))
    return tab
  })
  tabs[0]?.click()
  const group = element("div.tabs", ...tabs)
  group.role = "group"
  group.ariaLabel = "Break down by"
  return element("div", group, place)
}
