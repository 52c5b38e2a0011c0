/** What people have set aside, over nights on which it ends, comes back, or cannot be judged. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as TestClock from "effect/testing/TestClock"
import { layerMemory } from "../../core/store/sqlite/sqlite.ts"
import { Store } from "../../core/store/Store.ts"
import { sumsSince } from "../../query/sumChanges.ts"
import { runNightly } from "../../workflows/engine.ts"
import { setAsideFinding, type SetAsideChange } from "../../workflows/setAside.ts"
import { awsFailure } from "../datasets/harness.ts"
import { awsVolume, type Estate, member, organizationOf, payer, request, world } from "./harness.ts"

const firstNight = Date.parse("2026-11-20T02:00:00Z")
const day = 86_400_000
const volumeId = "vol-a"

const used = awsVolume(volumeId, {
  State: "in-use",
  Attachments: [{ InstanceId: "i-1", State: "attached", AttachTime: new Date("2026-11-21T00:00:00Z") }]
})

const because = { reason: "until the migration is over", author: "ann" }

interface Changed {
  readonly volumes?: Estate[string][string]
  readonly isDenied?: boolean
  readonly isLocked?: boolean
}

const first: Changed = {}

/** Nights over one volume of the member's, on which a person has set it aside after the first; after each, what has become of it. */
const nights = Effect.fnUntraced(function* (change: SetAsideChange, later: ReadonlyArray<Changed>) {
  const store = yield* Store
  const found: Array<string> = []
  for (const [index, { isDenied, isLocked, volumes }] of [first, ...later].entries()) {
    yield* TestClock.setTime(firstNight + index * day)
    const estate: Estate = { [payer]: {}, [member]: { "eu-west-1": volumes ?? [awsVolume(volumeId)] } }
    const answers = {
      ...organizationOf(estate),
      ...(isDenied === true
        ? {
            "ec2:DescribeVolumes": () => {
              throw awsFailure("UnauthorizedOperation")
            }
          }
        : {})
    }
    const { layer } = world(answers, Layer.succeed(Store, store), { locked: isLocked === true ? [member] : [] })
    yield* Effect.provide(runNightly(request()), layer)
    const [finding] = (yield* store.findings({ limit: 1 })).items
    const [all] = yield* store.rollups(["all"])
    const [run] = (yield* store.runs(1)).items
    if (finding === undefined || run === undefined) return yield* Effect.die("no finding")
    const { reopened } = (yield* sumsSince(run)).totals
    found.push(`${finding.status}, ${all?.sums.unconfirmed.monthlyUsd} in all, ${reopened.monthlyUsd} back`)
    if (index > 0) continue
    yield* TestClock.adjust("6 hours")
    yield* setAsideFinding(finding.id, change)
  }
  const [finding] = (yield* store.findings({ limit: 1 })).items
  return { found: found.slice(1), history: (yield* store.history(finding?.id ?? "")).map(({ type }) => type) }
})

describe("what a person has set aside", () => {
  it.effect("is as it was when what had ended is back, and in no sum", () =>
    Effect.gen(function* () {
      for (const [status, change] of [
        ["snoozed", { action: "snooze", ...because, until: "2027-06-01", untilMonthlyUsd: 500 }],
        ["suppressed", { action: "suppress", ...because, until: null }]
      ] as const) {
        const { found, history } = yield* Effect.provide(
          nights(change, [{ volumes: [used] }, {}, { volumes: [awsVolume(volumeId, { Size: 10_000 })] }]),
          Layer.fresh(layerMemory)
        )
        const isBack = status === "snoozed"
        assert.deepStrictEqual(found, [
          "resolved, 0 in all, 0 back",
          `${status}, 0 in all, 0 back`,
          isBack ? "open, 1100 in all, 1100 back" : "suppressed, 0 in all, 0 back"
        ])
        assert.sameMembers(history, ["opened", status, "resolved", status, isBack ? "reopened" : "changed"])
      }
    })
  )

  it.effect("is back on its day although the scan is denied or the account cannot be entered", () =>
    Effect.gen(function* () {
      for (const gap of [{ isDenied: true }, { isLocked: true }]) {
        const { found } = yield* Effect.provide(
          nights({ action: "suppress", ...because, until: "2026-11-22" }, [gap, gap, gap, {}]),
          Layer.fresh(layerMemory)
        )
        assert.deepStrictEqual(found, [
          "suppressed, 0 in all, 0 back",
          "open, 11 in all, 11 back",
          "open, 11 in all, 0 back",
          "open, 11 in all, 0 back"
        ])
      }
    })
  )

  it.effect("ends with its resource, and is not what is made anew under its name", () =>
    Effect.gen(function* () {
      const another = { volumes: [awsVolume(volumeId, { CreateTime: new Date("2026-11-20T18:00:00Z") })] }
      const { found, history } = yield* Effect.provide(
        nights(
          { action: "suppress", ...because, until: null },
          Array.from({ length: 9 }, () => another)
        ),
        Layer.fresh(layerMemory)
      )
      assert.deepStrictEqual([found[0], found.at(-1)], ["resolved, 0 in all, 0 back", "open, 11 in all, 0 back"])
      assert.deepStrictEqual(history.toSorted(), ["opened", "reopened", "resolved", "suppressed"])
      assert.include(found, "open, 11 in all, 11 back")
    })
  )
})
