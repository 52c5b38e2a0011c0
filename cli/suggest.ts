/** Helps with names that were mistyped. */

/** Insertions, deletions, replacements and swaps of neighbours that make one text of the other. */
const distance = (a: string, b: string): number => {
  let beforeLast: Array<number> = []
  let last = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1]
      let least = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + (same ? 0 : 1))
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) least = Math.min(least, (beforeLast[j - 2] ?? 0) + 1)
      row.push(least)
    }
    beforeLast = last
    last = row
  }
  return last[b.length] ?? 0
}

/** The known name that is closest to what was written, unless nothing is close. */
export const closest = (written: string, known: Iterable<string>): string | undefined => {
  const lower = written.toLowerCase()
  const ranked = [...known]
    .map((name) => ({ name, distance: name.includes(lower) && lower.length > 2 ? 1 : distance(lower, name.toLowerCase()) }))
    .sort((a, b) => a.distance - b.distance)
  const [best] = ranked
  return best !== undefined && best.distance <= Math.max(2, Math.floor(written.length / 3)) ? best.name : undefined
}

/** `There is no scan "x". Did you mean y?`, or the names there are when they are few. */
export const unknownName = (kind: string, written: string, known: ReadonlyArray<string>): string => {
  const suggestion = closest(written, known)
  const hint = suggestion !== undefined ? ` Did you mean ${suggestion}?` : known.length <= 12 ? ` There are ${known.join(", ")}.` : ""
  return `There is no ${kind} ${JSON.stringify(written)}.${hint}`
}
