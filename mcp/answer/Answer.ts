/**
 * What a tool answers and how it goes over the wire: as of when, how whole, then totals, then rows within a byte budget. The text
 * and the structured content say the same.
 */
import * as Context from "effect/Context"
import * as Schema from "effect/Schema"
import { ago, count, instant, listed, plural } from "../../core/format.ts"
import type { ReportPlace } from "../../core/run/ReportShelf.ts"
import { regionText } from "../../core/Scope.ts"
import { escapeMarkdown } from "../../core/text.ts"
import type { Standing } from "../../query/standing.ts"
import type { Fence } from "./Fence.ts"

export type Content = Readonly<Record<string, unknown>>

/** One item of a list, by the names of its fields. A list or an object stands in one cell of the text. */
export type Row = Readonly<Record<string, unknown>>

/** The rows of a list, which may be cut to fit. */
export interface Rows {
  /** The name under which they stand in the structured content, such as `findings`. */
  readonly key: string
  /** Their fields in the order of the text's columns. The last ones go first where the answer would be too long. */
  readonly fields: ReadonlyArray<string>
  readonly items: ReadonlyArray<Row>
  /** How many match in all; null where that is not known. */
  readonly matching: number | null
  /** Where the list goes on after the last of these many items; undefined at its end. */
  readonly cursorAfter: (shown: number) => string | undefined
}

export interface Answer {
  /** How fresh and whole it is; null for what no run makes, such as the catalogue. */
  readonly standing: Standing | null
  /** Stored results unless it says otherwise. */
  readonly source?: "stored" | "live" | "mixed"
  /** What it was filtered by, from the query that ran. */
  readonly filters?: Content
  /** What comes before the rows: totals over all that match. */
  readonly content: Content
  /** The same in Markdown, in which text from AWS is fenced and escaped already. */
  readonly lines: ReadonlyArray<string>
  readonly rows?: Rows
  /** What comes after the rows, such as which call goes on from here. */
  readonly closing?: ReadonlyArray<string>
  /** Where the whole report is opened. */
  readonly report?: ReportPlace
  /** Nothing was read, so that nothing can be said. */
  readonly isError?: boolean
}

/** A wish that cannot be granted: what happened and what would work, in one line. Text from AWS in it is fenced. */
export class Refusal extends Schema.TaggedError<Refusal>()("Refusal", {
  message: Schema.String,
  /** Whether it is the server that is broken, and another question would be answered no better. Absent: it is not. */
  isFault: Schema.optionalKey(Schema.Boolean)
}) {}

/** What `tools/call` answers. */
export interface WireAnswer {
  readonly content: ReadonlyArray<{ readonly type: "text"; readonly text: string }>
  readonly structuredContent: Content
  readonly isError?: true
}

/** The text and the structured content are each at most about this long. A context window has more to hold. */
export const AnswerBytes = Context.Reference<number>("nightaudit/mcp/answer/AnswerBytes", {
  defaultValue: () => 24_000
})

/** What a refusal is cut at. */
const maxRefusalBytes = 24_000

const bytesOf = (text: string): number => Buffer.byteLength(text)

/** A text of at most so many bytes, cut between characters. */
const cut = (text: string, bytes: number): string => {
  if (bytesOf(text) <= bytes) return text
  const kept = Buffer.from(text)
    .subarray(0, bytes - 3)
    .toString("utf8")
    .replace(/\ufffd+$/, "")
  return `${kept}…`
}

const gapsInText = 5

/** `2 of 4 not looked at: …`, one line for each of the largest gaps. */
export const gapLines = ({ moreGaps, notScanned }: Standing, fence: Fence): ReadonlyArray<string> => [
  ...notScanned.slice(0, gapsInText).map(({ accounts, moreAccounts, outcomes, reason, regions, scans }) => {
    const hit = [listed(scans, 3), listed(accounts, 3, moreAccounts), listed(regions.map(regionText))].filter(
      (part) => part !== ""
    )
    const what = outcomes === 0 ? "anything" : plural(outcomes, "outcome")
    return `- Not looked at: ${what}${hit.length === 0 ? "" : ` (${hit.join("; ")})`}: ${reason.code}, ${fence.text(reason.message)}`
  }),
  ...(notScanned.length + moreGaps > gapsInText
    ? [`- and ${plural(notScanned.length + moreGaps - gapsInText, "more gap")}`]
    : [])
]

const firstLine = (
  { asOf, coverage }: Standing,
  { isError, nowMillis, source }: { readonly source: string; readonly nowMillis: number; readonly isError: boolean }
): string => {
  const { complete, expected, notApplicable } = coverage
  const applicable = expected - notApplicable
  return asOf === null
    ? `${isError ? "Nothing was read" : "Nothing was judged completely"}: ${count(complete)} of ${plural(applicable, "outcome")} complete.`
    : `As of ${instant(asOf)} (${ago(asOf, nowMillis)}), ${source}; ${count(complete)} of ${plural(applicable, "outcome")} complete.`
}

const cell = (value: unknown): string =>
  value === null || value === undefined
    ? "?"
    : Array.isArray(value)
      ? escapeMarkdown(value.join(", "))
      : typeof value === "object"
        ? escapeMarkdown(
            Object.entries(value)
              .map(([name, one]) => `${name}=${one}`)
              .join("; ")
          )
        : escapeMarkdown(String(value))

/** A Markdown table of rows. */
export const tableLines = (fields: ReadonlyArray<string>, rows: ReadonlyArray<Row>): ReadonlyArray<string> =>
  rows.length === 0
    ? []
    : [
        `| ${fields.join(" | ")} |`,
        `| ${fields.map(() => "---").join(" | ")} |`,
        ...rows.map((row) => `| ${fields.map((field) => cell(row[field])).join(" | ")} |`)
      ]

/** What was asked for may have been copied from what a stranger wrote. Services have been resolved to names that AWS gave them. */
const fencedFilters = ({ services, ...filters }: Content, fence: Fence): Content => ({
  ...(fencedWords(filters, fence) as Content),
  ...(services === undefined ? {} : { services: bounded(services as ReadonlyArray<string>, (name) => name) })
})

/** So many values of a filter are said again. */
const filterValuesSaid = 50

const bounded = (values: ReadonlyArray<unknown>, say: (value: any) => unknown): ReadonlyArray<unknown> =>
  values.length <= filterValuesSaid
    ? values.map(say)
    : [...values.slice(0, filterValuesSaid).map(say), `and ${count(values.length - filterValuesSaid)} more`]

const fencedWords = (value: unknown, fence: Fence): unknown =>
  typeof value === "string"
    ? fence.word(value)
    : Array.isArray(value)
      ? bounded(value, (one) => fencedWords(one, fence))
      : typeof value === "object" && value !== null
        ? Object.fromEntries(Object.entries(value).map(([name, one]) => [fence.word(name), fencedWords(one, fence)]))
        : value

/** What an answer was filtered by, in words: a client may pass nothing but the text to its model. */
const filterLines = (filters: Content): ReadonlyArray<string> => {
  const said = Object.entries(filters).map(([name, value]) => `${name} ${cell(value)}`)
  return said.length === 0 ? [] : [`Filtered by ${said.join("; ")}.`]
}

/** Whoever has an address that ends opens it without anything else. */
const reportLine = ({ until, url }: ReportPlace): string =>
  `The whole report, for a browser: ${url}` +
  (until === null ? "" : ` (opens until ${instant(until)}, for whoever has the address)`)

const picked = (row: Row, fields: ReadonlyArray<string>): Row =>
  Object.fromEntries(fields.map((field) => [field, row[field]]))

export interface Rendering {
  readonly format: "markdown" | "json"
  readonly fence: Fence
  readonly nowMillis: number
  readonly maxBytes: number
}

/** So many fields say which row it is and what it comes to; a shorter answer has fewer rows instead. */
const leastFields = 6

/** Makes the wire's answer. What is too long loses fields first and then rows, from the end; it is never refused for its size. */
export const render = (answer: Answer, { fence, format, maxBytes, nowMillis }: Rendering): WireAnswer => {
  const { closing = [], isError = false, report, rows, source = "stored", standing } = answer
  const envelope =
    standing === null
      ? {}
      : {
          asOf: standing.asOf,
          ageSeconds: standing.asOf === null ? null : Math.round((nowMillis - Date.parse(standing.asOf)) / 1000),
          source,
          coverage: standing.coverage,
          notScanned: standing.notScanned.map((gap) => ({
            ...gap,
            reason: { ...gap.reason, message: fence.text(gap.reason.message) }
          })),
          moreGaps: standing.moreGaps
        }

  const filters = answer.filters === undefined ? undefined : fencedFilters(answer.filters, fence)

  const attempt = (fields: ReadonlyArray<string>, shown: number) => {
    const items = (rows?.items ?? []).slice(0, shown).map((row) => picked(row, fields))
    const isCut = rows !== undefined && shown < rows.items.length
    const cursor = rows?.cursorAfter(shown)
    const dropped = rows === undefined ? [] : rows.fields.filter((field) => !fields.includes(field))
    const structured: Content = {
      ...envelope,
      ...(filters === undefined ? {} : { filters }),
      ...answer.content,
      ...(report === undefined ? {} : { report: { url: report.url, until: report.until } }),
      ...(rows === undefined
        ? {}
        : {
            shown: items.length,
            ...(cursor === undefined ? {} : { nextCursor: cursor }),
            ...(dropped.length === 0 ? {} : { fieldsLeftOut: dropped }),
            [rows.key]: items
          })
    }
    const page =
      rows === undefined || (rows.matching === null ? cursor === undefined && !isCut : rows.matching <= items.length)
        ? []
        : [
            `${count(items.length)} of ${rows.matching === null ? "more" : count(rows.matching)} shown${isCut ? ", to keep the answer short" : ""}.` +
              (cursor === undefined ? "" : ` The next ones: the same call with cursor ${JSON.stringify(cursor)}.`)
          ]
    const text =
      format === "json"
        ? JSON.stringify(structured)
        : [
            ...(standing === null
              ? []
              : [firstLine(standing, { source, nowMillis, isError }), ...gapLines(standing, fence)]),
            ...filterLines(filters ?? {}),
            ...answer.lines,
            ...(rows === undefined ? [] : ["", ...tableLines(fields, items)]),
            ...(dropped.length === 0 ? [] : [`Left out to keep the answer short: ${dropped.join(", ")}.`]),
            ...page,
            ...closing,
            ...(report === undefined ? [] : [reportLine(report)])
          ].join("\n")
    return { structured, text }
  }

  const fits = ({ structured, text }: ReturnType<typeof attempt>): boolean =>
    bytesOf(text) <= maxBytes && bytesOf(JSON.stringify(structured)) <= maxBytes

  let fields = rows?.fields ?? []
  let shown = rows?.items.length ?? 0
  let made = attempt(fields, shown)
  while (!fits(made) && fields.length > leastFields) {
    fields = fields.slice(0, -1)
    made = attempt(fields, shown)
  }
  while (!fits(made) && shown > 1) {
    shown = Math.max(1, Math.floor(shown * 0.8))
    made = attempt(fields, shown)
  }
  return {
    content: [{ type: "text", text: cut(made.text, 2 * maxBytes) }],
    structuredContent: made.structured,
    ...(isError ? { isError } : {})
  }
}

/** What a refused call answers. */
export const renderRefusal = (message: string): WireAnswer => ({
  content: [{ type: "text", text: cut(message, maxRefusalBytes) }],
  structuredContent: { error: cut(message, maxRefusalBytes) },
  isError: true
})
