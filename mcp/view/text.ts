/** Values of structured answers as people read them. */
import { instant, valueText } from "../../core/format.ts"
import { words } from "../../report/page/words.ts"

const fenced = /^«([a-z0-9]+):(.*):\1»$/su

/** A value without the marks that tell a model which text strangers wrote: here it becomes text and nothing else. */
export const bare = (value: unknown): any =>
  typeof value === "string"
    ? (fenced.exec(value)?.[2] ?? value)
    : Array.isArray(value)
      ? value.map(bare)
      : typeof value === "object" && value !== null
        ? Object.fromEntries(Object.entries(value).map(([key, one]) => [bare(key), bare(one)]))
        : value

const fencedWithin = /«([a-z0-9]+):(.*?):\1»/gsu

/** The text of an answer without the same marks. */
export const bareText = (text: string): string => text.replace(fencedWithin, "$2")

/** `find_unused_volumes` as `Unused volumes`. */
export const scanWords = (scan: string): string => words(scan.replace(/^(?:find|get|analyze|generate)_/, ""))

/** A fact of evidence. Midnight is a day. */
export const factText = (value: unknown, key: string): string =>
  typeof value === "string" && /^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(value)
    ? instant(value).replace(" 00:00 UTC", "")
    : valueText(value, key)

/** Names with their values: `Regions: eu-west-1 · Owner: web`. */
export const pairs = (values: Readonly<Record<string, unknown>>): string =>
  Object.entries(values)
    .map(([key, value]) => `${words(key)}: ${valueText(value, key)}`)
    .join(" · ")
