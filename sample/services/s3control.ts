import type {
  GetAccessPointCommandInput,
  GetAccessPointCommandOutput,
  GetAccessPointPolicyStatusCommandInput,
  GetAccessPointPolicyStatusCommandOutput,
  GetPublicAccessBlockCommandOutput,
  ListAccessPointsCommandInput,
  ListAccessPointsCommandOutput
} from "@aws-sdk/client-s3-control"
import type { Named } from "../estate.ts"
import { arnOf } from "../ids.ts"
import { type Answer, defineService, type Here, pageOf, refusal } from "../Service.ts"

declare module "../estate.ts" {
  interface Global {
    /** What the account keeps out of all its buckets, one at most: everything. */
    readonly publicAccessBlocks: ReadonlyArray<"all">
    readonly accessPoints: ReadonlyArray<AccessPoint>
  }
}

/** Another door to a bucket, on the internet. */
export interface AccessPoint extends Named {
  readonly bucket: string
  readonly region: string
  /** Its policy lets everyone in, and nothing restricts it. */
  readonly open?: true
}

export const blocked = {
  BlockPublicAcls: true,
  IgnorePublicAcls: true,
  BlockPublicPolicy: true,
  RestrictPublicBuckets: true
} as const

const find = (here: Here, name: string | undefined): AccessPoint => {
  const point = here.global.accessPoints.find((one) => one.name === name && one.region === here.region)
  if (point === undefined) throw refusal("NoSuchAccessPoint", "The specified accesspoint does not exist", 404)
  return point
}

export default defineService({
  global: { publicAccessBlocks: [], accessPoints: [] },
  answers: {
    "S3ControlClient s3:GetPublicAccessBlock": (here): Answer<GetPublicAccessBlockCommandOutput> => {
      if (here.global.publicAccessBlocks.length === 0)
        throw refusal(
          "NoSuchPublicAccessBlockConfiguration",
          "The public access block configuration was not found",
          404
        )
      return { PublicAccessBlockConfiguration: blocked }
    },

    "s3:ListAccessPoints": (here, input: ListAccessPointsCommandInput): Answer<ListAccessPointsCommandOutput> => {
      const own = here.global.accessPoints.filter(({ region }) => region === here.region)
      const { items, next } = pageOf(own, input.NextToken, input.MaxResults, 1000)
      return {
        AccessPointList: items.map(({ bucket, name }) => ({
          Name: name,
          NetworkOrigin: "Internet",
          Bucket: bucket,
          AccessPointArn: arnOf("s3", here, `accesspoint/${name}`)
        })),
        NextToken: next
      }
    },

    "s3:GetAccessPoint": (here, input: GetAccessPointCommandInput): Answer<GetAccessPointCommandOutput> => {
      const { bucket, name, open } = find(here, input.Name)
      return {
        Name: name,
        Bucket: bucket,
        NetworkOrigin: "Internet",
        PublicAccessBlockConfiguration: open ? { ...blocked, RestrictPublicBuckets: false } : blocked
      }
    },

    "s3:GetAccessPointPolicyStatus": (
      here,
      input: GetAccessPointPolicyStatusCommandInput
    ): Answer<GetAccessPointPolicyStatusCommandOutput> => ({
      PolicyStatus: { IsPublic: find(here, input.Name).open === true }
    })
  }
})
