/** What instances cost that are judged together, and how findings speak of them. */
import type { Claim, Evidence, Savings, SavingsBasis } from "../../core/finding/Finding.ts"
import { noSavings, sum, term } from "../../core/finding/savings.ts"
import type { ComputePrices, Tenancy } from "../../core/pricing/ComputePrices.ts"
import { operatingSystemOf } from "../../core/pricing/operatingSystem.ts"
import { placeOf } from "../../core/pricing/PricePlace.ts"
import type { Price } from "../../core/pricing/Prices.ts"
import { hoursPerMonth } from "../../core/time.ts"
import type { Instance } from "../../datasets/aws/ec2.ts"
import type { Fleet } from "../../datasets/aws/fleets.ts"

const systemOf = ({ platformDetails, usageOperation }: Instance) => operatingSystemOf(usageOperation, platformDetails)

/** The list price of an hour of an instance where it runs, as it is or as another type. */
export const hourPriceOf = (
  compute: ComputePrices,
  region: string,
  instance: Instance,
  type: string = instance.type
): Price =>
  compute.ec2(type, systemOf(instance), placeOf(region, instance.availabilityZone), instance.tenancy as Tenancy)

/** Whether the list price is what its hours cost, and they cost nothing without it. */
const isPriced = ({ capacityReservationId, lifecycle }: Instance): boolean =>
  lifecycle === "on-demand" && capacityReservationId === undefined

/** USD a month that its instances cost at list prices; null where one of them has none. */
export const listMonthlyUsd = (
  compute: ComputePrices,
  region: string,
  members: ReadonlyArray<Instance>
): number | null => {
  const prices = members.map((member) => hourPriceOf(compute, region, member).usd)
  const total = prices.reduce<number | null>((sum, usd) => (sum === null || usd === null ? null : sum + usd), 0)
  return total === null ? null : Math.round(total * hoursPerMonth * 100) / 100
}

/**
 * What a month costs less when a fleet's instances stop, or become another type. Spot instances have no list price, and a capacity
 * reservation is billed with or without an instance in it: neither is part of the sum, and the note says so.
 */
export const fleetSavings = (
  claim: Claim,
  compute: ComputePrices,
  region: string,
  members: ReadonlyArray<Instance>,
  options: {
    /** The type that an instance becomes; undefined for one that stays as it is. Without it the instances stop. */
    readonly targetOf?: (instance: Instance) => string | undefined
    readonly basis: Exclude<SavingsBasis, "none">
    readonly notes: ReadonlyArray<string>
    /** The fleet whose instances these are: what others claim of one of them is part of it. */
    readonly fleet?: Fleet
  }
): Savings => {
  const { targetOf } = options
  const changed = targetOf === undefined ? members : members.filter((member) => targetOf(member) !== undefined)
  const priced = changed.filter(isPriced)
  const notes = [
    ...options.notes,
    ...(changed.some(({ lifecycle }) => lifecycle === "spot") ? ["Spot instances have no list price"] : []),
    ...(changed.some(({ capacityReservationId }) => capacityReservationId !== undefined)
      ? ["a capacity reservation costs the same with and without the instance, until it is made smaller"]
      : [])
  ]
  const noteOf = (parts: ReadonlyArray<string>) => {
    const text = parts.join("; ")
    return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}.`
  }
  if (priced.length === 0) return noSavings(claim, noteOf(notes))
  const same = Map.groupBy(priced, (member) => {
    const { fact, source } = hourPriceOf(compute, region, member)
    return `${fact}|${source}`
  })
  const terms = [...same.values()].flatMap((members) => {
    const [one] = members
    if (one === undefined) return []
    const hours = hoursPerMonth * members.length
    const target = targetOf?.(one)
    return [
      term(one.type, hours, "hour", hourPriceOf(compute, region, one)),
      ...(target === undefined
        ? []
        : [term(`${target} instead`, -hours, "hour", hourPriceOf(compute, region, one, target))])
    ]
  })
  return sum(claim, terms, {
    basis: options.basis,
    ...(notes.length === 0 ? {} : { note: noteOf(notes) }),
    ...(options.fleet === undefined || options.fleet.controller === "instance"
      ? {}
      : { covers: options.fleet.members.map(({ arn }) => arn) })
  })
}

/** Each value once with how often it occurs, such as `m5.large × 3`. */
export const counted = (values: Iterable<string>): ReadonlyArray<string> =>
  [...Map.groupBy(values, (value) => value)]
    .map(([value, { length }]) => (length === 1 ? value : `${value} × ${length}`))
    .sort()

const words = {
  instance: "none",
  "auto-scaling-group": "Auto Scaling group",
  "eks-cluster": "EKS cluster",
  "emr-cluster": "EMR cluster"
} as const

/** Of what a fleet consists. */
export const fleetEvidence = ({ controller, members }: Fleet): Evidence => ({
  instanceTypes: counted(members.map(({ type }) => type)),
  operatingSystems: [...new Set(members.map(systemOf))].sort(),
  purchase: counted(members.map(({ lifecycle }) => lifecycle)),
  controller: words[controller],
  instances: members.map(({ id }) => id),
  capacityReservations: [
    ...new Set(members.flatMap(({ capacityReservationId }) => capacityReservationId ?? []))
  ].sort(),
  launchedAt: members.reduce<string | null>((oldest, { launchedAt }) => {
    const at = launchedAt?.toISOString() ?? null
    return oldest === null || (at !== null && at < oldest) ? at : oldest
  }, null)
})
