/** Numbers and dates as people read them. */

/** `$1,234.56` */
export const usd = (amount: number): string =>
  `${amount < 0 ? "-" : ""}$${Math.abs(amount).toLocaleString("en-US", { minimumFractionDigits: 2, maximumFractionDigits: 2 })}`

/** Small amounts such as the cost of calls: `$0.00042`. */
export const fineUsd = (amount: number): string =>
  amount === 0 || Math.abs(amount) >= 0.01
    ? usd(amount)
    : `$${Number(amount.toPrecision(2)).toFixed(10).replace(/0+$/, "")}`

/** `1,234` */
export const count = (value: number): string => value.toLocaleString("en-US", { maximumFractionDigits: 2 })

/** `1 finding`, `2 findings`. */
export const plural = (value: number, one: string, many = `${one}s`): string =>
  `${count(value)} ${value === 1 ? one : many}`

/** `2026-11-20 02:00 UTC` */
export const instant = (iso: string): string => `${iso.slice(0, 10)} ${iso.slice(11, 16)} UTC`

/** How long ago, in the largest unit that tells: `3 h ago`. */
export const ago = (iso: string, nowMillis: number): string => {
  const minutes = Math.max(0, Math.round((nowMillis - Date.parse(iso)) / 60_000))
  if (minutes < 1) return "just now"
  if (minutes < 120) return `${minutes} min ago`
  const hours = Math.round(minutes / 60)
  return hours < 48 ? `${hours} h ago` : `${Math.round(hours / 24)} days ago`
}

/** `850 ms`, `12.3 s`, `4 min 5 s` */
export const duration = (millis: number): string => {
  if (millis < 1000) return `${Math.round(millis)} ms`
  if (millis < 60_000) return `${(millis / 1000).toFixed(1)} s`
  return `${Math.floor(millis / 60_000)} min ${Math.round((millis % 60_000) / 1000)} s`
}

/** `a`, `a and b`, `a, b and c`, `a, b, c and 4 more`. */
export const listed = (values: ReadonlyArray<string>, most = 4): string => {
  const shown = values.length > most ? [...values.slice(0, most - 1), `${values.length - most + 1} more`] : values
  return shown.length < 2 ? shown.join("") : `${shown.slice(0, -1).join(", ")} and ${shown.at(-1)}`
}
