/** What Cost Explorer tells the payer of the organisation's reservations: how far they are used. */
import type {
  DateInterval,
  Expression,
  GetReservationUtilizationCommandInput,
  GetReservationUtilizationCommandOutput,
  ReservationAggregates
} from "@aws-sdk/client-cost-explorer"
import { isoDay } from "../../core/time.ts"
import { hexOf } from "../ids.ts"
import { hoursIn } from "../runningUse.ts"
import { type Answer, dateOf, defineService, type Here, pageOf, refusal } from "../Service.ts"
import { accountId, dayAfter, daysOf, fits, mentions, monthOf } from "./costExplorer.ts"
import { endOf, isOver, type Reservation, reservationId, upfrontShare } from "./reservations.ts"

type Service = Reservation["service"]

// Source: API reference, GetReservationUtilization, the values of SERVICE.
const serviceNames: Readonly<Record<Service, string>> = {
  ec2: "Amazon Elastic Compute Cloud - Compute",
  rds: "Amazon Relational Database Service",
  elasticache: "Amazon ElastiCache",
  redshift: "Amazon Redshift",
  opensearch: "Amazon OpenSearch Service",
  memorydb: "Amazon MemoryDB"
}

/** Cost Explorer counts subscriptions; the id of the reservation is the lease. */
const subscriptionId = (reservation: Reservation): string =>
  String(Number.parseInt(hexOf(reservation, `subscription/${reservation.name}`, 8), 16))

/** The services that a query may be about: EC2 alone where its filter names none. */
const servicesOf = (filter: Expression | undefined): ReadonlyArray<Service> =>
  mentions(filter, "SERVICE") ? (Object.keys(serviceNames) as Array<Service>) : ["ec2"]

/** Normalised units of an hour, by size. Source: EC2 user guide, "instance size flexibility". */
const unitsOf = ({ type }: Reservation): number => {
  const size = type.split(".").at(-1) ?? ""
  const times = /^(\d+)xlarge$/.exec(size)?.[1]
  const small: Readonly<Record<string, number>> = { nano: 0.25, micro: 0.5, small: 1, medium: 2, large: 4, xlarge: 8 }
  return times === undefined ? (small[size] ?? 1) : Number(times) * 8
}

const text = (amount: number) => amount.toFixed(10)

const percent = (part: number, whole: number) => text(whole === 0 ? 0 : (100 * part) / whole)

const aggregate = (reservations: ReadonlyArray<Reservation>, start: Date, end: Date): ReservationAggregates => {
  const sum = (value: (reservation: Reservation, hours: number) => number) =>
    reservations.reduce((total, reservation) => total + value(reservation, hoursIn(reservation, start, end)), 0)
  const purchased = sum((_, hours) => hours)
  const used = sum(({ used }, hours) => used * hours)
  const units = sum((reservation, hours) => hours * unitsOf(reservation))
  const usedUnits = sum((reservation, hours) => reservation.used * hours * unitsOf(reservation))
  const onDemand = sum(({ onDemandUsd, used }, hours) => used * hours * onDemandUsd)
  const fee = sum(({ hourlyUsd }, hours) => hours * hourlyUsd)
  const upfront = sum(({ hourlyUsd, payment }, hours) => hours * hourlyUsd * upfrontShare[payment])
  const realized = sum(({ hourlyUsd, onDemandUsd, used }, hours) => used * hours * (onDemandUsd - hourlyUsd))
  const possible = sum(({ hourlyUsd, onDemandUsd }, hours) => hours * (onDemandUsd - hourlyUsd))
  return {
    UtilizationPercentage: percent(used, purchased),
    UtilizationPercentageInUnits: percent(usedUnits, units),
    PurchasedHours: text(purchased),
    PurchasedUnits: text(units),
    TotalActualHours: text(used),
    TotalActualUnits: text(usedUnits),
    UnusedHours: text(purchased - used),
    UnusedUnits: text(units - usedUnits),
    OnDemandCostOfRIHoursUsed: text(onDemand),
    NetRISavings: text(onDemand - fee),
    TotalPotentialRISavings: text(possible),
    AmortizedUpfrontFee: text(upfront),
    AmortizedRecurringFee: text(fee - upfront),
    TotalAmortizedFee: text(fee),
    RICostForUnusedHours: text(sum(({ hourlyUsd, used }, hours) => (1 - used) * hours * hourlyUsd)),
    RealizedSavings: text(realized),
    UnrealizedSavings: text(possible - realized)
  }
}

const attributesOf = (here: Here, reservation: Reservation): Record<string, string> => {
  return {
    accountId: accountId(here, reservation.account),
    accountName: reservation.account,
    availabilityZone: "",
    endDateTime: endOf(reservation).toISOString(),
    instanceType: reservation.type,
    leaseId: reservationId(reservation),
    numberOfInstances: String(reservation.count),
    offeringType: "standard",
    platform: reservation.service === "ec2" ? "Linux/UNIX" : "",
    region: reservation.region,
    scope: reservation.service === "ec2" ? "Region" : "",
    startDateTime: dateOf(reservation.start).toISOString(),
    subscriptionId: subscriptionId(reservation),
    subscriptionStatus: isOver(here, reservation) ? "Expired" : "Active",
    subscriptionType: reservation.payment,
    tenancy: reservation.service === "ec2" ? "Shared" : ""
  }
}

const windowOf = (period: DateInterval | undefined) => ({
  start: dateOf(period?.Start ?? ""),
  end: dateOf(period?.End ?? "")
})

const refuseGranularity = (input: { readonly GroupBy?: unknown; readonly Granularity?: unknown }) => {
  if (input.GroupBy !== undefined && input.Granularity !== undefined)
    throw refusal("ValidationException", "Granularity can't be set when GroupBy is set.")
}

/** The reservations that a query is about and that were paid for in its window. */
const heldIn = (here: Here, filter: Expression | undefined, start: Date, end: Date) => {
  const services = servicesOf(filter)
  return here.billing.reservations.filter((reservation) => {
    const values: Readonly<Record<string, string>> = {
      INSTANCE_TYPE: reservation.type,
      LINKED_ACCOUNT: accountId(here, reservation.account),
      REGION: reservation.region,
      SERVICE: serviceNames[reservation.service],
      SUBSCRIPTION_ID: subscriptionId(reservation)
    }
    return (
      services.includes(reservation.service) &&
      hoursIn(reservation, start, end) > 0 &&
      fits(filter, (dimension) => values[dimension] ?? "")
    )
  })
}

export default defineService({
  answers: {
    "ce:GetReservationUtilization": (
      here,
      input: GetReservationUtilizationCommandInput
    ): Answer<GetReservationUtilizationCommandOutput> => {
      refuseGranularity(input)
      const { end, start } = windowOf(input.TimePeriod)
      const held = heldIn(here, input.Filter, start, end)
      if (held.length === 0) throw refusal("DataUnavailableException", "There are no reservations in this period.")
      if (input.GroupBy === undefined) {
        const periods = Map.groupBy(daysOf(start, end), (day) =>
          input.Granularity === "MONTHLY" ? monthOf(day) : isoDay(day)
        )
        return {
          UtilizationsByTime: [...periods.values()].map((days) => {
            const first = days[0] as Date
            const after = dayAfter(days.at(-1) as Date)
            return {
              TimePeriod: { Start: isoDay(first), End: isoDay(after) },
              Groups: [],
              Total: aggregate(held, first, after)
            }
          }),
          Total: aggregate(held, start, end)
        }
      }
      if (input.GroupBy.length !== 1 || input.GroupBy[0]?.Key !== "SUBSCRIPTION_ID")
        throw refusal("ValidationException", "GroupBy can only be SUBSCRIPTION_ID.")
      const { items, next } = pageOf(held, input.NextPageToken, input.MaxResults, 1000)
      return {
        UtilizationsByTime: [
          {
            TimePeriod: input.TimePeriod,
            Groups: items.map((reservation) => ({
              Key: "SUBSCRIPTION_ID",
              Value: subscriptionId(reservation),
              Attributes: attributesOf(here, reservation),
              Utilization: aggregate([reservation], start, end)
            })),
            Total: {}
          }
        ],
        // Nothing in it where there are groups.
        Total: {},
        NextPageToken: next
      }
    }
  }
})
