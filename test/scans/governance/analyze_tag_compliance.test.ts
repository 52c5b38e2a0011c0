import { assert, describe, it } from "@effect/vitest"
import { catalogueEntry, scanReads } from "../../../audit/catalogueEntry.ts"
import type { SettingValue } from "../../../core/run/Outcome.ts"
import { partsOfArn, type TaggedResource } from "../../../datasets/aws/taggedResources.ts"
import scan from "../../../scans/governance/analyze_tag_compliance.ts"
import untagged from "../../../scans/governance/find_untagged_resources.ts"
import { defaultSettings } from "../../../scans/Scan.ts"
import { gap, judge } from "../harness.ts"

const whole = { Environment: "prod", Owner: "web", CostCenter: "42" }

const resource = (
  path: string,
  tags: Readonly<Record<string, string>> = {},
  more: Partial<TaggedResource> = {}
): TaggedResource => {
  const arn = `arn:aws:${path}`
  return { arn, ...partsOfArn(arn), tags, name: "", createdAt: null, source: "Resource Explorer", ...more }
}

const ec2 = (path: string, tags: Readonly<Record<string, string>> = {}, more: Partial<TaggedResource> = {}) =>
  resource(`ec2:eu-west-1:111111111111:${path}`, tags, more)

const run = (
  resources: unknown,
  settings: Readonly<Record<string, SettingValue>> = {},
  evidence: Readonly<Record<string, unknown>> = {}
) =>
  judge(
    scan,
    {
      resources,
      policies: [],
      vpcs: [],
      subnets: [],
      routeTables: [],
      internetGateways: [],
      groups: [],
      ...evidence
    },
    { settings }
  )

const report = (...parameters: Parameters<typeof run>) => {
  const made = run(...parameters).report
  assert.isDefined(made)
  return made as NonNullable<typeof made>
}

const rows = (made: ReturnType<typeof report>) =>
  made.rows.map(
    ({ by, coveragePct, resources, tagged, value }) => `${by} ${value}: ${tagged}/${resources}, ${coveragePct}`
  )

describe("analyze_tag_compliance", () => {
  const mixed = [
    ec2("instance/i-1", whole),
    ec2("instance/i-2", { ...whole, Owner: " " }),
    ec2("volume/vol-1"),
    resource("sqs:eu-west-1:111111111111:orders", whole)
  ]

  it("says the share of all, of each key, service and type, the worst first", () => {
    const made = report(mixed)
    assert.deepStrictEqual(rows(made), [
      "All All: 2/4, 50",
      "Key Owner: 2/4, 50",
      "Key CostCenter: 3/4, 75",
      "Key Environment: 3/4, 75",
      "Service Amazon Elastic Compute Cloud - Compute: 1/2, 50",
      "Service EC2 - Other: 0/1, 0",
      "Service Amazon Simple Queue Service: 1/1, 100",
      "Type ec2:instance: 1/2, 50",
      "Type ec2:volume: 0/1, 0",
      "Type sqs:queue: 1/1, 100"
    ])
    assert.deepStrictEqual(made.rows[0], {
      by: "All",
      value: "All",
      resources: 4,
      tagged: 2,
      missing: 2,
      coveragePct: 50,
      belowTarget: true
    })
    assert.deepStrictEqual(
      made.columns.map(({ key }) => key),
      Object.keys(made.rows[0] ?? {})
    )
    assert.strictEqual(run(mixed).flags.length, 0)
  })

  it("marks what is below the target", () => {
    const below = (complianceTargetPct: number) =>
      report(mixed, { complianceTargetPct }).rows.flatMap(({ belowTarget, by, value }) =>
        belowTarget === true && by === "Key" ? value : []
      )
    assert.deepStrictEqual(below(80), ["Owner", "CostCenter", "Environment"])
    assert.deepStrictEqual(below(75), ["Owner"])
    assert.deepStrictEqual(below(50), [])
  })

  it("marks by the share itself, and not as it is shown", () => {
    // 1,999 of 2,500 are 79.96 %, which is shown as 80.
    const many = Array.from({ length: 2500 }, (_, at) => ec2(`instance/i-${at}`, at < 1999 ? whole : {}))
    assert.deepInclude(report(many).rows[0], { coveragePct: 80, belowTarget: true })
    assert.deepInclude(report([...many, ...many.slice(0, 5)]).rows[0], { tagged: 2004, belowTarget: false })
  })

  it("counts by the keys, values and types that settings say", () => {
    const made = (settings: Readonly<Record<string, SettingValue>>) => rows(report(mixed, settings))
    assert.deepStrictEqual(made({ requiredTags: ["Team"] }).slice(0, 2), ["All All: 0/4, 0", "Key Team: 0/4, 0"])
    assert.strictEqual(made({ resourceTypes: ["sqs:queue"] })[0], "All All: 1/1, 100")
    assert.strictEqual(made({ allowedValues: { Environment: ["dev"] } })[0], "All All: 0/4, 0")
    const lower = [ec2("instance/i-1", { environment: "prod", owner: "web", costcenter: "42" })]
    assert.strictEqual(rows(report(lower))[0], "All All: 0/1, 0")
    assert.strictEqual(rows(report(lower, { caseSensitive: false }))[0], "All All: 1/1, 100")
  })

  it("wants of a type what a tag policy wants of it", () => {
    const policies = [{ type: "ec2:volume", keys: ["Backup"] }]
    const made = report([ec2("volume/vol-1", whole), ec2("instance/i-1", whole)], {}, { policies })
    assert.include(rows(made), "Key Backup: 0/1, 0")
    assert.strictEqual(rows(made)[0], "All All: 1/2, 50")
  })

  it("names keys that are written otherwise, and none where the right one is there too", () => {
    const made = report([
      ec2("instance/i-1", { Environment: "prod", Owner: "web", "cost-center": "42" }),
      ec2("instance/i-2", { Environment: "prod", Owner: "web", "cost-center": "7" }),
      ec2("instance/i-3", { ...whole, owner: "x" }),
      ec2("instance/i-4", { ...whole, Own: "x" })
    ])
    assert.deepStrictEqual(
      made.rows.filter(({ by }) => by === "Written otherwise").map(({ resources, value }) => [value, resources]),
      [["cost-center, meant as CostCenter", 2]]
    )
  })

  it("leaves out what AWS makes, and the default network", () => {
    const made = report(
      [
        ec2("network-interface/eni-1"),
        ec2("vpc/vpc-default"),
        ec2("vpc/vpc-own"),
        ec2("snapshot/snap-1", { "aws:backup:source-resource": "x" })
      ],
      {},
      {
        vpcs: [
          { id: "vpc-default", isDefault: true },
          { id: "vpc-own", isDefault: false }
        ]
      }
    )
    assert.strictEqual(rows(made)[0], "All All: 0/1, 0")
    assert.include(rows(made), "Service (not billed): 0/1, 0")
  })

  it("says what it does not know, and counts none of it", () => {
    const notes = (...parameters: Parameters<typeof run>) => report(...parameters).notes.join(" ")
    const unsettled = report([ec2("vpc/vpc-1")], {}, { vpcs: gap() })
    assert.strictEqual(rows(unsettled)[0], "All All: 0/0, null")
    assert.match(unsettled.notes.join(" "), /Of 1 resources it is not known whether they are of the default network/)
    assert.match(notes(mixed, {}, { policies: gap() }), /What tag policies want is not known/)
    assert.match(notes(gap(mixed)), /Not all resources are known/)
    assert.match(notes([ec2("volume/vol-1", {}, { source: "inventory" })]), /the real coverage of some types is lower/)
    assert.notMatch(notes(mixed), /not known|lower/)
    assert.strictEqual(run(gap(mixed)).status, "partial")
    assert.deepStrictEqual([run(gap()).report, run(gap()).status], [undefined, "unavailable"])
  })

  it("reports an empty region as empty", () => {
    assert.deepStrictEqual(rows(report([])), ["All All: 0/0, null"])
    assert.isFalse(report([]).rows[0]?.["belowTarget"])
  })

  it("reads what find_untagged_resources reads, and judges by the same rules", () => {
    const reads = scan.reads(defaultSettings(scan.settings))
    // Nothing is closed by a report, so it need not know who told.
    const { explored, ...others } = untagged.reads(defaultSettings(untagged.settings))
    assert.deepStrictEqual([reads, explored?.scope], [others, "regional"])
    const { kind, scope } = catalogueEntry("analyze_tag_compliance", "governance", scan)
    const { operations } = scanReads(scan)
    assert.deepStrictEqual([kind, scope], ["report", "regional"])
    assert.isTrue(operations.every(({ paid }) => paid === undefined))
  })
})
