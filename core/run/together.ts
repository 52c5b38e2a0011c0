/** Which scopes one call of the scan step takes together: each item of a map is charged, and most regions take a second. */

/** Seconds that scopes of one call took the last time, all of them: so few that an account is not slower for it. */
export const togetherSeconds = 15

export interface Took {
  readonly region: string
  /** Absent where nobody knows. */
  readonly seconds?: number | undefined
}

/** The regions in groups that took at most so many seconds. What took more, and what nobody knows of, is alone. */
export const groupsOf = (scopes: ReadonlyArray<Took>, most = togetherSeconds): ReadonlyArray<ReadonlyArray<string>> => {
  const groups: Array<{ readonly regions: Array<string>; seconds: number }> = []
  const known = scopes.map(({ region, seconds = Number.POSITIVE_INFINITY }) => ({ region, seconds }))
  for (const { region, seconds } of known.toSorted((a, b) => b.seconds - a.seconds || (a.region < b.region ? -1 : 1))) {
    const group = groups.find((group) => group.seconds + seconds <= most)
    if (group === undefined) groups.push({ regions: [region], seconds })
    else {
      group.regions.push(region)
      group.seconds += seconds
    }
  }
  return groups.map(({ regions }) => regions)
}
