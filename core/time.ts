/** Plain UTC arithmetic for code that is handed its instants. What reads the clock uses `Clock` or `DateTime`. */

export const millisPerHour = 3_600_000

export const millisPerDay = 86_400_000

/** AWS bills by the hour; a month is 730 of them everywhere in the product. */
export const hoursPerMonth = 730

export const secondsPerMonth = hoursPerMonth * 3600

export const startOfUtcDay = (instant: Date): Date =>
  new Date(Math.floor(instant.getTime() / millisPerDay) * millisPerDay)

export const daysBefore = (instant: Date, days: number): Date => new Date(instant.getTime() - days * millisPerDay)

/** Days from `earlier` to `later`, with a fraction. */
export const daysBetween = (earlier: Date, later: Date): number => (later.getTime() - earlier.getTime()) / millisPerDay

/** Midnight UTC of the first of the instant's month, or of the month so many months after it. */
export const startOfUtcMonth = (instant: Date, months = 0): Date =>
  new Date(Date.UTC(instant.getUTCFullYear(), instant.getUTCMonth() + months, 1))

/** `2026-11-20` in UTC. */
export const isoDay = (instant: Date): string => instant.toISOString().slice(0, 10)

/**
 * The instant that is written as an ISO day, which is its beginning in UTC, or as an ISO instant with its zone; undefined for everything
 * else, and for a day that no calendar has: JavaScript takes the 30th of February for the 2nd of March.
 */
export const writtenInstant = (text: string): Date | undefined => {
  if (!/^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d))?$/.test(text)) return undefined
  const day = text.slice(0, 10)
  const [midnight, instant] = [Date.parse(`${day}T00:00:00Z`), Date.parse(text)]
  if (Number.isNaN(midnight) || Number.isNaN(instant)) return undefined
  return isoDay(new Date(midnight)) === day ? new Date(instant) : undefined
}
