/// <reference path="../.sst/platform/config.d.ts" />
/** Where results are kept: the table, and the bucket for reports and the gateway's tools. */
import { tableDefinition, ttlAttribute } from "../core/store/dynamo/dynamoTable.ts"
import type { StageSettings } from "./stages.ts"

const keyOf = (schema: ReadonlyArray<{ readonly AttributeName: string; readonly KeyType: string }>, type: string) =>
  schema.find(({ KeyType }) => KeyType === type)?.AttributeName ?? ""

const types = { S: "string", N: "number", B: "binary" } as const

/** The table as the store defines it. SST keeps 35 days of point-in-time recovery for every table. */
const tableOf = (settings: StageSettings) =>
  new sst.aws.Dynamo("Store", {
    fields: Object.fromEntries(
      tableDefinition.AttributeDefinitions.map(({ AttributeName, AttributeType }) => [
        AttributeName,
        types[AttributeType]
      ])
    ),
    primaryIndex: {
      hashKey: keyOf(tableDefinition.KeySchema, "HASH"),
      rangeKey: keyOf(tableDefinition.KeySchema, "RANGE")
    },
    globalIndexes: Object.fromEntries(
      tableDefinition.GlobalSecondaryIndexes.map(({ IndexName, KeySchema, Projection }) => [
        IndexName,
        {
          hashKey: keyOf(KeySchema, "HASH"),
          rangeKey: keyOf(KeySchema, "RANGE"),
          projection: Projection.ProjectionType === "ALL" ? ("all" as const) : Projection.NonKeyAttributes
        }
      ])
    ),
    ttl: ttlAttribute,
    deletionProtection: settings.isProtected
  })

export const storage = (settings: StageSettings) => {
  const table = tableOf(settings)
  // Private and open to no other origin: what is in it is read through the functions.
  const reports = new sst.aws.Bucket("Reports", {
    cors: false,
    versioning: true,
    // The gateway reads its tools from the same bucket, and they stay.
    lifecycle: [{ id: "reports", prefix: "reports/", expiresIn: "400 days" }],
    transform: {
      bucket: { forceDestroy: !settings.isProtected },
      lifecycle: (args) => {
        args.rules = $resolve(args.rules ?? []).apply((rules) => [
          ...(rules ?? []),
          {
            id: "versions",
            status: "Enabled",
            filter: { prefix: "" },
            noncurrentVersionExpiration: { noncurrentDays: 30 },
            abortIncompleteMultipartUpload: { daysAfterInitiation: 7 }
          }
        ])
      }
    }
  })
  new aws.s3.BucketServerSideEncryptionConfiguration("ReportsEncryption", {
    bucket: reports.name,
    rules: [{ applyServerSideEncryptionByDefault: { sseAlgorithm: "AES256" }, bucketKeyEnabled: true }]
  })
  return { table, reports }
}

export type Storage = ReturnType<typeof storage>
