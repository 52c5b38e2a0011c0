/** Who else a bucket lets in, as its policy and its access control list say. */
import type { Grant } from "@aws-sdk/client-s3"
import { required } from "../../core/aws/Aws.ts"

const several = <A>(value: A | ReadonlyArray<A> | undefined): ReadonlyArray<A> =>
  value === undefined ? [] : Array.isArray(value) ? value : [value as A]

interface Statement {
  readonly Sid?: string
  readonly Condition?: unknown
  readonly Effect?: string
  readonly Principal?: string | Readonly<Record<string, string | ReadonlyArray<string>>>
  readonly NotPrincipal?: unknown
  readonly Action?: string | ReadonlyArray<string>
  readonly NotAction?: unknown
}

/** Whether a pattern such as `s3:Put*` covers one of the actions. */
const covers = (pattern: string, actions: ReadonlyArray<string>): boolean => {
  const wanted = new RegExp(
    `^${pattern
      .toLowerCase()
      .replace(/[.+^${}()|[\]\\]/g, "\\$&")
      .replaceAll("*", ".*")
      .replaceAll("?", ".")}$`
  )
  return actions.some((action) => wanted.test(action))
}

const putting = ["s3:putobject"]

/** What changes a bucket, or what is in it. Source: Service Authorization Reference, Amazon S3, access levels "Write" and "Permissions management". */
const changing = [
  ...putting,
  "s3:putobjectacl",
  "s3:putobjectversionacl",
  "s3:putobjecttagging",
  "s3:deleteobject",
  "s3:deleteobjectversion",
  "s3:replicateobject",
  "s3:replicatedelete",
  "s3:restoreobject",
  "s3:putbucketacl",
  "s3:putbucketpolicy",
  "s3:deletebucketpolicy",
  "s3:putbucketpublicaccessblock",
  "s3:putlifecycleconfiguration",
  "s3:deletebucket"
]

const allows = ({ Action, NotAction }: Statement, actions: ReadonlyArray<string>): boolean =>
  NotAction !== undefined || several(Action).some((pattern) => covers(pattern, actions))

/** The account of `123456789012` or of `arn:aws:iam::123456789012:root`; anything else as it is. */
const accountOf = (principal: string): string =>
  /^(?:arn:[^:]*:[^:]*:[^:]*:)?(\d{12})(?::|$)/.exec(principal)?.[1] ?? principal

/** IAM leaves the id of a user or role that was deleted in the policies that named it. */
const deletedPrincipal = /^A[A-Z0-9]{15,}$/

/**
 * Who but the account itself may put objects into the bucket: accounts, canonical users, or `*` for everyone. Load balancers write
 * their logs as an account of AWS's own. Throws a SyntaxError where the policy is not JSON.
 */
export const policyWriters = (policy: string, account: string): ReadonlyArray<string> => {
  const { Statement } = JSON.parse(policy) as { readonly Statement?: Statement | ReadonlyArray<Statement> }
  const writers = several(Statement)
    .filter((statement) => statement.Effect === "Allow" && allows(statement, putting))
    .flatMap(({ NotPrincipal, Principal }) =>
      NotPrincipal !== undefined || typeof Principal === "string"
        ? ["*"]
        : Object.entries(Principal ?? {}).flatMap(([kind, names]) =>
            kind === "AWS" ? several(names).map(accountOf) : several(names)
          )
    )
  return [...new Set(writers)].filter((writer) => writer !== account && !deletedPrincipal.test(writer)).sort()
}

/** A statement of a policy that lets everyone in, if only under a condition. */
export interface PublicStatement {
  /** Its place where it has no id. */
  readonly sid: string
  /** Whether everyone may change or delete something, without a condition. */
  readonly writes: boolean
}

const isForEveryone = ({ NotPrincipal, Principal }: Statement): boolean =>
  NotPrincipal !== undefined || Principal === "*" || several(Object(Principal)["AWS"]).includes("*")

/** The statements of a policy that let everyone in; whether the policy is public S3 tells itself. */
export const publicStatements = (policy: string): ReadonlyArray<PublicStatement> => {
  const { Statement } = JSON.parse(policy) as { readonly Statement?: Statement | ReadonlyArray<Statement> }
  return several(Statement).flatMap((statement, at) =>
    statement.Effect === "Allow" && isForEveryone(statement)
      ? [
          {
            sid: statement.Sid ?? `statement ${at + 1}`,
            writes: statement.Condition === undefined && allows(statement, changing)
          }
        ]
      : []
  )
}

/** AWS services that a policy names, such as `cloudtrail.amazonaws.com`, sorted. */
export const policyServices = (policy: string): ReadonlyArray<string> =>
  [...new Set(policy.match(/(?<=")[\w.-]+\.amazonaws\.com(\.cn)?(?=")/g))].sort()

/** The group as which S3 writes server access logs where an access control list lets it. */
const logDelivery = "http://acs.amazonaws.com/groups/s3/LogDelivery"

/** Groups that are the public. Source: S3 user guide, "Access control list (ACL) overview". */
const publicGroups: Readonly<Record<string, string>> = {
  "http://acs.amazonaws.com/groups/global/AllUsers": "everyone",
  "http://acs.amazonaws.com/groups/global/AuthenticatedUsers": "everyone with an AWS account"
}

/** The URI of a group, the id of a canonical user, or an address. */
const granteeOf = ({ Grantee }: Grant): string =>
  required(Grantee?.URI ?? Grantee?.ID ?? Grantee?.EmailAddress, "Grants[].Grantee")

const permissionOf = ({ Permission }: Grant): string => required(Permission, "Grants[].Permission")

/** What an access control list lets the public do: `everyone: read`. */
export const publicGrants = (grants: ReadonlyArray<Grant>): ReadonlyArray<string> =>
  grants
    .flatMap((grant) => {
      const who = publicGroups[granteeOf(grant)]
      return who === undefined ? [] : [`${who}: ${permissionOf(grant).toLowerCase()}`]
    })
    .sort()

/** Who but the owner may put objects by the bucket's access control list: canonical users, groups, or S3's own log delivery. */
export const listWriters = (grants: ReadonlyArray<Grant>, owner: string) => {
  const grantees = grants.flatMap((grant) =>
    ["WRITE", "FULL_CONTROL"].includes(permissionOf(grant).toUpperCase()) ? granteeOf(grant) : []
  )
  return {
    others: [...new Set(grantees)].filter((grantee) => grantee !== owner && grantee !== logDelivery).sort(),
    accessLogs: grantees.includes(logDelivery)
  }
}
