/** Helps with names that were mistyped. */

/** Insertions, removals, replacements and swaps of neighbours that turn one text into the other. */
const editDistance = (a: string, b: string): number => {
  const rows = [Array.from({ length: b.length + 1 }, (_, column) => column)]
  const at = (row: number, column: number): number => rows[row]?.[column] ?? 0
  for (let row = 1; row <= a.length; row += 1) {
    rows.push([row])
    for (let column = 1; column <= b.length; column += 1) {
      const replaced = at(row - 1, column - 1) + (a[row - 1] === b[column - 1] ? 0 : 1)
      const swapped =
        row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]
          ? at(row - 2, column - 2) + 1
          : Number.POSITIVE_INFINITY
      rows[row]?.push(Math.min(replaced, swapped, at(row - 1, column) + 1, at(row, column - 1) + 1))
    }
  }
  return at(a.length, b.length)
}

/** Nobody mistypes a name into something longer than this, and comparing takes time. */
const longest = 120

/** The name that is closest to what was written; undefined when none is close. */
export const closest = (written: string, names: Iterable<string>): string | undefined => {
  if (written.length > longest) return undefined
  let best: { readonly name: string; readonly distance: number } | undefined
  for (const name of names) {
    const distance = editDistance(written.toLowerCase(), name.toLowerCase())
    if (best === undefined || distance < best.distance) best = { name, distance }
  }
  return best !== undefined && best.distance <= Math.max(2, written.length / 3) ? best.name : undefined
}

/** ` Did you mean eu-west-1?`, or the names when they are few; empty when neither helps. */
export const hint = (written: string, names: ReadonlyArray<string>): string => {
  const name = closest(written, names)
  if (name !== undefined) return ` Did you mean ${name}?`
  return names.length > 0 && names.length <= 12 ? ` There are: ${names.join(", ")}.` : ""
}

/** `there is no scan "x". Did you mean y?` */
export const unknownName = (kind: string, written: string, names: ReadonlyArray<string>): string =>
  `there is no ${kind} ${JSON.stringify(written)}.${hint(written, names)}`
