import type { DescribeKeyCommandInput, DescribeKeyCommandOutput } from "@aws-sdk/client-kms"
import type { Named } from "../estate.ts"
import { arnOf, hexOf, type Place } from "../ids.ts"
import { type Answer, defineService, refusal } from "../Service.ts"

declare module "../estate.ts" {
  interface Region {
    readonly keys: ReadonlyArray<Key>
  }
}

/** A key that the account made. */
export interface Key extends Named {
  /** Default: enabled. */
  readonly state?: "Disabled" | "PendingDeletion"
}

const keyId = (place: Place, name: string) => `4a4c0000-0000-4000-8000-${hexOf(place, `key/${name}`, 12)}`

export const keyArn = (place: Place, name: string) => arnOf("kms", place, `key/${keyId(place, name)}`)

export default defineService({
  region: { keys: [] },
  answers: {
    "kms:DescribeKey": (here, input: DescribeKeyCommandInput): Answer<DescribeKeyCommandOutput> => {
      const key = here.has.keys.find(({ name }) => keyArn(here, name) === input.KeyId)
      if (key === undefined) throw refusal("NotFoundException", `Key '${input.KeyId}' does not exist`)
      return {
        KeyMetadata: {
          KeyId: keyId(here, key.name),
          Arn: keyArn(here, key.name),
          KeyState: key.state ?? "Enabled",
          KeyManager: "CUSTOMER"
        }
      }
    }
  },
  resources: (here) => here.has.keys.map((key) => ({ type: "kms:key", arn: keyArn(here, key.name), tags: key.tags }))
})
