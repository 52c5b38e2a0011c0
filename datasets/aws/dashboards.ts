/** Dashboards of CloudWatch, which belong to the account and show any of its regions. */
import { CloudWatchClient, GetDashboardCommand, ListDashboardsCommand } from "@aws-sdk/client-cloudwatch"
import * as Effect from "effect/Effect"
import { list, required, send } from "../../core/aws/Aws.ts"
import type { AwsError } from "../../core/aws/AwsError.ts"
import { listOperation, operation } from "../../core/aws/operation.ts"
import { known, type Reading, unknown } from "../../core/Reading.ts"
import { dataset } from "../engine/Dataset.ts"
import { noneWhen } from "../engine/noneWhen.ts"
import { billedBy, resourceKind } from "../engine/ResourceKind.ts"
import type { SeriesNamed } from "./cloudwatchAlarms.ts"

/** Up to 1,000 a page; there is no size to ask for. Source: shared/facts/page-sizes.md. */
const listDashboards = listOperation(
  CloudWatchClient,
  ListDashboardsCommand,
  "cloudwatch:ListDashboards",
  "DashboardEntries",
  { paging: { input: "NextToken", output: "NextToken" } }
)
const getDashboard = operation(CloudWatchClient, GetDashboardCommand, "cloudwatch:GetDashboard")

/** A series on a dashboard; `region` is undefined where the widget names none. */
export interface ShownSeries extends SeriesNamed {
  readonly region: string | undefined
}

export interface ShownLogGroup {
  readonly name: string
  readonly region: string | undefined
}

/** What the widgets of a dashboard show. */
export interface DashboardContent {
  readonly widgets: number
  readonly series: ReadonlyArray<ShownSeries>
  readonly alarmArns: ReadonlyArray<string>
  readonly logGroups: ReadonlyArray<ShownLogGroup>
  /** Searches, queries and widgets of other kinds, of which nobody can say what they show. */
  readonly unresolved: number
}

export interface Dashboard {
  readonly arn: string
  readonly name: string
  readonly lastModifiedAt: Date | undefined
  readonly sizeBytes: number | undefined
  readonly content: Reading<DashboardContent>
}

const textOf = (value: unknown): string | undefined => (typeof value === "string" ? value : undefined)

const listIn = (value: unknown): ReadonlyArray<any> => (Array.isArray(value) ? value : [])

/** The rows of a graph with their shorthand written out: `.` is what stands above, `...` all that stands above but the end. */
const rowsOf = (metrics: unknown): ReadonlyArray<{ readonly cells: ReadonlyArray<unknown>; readonly options: any }> => {
  let above: ReadonlyArray<unknown> = []
  return listIn(metrics).map((row) => {
    const all = listIn(row)
    const last = all.at(-1)
    const options = typeof last === "object" && last !== null ? last : {}
    const given = all.filter((cell) => typeof cell === "string")
    if ("expression" in options) return { cells: [], options }
    const cells =
      given[0] === "..."
        ? [...above.slice(0, Math.max(0, above.length - given.length + 1)), ...given.slice(1)]
        : given.map((cell, at) => (cell === "." ? above[at] : cell))
    above = cells
    return { cells, options }
  })
}

/** The log groups that a query reads: `SOURCE 'a' | SOURCE 'b' | fields @message`. */
const sourcesIn = (query: string): ReadonlyArray<string> =>
  [...query.matchAll(/\bSOURCE\s+(['"])(.+?)\1/gi)].map(([, , name = ""]) => name)

/** Functions of an expression that bring in series which stand in no row. */
const showsOthers = /\b(SEARCH|SELECT|INSIGHT_RULE_METRIC|LAMBDA)\b/i

const contentOf = (body: string): DashboardContent => {
  const widgets = listIn(JSON.parse(body)?.widgets)
  const series: Array<ShownSeries> = []
  const alarmArns: Array<string> = []
  const logGroups: Array<ShownLogGroup> = []
  let unresolved = 0
  for (const widget of widgets) {
    const properties = Object(widget?.properties)
    const region = textOf(properties.region)
    const alarms = [...listIn(properties.alarms), ...listIn(properties.annotations?.alarms)]
    alarmArns.push(...alarms.filter((alarm) => typeof alarm === "string"))
    if (widget?.type === "text" || widget?.type === "alarm") continue
    if (widget?.type === "log") {
      const sources = sourcesIn(textOf(properties.query) ?? "")
      if (sources.length === 0) unresolved += 1
      logGroups.push(...sources.map((name) => ({ name, region })))
      continue
    }
    if (widget?.type !== "metric") {
      unresolved += 1
      continue
    }
    for (const { cells, options } of rowsOf(properties.metrics)) {
      const [namespace, metric, ...pairs] = cells
      if (typeof namespace !== "string" || typeof metric !== "string" || pairs.length % 2 === 1) {
        const expression = textOf(options.expression)
        // Math over what stands in other rows shows nothing of its own.
        if (expression !== undefined && !showsOthers.test(expression)) continue
        unresolved += 1
        continue
      }
      const dimensions: Record<string, string> = {}
      for (let at = 0; at < pairs.length; at += 2) dimensions[String(pairs[at])] = String(pairs[at + 1])
      series.push({
        namespace,
        metric,
        dimensions,
        account: textOf(options.accountId) ?? textOf(properties.accountId),
        region: textOf(options.region) ?? region
      })
    }
  }
  return { widgets: widgets.length, series, alarmArns: [...new Set(alarmArns)], logGroups, unresolved }
}

/** All dashboards with what they show: one call for the list, and one for each. One that is refused is unknown by itself. */
export const dashboards = dataset<ReadonlyArray<Dashboard>>("dashboards.dashboards", {
  kind: resourceKind<Dashboard>({
    type: "cloudwatch:dashboard",
    service: billedBy.cloudwatch,
    tags: { tagging: ["cloudwatch:dashboard"] },
    id: ({ name }) => name,
    name: ({ name }) => name
  }),
  scope: "global",
  operations: [listDashboards, getDashboard],
  costNote: "CloudWatch lists dashboards without what they show: one free call for each.",
  read: Effect.fnUntraced(function* () {
    const { gaps, items } = yield* list(listDashboards, {}, (entries) =>
      entries.map(({ DashboardArn, DashboardName, LastModified, Size }) => ({
        arn: required(DashboardArn, "DashboardEntries[].DashboardArn"),
        name: required(DashboardName, "DashboardEntries[].DashboardName"),
        lastModifiedAt: LastModified,
        sizeBytes: Size
      }))
    )
    const refused = new Map<string, AwsError>()
    const value = yield* Effect.forEach(
      items,
      (dashboard) =>
        send(getDashboard, { DashboardName: dashboard.name }, ({ DashboardBody }) =>
          contentOf(required(DashboardBody, "DashboardBody"))
        ).pipe(
          // Deleted since it was listed.
          noneWhen("ResourceNotFound", undefined),
          Effect.map((content) => (content === undefined ? undefined : known(content))),
          Effect.catch((error) =>
            Effect.sync((): Reading<DashboardContent> => {
              refused.set(error.message, error)
              return unknown(error.summary)
            })
          ),
          Effect.map((content): ReadonlyArray<Dashboard> => (content === undefined ? [] : [{ ...dashboard, content }]))
        ),
      { concurrency: 8 }
    )
    return { value: value.flat(), gaps: [...gaps, ...refused.values()] }
  })
})
