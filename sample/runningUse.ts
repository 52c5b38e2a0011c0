/** What runs in the estate and could be reserved, by the way in which it is paid for: lines of the bill that only coverage asks for. */
import type { Account } from "./estate.ts"
import { dateOf, type Here } from "./Service.ts"
import { endOf, type Reservation } from "./services/reservations.ts"
import { millisPerHour } from "../core/time.ts"

/** Hours of a window in which a reservation was paid for. */
export const hoursIn = (reservation: Reservation, start: Date, end: Date): number => {
  const from = Math.max(start.getTime(), dateOf(reservation.start).getTime())
  const to = Math.min(end.getTime(), endOf(reservation).getTime())
  return (Math.max(0, to - from) / millisPerHour) * reservation.count
}

/** What usage types call the instances and nodes of a service, and the service on the bill. */
const named = {
  ec2: ["BoxUsage", "Amazon Elastic Compute Cloud - Compute"],
  rds: ["InstanceUsage", "Amazon Relational Database Service"],
  elasticache: ["NodeUsage", "Amazon ElastiCache"]
} as const

type Service = keyof typeof named

/** The types of what runs in an account's region. */
const runningIn = ({ regions }: Account, region: string, service: Service): ReadonlyArray<string> => {
  const { caches = [], databases = [], instances = [] } = regions[region] ?? {}
  switch (service) {
    case "ec2":
      return instances.flatMap(({ spot, stopped, type }) => (stopped === undefined && !spot ? type : []))
    case "rds":
      return databases.flatMap(({ class: type, stopped }) => (stopped ? [] : type))
    case "elasticache":
      return caches.map(({ nodeType }) => nodeType)
  }
}

/** Hours of one type in one region of one account that were paid for in one way. */
export interface RunningUse {
  readonly service: string
  /** By name. */
  readonly account: string
  readonly region: string
  /** Without the region's code. */
  readonly usageType: string
  readonly recordType: "Usage" | "DiscountedUsage" | "SavingsPlanCoveredUsage"
  readonly hours: number
}

/** What ran between two instants. */
export const runningUse = ({ billing, estate }: Here, start: Date, end: Date): ReadonlyArray<RunningUse> => {
  const hours = (end.getTime() - start.getTime()) / millisPerHour
  return estate.accounts.flatMap((account) =>
    estate.regions.flatMap((region) =>
      (Object.keys(named) as Array<Service>).flatMap((service) =>
        [...Map.groupBy(runningIn(account, region, service), (type) => type)].flatMap(([type, { length }]) => {
          const running = length * hours
          const reserved = billing.reservations
            .filter((one) => one.service === service && one.account === account.name)
            .filter((one) => one.region === region && one.type === type)
            .reduce((sum, one) => sum + one.used * hoursIn(one, start, end), 0)
          const isPlanned = billing.savingsPlans.some(
            ({ covers = [] }) => service === "ec2" && covers.some((one) => one.type === type && one.region === region)
          )
          const discounted = Math.min(reserved, running)
          const planned = isPlanned ? running - discounted : 0
          const [prefix, name] = named[service]
          return (
            [
              ["DiscountedUsage", discounted],
              ["SavingsPlanCoveredUsage", planned],
              ["Usage", running - discounted - planned]
            ] as const
          ).flatMap(([recordType, hours]): Array<RunningUse> =>
            hours === 0
              ? []
              : [
                  {
                    service: name,
                    account: account.name,
                    region,
                    usageType: `${prefix}:${type.replace(/^(db\..*\d*)xlarge$/, "$1xl")}`,
                    recordType,
                    hours
                  }
                ]
          )
        })
      )
    )
  )
}
