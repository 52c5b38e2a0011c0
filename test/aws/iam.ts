/**
 * Lets moto check who calls and what they may. The SDK's client for IAM is not among the dependencies, and moto takes calls
 * without a valid signature until it is told to check, so these are written by hand.
 */
interface Keys {
  readonly accessKeyId: string
  readonly secretAccessKey: string
}

const iam = async (endpoint: string, accessKeyId: string, parameters: Readonly<Record<string, string>>) => {
  const response = await fetch(endpoint, {
    method: "POST",
    headers: {
      authorization: `AWS4-HMAC-SHA256 Credential=${accessKeyId}/20260101/us-east-1/iam/aws4_request, SignedHeaders=host, Signature=none`
    },
    body: new URLSearchParams({ Version: "2010-05-08", ...parameters })
  })
  const answer = await response.text()
  if (!response.ok) throw new Error(`${parameters["Action"]}: ${answer}`)
  return answer
}

const field = (answer: string, name: string): string => new RegExp(`<${name}>(.*?)</${name}>`).exec(answer)?.[1] ?? ""

// moto takes the service from the signature, where CloudWatch and the tagging API have other names than in IAM, takes
// configurations of buckets that it does not know for lists of objects, an operation of Batch for its path, and an operation of S3
// Control or API Gateway for the action.
const asMotoNamesThem = (policy: string): string =>
  policy
    .replaceAll('"cloudwatch:', '"monitoring:')
    .replaceAll('"tag:', '"tagging:')
    .replaceAll(/"batch:\w+"/g, (action) => action.toLowerCase())
    .replaceAll('"s3:GetAccountPublicAccessBlock"', '"s3:GetPublicAccessBlock"')
    .replaceAll('"apigateway:GET"', '"apigateway:Get*"')
    .replaceAll(/"s3:Get(Metrics|Analytics|IntelligentTiering|Replication)Configuration"/g, '"s3:ListBucket"')

/** Makes a user in the caller's account who may do what the policies say, and answers its keys. */
export const createUser = async (endpoint: string, name: string, policies: ReadonlyArray<string>): Promise<Keys> => {
  await iam(endpoint, "testing", { Action: "CreateUser", UserName: name })
  for (const [index, policy] of policies.entries()) {
    const document = { PolicyName: `policy-${index}`, PolicyDocument: asMotoNamesThem(policy) }
    await iam(endpoint, "testing", { Action: "PutUserPolicy", UserName: name, ...document })
  }
  const key = await iam(endpoint, "testing", { Action: "CreateAccessKey", UserName: name })
  return { accessKeyId: field(key, "AccessKeyId"), secretAccessKey: field(key, "SecretAccessKey") }
}

/** Gives a role of the account that the access key belongs to these policies, in place of as many that it had. */
export const putRolePolicies = async (
  endpoint: string,
  accessKeyId: string,
  role: string,
  policies: ReadonlyArray<string>
) => {
  for (const [index, policy] of policies.entries()) {
    await iam(endpoint, accessKeyId, {
      Action: "PutRolePolicy",
      RoleName: role,
      PolicyName: `policy-${index}`,
      PolicyDocument: asMotoNamesThem(policy)
    })
  }
}

/** Runs something while moto checks every signature and permission. */
export const enforced = async <A>(endpoint: string, run: () => Promise<A>): Promise<A> => {
  // How many calls are let through unchecked.
  const check = (after: string) => fetch(`${endpoint}/moto-api/reset-auth`, { method: "POST", body: after })
  await check("0")
  try {
    return await run()
  } finally {
    await check("inf")
  }
}
