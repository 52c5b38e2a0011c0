/** What the organisation has committed itself to pay, and how far that is used: reservations and Savings Plans, as the payer sees them. */
import {
  CostExplorerClient,
  GetReservationUtilizationCommand,
  GetSavingsPlansUtilizationDetailsCommand,
  type ReservationUtilizationGroup,
  type SavingsPlansUtilizationDetail
} from "@aws-sdk/client-cost-explorer"
import { DescribeReservedInstancesCommand, EC2Client } from "@aws-sdk/client-ec2"
import { DescribeReservedCacheNodesCommand, ElastiCacheClient } from "@aws-sdk/client-elasticache"
import {
  DescribeReservedNodesCommand as DescribeReservedMemoryNodesCommand,
  MemoryDBClient
} from "@aws-sdk/client-memorydb"
import {
  DescribeReservedInstancesCommand as DescribeReservedSearchInstancesCommand,
  OpenSearchClient
} from "@aws-sdk/client-opensearch"
import { DescribeReservedDBInstancesCommand, RDSClient } from "@aws-sdk/client-rds"
import { DescribeReservedNodesCommand, RedshiftClient } from "@aws-sdk/client-redshift"
import { DescribeSavingsPlansCommand, SavingsplansClient } from "@aws-sdk/client-savingsplans"
import * as Effect from "effect/Effect"
import { arn as arnOf } from "../../core/aws/arn.ts"
import { type AwsServices, complete, list, type Listed, malformed, required, requiredDate } from "../../core/aws/Aws.ts"
import type { AwsError } from "../../core/aws/AwsError.ts"
import { type ListOperation, listOperation, type Operation } from "../../core/aws/operation.ts"
import { type Coverage, coverageName, instanceTypeOf, useOf } from "../../core/finding/coverage.ts"
import { globalRegion } from "../../core/Scope.ts"
import { cleanText } from "../../core/text.ts"
import { daysBefore, isoDay } from "../../core/time.ts"
import { rotationNights } from "../../core/turns.ts"
import { AsOf, dataset, family, readOf, whole } from "../engine/Dataset.ts"
import { inRegion } from "../engine/inRegion.ts"
import { remembering } from "../engine/PaidAnswers.ts"
import { probe } from "../engine/Probe.ts"
import type { ResourceKind } from "../engine/ResourceKind.ts"
import { several } from "../engine/several.ts"
import {
  amountOf,
  askCosts,
  byDimension,
  type Charge,
  charges,
  type CostWindow,
  getCostAndUsage,
  lastDays,
  provisionalFrom
} from "./billing.ts"
import { partsOf } from "./usageTypes.ts"

/** Every page is a request, and charged. */
const paid = { unit: "request", usdPerUnit: 0.01, usd: () => 0.01 } as const

const getReservationUtilization = listOperation(
  CostExplorerClient,
  GetReservationUtilizationCommand,
  "ce:GetReservationUtilization",
  "UtilizationsByTime",
  { paging: { input: "NextPageToken", output: "NextPageToken" }, paid }
)

const getPlanUtilization = listOperation(
  CostExplorerClient,
  GetSavingsPlansUtilizationDetailsCommand,
  "ce:GetSavingsPlansUtilizationDetails",
  "SavingsPlansUtilizationDetails",
  { paging: { input: "NextToken", output: "NextToken" }, paid }
)

/**
 * A list of Cost Explorer in pages of 1,000. It documents no largest page, so that where it refuses ours it is asked for its own.
 * Where there is nothing in the period it answers that the data is not available. It says the same where it has not got it yet: of what
 * is billed in the period, `isBilled`, nothing is believed but a list with something in it.
 */
const listLarge = <Input extends { readonly MaxResults?: number | undefined }, Output, Item, A>(
  operation: ListOperation<Input, Output, Item>,
  input: Input,
  isBilled: boolean,
  items: (listed: ReadonlyArray<Item>) => ReadonlyArray<A>
): Effect.Effect<Listed<A>, AwsError, AwsServices> =>
  list(operation, { ...input, MaxResults: 1000 }, items).pipe(
    Effect.catchIf(
      ({ reason }) => reason._tag === "Rejected" && reason.code === "ValidationException",
      () => list(operation, input, items)
    ),
    Effect.catchIf(
      ({ reason }) => !isBilled && reason._tag === "NotEnabled" && reason.code === "DataUnavailableException",
      () => Effect.succeed<Listed<A>>({ items: [], gaps: [] })
    ),
    Effect.tap(({ gaps, items }) =>
      isBilled && items.length === 0 && gaps.length === 0
        ? Effect.flip(malformed(operation, "it tells of nothing, and the bill shows charges in these days"))
        : Effect.void
    )
  )

/** What can be reserved: `asked` is the service's name in these queries, and `billed` the one on the bill. */
const reservable = [
  {
    asked: "Amazon Elastic Compute Cloud - Compute",
    billed: /^amazon elastic compute cloud/i,
    type: "ec2:reserved-instance",
    arn: ["ec2", "reserved-instances/"]
  },
  {
    asked: "Amazon Relational Database Service",
    billed: /^amazon relational database service/i,
    type: "rds:reserved-instance",
    arn: ["rds", "ri:"]
  },
  {
    asked: "Amazon ElastiCache",
    billed: /^amazon elasticache/i,
    type: "elasticache:reserved-node",
    arn: ["elasticache", "reserved-instance:"]
  },
  {
    asked: "Amazon Redshift",
    billed: /^amazon redshift/i,
    type: "redshift:reserved-node",
    arn: ["redshift", "reserved-node:"]
  },
  {
    asked: "Amazon OpenSearch Service",
    billed: /^amazon opensearch/i,
    type: "opensearch:reserved-instance",
    arn: ["es", "reserved-instance/"]
  },
  {
    asked: "Amazon MemoryDB",
    billed: /^amazon memorydb/i,
    type: "memorydb:reserved-node",
    arn: ["memorydb", "reservednode/"]
  }
] as const

type Reservable = (typeof reservable)[number]

/** Cost Explorer and its console name the same kinds of charges differently: `DiscountedUsage` is `Reservation applied usage`. */
const isOfReservation = ({ recordType }: Charge) =>
  /^(discountedusage|rifee|recurring|upfront)|reservation/i.test(recordType.replaceAll(" ", ""))
const isOfPlan = ({ recordType }: Charge) => /^savingsplan/i.test(recordType.replaceAll(" ", ""))

const reservationCharges = (charges: ReadonlyArray<Charge>, { billed }: Reservable): ReadonlyArray<Charge> =>
  charges.filter((charge) => isOfReservation(charge) && billed.test(charge.key))

/** The services that the bill shows with reservations. What it does not show is not asked for, because every request is charged. */
const reservedOn = (charges: ReadonlyArray<Charge>): ReadonlyArray<Reservable> =>
  reservable.filter((service) => reservationCharges(charges, service).length > 0)

/**
 * What the bill says of commitments, by which answers about them are held: what plans cost on the last day that is settled, and which
 * services had use in a week that reservations or plans paid for. One that is bought, or ends, makes it another one.
 */
export const commitmentsOnBill = (charges: ReadonlyArray<Charge>, now: Date): string => {
  const [settled, week] = [1, 8].map((days) => isoDay(daysBefore(new Date(provisionalFrom(now)), days))) as [
    string,
    string
  ]
  const fees = charges.filter(
    ({ recordType, start }) => start === settled && /^savingsplanrecurring/i.test(recordType.replaceAll(" ", ""))
  )
  const covered = charges.filter((charge) => charge.start > week && charge.start <= settled && isCovered(charge))
  return [
    fees.reduce((sum, { amount }) => sum + amount, 0).toFixed(2),
    ...[...new Set(covered.map(({ key, recordType }) => `${key} ${paymentOf(recordType)}`))].sort()
  ].join(", ")
}

/** Whether any of the charges is of this day or a later one. */
const isBilledSince = (day: string, charges: ReadonlyArray<Charge>): boolean =>
  charges.some(({ start }) => start >= day)

/** The day on which the fees of a period that begins later in the month are charged. */
const feeDayOf = ({ Start }: { readonly Start: string }): string => `${Start.slice(0, 7)}-01`

/** Every bill has the price of being asked for on it, so that one without any charge has not been told yet. */
export const billTold = (charges: ReadonlyArray<Charge>): Effect.Effect<void, AwsError, AwsServices> =>
  charges.length > 0
    ? Effect.void
    : Effect.flip(malformed(getCostAndUsage, "it tells of no charge at all in three months"))

/**
 * The bill by service of the days that get_daily_cost_trend reads by default, so that one paid answer serves both. It reaches up to
 * yesterday: a reservation of this month is on no bill of the last.
 */
export const bill = charges("SERVICE", "UnblendedCost", lastDays(93))

/** A reservation or a Savings Plan, and how far it was used in a window of days. */
export interface Commitment {
  readonly kind: "reservation" | "savings-plan"
  readonly arn: string
  /** The lease of a reservation, or its subscription where there is no lease; the id of a plan. */
  readonly id: string
  /** What Cost Explorer numbers reservations by; undefined for plans. */
  readonly subscriptionId: string | undefined
  readonly resourceType: string
  /** The service that it is for, or for plans what they are for, such as `Compute`. */
  readonly service: string
  readonly account: string
  readonly accountName: string
  /** Undefined for what holds in every region. */
  readonly region: string | undefined
  /** The type of the instance or node, or the family of a plan; empty where it is for any. */
  readonly instanceType: string
  /** Instances or nodes; undefined for plans. */
  readonly count: number | undefined
  /** `No Upfront`, `Partial Upfront` or `All Upfront`, as AWS says it. */
  readonly payment: string
  /** What else of what runs has to match, such as `Linux/UNIX`; empty where nothing has. */
  readonly platform: string
  readonly start: Date | undefined
  readonly end: Date | undefined
  readonly utilizationPercent: number
  /** In hours for reservations, in the payer's currency for plans. */
  readonly purchased: number
  readonly unused: number
  /** What the unused part cost in the window. */
  readonly unusedCost: number
  /** What it saved in the window, against on-demand prices and after its own price. */
  readonly netSavings: number
  /** What a plan costs an hour; undefined for reservations. */
  readonly hourlyCommitment: number | undefined
  /** The instant as of which all this is: its window ends on the day before. */
  readonly asOf: Date
}

/** A commitment as one answer tells it. */
type Told = Omit<Commitment, "asOf">

/** It is billed in the service that it is for, and belongs to the account that bought it. */
const commitmentKind: ResourceKind<Commitment> = {
  service: "",
  tags: "inline",
  resourceOf: ({ account, arn, id, instanceType, region, resourceType, service, start }) => ({
    type: resourceType,
    service: resourceType === "savingsplans:savings-plan" ? "" : service,
    id,
    arn,
    name: instanceType === "" ? service : instanceType,
    tags: {},
    createdAt: start?.toISOString() ?? null,
    account,
    ...(region === undefined ? {} : { region })
  })
}

// The names of a group's attributes are documented nowhere; those here were seen in the answers that public code reads.
const reservationOf =
  ({ arn: [service, prefix], asked, type }: Reservable) =>
  ({ Attributes, Utilization, Value }: ReservationUtilizationGroup): Told => {
    const own = required(Attributes, "Groups[].Attributes")
    const used = required(Utilization, "Groups[].Utilization")
    const subscriptionId = required(Value, "Groups[].Value")
    const account = required(own["accountId"], "Groups[].Attributes.accountId")
    const region = required(own["region"], "Groups[].Attributes.region")
    const id = cleanText(own["leaseId"] || subscriptionId)
    const dateOf = (text: string | undefined, field: string) =>
      text === undefined || text === "" ? undefined : requiredDate(text, `Groups[].Attributes.${field}`)
    const count = Number(own["numberOfInstances"])
    return {
      kind: "reservation",
      arn: arnOf(service, region, account, `${prefix}${id}`),
      id,
      subscriptionId,
      resourceType: type,
      service: asked,
      account,
      accountName: cleanText(own["accountName"] ?? ""),
      region,
      instanceType: cleanText(own["instanceType"] ?? ""),
      count: count > 0 ? count : undefined,
      payment: cleanText(own["subscriptionType"] ?? ""),
      platform: cleanText(own["platform"] ?? ""),
      start: dateOf(own["startDateTime"], "startDateTime"),
      end: dateOf(own["endDateTime"], "endDateTime"),
      utilizationPercent: amountOf(used.UtilizationPercentage, "Groups[].Utilization.UtilizationPercentage"),
      purchased: amountOf(used.PurchasedHours, "Groups[].Utilization.PurchasedHours"),
      unused: amountOf(used.UnusedHours, "Groups[].Utilization.UnusedHours"),
      unusedCost: amountOf(used.RICostForUnusedHours, "Groups[].Utilization.RICostForUnusedHours"),
      netSavings: amountOf(used.NetRISavings, "Groups[].Utilization.NetRISavings"),
      hourlyCommitment: undefined
    }
  }

const planOf = ({ Attributes = {}, SavingsPlanArn, Savings, Utilization }: SavingsPlansUtilizationDetail): Told => {
  const field = "SavingsPlansUtilizationDetails[]"
  const arn = required(SavingsPlanArn, `${field}.SavingsPlanArn`)
  const dateOf = (text: string | undefined, name: string) =>
    text === undefined || text === "" ? undefined : requiredDate(text, `${field}.Attributes.${name}`)
  const region = Attributes["Region"] ?? ""
  const hourly = Number(Attributes["HourlyCommitment"])
  return {
    kind: "savings-plan",
    arn,
    id: arn.slice(arn.lastIndexOf("/") + 1),
    subscriptionId: undefined,
    resourceType: "savingsplans:savings-plan",
    service: cleanText(Attributes["SavingsPlansType"] ?? ""),
    account: required(/^arn:[^:]*:savingsplans::(\d{12}):/.exec(arn)?.[1], `${field}.SavingsPlanArn`),
    accountName: cleanText(Attributes["AccountName"] ?? ""),
    region: /^[a-z]{2,}(-[a-z]+)+-\d$/.test(region) ? region : undefined,
    instanceType: cleanText(Attributes["InstanceFamily"] ?? ""),
    count: undefined,
    payment: cleanText(Attributes["PaymentOption"] ?? ""),
    platform: "",
    start: dateOf(Attributes["StartDateTime"], "StartDateTime"),
    end: dateOf(Attributes["EndDateTime"], "EndDateTime"),
    utilizationPercent: amountOf(Utilization?.UtilizationPercentage, `${field}.Utilization.UtilizationPercentage`),
    purchased: amountOf(Utilization?.TotalCommitment, `${field}.Utilization.TotalCommitment`),
    unused: amountOf(Utilization?.UnusedCommitment, `${field}.Utilization.UnusedCommitment`),
    unusedCost: amountOf(Utilization?.UnusedCommitment, `${field}.Utilization.UnusedCommitment`),
    netSavings: amountOf(Savings?.NetSavings, `${field}.Savings.NetSavings`),
    hourlyCommitment: hourly > 0 ? hourly : undefined
  }
}

const periodOf = (now: Date, days: number) => {
  const { end, start } = lastDays(days).of(now)
  return { Start: start, End: end }
}

const serviceIs = (service: string) => ({ Dimensions: { Key: "SERVICE" as const, Values: [service] } })

/** Which commitments are asked for. */
export type Asked = "reservations" | "reservations and plans"

/** The next end of what is told of: from then on its use is another one. */
const nextEnd =
  (now: Date) =>
  (told: ReadonlyArray<Told>): Date | undefined =>
    told.flatMap(({ end }) => (end !== undefined && end > now ? end : [])).sort((a, b) => a.getTime() - b.getTime())[0]

/**
 * Every commitment that was paid for in the last days, with its use: one query for each service that the bill shows with
 * reservations, and one for Savings Plans where it shows any. A query that is refused is a gap. An answer is remembered for a week, unless
 * one of its commitments ends or the bill shows others.
 */
export const held = family("commitments.held", (name, days: number, asked: Asked) =>
  dataset<ReadonlyArray<Commitment>, { readonly charges: typeof bill }>(name, {
    scope: "payer",
    needs: { charges: bill },
    operations: [getReservationUtilization, ...(asked === "reservations" ? [] : [getPlanUtilization])],
    cacheHours: 12,
    costNote:
      "Cost Explorer charges $0.01 for each service with reservations and for all Savings Plans, and again for every 1,000 of them.",
    kind: commitmentKind,
    read: Effect.fnUntraced(function* ({ charges }) {
      yield* billTold(charges)
      const now = yield* AsOf
      const TimePeriod = periodOf(now, days)
      const identity = commitmentsOnBill(charges, now)
      const remembered = (
        operation: Operation,
        service: string,
        ask: ReturnType<typeof listLarge<any, any, any, Told>>
      ) =>
        Effect.map(
          remembering(
            { operation, about: { days, service }, nights: rotationNights, identity, until: nextEnd(now) },
            ask
          ),
          ({ askedAt: asOf, gaps, items }) => ({ items: items.map((one): Commitment => ({ ...one, asOf })), gaps })
        )
      const reservations = reservedOn(charges).map((service) =>
        remembered(
          getReservationUtilization,
          service.asked,
          listLarge(
            getReservationUtilization,
            // A granularity is refused together with groups.
            {
              TimePeriod,
              Filter: serviceIs(service.asked),
              GroupBy: [{ Type: "DIMENSION", Key: "SUBSCRIPTION_ID" }]
            },
            isBilledSince(feeDayOf(TimePeriod), reservationCharges(charges, service)),
            (periods) =>
              periods.flatMap(({ Groups }) =>
                required(Groups, "UtilizationsByTime[].Groups").map(reservationOf(service))
              )
          )
        )
      )
      const plans =
        asked === "reservations and plans" && charges.some(isOfPlan)
          ? [
              remembered(
                getPlanUtilization,
                "Savings Plans",
                listLarge(
                  getPlanUtilization,
                  { TimePeriod },
                  isBilledSince(feeDayOf(TimePeriod), charges.filter(isOfPlan)),
                  (details) => details.map(planOf)
                )
              )
            ]
          : []
      return readOf(yield* several([...reservations, ...plans]))
    })
  })
)

/** Days of coverage: a reservation that ended, or a new one, hides in more. Source: shared/scans-amendments.md 0.3.10. */
export const coverageDays = 7

/** The days of coverage, added up: days apart would be seven times as many rows. */
const coverageWindow: CostWindow = {
  name: `${coverageDays}d in months`,
  of: (now) => ({ ...lastDays(coverageDays).of(now), granularity: "MONTHLY" })
}

/** In which way a kind of charge pays for use; undefined for fees, taxes and the negation of what plans cover. */
const paymentOf = (recordType: string): "onDemand" | "reserved" | "planned" | undefined => {
  const name = recordType.replaceAll(" ", "")
  if (/^usage$/i.test(name)) return "onDemand"
  if (/^discountedusage$|^reservationapplied/i.test(name)) return "reserved"
  return /^savingsplancovered/i.test(name) ? "planned" : undefined
}

const isCovered = ({ recordType }: Charge): boolean => ["reserved", "planned"].includes(paymentOf(recordType) ?? "")

/** The services of which the bill shows use that reservations or plans pay for, or their fees. */
const committedOn = (charges: ReadonlyArray<Charge>): ReadonlyArray<string> =>
  [
    ...new Set(
      charges.flatMap((charge) =>
        isOfReservation(charge) || paymentOf(charge.recordType) === "planned" ? charge.key : []
      )
    )
  ].sort()

/**
 * How much of what ran in the last week reservations and Savings Plans paid for, by type and region, over the whole organisation. One
 * question for all services that the bill shows with either, and none where it shows neither: then nothing is covered.
 */
export const coverage = dataset<ReadonlyArray<Coverage>, { readonly charges: typeof bill }>(coverageName, {
  scope: "payer",
  needs: { charges: bill },
  operations: [getCostAndUsage],
  cacheHours: 12,
  costNote:
    "Cost Explorer charges $0.01 for every page of usage types, and nothing where the bill shows no commitment.",
  read: Effect.fnUntraced(function* ({ charges }) {
    yield* billTold(charges)
    const services = committedOn(charges)
    if (services.length === 0) return whole([])
    const question = {
      Metrics: ["UsageQuantity"],
      GroupBy: [byDimension("USAGE_TYPE"), byDimension("RECORD_TYPE")],
      Filter: { Dimensions: { Key: "SERVICE" as const, Values: [...services] } }
    }
    const lines = yield* askCosts(coverageWindow, question, (results) =>
      results.flatMap(({ Groups }) =>
        required(Groups, "ResultsByTime[].Groups").flatMap(({ Keys, Metrics }) => {
          const { name, region } = partsOf(required(Keys?.[0], "Groups[].Keys[0]"))
          const payment = paymentOf(required(Keys?.[1], "Groups[].Keys[1]"))
          const use = useOf(name)
          if (payment === undefined || use === undefined || region === undefined) return []
          const quantity = amountOf(Metrics?.["UsageQuantity"]?.Amount, "Groups[].Metrics.UsageQuantity.Amount")
          return [{ use: cleanText(use), region, payment, quantity }]
        })
      )
    )
    const { start } = coverageWindow.of(yield* AsOf)
    if (lines.length === 0 && isBilledSince(start, charges.filter(isCovered))) {
      return yield* Effect.flip(
        malformed(getCostAndUsage, "it tells of no use where the bill has some that commitments pay for")
      )
    }
    // Of a kind that the bill has covered and that the answer lacks nothing is known. A row without use says so.
    const covered = charges.filter(isCovered)
    const untold = kindsBilledBy.filter(
      ([billed, kind]) =>
        isBilledSince(
          start,
          covered.filter(({ key }) => billed.test(key))
        ) && !lines.some(({ use }) => use.startsWith(`${kind}:`))
    )
    const rows = new Map<string, Coverage>(
      untold.map(([, kind]) => [kind, { use: `${kind}:`, region: "", onDemand: 0, reserved: 0, planned: 0 }])
    )
    for (const { payment, quantity, region, use } of lines) {
      const key = `${region} ${use}`
      const row = rows.get(key) ?? { use, region, onDemand: 0, reserved: 0, planned: 0 }
      rows.set(key, { ...row, [payment]: row[payment] + quantity })
    }
    return whole([...rows.values()])
  })
})

/** What kinds of use are called that commitments to a service cover, such as `ec2`. */
const kindsOfUse: Readonly<Record<Reservable["type"], string>> = {
  "ec2:reserved-instance": "ec2",
  "rds:reserved-instance": "rds",
  "elasticache:reserved-node": "elasticache",
  "redshift:reserved-node": "redshift",
  "opensearch:reserved-instance": "opensearch",
  "memorydb:reserved-node": "memorydb"
}

/** The kind of use that commitments cover in a service, by the service's name on the bill. */
const kindsBilledBy: ReadonlyArray<readonly [billed: RegExp, kind: string]> = [
  ...reservable.map(({ billed, type }) => [billed, kindsOfUse[type]] as const),
  [/^amazon elastic container service$/i, "fargate"],
  [/^aws lambda/i, "lambda"],
  [/^amazon dynamodb/i, "dynamodb"]
]

/** The service that could have reserved an instance that ran, as Cost Explorer names it; undefined for other use. */
export const reservableServiceOf = ({ use }: Pick<Coverage, "use">): string | undefined =>
  reservable.find(({ type }) => use.startsWith(`${kindsOfUse[type]}:`) && instanceTypeOf(use) !== undefined)?.asked

/** When a commitment begins and ends. */
export interface Term {
  readonly start: Date
  readonly end: Date
}

/** A term under every id that Cost Explorer may know the commitment by. */
interface ListedTerm extends Term {
  readonly ids: ReadonlyArray<string>
}

const lasting = (
  ids: ReadonlyArray<string | number | undefined>,
  start: Date | undefined,
  seconds: number | undefined,
  list: string
): ListedTerm => {
  const from = requiredDate(start, `${list}[].StartTime`)
  return {
    ids: ids.flatMap((id) => (id === undefined ? [] : [String(id)])),
    start: from,
    end: new Date(from.getTime() + required(seconds, `${list}[].Duration`) * 1000)
  }
}

/** Answers all at once. */
const describeReservedInstances = listOperation(
  EC2Client,
  DescribeReservedInstancesCommand,
  "ec2:DescribeReservedInstances",
  "ReservedInstances"
)
const marker = { size: ["MaxRecords", 100], input: "Marker", output: "Marker" } as const
const nextToken = { size: ["MaxResults", 100], input: "NextToken", output: "NextToken" } as const
const describeReservedDbInstances = listOperation(
  RDSClient,
  DescribeReservedDBInstancesCommand,
  "rds:DescribeReservedDBInstances",
  "ReservedDBInstances",
  { paging: marker }
)
const describeReservedCacheNodes = listOperation(
  ElastiCacheClient,
  DescribeReservedCacheNodesCommand,
  "elasticache:DescribeReservedCacheNodes",
  "ReservedCacheNodes",
  { paging: marker }
)
const describeReservedNodes = listOperation(
  RedshiftClient,
  DescribeReservedNodesCommand,
  "redshift:DescribeReservedNodes",
  "ReservedNodes",
  { paging: marker }
)
const describeReservedSearchInstances = listOperation(
  OpenSearchClient,
  DescribeReservedSearchInstancesCommand,
  "es:DescribeReservedInstances",
  "ReservedInstances",
  { paging: nextToken }
)
const describeReservedMemoryNodes = listOperation(
  MemoryDBClient,
  DescribeReservedMemoryNodesCommand,
  "memorydb:DescribeReservedNodes",
  "ReservedNodes",
  { paging: nextToken }
)
const describeSavingsPlans = listOperation(
  SavingsplansClient,
  DescribeSavingsPlansCommand,
  "savingsplans:DescribeSavingsPlans",
  "savingsPlans",
  { paging: { size: ["maxResults", 1000], input: "nextToken", output: "nextToken" } }
)

/** The list that a kind of commitment is in. */
const listsOfTerms: Readonly<Record<string, Effect.Effect<Listed<ListedTerm>, AwsError, AwsServices>>> = {
  "ec2:reserved-instance": list(describeReservedInstances, {}, (listed) =>
    listed.map(({ Duration, ReservedInstancesId, Start }) =>
      lasting([ReservedInstancesId], Start, Duration, "ReservedInstances")
    )
  ),
  "rds:reserved-instance": list(describeReservedDbInstances, {}, (listed) =>
    listed.map(({ Duration, LeaseId, ReservedDBInstanceId, StartTime }) =>
      lasting([LeaseId, ReservedDBInstanceId], StartTime, Duration, "ReservedDBInstances")
    )
  ),
  "elasticache:reserved-node": list(describeReservedCacheNodes, {}, (listed) =>
    listed.map(({ Duration, ReservedCacheNodeId, StartTime }) =>
      lasting([ReservedCacheNodeId], StartTime, Duration, "ReservedCacheNodes")
    )
  ),
  "redshift:reserved-node": list(describeReservedNodes, {}, (listed) =>
    listed.map(({ Duration, ReservedNodeId, StartTime }) =>
      lasting([ReservedNodeId], StartTime, Duration, "ReservedNodes")
    )
  ),
  "opensearch:reserved-instance": list(describeReservedSearchInstances, {}, (listed) =>
    listed.map(({ BillingSubscriptionId, Duration, ReservedInstanceId, StartTime }) =>
      lasting([BillingSubscriptionId, ReservedInstanceId], StartTime, Duration, "ReservedInstances")
    )
  ),
  "memorydb:reserved-node": list(describeReservedMemoryNodes, {}, (listed) =>
    listed.map(({ Duration, ReservationId, StartTime }) =>
      lasting([ReservationId], StartTime, Duration, "ReservedNodes")
    )
  ),
  "savingsplans:savings-plan": list(describeSavingsPlans, {}, (listed) =>
    listed.map(({ end, savingsPlanId, start }) => ({
      ids: [required(savingsPlanId, "savingsPlans[].savingsPlanId")],
      start: requiredDate(start, "savingsPlans[].start"),
      end: requiredDate(end, "savingsPlans[].end")
    }))
  )
}

/**
 * The terms of commitments for which Cost Explorer told no days, from the lists of their own services; undefined for what another
 * account has bought, which only that account can list.
 */
export const terms = probe<Commitment, Term | undefined>({
  name: "commitments.terms",
  operations: [
    describeReservedInstances,
    describeReservedDbInstances,
    describeReservedCacheNodes,
    describeReservedNodes,
    describeReservedSearchInstances,
    describeReservedMemoryNodes,
    describeSavingsPlans
  ],
  cap: 5000,
  batchSize: 1000,
  costNote: "One free list for each service and region with commitments of which Cost Explorer does not tell the days.",
  key: ({ arn }) => arn,
  identity: ({ arn }) => arn,
  isFixed: true,
  read: (commitments) =>
    Effect.gen(function* () {
      const regionOf = ({ kind, region }: Commitment) =>
        kind === "savings-plan" ? globalRegion : (region ?? globalRegion)
      const placeOf = (one: Commitment) => `${regionOf(one)} ${one.resourceType}`
      const termOf = new Map<string, Term>()
      for (const [place, [one]] of Map.groupBy(commitments, placeOf)) {
        const terms = one === undefined ? undefined : listsOfTerms[one.resourceType]
        if (one === undefined || terms === undefined) continue
        const listed = yield* inRegion(regionOf(one), complete(terms))
        for (const { end, ids, start } of listed) for (const id of ids) termOf.set(`${place} ${id}`, { start, end })
      }
      return commitments.map(
        (one) => termOf.get(`${placeOf(one)} ${one.id}`) ?? termOf.get(`${placeOf(one)} ${one.subscriptionId}`)
      )
    })
})
