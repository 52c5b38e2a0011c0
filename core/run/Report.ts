/** A table that a scan made: spend by service, a daily trend. */
import * as Schema from "effect/Schema"

export const ReportColumn = Schema.Struct({
  key: Schema.String,
  title: Schema.String,
  /** `usd` cells are numbers in USD, `percent` ones numbers of percent; null cells are unknown. */
  kind: Schema.Literals(["text", "usd", "percent", "count", "day", "flag"])
})
export type ReportColumn = typeof ReportColumn.Type

/** A column of amounts in a currency: USD, or another one that the title then names. */
export const moneyColumn = (key: string, title: string, currency: string): ReportColumn =>
  currency === "USD" ? { key, title, kind: "usd" } : { key, title: `${title} (${currency})`, kind: "count" }

const Cell = Schema.NullOr(Schema.Union([Schema.String, Schema.Finite, Schema.Boolean]))

/** What one service or account cost on one day, before credits; `usage` is it without fees and tax. */
export const SpendOfDay = Schema.Struct({
  key: Schema.String,
  /** `2026-11-20`. */
  day: Schema.String,
  usage: Schema.Finite,
  gross: Schema.Finite
})
export type SpendOfDay = typeof SpendOfDay.Type

export const Report = Schema.Struct({
  title: Schema.String,
  columns: Schema.Array(ReportColumn),
  rows: Schema.Array(Schema.Record(Schema.String, Cell)),
  /** What the figures include, in which currency, and what is provisional. */
  notes: Schema.Array(Schema.String),
  /** The days of the running month and of the ten before today by service or account, for alert rules; tables leave it out. */
  spend: Schema.optionalKey(
    Schema.Struct({ by: Schema.Literals(["service", "account"]), days: Schema.Array(SpendOfDay) })
  )
})
export type Report = typeof Report.Type

/** A report as it is kept: which scan made it, where, and as of when. */
export const StoredReport = Schema.Struct({
  scan: Schema.String,
  account: Schema.String,
  region: Schema.String,
  runId: Schema.String,
  /** ISO instant of the run's start. */
  asOf: Schema.String,
  report: Report
})
export type StoredReport = typeof StoredReport.Type
