import { createHash } from "node:crypto"

/** The stable id of a finding: 20 hexadecimal digits of a hash of what makes it this finding and no other. */
export const findingId = (scan: string, account: string, region: string, arn: string): string =>
  createHash("sha256").update([scan, account, region, arn].join("\n")).digest("hex").slice(0, 20)
