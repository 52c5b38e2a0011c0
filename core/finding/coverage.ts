/**
 * What reservations and Savings Plans leave of a saving at list prices: what they cover is paid for until their term ends, whether it is
 * used or not. Source: shared/scans.md 0.3.10 with its amendments.
 */
import type { Reading } from "../Reading.ts"
import { cents, oneDecimal } from "../round.ts"
import { daysBetween } from "../time.ts"
import type { Finding, Savings, SavingsBasis } from "./Finding.ts"
import { atMost, severityOfSavings } from "./severity.ts"

/** The dataset that has it. */
export const coverageName = "commitments.coverage"

/**
 * How much of one kind of use in one region was paid for in which way, in the unit of its usage type: hours, GB-seconds. A row without
 * any, `ec2:` of no region, says that commitments cover some of the kind, and that it was not told what.
 */
export interface Coverage {
  /** Such as `ec2:m5.large`, `lambda:lambda-gb-second`. */
  readonly use: string
  readonly region: string
  readonly onDemand: number
  readonly reserved: number
  readonly planned: number
}

/** What AWS calls instances in usage types. Source: public exports of bills; RDS writes `2xl` for `2xlarge`. */
const instances: ReadonlyArray<readonly [kind: string, usageType: RegExp]> = [
  ["ec2", /^boxusage:([a-z0-9-]+\.[a-z0-9-]+)$/],
  ["rds", /^(?:instanceusage|instanceusageiooptimized|multi-az(?:cluster)?usage):(db\.[a-z0-9-]+\.[a-z0-9-]+)$/],
  ["elasticache", /^nodeusage:(cache\.[a-z0-9-]+\.[a-z0-9-]+)$/],
  ["memorydb", /^nodeusage:(db\.[a-z0-9-]+\.[a-z0-9-]+)$/],
  ["redshift", /^node:([a-z0-9-]+\.[a-z0-9-]+)$/],
  ["opensearch", /^esinstance:([a-z0-9-]+\.[a-z0-9-]+)/]
]

/** What else a commitment can cover, whole usage types. */
const others: ReadonlyArray<readonly [kind: string, usageType: RegExp]> = [
  ["fargate", /^fargate-/],
  ["lambda", /^lambda-/],
  ["dynamodb", /(?:capacityunit-hrs|requestunits)$/],
  ["rds", /^aurora:serverless/]
]

/** The kind of use that a usage type without its region is; undefined for what no commitment covers. */
export const useOf = (usageType: string): string | undefined => {
  const name = usageType.toLowerCase()
  for (const [kind, pattern] of instances) {
    const type = pattern.exec(name)?.[1]
    if (type !== undefined) return `${kind}:${kind === "rds" ? type.replace(/xl$/, "xlarge") : type}`
  }
  const [kind] = others.find(([, pattern]) => pattern.test(name)) ?? []
  return kind === undefined ? undefined : `${kind}:${name}`
}

/** The type of the instance or node; undefined for other use. */
export const instanceTypeOf = (use: string): string | undefined => {
  const [kind = "", type = ""] = use.split(":")
  return instances.some(([known]) => known === kind) && type.includes(".") ? type : undefined
}

/** The usage types of prices that are no instance's. Source: AWS's price lists. */
const usageTypesOfFacts: Readonly<Record<string, string>> = {
  "aurora.serverlessV2AcuHour": "Aurora:ServerlessV2Usage",
  "aurora.serverlessV2AcuHourIoOptimized": "Aurora:ServerlessV2IOOptimizedUsage",
  "dynamodb.rcuHour": "ReadCapacityUnit-Hrs",
  "dynamodb.rcuHourIA": "IA-ReadCapacityUnit-Hrs",
  "dynamodb.replicatedWcuHour": "ReplWriteCapacityUnit-Hrs",
  "dynamodb.replicatedWcuHourIA": "IA-ReplWriteCapacityUnit-Hrs",
  "dynamodb.replicatedWruEach": "ReplWriteRequestUnits",
  "dynamodb.replicatedWruEachIA": "IA-ReplWriteRequestUnits",
  "dynamodb.rruEach": "ReadRequestUnits",
  "dynamodb.rruEachIA": "IA-ReadRequestUnits",
  "dynamodb.wcuHour": "WriteCapacityUnit-Hrs",
  "dynamodb.wcuHourIA": "IA-WriteCapacityUnit-Hrs",
  "dynamodb.wruEach": "WriteRequestUnits",
  "dynamodb.wruEachIA": "IA-WriteRequestUnits",
  "fargate.armGBHour": "Fargate-ARM-GB-Hours",
  "fargate.armVcpuHour": "Fargate-ARM-vCPU-Hours:perCPU",
  "fargate.windowsGBHour": "Fargate-Windows-GB-Hours",
  "fargate.windowsVcpuHour": "Fargate-Windows-vCPU-Hours:perCPU",
  "fargate.x86GBHour": "Fargate-GB-Hours",
  "fargate.x86VcpuHour": "Fargate-vCPU-Hours:perCPU",
  "lambda.armGBs": "Lambda-GB-Second-ARM",
  "lambda.provisionedConcurrencyArmGBs": "Lambda-Provisioned-Concurrency-ARM",
  "lambda.provisionedConcurrencyGBs": "Lambda-Provisioned-Concurrency",
  "lambda.provisionedDurationArmGBs": "Lambda-Provisioned-GB-Second-ARM",
  "lambda.provisionedDurationGBs": "Lambda-Provisioned-GB-Second",
  "lambda.x86GBs": "Lambda-GB-Second"
}

/** The type in the name of an instance's price: `ec2.linux.m5.large`, `rds.mysql.db.r6g.large.multi-az`. */
const instanceFact =
  /^(?:(ec2)\.[^.]+\.([^.]+\.[^.]+)|(rds)\.[^.]+\.(db\.[^.]+\.[^.]+)(?:\.multi-az|\.io-optimized)?|(elasticache)\.[^.]+\.(cache\.[^.]+\.[^.]+)|(redshift)\.node\.([^.]+\.[^.]+))$/

/** The kind of use that is paid by a price of the list; undefined for what no commitment covers, such as storage. */
export const useOfFact = (fact: string): string | undefined => {
  const usageType = usageTypesOfFacts[fact]
  if (usageType !== undefined) return useOf(usageType)
  const [kind, type] = (instanceFact.exec(fact) ?? []).slice(1).filter((part) => part !== undefined)
  return kind === undefined || type === undefined ? undefined : `${kind}:${type}`
}

interface Share {
  readonly covered: number
  readonly reserved: boolean
  readonly planned: boolean
}

/** Answers how far a use in a region is covered. */
export interface Coverages {
  /** Why it is not known, where it is not. */
  readonly shareOf: (use: string, region: string) => Share | string
}

/** The sizes of a family of instances, and all other use of a kind. */
const familyOf = (use: string): string =>
  use.slice(0, (use.includes(".") ? use.lastIndexOf(".") : use.indexOf(":")) + 1)

const shareOfRows = (rows: ReadonlyArray<Coverage>): Share | undefined => {
  const sum = (of: (row: Coverage) => number) => rows.reduce((total, row) => total + of(row), 0)
  const reserved = sum((row) => row.reserved)
  const planned = sum((row) => row.planned)
  const all = reserved + planned + sum(({ onDemand }) => onDemand)
  return all <= 0
    ? undefined
    : { covered: Math.min(1, (reserved + planned) / all), reserved: reserved > 0, planned: planned > 0 }
}

/** What no commitment of the organisation is for. */
const uncovered: Share = { covered: 0, reserved: false, planned: false }

/**
 * Looks coverages up. Reservations and plans are shared by all accounts of an organisation, so what counts is the share of all that ran
 * of a type in a region. Of a type that did not run, its family tells, and of other use what else there is of its kind: commitments stretch over both.
 */
export const coveragesOf = (rows: ReadonlyArray<Coverage>): Coverages => {
  const kinds = new Set(rows.map(({ use }) => use.slice(0, use.indexOf(":"))))
  const byUse = Map.groupBy(rows, ({ region, use }) => `${region} ${use}`)
  const byFamily = Map.groupBy(rows, ({ region, use }) => `${region} ${familyOf(use)}`)
  return {
    shareOf: (use, region) =>
      kinds.has(use.slice(0, use.indexOf(":")))
        ? (shareOfRows(byUse.get(`${region} ${use}`) ?? []) ??
          shareOfRows(byFamily.get(`${region} ${familyOf(use)}`) ?? []) ??
          `the bill of the last days has no ${use.slice(use.indexOf(":") + 1)} in ${region}`)
        : uncovered
  }
}

/** A positive part of an amount, and what pays for it. */
interface Part {
  readonly use: string
  readonly region: string
  readonly monthlyUsd: number
}

/** What of a saving a commitment could cover: its parts, and what of the amount they come to. */
const coverable = ({ facts = [], monthlyUsd, terms }: Savings, region: string) => {
  const parts: Array<Part> = []
  let net = 0
  for (const { monthlyUsd, price } of terms) {
    const use = useOfFact(price.fact)
    if (use === undefined || monthlyUsd === null) continue
    net += monthlyUsd
    // What would run instead is bought anew, and covered or not as what it replaces.
    if (monthlyUsd > 0) parts.push({ use, region: price.region, monthlyUsd })
  }
  if (terms.length > 0) return { parts, net: Math.min(net, monthlyUsd) }
  return {
    parts: facts.flatMap((fact): Array<Part> => {
      const use = useOfFact(fact)
      return use === undefined ? [] : [{ use, region, monthlyUsd: 1 }]
    }),
    net: monthlyUsd
  }
}

const untilTheyEnd = "goes on costing until their term ends"

const sayingOf = (percent: number, by: string): string =>
  percent === 0
    ? "At list prices, and no reservation or Savings Plan covers it."
    : percent === 100
      ? `At list prices less what ${by} cover, which is all of it and ${untilTheyEnd}.`
      : `At list prices less the ${percent} % that ${by} cover, which ${untilTheyEnd}.`

/** Partly covered is a share of all that runs, and never exactly what one resource costs. */
const basisOf = (basis: SavingsBasis, covered: number): SavingsBasis =>
  basis === "exact" && covered > 0 && covered < 1 ? "estimate" : basis

/** Whether what was found has a saving at list prices that a commitment may cover. */
export const isCoverable = ({ region, savings }: Valued): boolean =>
  savings !== null &&
  savings.basis !== "none" &&
  savings.monthlyUsd > 0 &&
  // After discounts it is what the bill falls by already.
  (savings.price ?? "list") === "list" &&
  coverable(savings, region).parts.length > 0

/**
 * A saving with what commitments leave of it. Where that is not known it stays what it is at list prices, and is at most that. What no
 * commitment covers stays as it is.
 */
const savingsUnder = (savings: Savings, region: string, coverages: Reading<Coverages>): Savings => {
  const { net, parts } = coverable(savings, region)
  if (net <= 0) return savings
  const listMonthlyUsd = savings.monthlyUsd
  const whole = parts.reduce((sum, { monthlyUsd }) => sum + monthlyUsd, 0)
  let covered = 0
  let isReserved = false
  let isPlanned = false
  for (const { monthlyUsd, region, use } of parts) {
    const share = coverages.known ? coverages.value.shareOf(use, region) : coverages.reason
    if (typeof share === "string") {
      const why = `At list prices: whether a reservation or a Savings Plan covers it is not known, because ${share}.`
      return { ...savings, basis: "upper_bound", coverage: { listMonthlyUsd, coveredPercent: null, why } }
    }
    covered += (share.covered * monthlyUsd) / whole
    isReserved ||= share.reserved
    isPlanned ||= share.planned
  }
  const percent = oneDecimal(covered * 100)
  const by = isReserved ? (isPlanned ? "reservations and Savings Plans" : "reservations") : "Savings Plans"
  return {
    ...savings,
    monthlyUsd: Math.max(0, cents(listMonthlyUsd - net * covered)),
    basis: basisOf(savings.basis, covered),
    coverage: { listMonthlyUsd, coveredPercent: percent, why: sayingOf(percent, by) }
  }
}

/** What a scan says of a resource's money. */
type Valued = Pick<Finding, "region" | "savings" | "severity">

/** The severity that goes by the saving follows it; one that goes by a risk stays, and one below the saving is never above it. */
const withSavings = <A extends Valued>(valued: A, savings: Savings): A => {
  const before = severityOfSavings(valued.savings ?? savings)
  const after = severityOfSavings(savings)
  const severity =
    valued.severity === before
      ? after
      : atMost(valued.severity, before) === valued.severity
        ? atMost(valued.severity, after)
        : valued.severity
  return { ...valued, savings, severity }
}

/** What was found, with what reservations and Savings Plans leave of its saving. */
export const underCoverage = <A extends Valued>(valued: A, coverages: Reading<Coverages>): A => {
  const { region, savings } = valued
  return savings === null || !isCoverable(valued)
    ? valued
    : withSavings(valued, savingsUnder(savings, region, coverages))
}

/** Days for which what one night knew of commitments is taken over: a month later others may have ended, or begun. */
export const carriedDays = 31

/**
 * What was found on a night that could not read the coverage, as the last night knew it that could, for a month: a total does not rise
 * because a permission is missing. From then on it is at list prices, and says why. What has ended tells nothing of what begins. Source:
 * shared/scans-amendments.md 0.3.14.
 */
export const asCoveredBefore = <A extends Valued>(
  valued: A,
  before: Pick<Finding, "savings" | "status"> | undefined,
  now: Date,
  lastNight?: string
): A => {
  const { savings } = valued
  if (before === undefined || before.status === "resolved") return valued
  const known = before.savings?.coverage
  if (savings?.coverage?.coveredPercent !== null || typeof known?.coveredPercent !== "number") return valued
  if (known.listMonthlyUsd <= 0) return valued
  const { listMonthlyUsd, why } = savings.coverage
  const asOf = known.asOf ?? lastNight
  if (asOf !== undefined && daysBetween(new Date(asOf), now) > carriedDays) {
    const tooOld = `${why} What was known on ${asOf.slice(0, 10)} is more than ${carriedDays} days old.`
    return withSavings(valued, { ...savings, coverage: { ...savings.coverage, why: tooOld } })
  }
  return withSavings(valued, {
    ...savings,
    basis: before.savings?.basis ?? savings.basis,
    monthlyUsd: cents((listMonthlyUsd * (before.savings?.monthlyUsd ?? 0)) / known.listMonthlyUsd),
    coverage: {
      ...known,
      listMonthlyUsd,
      ...(known.asOf === undefined && lastNight !== undefined
        ? {
            asOf: lastNight,
            why: `${known.why} So it was known on ${lastNight.slice(0, 10)}, and has not been readable since.`
          }
        : {})
    }
  })
}
