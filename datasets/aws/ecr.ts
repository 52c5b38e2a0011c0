/**
 * What is read from ECR. Images are never asked for their manifests: BatchGetImage counts as a pull, so that whoever looks for unused
 * images with it makes them used. Source: github.com/aws/containers-roadmap issue 2390.
 */
import {
  DescribeImagesCommand,
  DescribePullThroughCacheRulesCommand,
  DescribeRegistryCommand,
  DescribeRepositoriesCommand,
  ECRClient,
  GetLifecyclePolicyCommand,
  GetRegistryPolicyCommand
} from "@aws-sdk/client-ecr"
import * as Effect from "effect/Effect"
import { AwsTarget, complete, list, required, send } from "../../core/aws/Aws.ts"
import { listOperation, operation } from "../../core/aws/operation.ts"
import { serviceExists } from "../../core/aws/serviceRegions.ts"
import { listOf } from "../engine/Dataset.ts"
import { inRegion } from "../engine/inRegion.ts"
import { noneWhen } from "../engine/noneWhen.ts"
import { onceProbe, probe } from "../engine/Probe.ts"
import { billedBy, resourceKind } from "../engine/ResourceKind.ts"
import { describeRegions, regions } from "./regions.ts"

/** At most 1,000 a page. Source: shared/facts/page-sizes.md. */
const paging = { size: ["maxResults", 1000], input: "nextToken", output: "nextToken" } as const

const describeRepositories = listOperation(
  ECRClient,
  DescribeRepositoriesCommand,
  "ecr:DescribeRepositories",
  "repositories",
  { paging }
)
const describeImages = listOperation(ECRClient, DescribeImagesCommand, "ecr:DescribeImages", "imageDetails", { paging })
const getLifecyclePolicy = operation(ECRClient, GetLifecyclePolicyCommand, "ecr:GetLifecyclePolicy")
const describePullThroughCacheRules = listOperation(
  ECRClient,
  DescribePullThroughCacheRulesCommand,
  "ecr:DescribePullThroughCacheRules",
  "pullThroughCacheRules",
  { paging }
)

export interface Repository {
  readonly arn: string
  readonly name: string
  /** What images are called by, without their tag: `<account>.dkr.ecr.<region>.amazonaws.com/shop`. */
  readonly uri: string
  readonly createdAt: Date | undefined
}

/** All private repositories, 1,000 a page. */
export const repositories = listOf(
  "ecr.repositories",
  "regional",
  describeRepositories,
  {},
  (repositories) =>
    repositories.map((repository): Repository => ({
      arn: required(repository.repositoryArn, "repositories[].repositoryArn"),
      name: required(repository.repositoryName, "repositories[].repositoryName"),
      uri: required(repository.repositoryUri, "repositories[].repositoryUri"),
      createdAt: repository.createdAt
    })),
  {
    kind: resourceKind<Repository>({
      type: "ecr:repository",
      service: billedBy.ecr,
      tags: { tagging: ["ecr:repository"] },
      id: ({ name }) => name,
      name: ({ name }) => name
    })
  }
)

export interface Image {
  /** `sha256:…`. */
  readonly digest: string
  readonly tags: ReadonlyArray<string>
  /** Of an index, the size of its largest image. */
  readonly bytes: number
  readonly pushedAt: Date
  /** Undefined where nobody ever pulled it. */
  readonly pulledAt: Date | undefined
  /** A list of images, one for each processor, and no image itself. */
  readonly isIndex: boolean
  /** The image that it signs or describes. */
  readonly subject: string | undefined
  readonly archived: boolean
}

/** How cosign tags what it adds to an image where the registry takes no `subject`: `sha256-<digest>.sig`. Source: its SIGNATURE_SPEC. */
const ofImage = /^sha256-([0-9a-f]{64})(?:\.(?:sig|att|sbom))?$/

const taggedSubject = (tags: ReadonlyArray<string>): string | undefined => {
  const [digest] = tags.flatMap((tag) => ofImage.exec(tag)?.[1] ?? [])
  return digest === undefined ? undefined : `sha256:${digest}`
}

/** The images of a repository, 1,000 a page, those in the archive included. */
export const images = probe<Repository, ReadonlyArray<Image>>({
  name: "ecr.images",
  operations: [describeImages],
  cap: 2000,
  batchSize: 1,
  costNote: "ECR lists images by repository: a free call for each thousand.",
  key: ({ arn }) => arn,
  read: (repositories) =>
    Effect.forEach(repositories, ({ name }) =>
      complete(
        list(describeImages, { repositoryName: name, filter: { imageStatus: "ANY" } }, (images) =>
          images.map((image): Image => ({
            digest: required(image.imageDigest, "imageDetails[].imageDigest"),
            tags: image.imageTags ?? [],
            bytes: required(image.imageSizeInBytes, "imageDetails[].imageSizeInBytes"),
            pushedAt: required(image.imagePushedAt, "imageDetails[].imagePushedAt"),
            pulledAt: image.lastRecordedPullTime,
            isIndex: /\b(image\.index|manifest\.list)\b/i.test(image.imageManifestMediaType ?? ""),
            subject: image.subjectManifestDigest ?? taggedSubject(image.imageTags ?? []),
            archived: (image.imageStatus ?? "ACTIVE").toUpperCase() !== "ACTIVE"
          }))
        )
      )
    )
})

/** A rule of a lifecycle policy that expires images. */
export interface ExpiryRule {
  /** The lower one comes first, and an image that it selects is left alone by the others. */
  readonly priority: number
  /** `tagged`, `untagged` or `any`. */
  readonly tagStatus: string
  /** Of a tagged image, all of which must match; `*` stands for anything. */
  readonly tagPatterns: ReadonlyArray<string>
  /** Expires by age, and not by how many there are. */
  readonly byAge: boolean
}

const rulesOf = (policy: string): ReadonlyArray<ExpiryRule> => {
  const rules: unknown = JSON.parse(policy)?.rules
  return required(Array.isArray(rules) ? rules : undefined, "lifecyclePolicyText: its rules").flatMap((rule: any) => {
    if (String(rule?.action?.type).toLowerCase() !== "expire") return []
    const { countType, tagPatternList = [], tagPrefixList = [], tagStatus } = Object(rule.selection)
    return [
      {
        priority: required(rule.rulePriority, "rules[].rulePriority"),
        tagStatus: String(required(tagStatus, "rules[].selection.tagStatus")).toLowerCase(),
        tagPatterns: [...tagPatternList, ...tagPrefixList.map((prefix: string) => `${prefix}*`)],
        byAge: String(countType).toLowerCase() !== "imagecountmorethan"
      }
    ]
  })
}

/** The rules by which a repository expires its images; null where it has no policy. */
export const expiryRules = probe<Repository, ReadonlyArray<ExpiryRule> | null>({
  name: "ecr.expiryRules",
  operations: [getLifecyclePolicy],
  cap: 2000,
  batchSize: 1,
  costNote: "ECR tells one lifecycle policy at a time: a free call for each repository with images in question.",
  key: ({ arn }) => arn,
  read: (repositories) =>
    Effect.forEach(repositories, ({ name }) =>
      send(getLifecyclePolicy, { repositoryName: name }, ({ lifecyclePolicyText }): ReadonlyArray<ExpiryRule> | null =>
        rulesOf(required(lifecyclePolicyText, "lifecyclePolicyText"))
      ).pipe(noneWhen("LifecyclePolicyNotFoundException", null))
    )
})

/** The first parts of the names of repositories that hold copies from elsewhere, which ECR makes when they are pulled. */
export const cachePrefixes = onceProbe({
  name: "ecr.cachePrefixes",
  operations: [describePullThroughCacheRules],
  costNote: "One free call, where a repository has images in question.",
  read: () =>
    complete(
      list(describePullThroughCacheRules, {}, (rules) =>
        rules.map(({ ecrRepositoryPrefix }) =>
          required(ecrRepositoryPrefix, "pullThroughCacheRules[].ecrRepositoryPrefix")
        )
      )
    )
})

const describeRegistry = operation(ECRClient, DescribeRegistryCommand, "ecr:DescribeRegistry")
const getRegistryPolicy = operation(ECRClient, GetRegistryPolicyCommand, "ecr:GetRegistryPolicy")

/** Where images come from that ECR itself puts into the registry of a region. */
export interface Replication {
  /** Regions of the account that replicate into it, with the beginnings of the names of repositories; an empty one is all of them. */
  readonly sources: ReadonlyArray<{ readonly region: string; readonly prefixes: ReadonlyArray<string> }>
  /** Regions of the account of which that is not told. */
  readonly untold: ReadonlyArray<string>
  /** Whether the policy of the registry lets another account replicate into it. */
  readonly letsOthers: boolean
}

const replicates = /ecr:(\*|Replicate(\*|Image))|^\*$/i

const letsReplicate = (policy: string): boolean => {
  const statements: ReadonlyArray<any> = [JSON.parse(policy)?.Statement].flat()
  return statements.some(
    (statement) =>
      String(statement?.Effect).toLowerCase() === "allow" &&
      [statement.Action].flat().some((action) => replicates.test(String(action)))
  )
}

/**
 * What replicates into the registry of the target's region. A source tells its own destinations, so that every other region is asked;
 * an account that replicates into another one needs the other's permission. Source: ECR user guide, private image replication.
 */
export const replication = probe<undefined, Replication>({
  name: "ecr.replication",
  operations: [describeRegions, describeRegistry, getRegistryPolicy],
  cap: 1,
  batchSize: 1,
  costNote:
    "ECR tells where the registry of a region replicates to: one free call for each region of the account, where a repository with images in question was never pulled from; remembered for a week.",
  key: () => "registry",
  identity: () => "registry",
  read: Effect.fnUntraced(function* (asked) {
    const { account, region } = yield* AwsTarget
    const enabled = [...(yield* regions)].flatMap(([name, isEnabled]) => (isEnabled ? [name] : [])).sort()
    const others = enabled.filter((name) => name !== region && serviceExists("ecr", name) !== false)
    const told = yield* Effect.forEach(
      others,
      (name) =>
        inRegion(
          name,
          send(describeRegistry, {}, ({ replicationConfiguration }) => {
            const rules = required(replicationConfiguration, "replicationConfiguration").rules ?? []
            const prefixes = rules
              .filter(({ destinations = [] }) =>
                destinations.some((to) => to.region === region && to.registryId === account)
              )
              .flatMap(({ repositoryFilters = [] }) =>
                repositoryFilters.length === 0 ? [""] : repositoryFilters.flatMap(({ filter }) => filter ?? [])
              )
            return { region: name, prefixes }
          })
        ).pipe(Effect.result),
      { concurrency: 4 }
    )
    const letsOthers = yield* send(getRegistryPolicy, {}, ({ policyText }) =>
      letsReplicate(required(policyText, "policyText"))
    ).pipe(noneWhen("RegistryPolicyNotFoundException", false))
    const value: Replication = {
      sources: told.flatMap((answer) =>
        answer._tag === "Success" && answer.success.prefixes.length > 0 ? [answer.success] : []
      ),
      untold: others.filter((_, at) => told[at]?._tag === "Failure"),
      letsOthers
    }
    return asked.map(() => value)
  }),
  lasts: ({ untold }) => untold.length === 0
})
