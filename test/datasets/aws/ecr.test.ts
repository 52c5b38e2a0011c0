import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { known } from "../../../core/Reading.ts"
import * as ecr from "../../../datasets/aws/ecr.ts"
import { awsFailure, paged, readDataset, readProbe, valueOf } from "../harness.ts"

const small = { size: "maxResults", input: "nextToken", output: "nextToken" }

const aws = (name: string) => ({
  repositoryArn: `arn:aws:ecr:eu-west-1:111111111111:repository/${name}`,
  repositoryName: name,
  repositoryUri: `111111111111.dkr.ecr.eu-west-1.amazonaws.com/${name}`
})

const repository = (name: string): ecr.Repository => ({
  arn: aws(name).repositoryArn,
  name,
  uri: aws(name).repositoryUri,
  createdAt: undefined
})

describe("ecr.repositories", () => {
  it.effect("reads 1,001 repositories in two calls", () =>
    Effect.gen(function* () {
      const all = Array.from({ length: 1001 }, (_, index) => aws(`repository-${index}`))
      const { calls, read } = yield* readDataset(ecr.repositories, {
        "ecr:DescribeRepositories": paged(all, "repositories", small)
      })
      assert.deepStrictEqual(calls, { "ecr:DescribeRepositories": 2 })
      assert.strictEqual(valueOf(read).length, 1001)
      assert.deepStrictEqual(valueOf(read)[0], repository("repository-0"))
    })
  )

  it.effect("calls an answer without its list, or a repository without its address, malformed", () =>
    Effect.gen(function* () {
      for (const answer of [{}, { repositories: [{ ...aws("a"), repositoryUri: undefined }] }]) {
        const { read } = yield* readDataset(ecr.repositories, { "ecr:DescribeRepositories": () => answer })
        assert.isFalse(read.ok)
      }
    })
  )
})

describe("ecr.images", () => {
  const pushed = new Date("2026-01-02T00:00:00Z")
  const image = (digest: string, more: object = {}) => ({
    imageDigest: digest,
    imageSizeInBytes: 100,
    imagePushedAt: pushed,
    ...more
  })

  it.effect("takes a call for each thousand images, those in the archive included, and never pulls one", () =>
    Effect.gen(function* () {
      const all = Array.from({ length: 1001 }, (_, index) => image(`sha256:${index}`))
      const { calls, readings, sent } = yield* readProbe(ecr.images, [repository("a")], {
        "ecr:DescribeImages": paged(all, "imageDetails", small)
      })
      assert.deepStrictEqual(calls, { "ecr:DescribeImages": 2 })
      assert.deepInclude(sent[0]?.input, { repositoryName: "a", filter: { imageStatus: "ANY" } })
      assert.strictEqual(readings[0]?.known === true ? readings[0].value.length : 0, 1001)
      assert.isFalse([...ecr.images.operations].some(({ name }) => name === "BatchGetImage"))
    })
  )

  it.effect("knows indexes, artifacts and what is archived", () =>
    Effect.gen(function* () {
      const { readings } = yield* readProbe(ecr.images, [repository("a")], {
        "ecr:DescribeImages": () => ({
          imageDetails: [
            image("1", { imageManifestMediaType: "application/vnd.oci.image.index.v1+json", imageTags: ["v1"] }),
            image("2", { imageManifestMediaType: "application/vnd.docker.distribution.manifest.list.v2+json" }),
            image("3", {
              imageManifestMediaType: "application/vnd.oci.image.manifest.v1+json",
              subjectManifestDigest: "1"
            }),
            image("4", { imageStatus: "ARCHIVED", lastRecordedPullTime: pushed }),
            // What cosign adds where the registry does not tell the subject.
            image("5", { imageTags: [`sha256-${"0a".repeat(32)}.sig`] }),
            image("6", { imageTags: ["sha256-0a.sig"] })
          ]
        })
      })
      const told: ReadonlyArray<ecr.Image> = readings[0]?.known === true ? readings[0].value : []
      assert.deepStrictEqual(
        told.map(({ archived, isIndex, pulledAt, subject, tags }) => [
          isIndex,
          subject,
          archived,
          tags.length,
          pulledAt
        ]),
        [
          [true, undefined, false, 1, undefined],
          [true, undefined, false, 0, undefined],
          [false, "1", false, 0, undefined],
          [false, undefined, true, 0, pushed],
          [false, `sha256:${"0a".repeat(32)}`, false, 1, undefined],
          [false, undefined, false, 1, undefined]
        ]
      )
    })
  )

  it.effect("is not known where the list or a size is missing", () =>
    Effect.gen(function* () {
      for (const answer of [{}, { imageDetails: [image("1", { imageSizeInBytes: undefined })] }]) {
        const { readings } = yield* readProbe(ecr.images, [repository("a")], { "ecr:DescribeImages": () => answer })
        assert.isFalse(readings[0]?.known)
      }
    })
  )
})

describe("ecr.expiryRules", () => {
  const rule = (rulePriority: number, selection: object, type = "expire") => ({
    rulePriority,
    selection,
    action: { type }
  })
  const policyOf = (...rules: ReadonlyArray<object>) => ({ lifecyclePolicyText: JSON.stringify({ rules }) })

  it.effect("keeps the rules that expire, by age or by number", () =>
    Effect.gen(function* () {
      const { calls, readings } = yield* readProbe(ecr.expiryRules, [repository("a"), repository("none")], {
        "ecr:GetLifecyclePolicy": ({ repositoryName }) => {
          if (repositoryName === "none") throw awsFailure("LifecyclePolicyNotFoundException")
          return policyOf(
            rule(1, { tagStatus: "untagged", countType: "sinceImagePushed" }),
            rule(2, { tagStatus: "tagged", tagPrefixList: ["pr-"], countType: "sinceImagePulled" }),
            rule(3, { tagStatus: "tagged", tagPatternList: ["v*"], countType: "imageCountMoreThan" }),
            rule(4, { tagStatus: "any", countType: "sinceImagePushed" }, "transition")
          )
        }
      })
      assert.deepStrictEqual(calls, { "ecr:GetLifecyclePolicy": 2 })
      assert.deepStrictEqual(readings, [
        known([
          { priority: 1, tagStatus: "untagged", tagPatterns: [], byAge: true },
          { priority: 2, tagStatus: "tagged", tagPatterns: ["pr-*"], byAge: true },
          { priority: 3, tagStatus: "tagged", tagPatterns: ["v*"], byAge: false }
        ]),
        known(null)
      ])
    })
  )

  it.effect("is not known where it is refused, or is no policy", () =>
    Effect.gen(function* () {
      for (const answer of [
        () => ({}),
        () => ({ lifecyclePolicyText: "{}" }),
        () => policyOf({ action: { type: "expire" } }),
        () => {
          throw awsFailure("AccessDeniedException", "no", 403)
        }
      ]) {
        const { readings } = yield* readProbe(ecr.expiryRules, [repository("a")], { "ecr:GetLifecyclePolicy": answer })
        assert.isFalse(readings[0]?.known)
      }
    })
  )
})

describe("ecr.cachePrefixes", () => {
  it.effect("asks once, however many repositories want to know", () =>
    Effect.gen(function* () {
      const { calls, readings } = yield* readProbe(ecr.cachePrefixes, [repository("a"), repository("b")], {
        "ecr:DescribePullThroughCacheRules": paged(
          [{ ecrRepositoryPrefix: "docker-hub" }],
          "pullThroughCacheRules",
          small
        )
      })
      assert.deepStrictEqual(calls, { "ecr:DescribePullThroughCacheRules": 1 })
      assert.deepStrictEqual(readings, [known(["docker-hub"]), known(["docker-hub"])])
    })
  )

  it.effect("is not known without the list", () =>
    Effect.gen(function* () {
      const { readings } = yield* readProbe(ecr.cachePrefixes, [repository("a")], {
        "ecr:DescribePullThroughCacheRules": () => ({})
      })
      assert.isFalse(readings[0]?.known)
    })
  )
})

describe("ecr.replication", () => {
  const rule = (region: string, registryId: string, filters: ReadonlyArray<string>) => ({
    destinations: [{ region, registryId }],
    repositoryFilters: filters.map((filter) => ({ filter, filterType: "PREFIX_MATCH" }))
  })

  const registry = (policy: () => unknown, untold: ReadonlyArray<string> = []) =>
    readProbe(ecr.replication, [undefined], {
      "ec2:DescribeRegions": () => ({
        Regions: [
          ...["eu-central-1", "eu-west-1", "us-east-1", "us-west-2"].map((RegionName) => ({ RegionName })),
          { RegionName: "af-south-1", OptInStatus: "not-opted-in" }
        ]
      }),
      "ecr:DescribeRegistry": (_, { account, region }) => {
        if (untold.includes(region)) throw awsFailure("AccessDeniedException", "no", 403)
        const rules =
          region === "eu-central-1"
            ? [rule("eu-west-1", account, ["shop", "pay"]), rule("us-east-1", account, ["other"])]
            : region === "us-east-1"
              ? [rule("eu-west-1", "999999999999", []), rule("eu-west-1", account, [])]
              : []
        return { replicationConfiguration: { rules } }
      },
      "ecr:GetRegistryPolicy": policy
    })

  const noPolicy = () => {
    throw awsFailure("RegistryPolicyNotFoundException", "none")
  }

  it.effect("asks every other enabled region where it replicates to, and whether others may", () =>
    Effect.gen(function* () {
      const { calls, readings } = yield* registry(noPolicy)
      assert.deepStrictEqual(calls, {
        "ec2:DescribeRegions": 1,
        "ecr:DescribeRegistry": 3,
        "ecr:GetRegistryPolicy": 1
      })
      const sources = [
        { region: "eu-central-1", prefixes: ["shop", "pay"] },
        { region: "us-east-1", prefixes: [""] }
      ]
      assert.deepStrictEqual(readings, [known({ sources, untold: [], letsOthers: false })])
    })
  )

  it.effect("names the regions that do not tell, and reads the policy of the registry", () =>
    Effect.gen(function* () {
      const policyOf =
        (Action: unknown, Effect = "Allow") =>
        () => ({
          policyText: JSON.stringify({ Statement: [{ Effect, Action }] })
        })
      const told = (policy: () => unknown) => Effect.map(registry(policy, ["us-west-2"]), ({ readings: [one] }) => one)
      const letting = yield* told(policyOf(["ecr:CreateRepository", "ecr:ReplicateImage"]))
      assert.isTrue(letting?.known)
      if (letting?.known === true) {
        assert.deepStrictEqual([letting.value.untold, letting.value.letsOthers], [["us-west-2"], true])
      }
      for (const policy of [policyOf("ecr:BatchImportUpstreamImage"), policyOf("ecr:ReplicateImage", "Deny")]) {
        const other = yield* told(policy)
        assert.isFalse(other?.known === true && other.value.letsOthers)
      }
      assert.isFalse((yield* told(() => ({})))?.known)
    })
  )
})
