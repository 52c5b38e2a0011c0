/** What a deployment costs a month, by the number of accounts: `node scripts/monthlyCost.ts` prints the guide's table. */
import { catalogue } from "../audit/catalogue.ts"
import snapshot from "../core/pricing/snapshot/services.json" with { type: "json" }
import { noChanges } from "../core/run/Changes.ts"
import { infrastructureUsd, invocationsPerAccount, type Work } from "../core/run/runCost.ts"
import { groupsOf } from "../core/run/together.ts"
import { rotationNights } from "../core/turns.ts"

type Fact = keyof typeof snapshot.facts

const home = snapshot.regions.indexOf("us-east-1")

/** The list price in us-east-1, in USD. */
const price = (fact: Fact): number => {
  const { usd } = snapshot.facts[fact] as { readonly usd: number | ReadonlyArray<number | null> }
  const value = typeof usd === "number" ? usd : usd[home]
  if (typeof value !== "number") throw new Error(`there is no price of ${fact} in us-east-1`)
  return value
}

const scansOf = (scope: string): number => catalogue.filter((entry) => entry.scope === scope).length

/** What an account is taken to be. */
export const typical = {
  regions: 17,
  resources: 500,
  /**
   * Series asked of CloudWatch for a resource; measured by `npm run bench sweep`: 697 for 1,565 resources, of which one in ten of each kind is
   * idle, on the eighth night, when what earlier nights have settled is not asked for. The first night asks for 0.74.
   */
  metricsPerResource: 0.45,
  /**
   * Measured by `npm run bench sweep` at 50 ms a call, on the second and the eighth night: where there is something, and where there is
   * not. How many scopes have something is a guess.
   */
  secondsPerScope: 4.1,
  secondsPerEmptyScope: 0.8,
  scopesWithSomething: 5,
  /** How often a scan looks at each; measured by `npm run bench units`: 6,791 times for 1,565 resources. */
  examinedPerResource: 4.3,
  findings: 300,
  /** Findings that are new, that are other than before, and that are gone, each. */
  changesPerNight: 3,
  /** MB that its findings, their history and its records take in the table; a guess. */
  storedMb: 10,
  /** kB that an invocation of a function writes to its log; a guess. */
  loggedKb: 2
} as const

const nightsPerMonth = 30

/**
 * Requests to Cost Explorer, whatever the number of accounts, counted in the sample organisation, which has commitments, tags and a cost
 * category: `test/workflows/paidAnswers.test.ts` holds them.
 */
export const costExplorerRequests = {
  /** On the first night. */
  first: 25,
  /** Of those that every night makes; each of the others is made once in `rotationNights`. */
  nightly: 3,
  /** Of those that are about the last month, and are made every night until its bill is settled. */
  lastMonth: 8,
  settlingNights: 3
} as const

/** Requests of 30 nights in a row that are no first night. */
const requestsPerMonth = (): number => {
  const { first, lastMonth, nightly, settlingNights } = costExplorerRequests
  return nightly * nightsPerMonth + ((first - nightly) / rotationNights) * nightsPerMonth + lastMonth * settlingNights
}

const scopesPerAccount = typical.regions + 1

/** The scopes of an account, and how long each takes. */
export const typicalScopes = Array.from({ length: scopesPerAccount }, (_, n) => ({
  region: n === 0 ? "global" : `ap-southeast-${n}`,
  seconds: n < typical.scopesWithSomething ? typical.secondsPerScope : typical.secondsPerEmptyScope
}))

/** What a night does in an account. */
export const workOfAccount: Work = {
  accounts: 1,
  scopes: scopesPerAccount,
  groups: groupsOf(typicalScopes).length,
  durationMillis: typicalScopes.reduce((sum, { seconds }) => sum + seconds * 1000, 0),
  outcomes: scansOf("regional") * typical.regions + scansOf("global"),
  examined: typical.resources * typical.examinedPerResource,
  findings: typical.findings,
  changes: {
    ...noChanges,
    opened: { findings: typical.changesPerNight, monthlyUsd: 0 },
    changed: { findings: typical.changesPerNight, monthlyUsd: 0 },
    resolved: { findings: typical.changesPerNight, monthlyUsd: 0 }
  },
  counted: 2 * typical.changesPerNight
}

/** USD of one night. */
export const nightUsd = (accounts: number) => ({
  machine: accounts * infrastructureUsd(workOfAccount),
  metrics: accounts * typical.resources * typical.metricsPerResource * price("cloudwatch.getMetricDataPerMetric"),
  costExplorer: (requestsPerMonth() / nightsPerMonth) * price("costExplorer.apiRequest")
})

/** Metrics of the functions (functions/metrics.ts): three of each of the seven steps, and seven of a night's sum, two of the assistant's function. */
const ownMetrics = 3 * 7 + 7 + 2

/** Metrics that the alarms of stacks/observability.ts look at: rates are made of two each, and several functions are added up. */
export const alarmMetrics = 21

/** USD a month that do not depend on the number of accounts, without AWS's free allowances. */
export const fixed = {
  "Key of the alerts": price("kms.keyMonth"),
  Alarms: alarmMetrics * price("cloudwatch.alarmStandardMonth"),
  Dashboard: price("cloudwatch.dashboardMonth"),
  "Metrics of the functions": ownMetrics * price("cloudwatch.metricMonth_first10k")
}

const sum = (values: Readonly<Record<string, number>>): number => Object.values(values).reduce((a, b) => a + b, 0)

/** USD a month. */
export const monthUsd = (accounts: number) => {
  const invocations = accounts * (workOfAccount.groups + invocationsPerAccount) * nightsPerMonth
  const loggedGb = (invocations * typical.loggedKb) / 1e6
  return {
    nights: sum(nightUsd(accounts)) * nightsPerMonth,
    table: ((accounts * typical.storedMb) / 1000) * (price("dynamodb.storageGBMonth") + price("dynamodb.pitrGBMonth")),
    // Kept for three months in production.
    logs: loggedGb * (price("cloudwatch.logsIngestGB") + 3 * price("cloudwatch.logsStorageGBMonth")),
    fixed: sum(fixed)
  }
}

/**
 * What a micro-scan of one account and region does. The transitions are counted by `npm run bench machine`. Seven steps besides scan,
 * and the function that starts it, are taken to run for a second each, and scan for as long as where there is something.
 */
export const microScan = { transitions: 16, functions: 8, secondsEach: 1, secondsInScope: 4.1, lambdaGb: 0.5 } as const

/**
 * USD of a micro-scan that `events` have started, and that asks CloudWatch for `series`. An event is charged where it is sent to the
 * deployment's bus, the queue for taking, giving and deleting it, and the table for looking it up and keeping it; what AWS puts on the
 * default bus is free.
 */
export const microScanUsd = (events: number, series: number) => {
  const seconds = microScan.functions * microScan.secondsEach + microScan.secondsInScope
  return {
    events:
      events *
      (price("eventBridge.customEvent") +
        3 * price("sqs.standardRequest_after1M") +
        price("dynamodb.rruEach") +
        price("dynamodb.wruEach")),
    machine: microScan.transitions * price("stepFunctions.standardTransition"),
    functions:
      seconds * microScan.lambdaGb * price("lambda.armGBs") + (microScan.functions + 1) * price("lambda.requestArm"),
    metrics: series * price("cloudwatch.getMetricDataPerMetric")
  }
}

const usd = (value: number): string => `$${value.toFixed(2)}`

/** The guide's table, in Markdown. */
export const costTable = (): string => {
  const rows = [1, 10, 100, 1_000].map((accounts) => {
    const night = nightUsd(accounts)
    const month = monthUsd(accounts)
    return [
      accounts.toLocaleString("en-US"),
      usd(night.machine),
      usd(night.metrics),
      usd(night.costExplorer),
      `**${usd(sum(night))}**`,
      usd(month.nights),
      usd(month.table + month.logs),
      usd(month.fixed),
      `**${usd(sum(month))}**`
    ]
  })
  return [
    ["Accounts", "Machine", "Metrics", "Cost Explorer", "A night", "30 nights", "Table and logs", "Fixed", "A month"],
    Array.from({ length: 9 }, () => "---:"),
    ...rows
  ]
    .map((cells) => `| ${cells.join(" | ")} |`)
    .join("\n")
}

if (import.meta.main) console.log(costTable())
