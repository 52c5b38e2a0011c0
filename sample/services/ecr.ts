import type {
  DescribeImagesCommandInput,
  DescribeImagesCommandOutput,
  DescribePullThroughCacheRulesCommandOutput,
  DescribeRegistryCommandOutput,
  DescribeRepositoriesCommandInput,
  DescribeRepositoriesCommandOutput,
  GetLifecyclePolicyCommandInput,
  GetLifecyclePolicyCommandOutput
} from "@aws-sdk/client-ecr"
import type { Named, When } from "../estate.ts"
import { arnOf, hexOf } from "../ids.ts"
import { type Answer, dateOf, defineService, type Here, pageOf, refusal } from "../Service.ts"

declare module "../estate.ts" {
  interface Region {
    readonly repositories: ReadonlyArray<Repository>
  }
}

export interface Repository extends Named {
  readonly created: When
  readonly images: ReadonlyArray<Image>
  /** Days after which its policy expires images without a tag. Default: it has no policy. */
  readonly expiresUntagged?: number
}

export interface Image {
  /** Default: none. */
  readonly tag?: string
  readonly mb: number
  readonly pushed: When
  /** Default: nobody ever pulled it. */
  readonly pulled?: When
}

const find = (here: Here, name: string | undefined): Repository => {
  const repository = here.has.repositories.find((own) => own.name === name)
  if (repository === undefined) throw refusal("RepositoryNotFoundException", `The repository ${name} does not exist.`)
  return repository
}

export default defineService({
  region: { repositories: [] },
  answers: {
    "ecr:DescribeRepositories": (
      here,
      input: DescribeRepositoriesCommandInput
    ): Answer<DescribeRepositoriesCommandOutput> => {
      const { items, next } = pageOf(here.has.repositories, input.nextToken, input.maxResults, 1000)
      return {
        repositories: items.map(({ created, name }) => ({
          repositoryArn: arnOf("ecr", here, `repository/${name}`),
          registryId: here.account,
          repositoryName: name,
          repositoryUri: `${here.account}.dkr.ecr.${here.region}.amazonaws.com/${name}`,
          createdAt: dateOf(created)
        })),
        nextToken: next
      }
    },

    "ecr:DescribeImages": (here, input: DescribeImagesCommandInput): Answer<DescribeImagesCommandOutput> => {
      const repository = find(here, input.repositoryName)
      const { items, next } = pageOf(repository.images, input.nextToken, input.maxResults, 1000)
      return {
        imageDetails: items.map(({ mb, pulled, pushed, tag }) => ({
          registryId: here.account,
          repositoryName: repository.name,
          imageDigest: `sha256:${hexOf(here, `${repository.name}:${tag ?? pushed}`, 64)}`,
          ...(tag === undefined ? {} : { imageTags: [tag] }),
          imageSizeInBytes: mb * 2 ** 20,
          imagePushedAt: dateOf(pushed),
          ...(pulled === undefined ? {} : { lastRecordedPullTime: dateOf(pulled) }),
          imageManifestMediaType: "application/vnd.oci.image.manifest.v1+json",
          imageStatus: "ACTIVE" as const
        })),
        nextToken: next
      }
    },

    "ecr:GetLifecyclePolicy": (
      here,
      input: GetLifecyclePolicyCommandInput
    ): Answer<GetLifecyclePolicyCommandOutput> => {
      const { expiresUntagged, name } = find(here, input.repositoryName)
      if (expiresUntagged === undefined)
        throw refusal("LifecyclePolicyNotFoundException", "Lifecycle policy does not exist.")
      return {
        registryId: here.account,
        repositoryName: name,
        lifecyclePolicyText: JSON.stringify({
          rules: [
            {
              rulePriority: 1,
              selection: {
                tagStatus: "untagged",
                countType: "sinceImagePushed",
                countUnit: "days",
                countNumber: expiresUntagged
              },
              action: { type: "expire" }
            }
          ]
        })
      }
    },

    "ecr:DescribeRegistry": ({ account }): Answer<DescribeRegistryCommandOutput> => ({
      registryId: account,
      replicationConfiguration: { rules: [] }
    }),

    "ecr:GetRegistryPolicy": (): never => {
      throw refusal("RegistryPolicyNotFoundException", "Registry policy does not exist in the registry.")
    },

    "ecr:DescribePullThroughCacheRules": (): Answer<DescribePullThroughCacheRulesCommandOutput> => ({
      pullThroughCacheRules: []
    })
  },
  resources: (here) =>
    here.has.repositories.map(({ name, tags }) => ({
      type: "ecr:repository",
      arn: arnOf("ecr", here, `repository/${name}`),
      tags
    }))
})
