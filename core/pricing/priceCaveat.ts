import type { Price } from "./Prices.ts"

/** Prices change seldom, and after this long it is said how old one is. */
export const monthsUntilOld = 18

/** The first of the days that the text names; a month or a year stands for its first day. */
const firstDay = (asOf: string): Date | undefined => {
  const days = [...asOf.matchAll(/\b\d{4}(?:-\d{2}){0,2}\b/g)].map(([day]) => new Date(day).getTime())
  const known = days.filter((time) => !Number.isNaN(time))
  return known.length === 0 ? undefined : new Date(Math.min(...known))
}

const isOld = (asOf: Date, now: Date): boolean => {
  const limit = new Date(now)
  limit.setUTCMonth(limit.getUTCMonth() - monthsUntilOld)
  return asOf < limit
}

/**
 * What a reader should know of a price before trusting a sum with it: that it is old, rests on a single source, or was not seen
 * at all. Undefined where there is nothing to say, and for an unknown price, whose source says why it is unknown.
 */
export const priceCaveat = ({ asOf, confidence }: Price, now: Date): string | undefined => {
  if (confidence === "unknown") return undefined
  const day = firstDay(asOf)
  const caveats = [
    ...(day === undefined ? ["undated"] : isOld(day, now) ? [`older than ${monthsUntilOld} months (${asOf})`] : []),
    ...(confidence === "verified" ? [] : [confidence])
  ]
  return caveats.length === 0 ? undefined : caveats.join(", ")
}
