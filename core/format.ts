/** Numbers and dates as people read them. */

// Made once and when it is needed: it takes a hundred times as long as what it does.
const formatter = (options: Intl.NumberFormatOptions) => {
  let made: Intl.NumberFormat | undefined
  return (value: number): string => (made ??= new Intl.NumberFormat("en-US", options)).format(value)
}

const cents = formatter({ minimumFractionDigits: 2, maximumFractionDigits: 2 })

/** `$1,234.56` */
export const usd = (amount: number): string => `${amount < 0 ? "-" : ""}$${cents(Math.abs(amount))}`

/** `+$2.00`: a difference of USD. */
export const signed = (amount: number): string => `${amount >= 0 ? "+" : ""}${usd(amount)}`

/** Small amounts such as the cost of calls: `$0.00042`. */
export const fineUsd = (amount: number): string =>
  amount === 0 || Math.abs(amount) >= 0.01
    ? usd(amount)
    : `$${Number(amount.toPrecision(2)).toFixed(10).replace(/0+$/, "")}`

/** `1,234` */
export const count = formatter({ maximumFractionDigits: 2 })

/** `1 finding`, `2 findings`. */
export const plural = (value: number, one: string, many = `${one}s`): string =>
  `${count(value)} ${value === 1 ? one : many}`

/** `2026-11-20 02:00 UTC` */
export const instant = (iso: string): string => `${iso.slice(0, 10)} ${iso.slice(11, 16)} UTC`

/** `2026-11-20`, which is its beginning in UTC, or `2026-11-20 19:30 UTC` where it is later in the day. */
export const dayOrInstant = (iso: string): string => (iso.endsWith("T00:00:00.000Z") ? iso.slice(0, 10) : instant(iso))

/** In the largest unit that tells: `3 h`. */
const span = (minutes: number): string => {
  if (minutes < 120) return `${minutes} min`
  const hours = Math.round(minutes / 60)
  return hours < 48 ? `${hours} h` : `${Math.round(hours / 24)} days`
}

/** How long ago: `3 h ago`. What is to come was written by a clock that was ahead, or is read by one that is behind. */
export const ago = (iso: string, nowMillis: number): string => {
  const minutes = Math.round((nowMillis - Date.parse(iso)) / 60_000)
  return minutes === 0
    ? "just now"
    : minutes > 0
      ? `${span(minutes)} ago`
      : `${span(-minutes)} ahead of this machine's clock`
}

/** What a sum of USD a month is in a year, in whole cents: twelve months of 730 hours are its 8,760 hours. */
export const yearly = (monthlyUsd: number): number => Math.round(monthlyUsd * 1200) / 100

/** A value of evidence or of a setting in words. What is named in USD is written as such. */
export const valueText = (value: unknown, name = ""): string => {
  if (value === null || value === undefined) return "not known"
  if (typeof value === "boolean") return value ? "yes" : "no"
  if (typeof value === "number") return name.endsWith("Usd") ? usd(value) : count(value)
  if (Array.isArray(value)) return value.length === 0 ? "none" : value.map((one) => valueText(one)).join(", ")
  if (typeof value === "object") {
    const entries = Object.entries(value)
    return entries.length === 0 ? "none" : entries.map(([key, one]) => `${key}: ${valueText(one)}`).join("; ")
  }
  return value === "" ? "none" : String(value)
}

/** `850 ms`, `12.3 s`, `4 min 5 s` */
export const duration = (millis: number): string => {
  if (millis < 1000) return `${Math.round(millis)} ms`
  if (millis < 60_000) return `${(millis / 1000).toFixed(1)} s`
  return `${Math.floor(millis / 60_000)} min ${Math.round((millis % 60_000) / 1000)} s`
}

/** `a`, `a and b`, `a, b and c`, `a, b, c and 4 more`. `unnamed` are there besides. */
export const listed = (values: ReadonlyArray<string>, most = 4, unnamed = 0): string => {
  const named = values.length + unnamed > most ? values.slice(0, most - 1) : values
  const left = values.length - named.length + unnamed
  const shown = left === 0 ? named : [...named, `${count(left)} more`]
  return shown.length < 2 ? shown.join("") : `${shown.slice(0, -1).join(", ")} and ${shown.at(-1)}`
}
