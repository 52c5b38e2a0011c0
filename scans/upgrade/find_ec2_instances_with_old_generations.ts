import { noSavings } from "../../core/finding/savings.ts"
import { raise, severityOfSavings } from "../../core/finding/severity.ts"
import type { NewerSize } from "../../core/pricing/sizes.ts"
import { all } from "../../core/Reading.ts"
import { hoursPerMonth } from "../../core/time.ts"
import * as ec2 from "../../datasets/aws/ec2.ts"
import * as fleets from "../../datasets/aws/fleets.ts"
import * as instanceTypes from "../../datasets/aws/instanceTypes.ts"
import { askAll, defineScan, hygiene, money, need, Setting, unknown } from "../Scan.ts"
import { counted, fleetEvidence, fleetSavings, hourPriceOf, listMonthlyUsd } from "../shared/fleets.ts"

/** A newer family has to cost at most so much of the older one. Source: shared/scans-amendments.md, more corrections. */
const mostOfPrice = 0.99

/** The number in a family's name: 5 of `m5`, 6 of `c6i`. */
const generationOf = (family: string): number => Number(/\d+/.exec(family)?.[0] ?? 0)

/** What differs from the processor that it runs on, or gives less than a whole one, is another decision. */
const isSuccessor = ({ kind, size }: NewerSize, family: string): boolean =>
  kind !== "Graviton" && !size.family.endsWith("-flex") && generationOf(size.family) > generationOf(family)

export default defineScan({
  title: "EC2 instances of old generations",
  words: "previous generation, t2, m4, c4, modernise",
  why: "Newer generations do the same work for less money, or faster, and AWS offers the old ones in fewer places every year.",
  fix: "Change the type; of a group change the launch template. Coming from Xen, check the ENA and NVMe drivers first, and what a reservation or a Savings Plan for the old family covers.",
  docs: "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-instance-resize.html",
  scope: "regional",
  settings: {
    onlyIfSaving: Setting.flag(false, "Leave out previous generations whose successor costs as much or more"),
    suggestGraviton: Setting.flag(true, "Also name the Graviton type, for software that runs on ARM"),
    includeStopped: Setting.flag(false, "Also report stopped instances, whose type costs nothing")
  },
  reads: {
    fleets: fleets.together,
    types: instanceTypes.inUse,
    instances: ec2.instances
  },
  subject: "fleets",
  probes: { zones: instanceTypes.zonesOf },
  prices: ["ec2", "sizes"],
  reasons: {
    previous_generation: "AWS lists its type as one of a previous generation.",
    superseded: "There is a newer family with as much of everything that costs less."
  },

  judge: ({ fleets: judged, instances, types }, { compute, scope, settings }) => {
    const instanceById = instances.by(({ id }) => id)
    const isOnPreviousList = (type: string) => compute.sizes(type)?.current.currentGeneration === false

    return function* (fleet) {
      const { controller, members } = fleet
      if (fleet.unread !== undefined) return unknown(fleet.unread)
      if (controller !== "instance") yield* need(judged.all)

      if (members.length === 0) {
        if (!settings.includeStopped || settings.onlyIfSaving || controller !== "instance") return
        const own = yield* need(instanceById.get(fleet.id))
        if (own?.state !== "stopped" || own.serviceManaged || !isOnPreviousList(own.type)) return
        return hygiene({
          reason: "previous_generation",
          severity: "low",
          note: "It is stopped, and its type costs nothing until it starts.",
          evidence: {
            instanceTypes: [own.type],
            target: compute.sizes(own.type)?.newer.find((newer) => isSuccessor(newer, own.type))?.size.type ?? "none",
            stoppedAt: own.stoppedAt?.toISOString() ?? null
          }
        })
      }

      const previous = new Set<string>()
      const xen = new Set<string>()
      const targets = new Map<string, string>()
      for (const [type, alike] of Map.groupBy(members, ({ type }) => type)) {
        const known = yield* need(types.get(type))
        if (known === undefined) return unknown(`EC2 does not describe the type ${type}`)
        if (known.currentGeneration === false || isOnPreviousList(type)) previous.add(type)
        if (known.hypervisor === "xen") xen.add(type)
        const sizes = compute.sizes(type)
        const cheaper = (sizes?.newer ?? []).filter((newer) => {
          if (!isSuccessor(newer, type)) return false
          return alike.every((member) => {
            const now = hourPriceOf(compute, scope.region, member).usd
            const then = hourPriceOf(compute, scope.region, member, newer.size.type).usd
            return now !== null && then !== null && then <= now * mostOfPrice
          })
        })
        // A zone that has none of them is found out before anything is proposed.
        const offered = yield* need(yield* askZones(cheaper.map(({ size }) => size.type)))
        if (offered.length > 0 && offered.every(({ size }) => size === 0)) {
          // That nothing is offered anywhere is believed of an answer that knows the type that runs here.
          const [own] = yield* need(yield* askZones([type]))
          if (own?.size === 0) return unknown(`EC2 offers ${type}, which runs here, in no zone`)
        }
        const zones = alike.map(({ availabilityZone }) => availabilityZone)
        const at = offered.findIndex((own) => zones.every((zone) => own.has(zone)))
        const target = cheaper[at]?.size.type
        if (target !== undefined) targets.set(type, target)
      }

      const targetOf = ({ type }: ec2.Instance) => targets.get(type)
      const savings =
        targets.size === 0
          ? noSavings("modernise", "No newer type with as much of everything is known to cost less here.")
          : fleetSavings("modernise", compute, scope.region, members, {
              fleet,
              basis: "estimate",
              notes: controller === "instance" ? [] : ["for as many instances as run now"],
              targetOf
            })
      const saves = savings.monthlyUsd > 0
      if (!saves && (previous.size === 0 || settings.onlyIfSaving)) return

      const graviton = new Map(
        [...new Set(members.map(({ type }) => type))].flatMap((type) => {
          const size = compute.sizes(type)?.newer.find(({ kind }) => kind === "Graviton")?.size.type
          return size === undefined ? [] : [[type, size] as const]
        })
      )
      const gravitonHours = members.flatMap((member) => {
        const size = graviton.get(member.type)
        if (size === undefined) return []
        const now = hourPriceOf(compute, scope.region, member).usd
        const then = hourPriceOf(compute, scope.region, member, size).usd
        return [now === null || then === null ? null : now - then]
      })
      const found = {
        evidence: {
          ...fleetEvidence(fleet),
          listMonthlyUsd: listMonthlyUsd(compute, scope.region, members),
          target: counted(members.flatMap((member) => targetOf(member) ?? [])),
          graviton: !settings.suggestGraviton ? "not asked: switched off" : counted([...graviton.values()]),
          gravitonSavesMonthlyUsd:
            !settings.suggestGraviton || gravitonHours.length === 0 || gravitonHours.some((usd) => usd === null)
              ? null
              : Math.round(gravitonHours.reduce<number>((sum, usd) => sum + (usd ?? 0), 0) * hoursPerMonth * 100) / 100,
          onXen: [...xen]
        }
      } as const
      const severity = severityOfSavings(savings)
      if (previous.size === 0) return money({ ...found, reason: "superseded", savings })
      return saves
        ? money({
            ...found,
            reason: "previous_generation",
            savings,
            severity: severity === "info" ? raise(severity, 1) : severity
          })
        : hygiene({ ...found, reason: "previous_generation", severity: "low", note: savings.note ?? "" })
    }
  }
})

/** In which zones each of the types is offered, in their order. */
function* askZones(names: ReadonlyArray<string>) {
  if (names.length === 0) return { known: true, value: [] as ReadonlyArray<ReadonlySet<string>> } as const
  const answers = yield* askAll(
    instanceTypes.zonesOf,
    names.map((type) => ({ type }))
  )
  return all(answers)
}
