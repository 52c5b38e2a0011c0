import type { IamAction } from "./operation.ts"

/** STS takes at most this many characters of session policy. Source: STS AssumeRole API reference, `Policy`. */
const maxCharacters = 2048

const policyOf = (actions: ReadonlyArray<string>): string =>
  JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: actions, Resource: "*" }] })

/** `ec2:DescribeVolumes` → `ec2:Describe*` */
const verbOf = (action: string): string => action.replace(/^([^:]+:[A-Z][a-z]+).*$/, "$1*")

/**
 * A session policy that allows no more than these actions. Where the list is too long for STS, the actions of the services
 * with the most of them are joined by their verb (`ec2:Describe*`): the role itself still allows only the listed ones.
 */
export const sessionPolicy = (actions: Iterable<IamAction>): string => {
  let current: ReadonlyArray<string> = [...new Set<string>(actions)].sort()
  while (policyOf(current).length > maxCharacters) {
    const groups = Map.groupBy(
      current.filter((action) => !action.endsWith("*")),
      verbOf
    )
    const largest = [...groups.entries()].sort((a, b) => b[1].join().length - a[1].join().length)[0]
    if (largest === undefined) break
    const [verb, members] = largest
    current = [...new Set([...current.filter((action) => !members.includes(action)), verb])].sort()
  }
  return policyOf(current)
}
