import type {
  GetDashboardCommandInput,
  GetDashboardCommandOutput,
  ListDashboardsCommandInput,
  ListDashboardsCommandOutput
} from "@aws-sdk/client-cloudwatch"
import type { Named, When } from "../estate.ts"
import { type Answer, dateOf, defineService, edgeRegion, type Here, pageOf, refusal } from "../Service.ts"
import { alarmArn, dimensionsIn } from "./cloudwatchAlarms.ts"

declare module "../estate.ts" {
  interface Global {
    readonly dashboards: ReadonlyArray<Dashboard>
  }
}

export interface Dashboard extends Named {
  readonly modified: When
  /** The region that its widgets show. */
  readonly region: string
  /** `AWS/SQS NumberOfMessagesSent` with dimensions, each in a graph of its own. */
  readonly graphs?: ReadonlyArray<readonly [metric: string, dimensions: Readonly<Record<string, string>>]>
  /** Names of alarms. */
  readonly alarms?: ReadonlyArray<string>
  /** Names of log groups. */
  readonly logs?: ReadonlyArray<string>
  readonly text?: string
}

/** Dashboards are in no region. */
const dashboardArn = ({ account }: Here, name: string) => `arn:aws:cloudwatch::${account}:dashboard/${name}`

const bodyOf = ({ account }: Here, { alarms = [], graphs = [], logs = [], region, text }: Dashboard): string => {
  const place = { account, region }
  return JSON.stringify({
    widgets: [
      ...(text === undefined ? [] : [{ type: "text", properties: { markdown: text } }]),
      ...graphs.map(([metric, dimensions]) => ({
        type: "metric",
        properties: {
          region,
          metrics: [
            [
              ...metric.split(" "),
              ...dimensionsIn(place, dimensions).flatMap(({ Name, Value }) => [Name, Value]),
              { stat: "Sum" }
            ]
          ]
        }
      })),
      ...(alarms.length === 0
        ? []
        : [{ type: "alarm", properties: { alarms: alarms.map((name) => alarmArn(place, name)) } }]),
      ...logs.map((name) => ({
        type: "log",
        properties: { region, query: `SOURCE '${name}' | fields @timestamp, @message | limit 20` }
      }))
    ]
  })
}

export default defineService({
  global: { dashboards: [] },
  answers: {
    "cloudwatch:ListDashboards": (here, input: ListDashboardsCommandInput): Answer<ListDashboardsCommandOutput> => {
      const { items, next } = pageOf(here.global.dashboards, input.NextToken, undefined, 1000)
      return {
        DashboardEntries: items.map((dashboard) => ({
          DashboardName: dashboard.name,
          DashboardArn: dashboardArn(here, dashboard.name),
          LastModified: dateOf(dashboard.modified),
          Size: bodyOf(here, dashboard).length
        })),
        NextToken: next
      }
    },

    "cloudwatch:GetDashboard": (here, input: GetDashboardCommandInput): Answer<GetDashboardCommandOutput> => {
      const dashboard = here.global.dashboards.find(({ name }) => name === input.DashboardName)
      if (dashboard === undefined)
        throw refusal("ResourceNotFound", `Dashboard ${input.DashboardName} does not exist`, 404)
      return {
        DashboardArn: dashboardArn(here, dashboard.name),
        DashboardBody: bodyOf(here, dashboard),
        DashboardName: dashboard.name
      }
    }
  },
  resources: (here) =>
    here.region === edgeRegion
      ? here.global.dashboards.map(({ name, tags }) => ({
          type: "cloudwatch:dashboard",
          arn: dashboardArn(here, name),
          tags
        }))
      : []
})
