/** Versions of engines, such as `16.10` and `8.0.mysql_aurora.3.05.2`, compared number by number and never as text. */

import { isoDay } from "../../core/time.ts"

const numbersOf = (version: string): ReadonlyArray<number> => (version.match(/\d+/g) ?? []).map(Number)

/** Below zero where `a` is the lower version. */
export const compareVersions = (a: string, b: string): number => {
  const [left, right] = [numbersOf(a), numbersOf(b)]
  for (let at = 0; at < Math.max(left.length, right.length); at += 1) {
    const difference = (left[at] ?? 0) - (right[at] ?? 0)
    if (difference !== 0) return difference
  }
  return 0
}

/** The highest version; undefined where there is none. */
export const highestOf = (versions: Iterable<string>): string | undefined => [...versions].sort(compareVersions).at(-1)

/** A day as evidence says it. */
export const announcedDay = (day: Date | undefined): string => (day === undefined ? "not announced" : isoDay(day))
