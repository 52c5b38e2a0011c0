/** Requests of the AWS query protocol, for the services of which no client is installed: IAM, SNS and CloudFormation. */
import { createHash, createHmac } from "node:crypto"

const versions = { iam: "2010-05-08", sns: "2010-03-31", cloudformation: "2010-05-15" } as const

const sha256 = (text: string) => createHash("sha256").update(text).digest("hex")
const hmac = (key: string | Buffer, text: string) => createHmac("sha256", key).update(text).digest()

/**
 * Signs with the environment's credentials (Signature Version 4), or with the key of another account, which is its id. Answers the XML, and
 * throws what is no success.
 */
export const query = async (
  service: keyof typeof versions,
  action: string,
  parameters: Readonly<Record<string, string>>,
  account?: string
): Promise<string> => {
  const { AWS_ACCESS_KEY_ID: own = "", AWS_ENDPOINT_URL = "", AWS_SECRET_ACCESS_KEY = "" } = process.env
  const url = new URL(AWS_ENDPOINT_URL)
  const region = "us-east-1"
  const body = new URLSearchParams({ Action: action, Version: versions[service], ...parameters }).toString()
  const at = new Date().toISOString().replace(/[-:]|\.\d+/g, "")
  const day = at.slice(0, 8)
  const type = "application/x-www-form-urlencoded; charset=utf-8"
  const headers = `content-type:${type}\nhost:${url.host}\nx-amz-date:${at}\n`
  const signed = "content-type;host;x-amz-date"
  const scope = `${day}/${region}/${service}/aws4_request`
  const canonical = ["POST", "/", "", headers, signed, sha256(body)].join("\n")
  const key = [day, region, service, "aws4_request"].reduce<string | Buffer>(hmac, `AWS4${AWS_SECRET_ACCESS_KEY}`)
  const signature = hmac(key, ["AWS4-HMAC-SHA256", at, scope, sha256(canonical)].join("\n")).toString("hex")
  const response = await fetch(url, {
    method: "POST",
    body,
    headers: {
      "content-type": type,
      "x-amz-date": at,
      authorization: `AWS4-HMAC-SHA256 Credential=${account ?? own}/${scope}, SignedHeaders=${signed}, Signature=${signature}`
    }
  })
  const text = await response.text()
  if (!response.ok) throw new Error(`${service}:${action} answered ${response.status}: ${text}`)
  return text
}
