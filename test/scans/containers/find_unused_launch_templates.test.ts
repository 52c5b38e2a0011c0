import { assert, describe, it } from "@effect/vitest"
import type { LaunchTemplate } from "../../../datasets/aws/launchTemplates.ts"
import scan from "../../../scans/containers/find_unused_launch_templates.ts"
import { daysAgo } from "../../datasets/harness.ts"
import { gap, judge } from "../harness.ts"

const template = (more: Partial<LaunchTemplate> = {}): LaunchTemplate => ({
  arn: "arn:aws:ec2:eu-west-1:111111111111:launch-template/lt-1",
  id: "lt-1",
  name: "workers",
  createdAt: daysAgo(700),
  createdBy: "arn:aws:iam::111111111111:role/deploy",
  latestVersion: 4,
  defaultVersion: 1,
  serviceManaged: false,
  tags: {},
  ...more
})

const version = (number: number, days: number | undefined) => ({
  templateId: "lt-1",
  version: number,
  imageId: `ami-${number}`,
  createdAt: days === undefined ? undefined : daysAgo(days)
})

const nothing = { groups: [], instances: [], fleets: [], spotFleets: [], clusters: [] }

interface Options {
  readonly nodeGroups?: ReadonlyArray<object> | undefined
  readonly environments?: ReadonlyArray<object> | undefined
  readonly settings?: Readonly<Record<string, number>>
}

const run = (templates: unknown, data: object = {}, options: Options = {}) =>
  judge(
    scan,
    { ...nothing, versions: [version(1, 700), version(4, 200)], ...data, templates },
    {
      answers: {
        nodeGroups: () => ("nodeGroups" in options ? options.nodeGroups : []),
        environments: () => ("environments" in options ? options.environments : [])
      },
      ...(options.settings === undefined ? {} : { settings: options.settings })
    }
  )

const byId = { launchTemplates: [{ id: "lt-1", name: undefined, version: "$Default" }] }
const byName = { templates: [{ id: undefined, name: "workers", version: "3" }] }

describe("find_unused_launch_templates", () => {
  it("flags one that nothing names, once it was seen on two nights", () => {
    const { flags } = run([template()])
    assert.deepInclude(flags[0], { kind: "hygiene", severity: "info", confidence: "medium", savings: null })
    assert.deepStrictEqual(flags[0]?.reasons, ["unreferenced"])
    assert.deepStrictEqual(flags[0]?.observe, { nights: 2 })
    assert.deepStrictEqual(flags[0]?.evidence, {
      createdBy: "arn:aws:iam::111111111111:role/deploy",
      versions: 4,
      defaultVersion: 1,
      newestVersionAt: daysAgo(200).toISOString(),
      imageId: "ami-4",
      managedBy: "none"
    })
    const stack = { "aws:cloudformation:stack-name": "web" }
    assert.strictEqual(run([template({ tags: stack })]).flags[0]?.evidence["managedBy"], "AWS CloudFormation")
  })

  it("leaves one alone from which something launches, and asks nothing about it", () => {
    const users = {
      groups: [byId],
      fleets: [byName],
      spotFleets: [byName],
      instances: [{ tags: { "aws:ec2launchtemplate:id": "lt-1" } }]
    }
    for (const [key, value] of Object.entries(users)) {
      const { asked, flagged } = run([template()], { [key]: value })
      assert.deepStrictEqual([asked, flagged], [[], []], key)
    }
  })

  it("leaves one alone that a node group or a compute environment names", () => {
    const group = (id: string | undefined, name: string | undefined) => ({
      launchTemplateId: id,
      launchTemplateName: name
    })
    const clusters = { clusters: ["shop"] }
    assert.deepStrictEqual(run([template()], clusters, { nodeGroups: [group("lt-1", undefined)] }).flagged, [])
    assert.deepStrictEqual(run([template()], clusters, { nodeGroups: [group(undefined, "workers")] }).flagged, [])
    assert.strictEqual(run([template()], clusters, { nodeGroups: [group("lt-2", "others")] }).flags.length, 1)
    for (const used of ["lt-1", "workers"]) {
      assert.deepStrictEqual(run([template()], {}, { environments: [{ launchTemplates: [used] }] }).flagged, [])
    }
    assert.strictEqual(run([template()], {}, { environments: [{ launchTemplates: ["lt-2"] }] }).flags.length, 1)
  })

  it("leaves those of services alone", () => {
    const theirs = [
      template({ serviceManaged: true }),
      template({ tags: { "karpenter.k8s.aws/cluster": "shop" } }),
      template({ tags: { "eks:cluster-name": "shop" } }),
      template({ tags: { AWSBatchServiceTag: "batch" } }),
      template({ tags: { "elasticbeanstalk:environment-name": "web" } }),
      template({ name: "eks-0a1b2c3d-4e5f" }),
      template({ name: "Batch-lt-0a1b" })
    ]
    assert.deepStrictEqual(run(theirs).flagged, [])
  })

  it("does not judge one with a new version", () => {
    assert.deepStrictEqual(run([template()], { versions: [version(1, 700), version(4, 89)] }).tooYoung, ["lt-1"])
    // Without the date of a version, the template's own counts.
    const undated = { versions: [version(4, undefined)] }
    assert.strictEqual(run([template()], undated).flags.length, 1)
    assert.deepStrictEqual(run([template({ createdAt: daysAgo(10) })], { versions: [] }).tooYoung, ["lt-1"])
  })

  it("does not know one where something that could name it was not read", () => {
    for (const key of ["groups", "instances", "fleets", "spotFleets", "versions", "clusters"]) {
      const judged = run([template()], { [key]: gap([]) })
      assert.deepStrictEqual([judged.flagged, judged.unknown], [[], ["lt-1"]], key)
      assert.strictEqual(judged.stateOf(template().arn), "unknown")
    }
    assert.deepStrictEqual(run([template()], { groups: gap([byId]) }).unknown, [])
    assert.deepStrictEqual(run([template()], { clusters: ["shop"] }, { nodeGroups: undefined }).unknown, ["lt-1"])
    assert.deepStrictEqual(run([template()], {}, { environments: undefined }).unknown, ["lt-1"])
  })

  it("finds nothing where there is nothing, and closes nothing where not everything was read", () => {
    const empty = run([])
    assert.deepStrictEqual([empty.status, empty.counters.examined], ["complete", 0])
    assert.strictEqual(run(gap()).status, "unavailable")
    const partial = run(gap([template()]))
    assert.deepStrictEqual([partial.status, partial.flagged], ["partial", ["lt-1: unreferenced"]])
    assert.strictEqual(partial.stateOf("arn:aws:ec2:eu-west-1:111111111111:launch-template/lt-9"), "unknown")
  })

  it("follows its setting", () => {
    assert.deepStrictEqual(run([template()], {}, { settings: { minAgeDays: 201 } }).tooYoung, ["lt-1"])
    assert.strictEqual(run([template()], {}, { settings: { minAgeDays: 199 } }).flags.length, 1)
  })
})
