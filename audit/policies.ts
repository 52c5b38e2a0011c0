/** The IAM policies that a run rests on: of the role in scanned accounts, of its trust, and of the scanner itself. */
import type { ScanReads } from "../core/catalogue/Catalogue.ts"
import { getProducts } from "../core/pricing/priceList.ts"
import { planningOperations } from "../datasets/aws/organizations.ts"
import { describeRegions } from "../datasets/aws/regions.ts"

interface Statement {
  readonly Sid: string
  readonly Effect: "Allow"
  readonly Action: string | ReadonlyArray<string>
  readonly Resource?: string
  readonly Principal?: { readonly AWS: string }
  readonly Condition?: object
}

const document = (...statements: ReadonlyArray<Statement>) => ({ Version: "2012-10-17", Statement: statements })

export type PolicyDocument = ReturnType<typeof document>

/** IAM takes at most this many characters in a managed policy. Source: IAM user guide, "IAM and AWS STS quotas". */
export const maxCharacters = 6144

// IAM leaves spaces out of its count. Counted as it is printed, a policy fits wherever it is pasted.
const fits = (policy: PolicyDocument): boolean => JSON.stringify(policy, null, 2).length <= maxCharacters

/** As few documents as hold all statements, in their order, each as large as IAM takes it. */
const divided = (statements: ReadonlyArray<Statement & { readonly Action: ReadonlyArray<string> }>) => {
  const documents: Array<PolicyDocument> = []
  let current: ReadonlyArray<Statement> = []
  for (const statement of statements) {
    let actions: Array<string> = []
    for (const action of statement.Action) {
      if (!fits(document(...current, { ...statement, Action: [...actions, action] }))) {
        documents.push(document(...current, ...(actions.length === 0 ? [] : [{ ...statement, Action: actions }])))
        current = []
        actions = []
      }
      actions.push(action)
    }
    if (actions.length > 0) current = [...current, { ...statement, Action: actions }]
  }
  return [...documents, document(...current)]
}

/**
 * Reads of configuration and metrics; AWS offers hardly any of them by resource. What only a service needs while it answers
 * an operation, such as SSM parameters that may name an image, is allowed to that service alone. Several documents where
 * one would be longer than IAM takes.
 */
export const rolePolicies = (
  entries: ReadonlyArray<{
    readonly operations: ReadonlyArray<{ readonly action: string }>
    readonly onBehalf: ScanReads["onBehalf"]
  }>
): ReadonlyArray<PolicyDocument> => {
  const direct = new Set([
    describeRegions.action,
    ...entries.flatMap(({ operations }) => operations.map(({ action }) => action))
  ])
  const services = new Map<string, Set<string>>()
  for (const { actions, service } of entries.flatMap(({ onBehalf }) => onBehalf)) {
    const own = services.get(service) ?? new Set<string>()
    services.set(service, own)
    for (const action of actions) if (!direct.has(action)) own.add(action)
  }
  return divided([
    { Sid: "NightAuditReads", Effect: "Allow", Action: [...direct].sort(), Resource: "*" },
    ...[...services].map(([service, actions], index) => ({
      Sid: `NightAuditReadsOnBehalf${index + 1}`,
      Effect: "Allow" as const,
      Action: [...actions].sort(),
      Resource: "*",
      Condition: { "ForAnyValue:StringEquals": { "aws:CalledVia": [service] } }
    }))
  ])
}

/** Only the scanner's account may assume the role, and only with the external id, if there is one. */
export const trustPolicy = (partition: string, account: string, externalId: string | undefined) =>
  document({
    Sid: "NightAuditScanner",
    Effect: "Allow",
    Principal: { AWS: `arn:${partition}:iam::${account}:root` },
    Action: "sts:AssumeRole",
    ...(externalId === undefined ? {} : { Condition: { StringEquals: { "sts:ExternalId": externalId } } })
  })

/** What planning asks of the organisation. */
export const planningActions: ReadonlyArray<string> = planningOperations.map(({ action }) => action).sort()

export const priceListAction = getProducts.action

/** What planning a run needs, in the account of the scanner. */
export const scannerPolicy = (partition: string, roleName: string, asksPriceList: boolean) =>
  document(
    {
      Sid: "NightAuditEnter",
      Effect: "Allow",
      Action: "sts:AssumeRole",
      Resource: `arn:${partition}:iam::*:role/${roleName}`
    },
    {
      Sid: "NightAuditPlan",
      Effect: "Allow",
      Action: [
        ...planningOperations.map(({ action }) => action),
        ...(asksPriceList ? [getProducts.action] : [])
      ].sort(),
      Resource: "*"
    }
  )
