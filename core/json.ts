/** JSON for what is read from AWS: dates, maps, sets and absent fields come back as they were. */

const encode = (value: unknown): unknown => {
  if (value === undefined) return { $: "undefined" }
  if (value instanceof Date) return { $: "date", of: value.toISOString() }
  if (value instanceof Map) return { $: "map", of: [...value].map(([key, held]) => [encode(key), encode(held)]) }
  if (value instanceof Set) return { $: "set", of: [...value].map(encode) }
  if (Array.isArray(value)) return value.map(encode)
  if (typeof value === "object" && value !== null) {
    return Object.fromEntries(
      Object.entries(value).flatMap(([key, held]) => (held === undefined ? [] : [[key, encode(held)]]))
    )
  }
  return value
}

const decode = (value: any): unknown => {
  if (Array.isArray(value)) return value.map(decode)
  if (typeof value !== "object" || value === null) return value
  switch (value.$) {
    case "undefined":
      return undefined
    case "date":
      return new Date(value.of)
    case "map":
      return new Map(value.of.map(([key, held]: [unknown, unknown]) => [decode(key), decode(held)]))
    case "set":
      return new Set(value.of.map(decode))
    default:
      return Object.fromEntries(Object.entries(value).map(([key, held]) => [key, decode(held)]))
  }
}

/** A value of plain objects, arrays, dates, maps and sets as plain JSON. Fields that are undefined are left out. */
export const toPlain = (value: unknown): unknown => encode(value)

/** What `toPlain` made plain. */
export const fromPlain = (plain: unknown): any => decode(plain)
