import { billingServiceOf, explored, resources } from "../../datasets/aws/taggedResources.ts"
import { defineScan, hygiene, need, Setting, unknown } from "../Scan.ts"
import { type Faults, isFaulty, tagReads, tagRules, tagSettings } from "../shared/tagRules.ts"

/** Keys by which a bill is split up, or somebody is found to ask. */
const ownership = /owner|cost|team|project|billing/i

const isGrave = (type: string, { disallowed, empty, missing }: Faults): boolean =>
  billingServiceOf(type) !== "" && [...missing, ...empty, ...disallowed].some((key) => ownership.test(key))

export default defineScan({
  title: "Resources without the tags that they must have",
  words: "tag compliance, missing owner, cost allocation",
  why: "Without tags for owner and cost nobody can say whose a resource is, or who pays for it.",
  fix: "Tag the resource, best where it is defined: in its template, or in the default tags of the stack or provider. Then switch the key on as a cost allocation tag.",
  docs: "https://docs.aws.amazon.com/whitepapers/latest/tagging-best-practices/tagging-best-practices.html",
  leavesOut: [
    "what a resource costs a month: a finding has no price where nothing is saved, and the resource's other findings have theirs."
  ],
  scope: "regional",
  settings: {
    ...tagSettings,
    resourceTypes: Setting.list([], "Only report these types, such as ec2:instance; all when empty"),
    maxFindings: Setting.count(5000, "Findings in one region at most; the gravest come first", {
      minimum: 1
    })
  },
  reads: { resources, explored, ...tagReads },
  subject: "resources",
  reasons: {
    missing_tags: "The resource has no tag of a key that it must have.",
    empty_tags: "A tag that the resource must have is empty.",
    disallowed_values: "A tag of the resource has a value that is not allowed."
  },

  source: {
    isOf: ({ evidence }) => evidence["source"] === "Resource Explorer",
    silence: ({ explored }) =>
      explored.known && !explored.value
        ? "Resource Explorer has no view any more that shows the whole region: what never had a tag may be there and is not seen"
        : undefined
  },

  judge: ({ groups, internetGateways, policies, resources, routeTables, subnets, vpcs }, { settings }) => {
    const { faultsOf, isDefaultNetwork, isLeft, policyKeys } = tagRules(
      { groups, internetGateways, policies, routeTables, subnets, vpcs },
      settings
    )

    // Which findings there is room for must not depend on the order of the list.
    const room = new Set(
      resources.found
        .flatMap((resource) => {
          if (isLeft(resource)) return []
          const faults = faultsOf(resource)
          const isNetwork = isDefaultNetwork(resource)
          if (!isFaulty(faults) || !isNetwork.known || isNetwork.value) return []
          return [{ arn: resource.arn, isGrave: isGrave(resource.type, faults) }]
        })
        .sort((a, b) => Number(b.isGrave) - Number(a.isGrave) || (a.arn < b.arn ? -1 : 1))
        .slice(0, settings.maxFindings)
        .map(({ arn }) => arn)
    )

    return function* (resource) {
      if (isLeft(resource)) return
      const faults = faultsOf(resource)
      if (!isFaulty(faults)) {
        // A policy that was not read may want more.
        yield* need(policies.all)
        return
      }
      if (yield* need(isDefaultNetwork(resource))) return
      if (!room.has(resource.arn)) {
        return unknown(`not shown: there are more than the ${settings.maxFindings} findings that maxFindings allows`)
      }
      const { disallowed, empty, missing } = faults
      const [reason, ...more] = [
        ...(missing.length === 0 ? [] : ["missing_tags" as const]),
        ...(empty.length === 0 ? [] : ["empty_tags" as const]),
        ...(disallowed.length === 0 ? [] : ["disallowed_values" as const])
      ]
      if (reason === undefined) return
      return hygiene({
        reason: [reason, ...more],
        severity: isGrave(resource.type, faults) ? "medium" : "low",
        note: "A tag costs nothing and saves nothing by itself.",
        evidence: {
          missing,
          empty,
          disallowed: disallowed.map((key) => `${key}=${resource.tags[key]}`),
          tags: Object.keys(resource.tags).sort(),
          wantedByPolicy: policies.gap === undefined ? policyKeys(resource.type).toSorted() : null,
          source: resource.source
        }
      })
    }
  }
})
