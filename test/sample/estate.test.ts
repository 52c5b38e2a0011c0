import { assert, describe, it } from "@effect/vitest"
import { vi } from "vitest"
import type { Estate, Region } from "../../sample/estate.ts"
import { sampleNight } from "../../sample/estate.ts"
import { idOf } from "../../sample/ids.ts"
import { estate } from "../../sample/organization.ts"

/** Everything of the estate that AWS gives an ARN or an id, by kind. Interfaces that are implied by others do not count. */
const countByKind = ({ accounts }: Estate): Record<string, number> => {
  const counts: Record<string, number> = {}
  const add = (kind: string, items: ReadonlyArray<unknown> = []) => {
    counts[kind] = (counts[kind] ?? 0) + items.length
  }
  for (const { buckets, distributions, hostedZones, regions } of accounts) {
    add("buckets", buckets)
    add("distributions", distributions)
    add("hostedZones", hostedZones)
    for (const region of Object.values(regions)) {
      for (const [kind, items] of Object.entries(region)) add(kind, items)
      for (const { disks } of region.instances ?? []) add("volumes", disks)
      for (const { disks } of region.images ?? []) add("snapshots", disks)
    }
  }
  return counts
}

const places = estate.accounts.flatMap(({ name, regions }) =>
  Object.entries(regions).map(([region, has]) => ({ place: `${name}/${region}`, has }))
)

type Reference = readonly [kind: keyof Region, name: string]

const to = (kind: keyof Region, names: ReadonlyArray<string | undefined>): ReadonlyArray<Reference> =>
  names.flatMap((name): ReadonlyArray<Reference> => (name === undefined ? [] : [[kind, name]]))

/** Every name by which one thing means another, with the kind of what it means. */
const referencesOf = (has: Partial<Region>): ReadonlyArray<Reference> => {
  const { addresses = [], autoScalingGroups = [], instances = [], launchTemplates = [], routeTables = [] } = has
  const versions = launchTemplates.flatMap(({ versions }) => versions)
  const withGroups = [
    ...instances,
    ...versions,
    ...(has.interfaces ?? []),
    ...(has.loadBalancers ?? []),
    ...(has.classicLoadBalancers ?? []),
    ...(has.functions ?? []),
    ...(has.databases ?? []),
    ...(has.caches ?? []),
    ...(has.ecsServices ?? [])
  ]
  const vias = routeTables.flatMap(({ routes }) => routes.map(({ via }) => via))
  const holders = addresses.flatMap(({ on }) => on ?? [])
  return [
    ...to(
      "vpcs",
      [...routeTables, ...(has.natGateways ?? []), ...(has.vpcEndpoints ?? [])].map(({ vpc }) => vpc)
    ),
    ...to(
      "vpcs",
      [...instances, ...(has.internetGateways ?? [])].map(({ vpc }) => vpc)
    ),
    ...to(
      "natGateways",
      vias.flatMap((via) => ("natGateway" in via ? via.natGateway : []))
    ),
    ...to(
      "internetGateways",
      vias.flatMap((via) => ("internetGateway" in via ? via.internetGateway : []))
    ),
    ...to(
      "routeTables",
      (has.vpcEndpoints ?? []).flatMap(({ routeTables = [] }) => routeTables)
    ),
    ...to(
      "natGateways",
      holders.flatMap((on) => ("natGateway" in on ? on.natGateway : []))
    ),
    ...to(
      "instances",
      holders.flatMap((on) => ("instance" in on ? on.instance : []))
    ),
    ...to(
      "interfaces",
      holders.flatMap((on) => ("interface" in on ? on.interface : []))
    ),
    ...to(
      "images",
      [...instances, ...versions, ...(has.launchConfigurations ?? [])].map(({ image }) => image)
    ),
    ...to(
      "snapshots",
      versions.flatMap(({ snapshots = [] }) => snapshots)
    ),
    ...to(
      "autoScalingGroups",
      instances.map(({ group }) => group)
    ),
    ...to(
      "launchTemplates",
      autoScalingGroups.map(({ template }) => template?.name)
    ),
    ...to(
      "launchConfigurations",
      autoScalingGroups.map(({ configuration }) => configuration)
    ),
    ...to(
      "targetGroups",
      autoScalingGroups.flatMap(({ targetGroups = [] }) => targetGroups)
    ),
    ...to(
      "targetGroups",
      (has.ecsServices ?? []).flatMap(({ targetGroups }) => targetGroups)
    ),
    ...to(
      "loadBalancers",
      (has.targetGroups ?? []).map(({ loadBalancer }) => loadBalancer)
    ),
    ...to(
      "loadBalancers",
      (has.endpointServices ?? []).flatMap(({ loadBalancers }) => loadBalancers)
    ),
    ...to(
      "queues",
      (has.queues ?? []).map(({ deadLetters }) => deadLetters)
    ),
    ...to(
      "queues",
      (has.functions ?? []).flatMap(({ sources = [] }) => sources)
    ),
    ...to(
      "instances",
      (has.classicLoadBalancers ?? []).flatMap(({ instances }) => instances)
    ),
    ...to(
      "securityGroups",
      withGroups.flatMap(({ groups = [] }) => groups)
    ),
    ...to(
      "securityGroups",
      (has.securityGroups ?? []).flatMap(({ inbound = [] }) =>
        inbound.flatMap(({ from }) => ("group" in from ? from.group : []))
      )
    )
  ]
}

const datesOf = (value: unknown): ReadonlyArray<string> =>
  typeof value === "string"
    ? /^\d{4}-\d\d-\d\d(T[\d:]+Z)?$/.test(value)
      ? [value]
      : []
    : typeof value === "object" && value !== null
      ? Object.values(value).flatMap(datesOf)
      : []

describe("the sample estate", () => {
  it("is a payer and three members in four regions, with at least 400 resources", () => {
    assert.deepStrictEqual(
      estate.accounts.map(({ name }) => name),
      ["payer", "shop-production", "shop-staging", "data-sandbox"]
    )
    assert.strictEqual(estate.accounts[0]?.id, estate.payer)
    assert.strictEqual(estate.regions.length, 4)
    const counts = countByKind(estate)
    const total = Object.values(counts).reduce((sum, count) => sum + count, 0)
    assert.isAtLeast(total, 400, JSON.stringify(counts))
  })

  it("is the same whenever it is built", async () => {
    vi.resetModules()
    const again = await import("../../sample/organization.ts")
    assert.notStrictEqual(again.estate, estate)
    assert.deepStrictEqual(again.estate, estate)
    assert.strictEqual(
      idOf("vol", { account: "444455556666", region: "eu-central-1" }, "orders-db-2019"),
      "vol-0ac1e64389b26e4b0"
    )
  })

  it("names every thing once in its place", () => {
    for (const { has, place } of places) {
      for (const [kind, items] of Object.entries(has)) {
        const names = items.map((item) => ("name" in item ? item.name : ""))
        assert.deepStrictEqual(
          names.filter((name, index) => names.indexOf(name) !== index),
          [],
          `${kind} in ${place}`
        )
      }
    }
  })

  it("only refers to what there is", () => {
    for (const { has, place } of places) {
      for (const [kind, name] of referencesOf(has)) {
        assert.isTrue(has[kind]?.some((item) => item.name === name) === true, `${place}: ${kind} has no ${name}`)
      }
    }
  })

  it("has no date after its night", () => {
    const night = sampleNight.toISOString()
    const later = datesOf(estate).filter((date) => new Date(date).toISOString() > night)
    // A lock lasts into the future.
    assert.deepStrictEqual(later, ["2035-01-02"])
  })
})
