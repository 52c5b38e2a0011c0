/** Reserved capacity, as the services list it that it was bought for. reservationUse.ts tells how it is used. */
import type { DescribeReservedInstancesCommandOutput } from "@aws-sdk/client-ec2"
import type {
  DescribeReservedCacheNodesCommandInput,
  DescribeReservedCacheNodesCommandOutput
} from "@aws-sdk/client-elasticache"
import type {
  DescribeReservedNodesCommandInput as DescribeReservedMemoryNodesCommandInput,
  DescribeReservedNodesCommandOutput as DescribeReservedMemoryNodesCommandOutput
} from "@aws-sdk/client-memorydb"
import type {
  DescribeReservedInstancesCommandInput as DescribeReservedSearchCommandInput,
  DescribeReservedInstancesCommandOutput as DescribeReservedSearchCommandOutput
} from "@aws-sdk/client-opensearch"
import type {
  DescribeReservedDBInstancesCommandInput,
  DescribeReservedDBInstancesCommandOutput
} from "@aws-sdk/client-rds"
import type { DescribeReservedNodesCommandInput, DescribeReservedNodesCommandOutput } from "@aws-sdk/client-redshift"
import type { When } from "../estate.ts"
import { arnOf, hexOf } from "../ids.ts"
import { type Answer, dateOf, defineService, type Here, pageOf } from "../Service.ts"

declare module "../estate.ts" {
  interface Billing {
    readonly reservations: ReadonlyArray<Reservation>
  }
}

export interface Reservation {
  /** The estate's word for it; its ids are made from it. */
  readonly name: string
  /** By name. */
  readonly account: string
  readonly region: string
  readonly service: "ec2" | "rds" | "elasticache" | "redshift" | "opensearch" | "memorydb"
  /** Of the instance or node. */
  readonly type: string
  readonly count: number
  readonly start: When
  readonly years: 1 | 3
  readonly payment: "No Upfront" | "Partial Upfront" | "All Upfront"
  /** What an hour of one costs, all fees included. */
  readonly hourlyUsd: number
  /** What it would cost on demand. */
  readonly onDemandUsd: number
  /** The share of its hours that something ran in, from 0 to 1. */
  readonly used: number
}

/** A year of a commitment has 365 days. */
export const secondsPerYear = 365 * 86_400

type Term = Pick<Reservation, "start" | "years">

/** When a reservation or a Savings Plan ends. */
export const endOf = ({ start, years }: Term): Date => new Date(dateOf(start).getTime() + years * secondsPerYear * 1000)

/** The share of the price that was paid at the start. */
export const upfrontShare = { "No Upfront": 0, "Partial Upfront": 0.5, "All Upfront": 1 }

export const reservationId = (reservation: Reservation): string => {
  const digits = hexOf(reservation, `reservation/${reservation.name}`, 32)
  return reservation.service === "ec2"
    ? digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5")
    : `${reservation.name}-${digits.slice(0, 8)}`
}

export const isOver = (here: Here, term: Term): boolean => endOf(term).getTime() <= here.now()

const ownOf = (here: Here, service: Reservation["service"]) =>
  here.billing.reservations.filter(
    (reservation) =>
      reservation.service === service && reservation.account === here.own.name && reservation.region === here.region
  )

/** What all the services say of a reservation in the same words. */
const shown = (here: Here, reservation: Reservation) => {
  const upfront = upfrontShare[reservation.payment]
  return {
    StartTime: dateOf(reservation.start),
    Duration: reservation.years * secondsPerYear,
    FixedPrice: Math.round(upfront * reservation.hourlyUsd * ((reservation.years * secondsPerYear) / 3600)),
    UsagePrice: 0,
    State: isOver(here, reservation) ? "retired" : "active",
    OfferingType: reservation.payment,
    RecurringCharges: [
      { RecurringChargeAmount: (1 - upfront) * reservation.hourlyUsd, RecurringChargeFrequency: "Hourly" }
    ]
  }
}

const offeringId = (reservation: Reservation) => hexOf(reservation, `offering/${reservation.name}`, 32)

export default defineService({
  billing: { reservations: [] },
  answers: {
    // EC2 answers all of them at once.
    "ec2:DescribeReservedInstances": (here): Answer<DescribeReservedInstancesCommandOutput> => ({
      ReservedInstances: ownOf(here, "ec2").map((reservation) => {
        const { Duration, FixedPrice, RecurringCharges, StartTime, State } = shown(here, reservation)
        return {
          ReservedInstancesId: reservationId(reservation),
          InstanceType: reservation.type as never,
          InstanceCount: reservation.count,
          Start: StartTime,
          End: endOf(reservation),
          Duration,
          FixedPrice,
          UsagePrice: 0,
          CurrencyCode: "USD" as const,
          State: State as "active" | "retired",
          OfferingClass: "standard" as const,
          OfferingType: reservation.payment,
          ProductDescription: "Linux/UNIX" as const,
          InstanceTenancy: "default" as const,
          Scope: "Region" as const,
          RecurringCharges: RecurringCharges.map(({ RecurringChargeAmount }) => ({
            Amount: RecurringChargeAmount,
            Frequency: "Hourly" as const
          })),
          Tags: []
        }
      })
    }),

    "rds:DescribeReservedDBInstances": (
      here,
      input: DescribeReservedDBInstancesCommandInput
    ): Answer<DescribeReservedDBInstancesCommandOutput> => {
      const { items, next } = pageOf(ownOf(here, "rds"), input.Marker, input.MaxRecords, 100)
      return {
        ReservedDBInstances: items.map((reservation) => ({
          ...shown(here, reservation),
          ReservedDBInstanceId: reservationId(reservation),
          ReservedDBInstancesOfferingId: offeringId(reservation),
          ReservedDBInstanceArn: arnOf("rds", here, `ri:${reservationId(reservation)}`),
          LeaseId: offeringId(reservation),
          DBInstanceClass: reservation.type,
          DBInstanceCount: reservation.count,
          CurrencyCode: "USD",
          ProductDescription: "postgresql",
          MultiAZ: false
        })),
        Marker: next
      }
    },

    "elasticache:DescribeReservedCacheNodes": (
      here,
      input: DescribeReservedCacheNodesCommandInput
    ): Answer<DescribeReservedCacheNodesCommandOutput> => {
      const { items, next } = pageOf(ownOf(here, "elasticache"), input.Marker, input.MaxRecords, 100)
      return {
        ReservedCacheNodes: items.map((reservation) => ({
          ...shown(here, reservation),
          ReservedCacheNodeId: reservationId(reservation),
          ReservedCacheNodesOfferingId: offeringId(reservation),
          ReservationARN: arnOf("elasticache", here, `reserved-instance:${reservationId(reservation)}`),
          CacheNodeType: reservation.type,
          CacheNodeCount: reservation.count,
          ProductDescription: "valkey"
        })),
        Marker: next
      }
    },

    "redshift:DescribeReservedNodes": (
      here,
      input: DescribeReservedNodesCommandInput
    ): Answer<DescribeReservedNodesCommandOutput> => {
      const { items, next } = pageOf(ownOf(here, "redshift"), input.Marker, input.MaxRecords, 100)
      return {
        ReservedNodes: items.map((reservation) => ({
          ...shown(here, reservation),
          ReservedNodeId: reservationId(reservation),
          ReservedNodeOfferingId: offeringId(reservation),
          ReservedNodeOfferingType: "Regular",
          NodeType: reservation.type,
          NodeCount: reservation.count,
          CurrencyCode: "USD"
        })),
        Marker: next
      }
    },

    "es:DescribeReservedInstances": (
      here,
      input: DescribeReservedSearchCommandInput
    ): Answer<DescribeReservedSearchCommandOutput> => {
      const { items, next } = pageOf(ownOf(here, "opensearch"), input.NextToken, input.MaxResults, 100)
      return {
        ReservedInstances: items.map((reservation) => {
          const { OfferingType, ...rest } = shown(here, reservation)
          return {
            ...rest,
            ReservationName: reservation.name,
            ReservedInstanceId: reservationId(reservation),
            ReservedInstanceOfferingId: offeringId(reservation),
            InstanceType: reservation.type as never,
            InstanceCount: reservation.count,
            PaymentOption: OfferingType.toUpperCase().replaceAll(" ", "_") as never,
            CurrencyCode: "USD"
          }
        }),
        NextToken: next
      }
    },

    "memorydb:DescribeReservedNodes": (
      here,
      input: DescribeReservedMemoryNodesCommandInput
    ): Answer<DescribeReservedMemoryNodesCommandOutput> => {
      const { items, next } = pageOf(ownOf(here, "memorydb"), input.NextToken, input.MaxResults, 100)
      return {
        ReservedNodes: items.map((reservation) => {
          const { UsagePrice: _, ...rest } = shown(here, reservation)
          return {
            ...rest,
            ReservationId: reservationId(reservation),
            ReservedNodesOfferingId: offeringId(reservation),
            ARN: arnOf("memorydb", here, `reservednode/${reservationId(reservation)}`),
            NodeType: reservation.type,
            NodeCount: reservation.count
          }
        }),
        NextToken: next
      }
    }
  }
})
