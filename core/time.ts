/** Plain UTC arithmetic for code that is handed its instants. What reads the clock uses `Clock` or `DateTime`. */

export const millisPerDay = 86_400_000

/** AWS bills by the hour; a month is 730 of them everywhere in the product. */
export const hoursPerMonth = 730

export const secondsPerMonth = hoursPerMonth * 3600

export const startOfUtcDay = (instant: Date): Date =>
  new Date(Math.floor(instant.getTime() / millisPerDay) * millisPerDay)

export const daysBefore = (instant: Date, days: number): Date => new Date(instant.getTime() - days * millisPerDay)

/** Days from `earlier` to `later`, with a fraction. */
export const daysBetween = (earlier: Date, later: Date): number => (later.getTime() - earlier.getTime()) / millisPerDay

/** `2026-11-20` in UTC. */
export const isoDay = (instant: Date): string => instant.toISOString().slice(0, 10)
