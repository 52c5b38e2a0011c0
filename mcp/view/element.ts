/** Elements out of text. Nothing here takes markup, so whatever a stranger named a resource stays text. */

export type Child = Node | string | false | undefined

/** `p.note` is a paragraph of that class. */
export const element = (selector: string, ...children: ReadonlyArray<Child>): HTMLElement => {
  const [name = "", ...classes] = selector.split(".")
  const made = document.createElement(name)
  made.className = classes.join(" ")
  return fill(made, children)
}

/** Puts these in the place of what is in an element. */
export const fill = (place: HTMLElement, children: ReadonlyArray<Child>): HTMLElement => {
  place.replaceChildren(...children.filter((child) => child !== false && child !== undefined))
  return place
}

export const button = (selector: string, onClick: () => void, ...children: ReadonlyArray<Child>): HTMLButtonElement => {
  const made = element(selector, ...children) as HTMLButtonElement
  made.type = "button"
  made.addEventListener("click", onClick)
  return made
}

/** Text that a stranger may have written: its direction stays its own. */
export const name = (text: string): HTMLElement => element("bdi", text)

/** An answer in words, as it came. */
export const prose = (text: string): HTMLElement => element("div.prose", name(text))

/** What could not be done, told to whoever does not see it as well. */
export const warning = (text: string): HTMLElement => {
  const made = element("p.warning", name(text))
  made.role = "alert"
  return made
}

type Cell = ReadonlyArray<Child>

/** A table of which the first column names the rows and the others are numbers, or a bar. */
export const table = (
  label: string,
  heads: ReadonlyArray<Cell>,
  rows: ReadonlyArray<ReadonlyArray<Cell>>
): HTMLElement => {
  const cell = (scope: string, children: Cell) => {
    const made = element("th", ...children) as HTMLTableCellElement
    made.scope = scope
    return made
  }
  const made = element(
    "table",
    element("thead", element("tr", ...heads.map((head) => cell("col", head)))),
    element(
      "tbody",
      ...rows.map(([first = [], ...others]) =>
        element("tr", cell("row", first), ...others.map((children) => element("td", ...children)))
      )
    )
  )
  made.ariaLabel = label
  return made
}
