/** What is read from KMS: whether keys that other services name can still be used. */
import { DescribeKeyCommand, KMSClient } from "@aws-sdk/client-kms"
import * as Effect from "effect/Effect"
import { required, send } from "../../core/aws/Aws.ts"
import { operation } from "../../core/aws/operation.ts"
import { inRegion } from "../engine/inRegion.ts"
import { noneWhen } from "../engine/noneWhen.ts"
import { probe } from "../engine/Probe.ts"

const describeKey = operation(KMSClient, DescribeKeyCommand, "kms:DescribeKey")

/** A key as a service names it: by its ARN, its id or an alias. */
export interface KeyName {
  readonly key: string
  readonly region: string
}

/** `deleted` for a key that is gone; otherwise as KMS says it: `enabled`, `disabled`, `pendingdeletion`, … */
export const keyState = probe<KeyName, string>({
  name: "kms.keyState",
  operations: [describeKey],
  cap: 500,
  batchSize: 1,
  costNote: "KMS describes one key at a time: one call for each key that a bucket names.",
  key: ({ key, region }) => `${region} ${key}`,
  // Not remembered: a key that is switched off takes its data with it at once.
  read: (keys) =>
    Effect.forEach(keys, ({ key, region }) =>
      inRegion(
        region,
        send(describeKey, { KeyId: key }, ({ KeyMetadata }) =>
          required(KeyMetadata?.KeyState, "KeyMetadata.KeyState").toLowerCase()
        ).pipe(noneWhen("NotFoundException", "deleted"))
      )
    )
})

/** States of a key with which nothing can be decrypted. Source: KMS developer guide, "Key states of AWS KMS keys". */
const unusableStates = new Set([
  "deleted",
  "disabled",
  "pendingdeletion",
  "pendingreplicadeletion",
  "pendingimport",
  "unavailable"
])

export const isUnusable = (state: string): boolean => unusableStates.has(state)
