import { assert, describe, it } from "@effect/vitest"
import type { TaskDefinitionFamily } from "../../../datasets/aws/ecs.ts"
import scan from "../../../scans/containers/find_old_ecs_task_definitions.ts"
import { daysAgo } from "../../datasets/harness.ts"
import * as fixtures from "../ecsFixtures.ts"
import { gap, judge } from "../harness.ts"

/** Revisions 1 to so many. */
const family = (newest: number, more: Partial<TaskDefinitionFamily> = {}): TaskDefinitionFamily => ({
  arn: "arn:aws:ecs:eu-west-1:111111111111:task-definition/cart",
  name: "cart",
  revisions: Array.from({ length: newest }, (_, index) => newest - index),
  ...more
})

interface Options {
  readonly services?: unknown
  readonly tasks?: unknown
  readonly rules?: unknown
  readonly schedules?: unknown
  readonly targets?: ReadonlyArray<object> | undefined
  /** How many days ago a revision was registered; null where ECS does not say, undefined where it is refused. */
  readonly age?: (revision: number) => number | null | undefined
  readonly settings?: Readonly<Record<string, number>>
}

const run = (families: unknown, options: Options = {}) =>
  judge(
    scan,
    {
      families,
      services: options.services ?? [],
      tasks: options.tasks ?? [],
      rules: options.rules ?? [],
      schedules: options.schedules ?? []
    },
    {
      answers: {
        targets: () => ("targets" in options ? options.targets : []),
        definition: (arn: string) => {
          const age = (options.age ?? (() => 200))(Number(arn.split(":").at(-1)))
          return age === undefined
            ? undefined
            : { registeredAt: age === null ? null : daysAgo(age), tags: { team: "web" } }
        }
      },
      ...(options.settings === undefined ? {} : { settings: options.settings })
    }
  )

const described = ({ asked }: ReturnType<typeof run>) =>
  asked.filter((one) => one.startsWith("definition")).map((one) => Number(one.split(":").at(-1)))

describe("find_old_ecs_task_definitions", () => {
  it("flags revisions outside of the newest, and describes one of them", () => {
    const judged = run([family(12)])
    const [flag] = judged.flags
    assert.deepStrictEqual(described(judged), [7])
    assert.deepInclude(flag, { kind: "hygiene", severity: "info", confidence: "medium", savings: null })
    assert.deepStrictEqual(flag?.reasons, ["old_revisions"])
    assert.deepStrictEqual(flag?.resource.tags, { team: "web" })
    assert.deepStrictEqual(flag?.evidence, {
      activeRevisions: 12,
      oldRevisions: 7,
      revisions: ["1-7"],
      newestOldRegisteredAt: daysAgo(200).toISOString(),
      keptNewest: ["8-12"],
      olderInUse: []
    })
  })

  it("asks nothing about a family of a few revisions", () => {
    const { asked, flagged } = run([family(5)])
    assert.deepStrictEqual([asked, flagged], [[], []])
  })

  it("leaves out what something starts", () => {
    const arn = (revision: number) => fixtures.definitionArn(revision)
    const { flags } = run([family(12)], {
      services: [fixtures.service({ taskDefinitions: [arn(12), arn(7)] })],
      tasks: [fixtures.task({ taskDefinition: arn(5) })],
      rules: [fixtures.taskRule()],
      targets: [{ taskDefinitionArn: arn(3) }, { taskDefinitionArn: undefined }],
      schedules: [
        fixtures.taskSchedule({ taskDefinition: arn(2) }),
        fixtures.taskSchedule({ taskDefinition: "cart:1" }),
        fixtures.taskSchedule({ taskDefinition: "cart" })
      ]
    })
    assert.deepInclude(flags[0]?.evidence, {
      oldRevisions: 2,
      revisions: ["4", "6"],
      olderInUse: ["1-3", "5", "7"]
    })
  })

  it("looks for the first old one where the newest is young", () => {
    const age = (revision: number) => (revision <= 20 ? 91 : 89)
    const judged = run([family(45)], { age })
    assert.deepInclude(judged.flags[0]?.evidence, { oldRevisions: 20, revisions: ["1-20"] })
    assert.isAtMost(described(judged).length, 8)
    // The newest, then the oldest: nothing between two young ones is old.
    const young = run([family(45)], { age: () => 10 })
    assert.deepStrictEqual([young.flagged, described(young).sort()], [[], [1, 40]])
  })

  it("does not know a family of which something is not told", () => {
    const without: ReadonlyArray<Options> = [
      { services: gap([]) },
      { tasks: gap([]) },
      { rules: gap([]) },
      { schedules: gap([]) },
      { rules: [fixtures.taskRule()], targets: undefined },
      { age: () => undefined },
      { age: () => null }
    ]
    for (const options of without) {
      const judged = run([family(12)], options)
      assert.deepStrictEqual([judged.flagged, judged.unknown], [[], ["cart"]])
      assert.strictEqual(judged.stateOf(family(12).arn), "unknown")
    }
  })

  it("finds nothing where there is nothing, and closes nothing where not everything was read", () => {
    const empty = run([])
    assert.deepStrictEqual([empty.status, empty.counters.examined], ["complete", 0])
    assert.strictEqual(run(gap()).status, "unavailable")
    const partial = run(gap([family(12)]))
    assert.deepStrictEqual([partial.status, partial.flagged], ["partial", ["cart: old_revisions"]])
    assert.strictEqual(partial.stateOf("arn:aws:ecs:eu-west-1:111111111111:task-definition/other"), "unknown")
  })

  it("follows its settings", () => {
    assert.deepStrictEqual(run([family(12)], { settings: { minAgeDays: 201 } }).flagged, [])
    assert.strictEqual(run([family(12)], { settings: { keepNewest: 11 } }).flags[0]?.evidence["oldRevisions"], 1)
    assert.deepStrictEqual(run([family(12)], { settings: { keepNewest: 12 } }).flagged, [])
  })
})
