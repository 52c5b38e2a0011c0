import { assert, describe, it } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as TestClock from "effect/testing/TestClock"
import { dataset } from "../../datasets/engine/Dataset.ts"
import type { Changes } from "../../core/run/Changes.ts"
import { Store } from "../../core/store/Store.ts"
import * as ec2 from "../../datasets/aws/ec2.ts"
import { layerMemory } from "../../core/store/sqlite/sqlite.ts"
import { defineScan, hygiene, Setting } from "../../scans/Scan.ts"
import type { NamedScan } from "../../audit/ScanRegistry.ts"
import { runNightly } from "../../workflows/engine.ts"
import { Progress, type ProgressEvent } from "../../workflows/Progress.ts"
import { ScanBudget } from "../../workflows/steps/scan.ts"
import { awsFailure } from "../datasets/harness.ts"
import {
  awsVolume,
  contents,
  type Estate,
  everything,
  member,
  organizationOf,
  payer,
  request,
  volumesScan,
  world
} from "./harness.ts"

const firstNight = new Date("2026-11-20T02:00:00Z").getTime()

const night = (days: number) => TestClock.setTime(firstNight + days * 86_400_000)

const estateOf = (): Estate => ({
  [payer]: { "eu-west-1": [awsVolume("vol-a"), awsVolume("vol-b", { State: "in-use" })] },
  [member]: { "us-east-1": [awsVolume("vol-c", { Size: 3000 })] }
})

/** A store that outlives the layers of single nights, as a file does. */
const sharedStore = Effect.map(Effect.context<Store>(), (context) => Layer.succeedContext(context))

const failing = dataset<ReadonlyArray<never>>("test.crashes", {
  scope: "regional",
  operations: [],
  read: () => Effect.die(new Error("a bug"))
})

/** A scan of volumes with a rule of the test. */
const scanOf = (
  name: string,
  judge: () => ReturnType<typeof hygiene> | undefined,
  subject: "volumes" | "failing" = "volumes"
): NamedScan => ({
  name,
  category: "cleanup",
  scan: defineScan({
    title: name,
    words: "",
    why: "",
    fix: "",
    docs: "",
    scope: "regional",
    settings: { days: Setting.days(1, "unused") },
    reads: { subject: subject === "volumes" ? ec2.volumes : failing },
    subject: "subject",
    reasons: { any: "because" },
    judge: () => judge as () => any
  })
})

const flagAll = () => hygiene({ reason: "any", severity: "low", note: "free", evidence: {} })

const amounts = (changes: Changes | undefined) =>
  Object.fromEntries(
    Object.entries(changes ?? {}).flatMap(([type, { findings, monthlyUsd }]) =>
      findings === 0 ? [] : [[type, [findings, monthlyUsd]]]
    )
  )

describe("runNightly", () => {
  it.effect("audits every account and region, and says what was found, changed, covered and paid", () =>
    Effect.gen(function* () {
      yield* night(0)
      const events: Array<ProgressEvent> = []
      const { layer, sent } = world(organizationOf(estateOf()), yield* sharedStore)
      const runId = yield* runNightly(request()).pipe(
        Effect.provideService(Progress, (event) => events.push(event)),
        Effect.provide(layer)
      )
      assert.match(runId, /^20261120T020000Z-[0-9a-f]{6}$/)

      const store = yield* Store
      const run = yield* store.run(runId)
      assert.strictEqual(run?.status, "complete")
      assert.strictEqual(run?.startedAt, "2026-11-20T02:00:00.000Z")
      assert.deepStrictEqual(
        run?.plan.accounts.map(({ id }) => id),
        [payer, member]
      )
      const summary = run?.summary
      // Nothing is confirmed on the first night, because EC2 does not say since when a volume is unattached.
      assert.deepStrictEqual(summary?.totals.confirmed, { findings: 0, monthlyUsd: 0 })
      // gp2: $0.11 in eu-west-1 and $0.10 in us-east-1.
      assert.deepStrictEqual(summary?.totals.unconfirmed, { findings: 2, monthlyUsd: 11 + 300 })
      assert.deepStrictEqual(amounts(summary?.changes), { opened: [2, 311] })
      assert.deepInclude(summary?.coverage, { expected: 4, complete: 4, gaps: [] })
      assert.deepStrictEqual(
        summary?.cost.calls.map(({ calls, operation }) => [operation, calls]),
        [
          // Of the two unattached volumes, whether they were attached on a day of the window.
          ["GetMetricData", 2],
          ["DescribeInstances", 4],
          ["DescribeSnapshots", 4],
          ["DescribeVolumes", 4],
          ["DescribeRegions", 2],
          ["ListAccounts", 1]
        ]
      )
      assert.strictEqual(summary?.cost.totalCalls, sent.length)
      assert.deepStrictEqual(
        events
          .map(({ _tag }) => _tag)
          .filter((tag) => tag === "Planned" || tag === "ScopeFinished" || tag === "Notified"),
        ["Planned", "ScopeFinished", "ScopeFinished", "ScopeFinished", "ScopeFinished", "Notified"]
      )
    }).pipe(Effect.provide(layerMemory))
  )

  it.effect("writes no finding on an unchanged second night, confirms after the window, resolves what is gone", () =>
    Effect.gen(function* () {
      const store = yield* Store
      const estate = estateOf()
      const { layer } = world(organizationOf(estate), yield* sharedStore)
      const audit = runNightly(request()).pipe(
        Effect.provide(layer),
        Effect.flatMap((id) => store.run(id)),
        Effect.map((run) => amounts(run?.summary?.changes))
      )
      yield* night(0)
      yield* audit
      const written = (yield* store.findings({ limit: 10 })).items

      yield* night(1)
      assert.deepStrictEqual(yield* audit, {})
      assert.deepStrictEqual((yield* store.findings({ limit: 10 })).items, written)

      yield* night(7)
      assert.deepStrictEqual(yield* audit, { confirmed: [2, 311] })

      estate[member] = { "us-east-1": [] }
      const [volume] = estate[payer]?.["eu-west-1"] ?? []
      Object.assign(volume as object, { State: "in-use" })
      yield* night(8)
      assert.deepStrictEqual(yield* audit, { resolved: [2, 311] })
      assert.deepStrictEqual(yield* everything, [
        { id: "vol-c", status: "resolved", confirmed: true, counted: false, resolved: "resource_deleted" },
        { id: "vol-a", status: "resolved", confirmed: true, counted: false, resolved: "no_longer_matches" }
      ])

      Object.assign(volume as object, { State: "available" })
      yield* night(9)
      assert.deepStrictEqual(yield* audit, { reopened: [1, 11] })
    }).pipe(Effect.provide(layerMemory))
  )

  it.effect("counts nights and not runs: what needs two nights is not confirmed by two runs of one day", () =>
    Effect.gen(function* () {
      const store = yield* Store
      const twoNights = scanOf("needs_two_nights", () => ({ ...flagAll(), observe: { nights: 2 } }))
      const { layer } = world(organizationOf(estateOf()), yield* sharedStore, { scans: [twoNights] })
      const asked = request({ scans: [twoNights.name], accounts: [member] })
      const confirmed = Effect.map(store.findings({ limit: 10, confirmed: true }), ({ items }) => items.length)
      for (const [days, expected] of [
        [0, 0],
        [0.25, 0],
        [1, 1]
      ] as const) {
        yield* night(days)
        yield* Effect.provide(runNightly(asked), layer)
        assert.strictEqual(yield* confirmed, expected, `after ${days} days`)
      }
    }).pipe(Effect.provide(layerMemory))
  )

  it.effect("resolves nothing when the dataset is denied, and names the gap", () =>
    Effect.gen(function* () {
      const store = yield* Store
      const answers = organizationOf(estateOf())
      yield* night(0)
      yield* Effect.provide(runNightly(request()), world(answers, yield* sharedStore).layer)
      const before = yield* everything

      const denied = {
        ...answers,
        "ec2:DescribeVolumes": () => {
          throw awsFailure("UnauthorizedOperation", "with an explicit deny in a service control policy", 403)
        }
      }
      yield* night(1)
      const id = yield* Effect.provide(runNightly(request()), world(denied, yield* sharedStore).layer)
      const summary = (yield* store.run(id))?.summary
      assert.deepStrictEqual(yield* everything, before)
      assert.deepInclude(summary?.coverage, { expected: 4, complete: 0, unavailable: 4 })
      assert.deepStrictEqual(
        summary?.coverage.gaps.map(({ accounts, reason, regions }) => [reason.code, accounts, regions]),
        [["denied_by_scp", [payer, member], ["eu-west-1", "us-east-1"]]]
      )
      // What is still open keeps counting: a lost permission makes no total go up or down.
      assert.strictEqual(summary?.totals.unconfirmed.monthlyUsd, 311)
    }).pipe(Effect.provide(layerMemory))
  )

  it.effect("goes on when an account cannot be entered, and keeps what was found there", () =>
    Effect.gen(function* () {
      const store = yield* Store
      const answers = organizationOf(estateOf())
      yield* night(0)
      yield* Effect.provide(runNightly(request()), world(answers, yield* sharedStore).layer)
      yield* night(1)
      const { layer } = world(answers, yield* sharedStore, { locked: [member] })
      const summary = (yield* store.run(yield* Effect.provide(runNightly(request()), layer)))?.summary
      assert.deepStrictEqual(
        summary?.coverage.gaps.map(({ accounts, reason, regions }) => [reason.code, accounts, regions]),
        [["account_not_entered", [member], ["*"]]]
      )
      assert.strictEqual(summary?.totals.unconfirmed.monthlyUsd, 311)
    }).pipe(Effect.provide(layerMemory))
  )

  it.effect("ends the findings of an account that left the organisation", () =>
    Effect.gen(function* () {
      const estate = estateOf()
      yield* night(0)
      yield* Effect.provide(runNightly(request()), world(organizationOf(estate), yield* sharedStore).layer)
      delete estate[member]
      yield* night(1)
      yield* Effect.provide(runNightly(request()), world(organizationOf(estate), yield* sharedStore).layer)
      const gone = (yield* everything).find(({ id }) => id === "vol-c")
      assert.strictEqual(gone?.resolved, "account_left")
    }).pipe(Effect.provide(layerMemory))
  )

  it.effect(
    "says that the settings changed where they ended a finding, also when a night without an answer came between",
    () =>
      Effect.gen(function* () {
        const ending = Effect.fnUntraced(function* (
          first: Parameters<typeof request>[0],
          then: Parameters<typeof request>[0],
          change: (estate: Estate) => void = () => undefined
        ) {
          const estate = estateOf()
          const answers = organizationOf(estate)
          const denied = {
            ...answers,
            "ec2:DescribeVolumes": () => Promise.reject(awsFailure("UnauthorizedOperation"))
          }
          yield* night(0)
          yield* Effect.provide(runNightly(request(first)), world(answers, yield* sharedStore).layer)
          change(estate)
          yield* night(1)
          yield* Effect.provide(runNightly(request(then)), world(denied, yield* sharedStore).layer)
          assert.isNull((yield* everything).find(({ id }) => id === "vol-a")?.resolved)
          yield* night(2)
          yield* Effect.provide(runNightly(request(then)), world(answers, yield* sharedStore).layer)
          return (yield* everything).find(({ id }) => id === "vol-a")?.resolved
        })
        const of = (...nights: Parameters<typeof ending>) => Effect.provide(ending(...nights), layerMemory)
        assert.strictEqual(yield* of({}, { minMonthlySavingsUsd: 50 }), "settings_changed")
        const attached = { [payer]: { "eu-west-1": [awsVolume("vol-a", { State: "in-use" })] } }
        assert.strictEqual(
          yield* of({}, { settings: { find_unused_volumes: { idleDays: 20 } } }, (estate) =>
            Object.assign(estate, attached)
          ),
          "settings_changed"
        )
        // It is cheaper now, or in use, and nobody changed a setting that matters.
        const smaller = { [payer]: { "eu-west-1": [awsVolume("vol-a", { Size: 10 })] } }
        const minimum = { minMonthlySavingsUsd: 5 }
        assert.strictEqual(yield* of(minimum, minimum, (estate) => Object.assign(estate, smaller)), "no_longer_matches")
        assert.strictEqual(yield* of({}, minimum, (estate) => Object.assign(estate, attached)), "no_longer_matches")
      })
  )

  it.effect("turns the crash of one scan into that scan's outcome", () =>
    Effect.gen(function* () {
      const store = yield* Store
      const scans = [
        volumesScan,
        scanOf("crashes_in_its_rule", () => {
          throw new TypeError("undefined is not an object")
        }),
        scanOf("crashes_in_its_dataset", flagAll, "failing"),
        scanOf("works", flagAll)
      ]
      const { layer } = world(organizationOf(estateOf()), yield* sharedStore, { scans })
      yield* night(0)
      const id = yield* Effect.provide(
        runNightly(request({ scans: scans.map(({ name }) => name), regions: ["eu-west-1"], accounts: [payer] })),
        layer
      )
      const outcomes = yield* store.latestOutcomes({ account: payer, region: "eu-west-1" })
      assert.deepStrictEqual(outcomes.map(({ reason, scan, status }) => [scan, status, reason?.message ?? ""]).sort(), [
        ["crashes_in_its_dataset", "unavailable", "reading test.crashes crashed: a bug"],
        [
          "crashes_in_its_rule",
          "unavailable",
          "crashes_in_its_rule crashed: undefined is not an object. This is a bug; please report it."
        ],
        ["find_unused_volumes", "complete", ""],
        ["works", "complete", ""]
      ])
      assert.strictEqual((yield* store.run(id))?.status, "complete")
    }).pipe(Effect.provide(layerMemory))
  )

  it.effect("calls the scan step again until nothing remains, one group at least each time", () =>
    Effect.gen(function* () {
      const store = yield* Store
      const scans = [volumesScan, scanOf("second", flagAll), scanOf("third", flagAll)]
      const { layer, sent } = world(organizationOf(estateOf()), yield* sharedStore, { scans })
      yield* night(0)
      yield* runNightly(
        request({ scans: scans.map(({ name }) => name), regions: ["eu-west-1"], accounts: [payer] })
      ).pipe(
        Effect.provide(layer),
        Effect.provideService(ScanBudget, { begin: Duration.zero, stop: Duration.minutes(1) })
      )
      const outcomes = yield* store.latestOutcomes({ account: payer, region: "eu-west-1" })
      assert.deepStrictEqual(outcomes.map(({ scan, sequence }) => [scan, sequence]).sort(), [
        ["find_unused_volumes", 1],
        ["second", 1],
        ["third", 1]
      ])
      // The three read the volumes, so they are one group, and the first call of the step reads and judges them all.
      assert.strictEqual(sent.filter(({ operation }) => operation.name === "DescribeVolumes").length, 1)
    }).pipe(Effect.provide(layerMemory))
  )

  it.effect("fails with the error of the step when nothing can be planned", () =>
    Effect.gen(function* () {
      const { layer } = world(
        {
          "organizations:ListAccounts": () => {
            throw awsFailure("AccessDeniedException")
          }
        },
        yield* sharedStore
      )
      yield* night(0)
      const error = yield* Effect.flip(Effect.provide(runNightly(request()), layer))
      assert.strictEqual(
        error.message,
        "organizations:ListAccounts in 111111111111/us-east-1: denied by IAM: a permission is missing"
      )
    }).pipe(Effect.provide(layerMemory))
  )
})

describe("a run that is killed", () => {
  it.effect("and resumed leaves the same store as one that was not", () =>
    Effect.gen(function* () {
      const untouched = yield* Effect.gen(function* () {
        yield* night(0)
        yield* Effect.provide(runNightly(request()), world(organizationOf(estateOf()), yield* sharedStore).layer)
        return yield* contents([payer, member])
      }).pipe(Effect.provide(layerMemory))

      const killed = yield* Effect.gen(function* () {
        const store = yield* Store
        const answers = organizationOf(estateOf())
        yield* night(0)
        const dying = {
          ...answers,
          // The process dies while the third scope is read: this call never answers.
          "ec2:DescribeVolumes": (input: unknown, destination: { account: string; region: string }) =>
            destination.account === member && destination.region === "us-east-1"
              ? new Promise(() => undefined)
              : answers["ec2:DescribeVolumes"]?.(input, destination)
        }
        const { layer, sent } = world(dying, yield* sharedStore)
        const fiber = yield* Effect.forkChild(Effect.provide(runNightly(request()), layer))
        const done = Effect.gen(function* () {
          const [run] = (yield* store.runs(1)).items
          if (run === undefined) return 0
          const records = yield* Effect.forEach([payer, member], (account) => store.scopeRecords(run.id, account))
          return records.flat().filter(({ done }) => done).length
        })
        // Real work, so real turns of the event loop, until the three scopes that answer are done.
        for (let turn = 0; turn < 2000 && (yield* done) < 3; turn++)
          yield* Effect.promise(() => new Promise(setImmediate))
        assert.strictEqual(yield* done, 3)
        yield* Fiber.interrupt(fiber)

        const [interrupted] = (yield* store.runs(1)).items
        assert.strictEqual(interrupted?.status, "running")
        const before = sent.length
        const again = world(answers, yield* sharedStore)
        yield* Effect.provide(runNightly(request({ resume: interrupted?.id ?? "" })), again.layer)
        assert.isAbove(before, 0)
        // Only the scope that was not done is read again.
        assert.deepStrictEqual(
          again.sent
            .filter(({ operation }) => operation.name === "DescribeVolumes")
            .map(({ destination: { account, region } }) => ({ account, region })),
          [{ account: member, region: "us-east-1" }]
        )
        return yield* contents([payer, member])
      }).pipe(Effect.provide(layerMemory))

      assert.deepStrictEqual(killed, untouched)
    })
  )

  it.effect("after its findings were written and before its record was, counts them all the same", () =>
    Effect.gen(function* () {
      const store = yield* Store
      yield* night(0)
      const dying = Layer.succeed(Store, {
        ...store,
        putScope: (record) => (record.done ? Effect.die(new Error("the process is gone")) : store.putScope(record))
      })
      const asked = request({ accounts: [payer], regions: ["eu-west-1"] })
      yield* Effect.exit(Effect.provide(runNightly(asked), world(organizationOf(estateOf()), dying).layer))
      assert.strictEqual((yield* store.findings({ limit: 10 })).items.length, 1)

      const [run] = (yield* store.runs(1)).items
      const { layer } = world(organizationOf(estateOf()), yield* sharedStore)
      yield* Effect.provide(runNightly({ ...asked, resume: run?.id ?? "" }), layer)
      assert.strictEqual((yield* store.run(run?.id ?? ""))?.summary?.changes.opened.findings, 1)
    }).pipe(Effect.provide(layerMemory))
  )
})

describe("a run whose date does not fit the newest one", () => {
  it.effect("is refused by the machine itself before a call is made, unless any date is asked for", () =>
    Effect.gen(function* () {
      const store = yield* Store
      const { layer, sent } = world(organizationOf(estateOf()), yield* sharedStore)
      const audit = (days: number, anyDate?: boolean) =>
        night(days).pipe(
          Effect.andThen(runNightly(request(anyDate === undefined ? {} : { anyDate }))),
          Effect.provide(layer),
          Effect.result
        )
      const newest = yield* audit(0)
      assert.strictEqual(newest._tag, "Success")
      const before = yield* contents([payer, member])
      const calls = sent.length
      for (const days of [-1, -1 / 48, 91]) {
        const refused = yield* audit(days)
        assert.deepInclude(refused._tag === "Failure" ? refused.failure : undefined, {
          _tag: "WrongDate",
          newest: { id: before.runs[0]?.id, startedAt: "2026-11-20T02:00:00.000Z" }
        })
      }
      yield* night(0)
      assert.deepStrictEqual(yield* contents([payer, member]), before)
      assert.strictEqual(sent.length, calls)
      // Clocks of machines differ a little, and months may pass.
      for (const days of [-1 / 288, 90]) assert.strictEqual((yield* audit(days))._tag, "Success")
      for (const days of [-1, 500]) assert.strictEqual((yield* audit(days, true))._tag, "Success")
      yield* night(0)
      assert.lengthOf((yield* store.runs(10)).items, 5)
    }).pipe(Effect.provide(layerMemory))
  )
})
