import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as eks from "../../../datasets/aws/eks.ts"
import { awsFailure, paged, readDataset, readProbe, valueOf } from "../harness.ts"

const maxResults = { size: "maxResults", input: "nextToken", output: "nextToken" }

const names = (count: number) => Array.from({ length: count }, (_, index) => `cluster-${index}`)

const described = (name: string, more: object = {}) => ({
  cluster: {
    arn: `arn:aws:eks:eu-west-1:111111111111:cluster/${name}`,
    name,
    status: "ACTIVE",
    version: "1.34",
    ...more
  }
})

const estate = (count: number) => ({
  "eks:ListClusters": paged(names(count), "clusters", maxResults),
  "eks:DescribeCluster": ({ name }: any) => described(name)
})

describe("eks.clusters", () => {
  it.effect("reads 150 clusters in two pages and a call for each", () =>
    Effect.gen(function* () {
      const { calls, read } = yield* readDataset(eks.clusters, estate(150))
      assert.deepStrictEqual(calls, { "eks:ListClusters": 2, "eks:DescribeCluster": 150 })
      assert.strictEqual(valueOf(read).length, 150)
      assert.deepStrictEqual(valueOf(read)[0], {
        arn: "arn:aws:eks:eu-west-1:111111111111:cluster/cluster-0",
        name: "cluster-0",
        status: "active",
        version: "1.34",
        platformVersion: undefined,
        createdAt: undefined,
        supportType: "extended",
        tier: "standard",
        onOutpost: false,
        connected: false,
        tags: {}
      })
    })
  )

  it.effect("keeps the policy, the tier and where it runs", () =>
    Effect.gen(function* () {
      const { read } = yield* readDataset(eks.clusters, {
        ...estate(2),
        "eks:DescribeCluster": ({ name }: any) =>
          name === "cluster-0"
            ? described(name, {
                upgradePolicy: { supportType: "STANDARD" },
                controlPlaneScalingConfig: { tier: "tier-xl" },
                outpostConfig: {},
                tags: { team: "web" }
              })
            : described(name, { version: undefined, connectorConfig: {} })
      })
      const [one, other]: ReadonlyArray<eks.Cluster> = valueOf(read)
      assert.deepInclude(one, { supportType: "standard", tier: "tier-xl", onOutpost: true, tags: { team: "web" } })
      assert.deepInclude(other, { connected: true, version: "" })
    })
  )

  it.effect("keeps the others and names the gap where one is refused or has no version", () =>
    Effect.gen(function* () {
      for (const answer of [
        () => {
          throw awsFailure("AccessDeniedException", "no", 403)
        },
        () => described("cluster-1", { version: undefined })
      ]) {
        const { read } = yield* readDataset(eks.clusters, {
          ...estate(3),
          "eks:DescribeCluster": ({ name }: any) => (name === "cluster-1" ? answer() : described(name))
        })
        assert.isTrue(read.ok && read.value.length === 2 && read.gaps.length === 1)
      }
    })
  )

  it.effect("calls a list without clusters malformed", () =>
    Effect.gen(function* () {
      const { read } = yield* readDataset(eks.clusters, { "eks:ListClusters": () => ({}) })
      assert.match(read.ok ? "" : read.error.summary, /clusters is missing/)
    })
  )
})

describe("eks.versions", () => {
  it.effect("asks for all versions, and leaves out those of Outposts", () =>
    Effect.gen(function* () {
      const { calls, read, sent } = yield* readDataset(eks.versions, {
        "eks:DescribeClusterVersions": paged(
          [
            {
              clusterVersion: "1.33",
              clusterType: "eks",
              versionStatus: "EXTENDED_SUPPORT",
              endOfStandardSupportDate: new Date("2026-07-29T00:00:00Z"),
              endOfExtendedSupportDate: new Date("2027-07-29T00:00:00Z")
            },
            { clusterVersion: "1.31", clusterType: "eks-local-outposts", versionStatus: "UNSUPPORTED" }
          ],
          "clusterVersions",
          maxResults
        )
      })
      assert.deepStrictEqual(calls, { "eks:DescribeClusterVersions": 1 })
      assert.deepInclude(sent[0]?.input, { includeAll: true, maxResults: 100 })
      assert.deepStrictEqual(valueOf(read), [
        {
          version: "1.33",
          status: "extended_support",
          standardEnd: new Date("2026-07-29T00:00:00Z"),
          extendedEnd: new Date("2027-07-29T00:00:00Z")
        }
      ])
    })
  )

  it.effect("calls an answer without versions, or without a status, malformed", () =>
    Effect.gen(function* () {
      for (const answer of [{}, { clusterVersions: [{ clusterVersion: "1.33" }] }]) {
        const { read } = yield* readDataset(eks.versions, { "eks:DescribeClusterVersions": () => answer })
        assert.isFalse(read.ok)
      }
    })
  )
})

describe("eks.nodeGroups", () => {
  const groups = {
    "eks:ListNodegroups": paged(names(101), "nodegroups", maxResults),
    "eks:DescribeNodegroup": ({ nodegroupName }: any) => ({
      nodegroup: {
        version: "1.33",
        ...(nodegroupName === "cluster-0"
          ? { launchTemplate: { id: "lt-1", name: "nodes" }, releaseVersion: "1.33.5-20251016" }
          : {})
      }
    })
  }

  it.effect("takes a call for each hundred groups and for each group", () =>
    Effect.gen(function* () {
      const { calls, readings } = yield* readProbe(eks.nodeGroups, ["shop"], groups)
      assert.deepStrictEqual(calls, { "eks:ListNodegroups": 2, "eks:DescribeNodegroup": 101 })
      const [reading] = readings
      assert.deepStrictEqual(reading?.known === true ? reading.value[0] : undefined, {
        name: "cluster-0",
        version: "1.33",
        releaseVersion: "1.33.5-20251016",
        launchTemplateId: "lt-1",
        launchTemplateName: "nodes"
      })
    })
  )

  it.effect("is not known where a list, a group or its version is missing", () =>
    Effect.gen(function* () {
      for (const more of [
        { "eks:ListNodegroups": () => ({}) },
        { "eks:DescribeNodegroup": () => ({}) },
        { "eks:DescribeNodegroup": () => ({ nodegroup: {} }) }
      ]) {
        const { readings } = yield* readProbe(eks.nodeGroups, ["shop"], { ...groups, ...more })
        assert.isFalse(readings[0]?.known)
      }
    })
  )
})
