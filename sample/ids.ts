/** Ids as AWS would give them, made from names: the same name in the same place always has the same id. */
import { createHash } from "node:crypto"

/** An account and a region. */
export interface Place {
  readonly account: string
  readonly region: string
}

const digest = (text: string) => createHash("sha256").update(text).digest("hex")

/** `vol-0` and sixteen more digits. */
export const idOf = (prefix: string, { account, region }: Place, name: string): string =>
  `${prefix}-0${digest(`${account}/${region}/${prefix}/${name}`).slice(0, 16)}`

/** As many hexadecimal digits, for the ids that some services put into their ARNs. */
export const hexOf = ({ account, region }: Place, name: string, digits = 16): string =>
  digest(`${account}/${region}/${name}`).slice(0, digits)

/** As many capital letters and digits, as CloudFront and Route 53 have them. */
export const capitalsOf = (account: string, name: string, length = 13): string =>
  `E${BigInt(`0x${digest(`${account}/${name}`)}`)
    .toString(36)
    .toUpperCase()
    .slice(0, length - 1)}`

/** `arn:aws:ec2:eu-central-1:444455556666:volume/vol-…`: the ARN of what has an account and a region in it. */
export const arnOf = (service: string, { account, region }: Place, resource: string): string =>
  `arn:aws:${service}:${region}:${account}:${resource}`
