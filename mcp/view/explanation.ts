/** Why a finding has its amount and what to do about it, out of what explain_savings answers. */
import { count, usd } from "../../core/format.ts"
import { priceText, words } from "../../report/page/words.ts"
import { button, type Child, element, name, table } from "./element.ts"
import type { Structured } from "./host.ts"
import { factText } from "./text.ts"

const basisText: Readonly<Record<string, string>> = {
  exact: "List prices times what AWS reports.",
  estimate: "An estimate.",
  upper_bound: "At most this."
}

const sum = (terms: ReadonlyArray<Structured>): HTMLElement =>
  table(
    "The sum",
    [["Term"], ["Quantity"], ["Price"], ["A month"]],
    terms.map(({ caveat, label, monthlyUsd, price, quantity, unit }) => [
      [
        name(label),
        element("span.beneath", `${price.source}, ${price.region}, as of ${price.asOf}`),
        caveat !== null && element("span.beneath", `Careful: ${caveat}`)
      ],
      [`${count(quantity)} ${unit}`],
      [price.usd === null ? "not known" : priceText(price.usd), element("span.beneath", `per ${price.unit}`)],
      [monthlyUsd === null ? "–" : usd(monthlyUsd)]
    ])
  )

/** `open` follows a link to AWS's documentation; undefined where the host opens none. */
export const explanation = (
  { basis, counts, done, evidence, monthlyUsd, note, reasons, remedy, terms, yearlyUsd }: Structured,
  open: ((url: string) => void) | undefined
): ReadonlyArray<Child> => [
  ...reasons.map(({ means, name }: Structured) => element("p", means ?? words(name))),
  monthlyUsd !== null &&
    element("p", element("b", `${usd(monthlyUsd)} a month`), `, ${usd(yearlyUsd)} a year. ${basisText[basis] ?? ""}`),
  terms.length > 0 && sum(terms),
  note !== "" && element("p.note", name(note)),
  element("p.note", name(counts)),
  remedy !== null &&
    element(
      "p",
      element("b", "What to do. "),
      `${remedy.fix} `,
      open === undefined ? remedy.docs : button("button.link", () => open(remedy.docs), "AWS documentation")
    ),
  element(
    "dl",
    ...Object.entries(evidence).flatMap(([key, value]) => [
      element("dt", name(words(key))),
      element("dd", name(factText(value, key)))
    ])
  ),
  element("p.note", done)
]
