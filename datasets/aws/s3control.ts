/** What is read from S3 Control: what an account says of all its buckets, and access points, which are other doors to them. */
import {
  GetAccessPointCommand,
  GetAccessPointPolicyStatusCommand,
  GetPublicAccessBlockCommand,
  ListAccessPointsCommand,
  type PublicAccessBlockConfiguration,
  S3ControlClient
} from "@aws-sdk/client-s3-control"
import * as Effect from "effect/Effect"
import { AwsTarget, complete, list, required, send } from "../../core/aws/Aws.ts"
import { emptyWithout, listOperation, operation } from "../../core/aws/operation.ts"
import { dataset, whole } from "../engine/Dataset.ts"
import { inRegion } from "../engine/inRegion.ts"
import { noneWhen } from "../engine/noneWhen.ts"
import { probe } from "../engine/Probe.ts"

/** Which public access is kept out, of an account, a bucket or an access point. */
export interface PublicAccessBlock {
  /** New public entries in access control lists are refused. */
  readonly blocksAcls: boolean
  /** Public entries in access control lists do not count. */
  readonly ignoresAcls: boolean
  /** New public policies are refused. */
  readonly blocksPolicy: boolean
  /** A public policy lets in nobody but the account and AWS services. */
  readonly restricts: boolean
}

/** Where nobody made the setting, or a part of it: nothing is kept out. */
export const noBlock: PublicAccessBlock = {
  blocksAcls: false,
  ignoresAcls: false,
  blocksPolicy: false,
  restricts: false
}

export const blockOf = (block: PublicAccessBlockConfiguration): PublicAccessBlock => ({
  blocksAcls: block.BlockPublicAcls ?? false,
  ignoresAcls: block.IgnorePublicAcls ?? false,
  blocksPolicy: block.BlockPublicPolicy ?? false,
  restricts: block.RestrictPublicBuckets ?? false
})

/** What is kept out where either setting keeps it out. */
export const eitherBlock = (a: PublicAccessBlock, b: PublicAccessBlock): PublicAccessBlock => ({
  blocksAcls: a.blocksAcls || b.blocksAcls,
  ignoresAcls: a.ignoresAcls || b.ignoresAcls,
  blocksPolicy: a.blocksPolicy || b.blocksPolicy,
  restricts: a.restricts || b.restricts
})

/** The settings that are on, as the console names them. */
export const blockNames = (block: PublicAccessBlock): ReadonlyArray<string> => [
  ...(block.blocksAcls ? ["BlockPublicAcls"] : []),
  ...(block.ignoresAcls ? ["IgnorePublicAcls"] : []),
  ...(block.blocksPolicy ? ["BlockPublicPolicy"] : []),
  ...(block.restricts ? ["RestrictPublicBuckets"] : [])
]

const getAccountBlock = operation(S3ControlClient, GetPublicAccessBlockCommand, "s3:GetAccountPublicAccessBlock")

/** What the account keeps out of all its buckets, its organisation's policy included. */
export const accountBlock = dataset<PublicAccessBlock>("s3control.accountBlock", {
  scope: "global",
  shape: "value",
  operations: [getAccountBlock],
  read: Effect.fnUntraced(function* () {
    const { account } = yield* AwsTarget
    return whole(
      yield* send(getAccountBlock, { AccountId: account }, ({ PublicAccessBlockConfiguration }) =>
        blockOf(required(PublicAccessBlockConfiguration, "PublicAccessBlockConfiguration"))
      ).pipe(noneWhen("NoSuchPublicAccessBlockConfiguration", noBlock))
    )
  })
})

/** 1,000 a page. Source: the S3 Control API reference, `maxResults`. An empty list may be left out, and the id of the request proves it. */
const listAccessPoints = listOperation(
  S3ControlClient,
  ListAccessPointsCommand,
  "s3:ListAccessPoints",
  {
    name: "AccessPointList",
    of: ({ AccessPointList }) => AccessPointList,
    emptyWhen: emptyWithout("NextToken")
  },
  { paging: { size: ["MaxResults", 1000], input: "NextToken", output: "NextToken" } }
)

export interface AccessPoint {
  readonly name: string
  readonly bucket: string
  readonly region: string
  /** Whether it answers to the internet, and not to one VPC alone. */
  readonly isOnInternet: boolean
}

/** The access points of a region. */
export const accessPoints = probe<string, ReadonlyArray<AccessPoint>>({
  name: "s3control.accessPoints",
  operations: [listAccessPoints],
  cap: 100,
  batchSize: 1,
  costNote: "One call for every 1,000 access points, in each region with a bucket that public policies may open.",
  key: (region) => region,
  read: (regions) =>
    Effect.forEach(
      regions,
      Effect.fnUntraced(function* (region) {
        const { account } = yield* AwsTarget
        return yield* inRegion(
          region,
          complete(
            list(listAccessPoints, { AccountId: account }, (points) =>
              points.map((point): AccessPoint => ({
                name: required(point.Name, "AccessPointList[].Name"),
                bucket: required(point.Bucket, "AccessPointList[].Bucket"),
                region,
                isOnInternet: required(point.NetworkOrigin, "AccessPointList[].NetworkOrigin").toLowerCase() !== "vpc"
              }))
            )
          )
        )
      })
    )
})

const getAccessPoint = operation(S3ControlClient, GetAccessPointCommand, "s3:GetAccessPoint")
const getAccessPointStatus = operation(
  S3ControlClient,
  GetAccessPointPolicyStatusCommand,
  "s3:GetAccessPointPolicyStatus"
)

/** Whether single access points let everyone in: by a public policy that nothing of their own restricts. */
export const isPublicAccessPoint = probe<AccessPoint, boolean>({
  name: "s3control.isPublicAccessPoint",
  operations: [getAccessPoint, getAccessPointStatus],
  cap: 500,
  batchSize: 1,
  costNote: "Two calls for each access point on the internet of a bucket that public policies may open.",
  key: ({ name, region }) => `${region} ${name}`,
  read: (points) =>
    Effect.forEach(
      points,
      Effect.fnUntraced(function* ({ name, region }) {
        const { account } = yield* AwsTarget
        const asked = { AccountId: account, Name: name }
        const restricts = yield* inRegion(
          region,
          send(
            getAccessPoint,
            asked,
            ({ PublicAccessBlockConfiguration: block }) =>
              blockOf(required(block, "PublicAccessBlockConfiguration")).restricts
          )
        )
        if (restricts) return false
        return yield* inRegion(
          region,
          send(getAccessPointStatus, asked, ({ PolicyStatus }) =>
            required(PolicyStatus?.IsPublic, "PolicyStatus.IsPublic")
          ).pipe(noneWhen("NoSuchAccessPointPolicy", false))
        )
      })
    )
})
