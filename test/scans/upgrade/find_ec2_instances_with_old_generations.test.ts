import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { loadComputePrices } from "../../../core/pricing/ComputePrices.ts"
import type { AutoScalingGroup } from "../../../datasets/aws/autoscaling.ts"
import type { Instance } from "../../../datasets/aws/ec2.ts"
import { type Fleet, together } from "../../../datasets/aws/fleets.ts"
import type { InstanceType } from "../../../datasets/aws/instanceTypes.ts"
import scan from "../../../scans/upgrade/find_ec2_instances_with_old_generations.ts"
import { daysAgo } from "../../datasets/harness.ts"
import { instance as anInstance, instanceType } from "../ec2Fixtures.ts"
import { gap, judge } from "../harness.ts"

const compute = await Effect.runPromise(loadComputePrices(["ec2", "sizes"]))

const instance = (more: Partial<Instance> = {}) => anInstance({ type: "m4.xlarge", launchedAt: daysAgo(1), ...more })

const group = (name: string, instanceIds: ReadonlyArray<string>) =>
  ({
    arn: `arn:aws:autoscaling:eu-west-1:111111111111:autoScalingGroup:0a1b:autoScalingGroupName/${name}`,
    name,
    instanceIds,
    createdAt: daysAgo(400),
    tags: {}
  }) as unknown as AutoScalingGroup

const type = (name: string, more: Partial<InstanceType> = {}) =>
  [name, instanceType(name, { vcpu: 4, memoryGib: 16, burstable: false, ...more })] as const

const types = new Map([
  type("m4.xlarge", { currentGeneration: false, hypervisor: "xen" }),
  type("m5.xlarge"),
  type("m6i.xlarge"),
  type("r5.xlarge"),
  type("t3.large"),
  type("i3.large"),
  type("x9.large", { currentGeneration: false })
])

const everywhere = new Set(["eu-west-1a", "eu-west-1b", "eu-west-1c"])

interface Options {
  readonly groups?: ReadonlyArray<AutoScalingGroup>
  readonly settings?: Record<string, boolean>
  readonly zones?: (type: string) => ReadonlySet<string> | undefined
  readonly types?: unknown
  readonly isWhole?: boolean
  readonly instances?: unknown
}

const run = (instances: ReadonlyArray<Instance>, options: Options = {}) => {
  const { groups = [], settings = {}, zones = () => everywhere } = options
  const fleets: ReadonlyArray<Fleet> = (
    Effect.runSync(together.read({ instances, groups }, {}) as Effect.Effect<any>) as any
  ).value
  return judge(
    scan,
    {
      fleets: options.isWhole === false ? gap(fleets) : fleets,
      types: options.types ?? types,
      instances: options.instances ?? instances
    },
    { compute, settings, answers: { zones: ({ type }: { type: string }) => zones(type) } }
  )
}

describe("find_ec2_instances_with_old_generations", () => {
  it("flags a previous generation with what its successor costs less, however young it is", () => {
    const { asked, flags } = run([instance()])
    assert.deepStrictEqual(flags[0]?.reasons, ["previous_generation"])
    // m4.xlarge and m5.xlarge in eu-west-1 are 0.222 and 0.214 an hour.
    assert.deepInclude(flags[0]?.savings, { monthlyUsd: 5.84, basis: "estimate", claim: "modernise" })
    assert.strictEqual(flags[0]?.severity, "low")
    assert.deepInclude(flags[0]?.evidence, {
      instanceTypes: ["m4.xlarge"],
      target: ["m5.xlarge"],
      graviton: ["m7g.xlarge"],
      onXen: ["m4.xlarge"],
      listMonthlyUsd: 162.06
    })
    assert.isAbove(flags[0]?.evidence["gravitonSavesMonthlyUsd"] as number, 5.84)
    assert.include(asked, "zones m5.xlarge")
  })

  it("leaves current types alone whose successor costs as much, is flexible, or is of the same generation", () => {
    const judged = run([
      instance({ type: "m5.xlarge" }),
      instance({ id: "i-2", type: "m6i.xlarge" }),
      instance({ id: "i-3", type: "t3.large" }),
      instance({ id: "i-4", type: "i3.large" })
    ])
    assert.deepStrictEqual([judged.flagged, judged.unknown], [[], []])
  })

  it("flags a current type that a newer and cheaper family has superseded", () => {
    const { flags, flagged } = run([instance({ type: "r5.xlarge" })])
    assert.deepStrictEqual(flagged, ["i-1: superseded"])
    assert.deepStrictEqual(flags[0]?.evidence["target"], ["r6a.xlarge"])
    // r5.xlarge and r6a.xlarge in eu-west-1 are 0.282 and 0.2538 an hour.
    assert.strictEqual(flags[0]?.savings?.monthlyUsd, 20.59)
    assert.strictEqual(flags[0]?.severity, "medium")
  })

  it("proposes nothing that the zone does not have, and does not know without being told", () => {
    const elsewhere = run([instance()], { zones: () => new Set(["eu-west-1b"]) })
    assert.deepStrictEqual(elsewhere.flagged, ["i-1: previous_generation"])
    assert.deepInclude(elsewhere.flags[0], { kind: "hygiene", severity: "low", savings: null })
    assert.deepStrictEqual(elsewhere.flags[0]?.evidence["target"], [])
    const onlyOwn = (type: string) => (type === "r5.xlarge" ? everywhere : new Set<string>())
    const nowhere = run([instance({ type: "r5.xlarge" })], { zones: onlyOwn })
    assert.deepStrictEqual([nowhere.flagged, nowhere.unknown], [[], []])
    // Not even what runs here.
    assert.deepStrictEqual(run([instance({ type: "r5.xlarge" })], { zones: () => new Set() }).unknown, ["i-1"])
    assert.deepStrictEqual(run([instance()], { zones: () => undefined }).unknown, ["i-1"])
  })

  it("claims nothing for Spot and for a capacity reservation", () => {
    for (const more of [{ lifecycle: "spot" }, { capacityReservationId: "cr-1" }]) {
      const { flags } = run([instance(more)])
      assert.deepInclude(flags[0], { kind: "hygiene", severity: "low", savings: null })
      assert.deepStrictEqual(run([instance({ type: "r5.xlarge", ...more })]).flagged, [])
    }
  })

  it("claims nothing where a price is not known", () => {
    const { flags } = run([
      instance({ type: "x9.large" }),
      instance({ id: "i-2", availabilityZone: "eu-west-1-lon-1a" })
    ])
    assert.deepStrictEqual(
      flags.map(({ kind, savings }) => [kind, savings]),
      [
        ["hygiene", null],
        ["hygiene", null]
      ]
    )
  })

  it("judges a group as one, with the sum of its members", () => {
    const members = [instance({ id: "i-1" }), instance({ id: "i-2" }), instance({ id: "i-3", type: "m5.xlarge" })]
    const { flags } = run(members, { groups: [group("web", ["i-1", "i-2", "i-3"])] })
    assert.strictEqual(flags.length, 1)
    assert.strictEqual(flags[0]?.resource.type, "autoscaling:auto-scaling-group")
    assert.strictEqual(flags[0]?.savings?.monthlyUsd, 11.68)
    assert.deepStrictEqual(flags[0]?.evidence["target"], ["m5.xlarge × 2"])
    const partial = run(members, { groups: [group("web", ["i-1", "i-2", "i-3"])], isWhole: false })
    assert.deepStrictEqual(partial.unknown, ["web"])
    assert.strictEqual(partial.status, "partial")
    assert.strictEqual(partial.stateOf("arn:aws:ec2:eu-west-1:111111111111:instance/i-9"), "unknown")
  })

  it("does not know a type that EC2 does not describe", () => {
    assert.deepStrictEqual(run([instance({ type: "m4.nowhere" })]).unknown, ["i-1"])
    assert.deepStrictEqual(run([instance()], { types: gap() }).unknown, ["i-1"])
  })

  it("judges stopped instances where they are wanted", () => {
    const stopped = instance({ state: "stopped", stoppedAt: daysAgo(9) })
    assert.deepStrictEqual(run([stopped]).flagged, [])
    const { flags, flagged } = run([stopped, instance({ id: "i-2", state: "stopped", type: "m6i.xlarge" })], {
      settings: { includeStopped: true }
    })
    assert.deepStrictEqual(flagged, ["i-1: previous_generation"])
    assert.deepInclude(flags[0], { kind: "hygiene", severity: "low", savings: null })
    assert.deepStrictEqual(flags[0]?.evidence, {
      instanceTypes: ["m4.xlarge"],
      target: "m5.xlarge",
      stoppedAt: daysAgo(9).toISOString()
    })
    const unread = run([stopped], { settings: { includeStopped: true }, instances: gap() })
    assert.deepStrictEqual(unread.unknown, ["i-1"])
  })

  it("leaves out what saves nothing where only savings are wanted", () => {
    const settings = { onlyIfSaving: true }
    assert.deepStrictEqual(run([instance({ lifecycle: "spot" })], { settings }).flagged, [])
    assert.deepStrictEqual(run([instance()], { settings }).flagged, ["i-1: previous_generation"])
    const stopped = [instance({ state: "stopped" })]
    assert.deepStrictEqual(run(stopped, { settings: { ...settings, includeStopped: true } }).flagged, [])
  })

  it("keeps quiet about Graviton where that is wanted", () => {
    const { flags } = run([instance()], { settings: { suggestGraviton: false } })
    assert.deepInclude(flags[0]?.evidence, { graviton: "not asked: switched off", gravitonSavesMonthlyUsd: null })
  })

  it("judges nothing where there is nothing, and leaves alone what a service runs", () => {
    assert.strictEqual(run([]).counters.examined, 0)
    assert.deepStrictEqual(
      run([instance({ serviceManaged: true }), instance({ id: "i-2", onOutpost: true })]).flagged,
      []
    )
  })
})
