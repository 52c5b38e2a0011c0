import type { IamAction } from "./operation.ts"

/** STS takes at most this many characters of session policy. Source: STS AssumeRole API reference, `Policy`. */
const maxCharacters = 2048

const policyOf = (actions: ReadonlyArray<string>): string =>
  JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: actions, Resource: "*" }] })

/** `ec2:DescribeVolumes` → `ec2:Describe*`. An action without a verb, such as `apigateway:GET`, stays as it is. */
const verbOf = (action: string): string => action.replace(/^([^:]+:[A-Z][a-z]+).*$/, "$1*")

/** What joining the actions of one verb saves, in characters with their quotes and commas. */
const gainOf = (verb: string, members: ReadonlyArray<string>): number =>
  members.reduce((sum, member) => sum + member.length + 3, 0) - (verb.length + 3)

/** Joins by verb, where it saves the most first, until the policy fits or nothing is left to join. */
const fit = (actions: ReadonlyArray<string>, characters: number): ReadonlyArray<string> => {
  let current = actions
  while (policyOf(current).length > characters) {
    const [best] = [...Map.groupBy(current, verbOf)]
      .map(([verb, members]) => ({ verb, members: new Set(members), gain: gainOf(verb, members) }))
      .filter(({ gain }) => gain > 0)
      .sort((a, b) => b.gain - a.gain)
    if (best === undefined) break
    current = [...current.filter((action) => !best.members.has(action)), best.verb].sort()
  }
  return current
}

/**
 * Session policies that allow these actions, the narrowest first. What does not fit is joined by verb (`ec2:Describe*`); the
 * role itself still allows only what it lists. STS also limits a packed form whose size only STS knows, so the later ones are
 * for when it refuses an earlier one. Empty where even the shortest is longer than STS takes.
 */
export const sessionPolicies = (actions: Iterable<IamAction>): ReadonlyArray<string> => {
  const all = [...new Set<string>(actions)].sort()
  const policies = [maxCharacters, maxCharacters / 2, 0].map((characters) => policyOf(fit(all, characters)))
  return [...new Set(policies)].filter(({ length }) => length <= maxCharacters)
}
