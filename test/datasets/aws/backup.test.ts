import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { known } from "../../../core/Reading.ts"
import * as backup from "../../../datasets/aws/backup.ts"
import { awsFailure, daysAgo, paged, readProbe } from "../harness.ts"

const arn = "arn:aws:ec2:eu-west-1:111111111111:volume/vol-1"

describe("backup.lastBackups", () => {
  it.effect("lists what was saved, a thousand at a time", () =>
    Effect.gen(function* () {
      const resources = Array.from({ length: 1001 }, (_, at) => ({
        ResourceArn: `arn-${at}`,
        LastBackupTime: daysAgo(at)
      }))
      const { calls, readings } = yield* readProbe(backup.lastBackups, [undefined], {
        "backup:ListProtectedResources": paged(resources, "Results", { size: "MaxResults" })
      })
      assert.deepStrictEqual(calls, { "backup:ListProtectedResources": 2 })
      const [reading] = readings
      assert.isTrue(reading?.known)
      if (reading?.known) assert.deepStrictEqual(reading.value.get("arn-1000"), daysAgo(1000))
    })
  )

  it.effect("is not known where the list or a time is missing", () =>
    Effect.gen(function* () {
      for (const answer of [{}, { Results: [{ ResourceArn: arn }] }, { Results: [{ LastBackupTime: daysAgo(1) }] }]) {
        const { readings } = yield* readProbe(backup.lastBackups, [undefined], {
          "backup:ListProtectedResources": () => answer
        })
        assert.isFalse(readings[0]?.known)
      }
    })
  )
})

describe("backup.plans", () => {
  const answers = {
    "backup:ListBackupPlans": () => ({ BackupPlansList: [{ BackupPlanId: "plan-1" }, { BackupPlanId: "plan-2" }] }),
    "backup:ListBackupSelections": ({ BackupPlanId }: { readonly BackupPlanId: string }) => ({
      BackupSelectionsList: BackupPlanId === "plan-1" ? [{ SelectionId: "a" }, { SelectionId: "b" }] : []
    }),
    "backup:GetBackupSelection": ({ SelectionId }: { readonly SelectionId: string }) => ({
      BackupSelection:
        SelectionId === "a"
          ? {
              Resources: ["*"],
              NotResources: [arn],
              ListOfTags: [{ ConditionType: "STRINGEQUALS", ConditionKey: "backup", ConditionValue: "yes" }],
              Conditions: {
                StringEquals: [{ ConditionKey: "aws:ResourceTag/stage", ConditionValue: "prod" }],
                StringNotLike: [{ ConditionKey: "aws:ResourceTag/team", ConditionValue: "test*" }]
              }
            }
          : {}
    }),
    "backup:DescribeRegionSettings": () => ({ ResourceTypeOptInPreference: { EBS: true, EC2: false } })
  }

  it.effect("asks for each selection of each plan, and for what the region has opted in", () =>
    Effect.gen(function* () {
      const { calls, readings } = yield* readProbe(backup.plans, [undefined], answers)
      assert.deepStrictEqual(calls, {
        "backup:ListBackupPlans": 1,
        "backup:ListBackupSelections": 2,
        "backup:GetBackupSelection": 2,
        "backup:DescribeRegionSettings": 1
      })
      const none = { arns: [], anyTag: [], exceptArns: [], equal: [], notEqual: [], like: [], notLike: [] }
      assert.deepStrictEqual(readings, [
        known({
          selections: [
            {
              planId: "plan-1",
              ...none,
              arns: ["*"],
              anyTag: [["backup", "yes"]],
              exceptArns: [arn],
              equal: [["stage", "prod"]],
              notLike: [["team", "test*"]]
            },
            { planId: "plan-1", ...none }
          ],
          optedIn: new Set(["EBS"])
        })
      ])
    })
  )

  it.effect("asks nothing further where there is no plan", () =>
    Effect.gen(function* () {
      const { calls, readings } = yield* readProbe(backup.plans, [undefined], {
        "backup:ListBackupPlans": () => ({ BackupPlansList: [] })
      })
      assert.deepStrictEqual(calls, { "backup:ListBackupPlans": 1 })
      assert.deepStrictEqual(readings, [known({ selections: [], optedIn: new Set() })])
    })
  )

  it.effect("is not known where a part is not told", () =>
    Effect.gen(function* () {
      const denied = () => {
        throw awsFailure("AccessDeniedException")
      }
      const incomplete = { BackupSelection: { Conditions: { StringEquals: [{ ConditionKey: "stage" }] } } }
      for (const operation of Object.keys(answers)) {
        for (const answer of [denied, () => ({})]) {
          const { readings } = yield* readProbe(backup.plans, [undefined], { ...answers, [operation]: answer })
          assert.isFalse(readings[0]?.known, operation)
        }
      }
      const { readings } = yield* readProbe(backup.plans, [undefined], {
        ...answers,
        "backup:GetBackupSelection": () => incomplete
      })
      assert.isFalse(readings[0]?.known)
    })
  )
})

describe("backup.isSelected", () => {
  const all = new Set(["EBS", "EC2"])
  const is = (
    selection: Partial<backup.BackupSelection>,
    tags: Readonly<Record<string, string>> = {},
    optedIn: ReadonlySet<string> = all
  ) =>
    backup.isSelected(
      {
        planId: "p",
        arns: [],
        anyTag: [],
        exceptArns: [],
        equal: [],
        notEqual: [],
        like: [],
        notLike: [],
        ...selection
      },
      { type: "EBS", arn, tags },
      optedIn
    )
  const none = new Set<string>()

  it("is what an ARN or a tag means, or everything where neither is given", () => {
    assert.isTrue(is({ arns: [arn] }))
    assert.isTrue(is({ arns: ["arn:aws:ec2:*:*:volume/*"] }))
    assert.isFalse(is({ arns: ["arn:aws:ec2:*:*:instance/*", `${arn}x`] }))
    assert.isFalse(is({ arns: ["arn:aws:ec2:eu-west-1:111111111111:volume/vol-11*"] }))
    assert.isTrue(is({ arns: ["arn:aws:ec2:*:*:instance/*"], anyTag: [["backup", "yes"]] }, { backup: "yes" }))
    assert.isTrue(
      is(
        {
          anyTag: [
            ["a", "1"],
            ["b", "2"]
          ]
        },
        { b: "2" }
      )
    )
    assert.isFalse(is({ anyTag: [["a", "1"]] }, { a: "2" }))
    assert.isTrue(is({ arns: ["*"] }))
    assert.isTrue(is({}))
  })

  it("has to be opted in where its type is not named", () => {
    assert.isTrue(is({ arns: ["arn:aws:ec2:*:*:volume/*"] }, {}, none))
    assert.isFalse(is({ arns: ["*"] }, {}, none))
    assert.isFalse(is({ anyTag: [["a", "1"]] }, { a: "1" }, none))
    assert.isFalse(is({}, {}, none))
    assert.isFalse(is({}, {}, new Set(["EC2"])))
  })

  it("is not what is left out, whatever else means it", () => {
    assert.isFalse(is({ arns: [arn], exceptArns: ["arn:aws:ec2:*:*:volume/*"] }))
    assert.isTrue(is({ arns: [arn], exceptArns: ["arn:aws:ec2:*:*:instance/*"] }))
  })

  it("meets every condition", () => {
    const tags = { stage: "prod", team: "payments" }
    assert.isTrue(
      is(
        {
          equal: [
            ["stage", "prod"],
            ["team", "payments"]
          ]
        },
        tags
      )
    )
    assert.isFalse(
      is(
        {
          equal: [
            ["stage", "prod"],
            ["team", "web"]
          ]
        },
        tags
      )
    )
    assert.isFalse(is({ notEqual: [["stage", "prod"]] }, tags))
    assert.isTrue(is({ notEqual: [["stage", "dev"]] }, tags))
    assert.isTrue(is({ notEqual: [["absent", "dev"]] }, tags))
    assert.isTrue(is({ like: [["team", "*ay*s"]] }, tags))
    assert.isFalse(is({ like: [["team", "ay*"]] }, tags))
    assert.isFalse(is({ like: [["absent", "*"]] }, tags))
    assert.isFalse(is({ notLike: [["team", "pay*"]] }, tags))
    assert.isTrue(is({ notLike: [["absent", "*"]] }, tags))
  })

  it("takes no longer for many stars", () => {
    const tags = { note: "a".repeat(256) }
    assert.isFalse(is({ like: [["note", `${"a*".repeat(120)}b`]] }, tags))
    // The last part may not be found where an earlier one ends.
    assert.isFalse(is({ like: [["note", "aba*ba"]] }, { note: "aba" }))
  })
})
