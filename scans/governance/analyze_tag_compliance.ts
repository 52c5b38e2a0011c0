import { billingServiceOf, resources, type TaggedResource } from "../../datasets/aws/taggedResources.ts"
import { defineScan, Setting } from "../Scan.ts"
import { isFaulty, tagReads, tagRules, tagSettings } from "../shared/tagRules.ts"

/** Keys that mean the same as a required one to a person, and nothing to AWS: `cost-center` for `CostCenter`. */
const alike = (key: string): string => key.toLowerCase().replace(/[^\p{L}\p{N}]/gu, "")

/** How many of some resources are tagged as they must be. */
interface Coverage {
  all: number
  tagged: number
}

const count = (coverages: Map<string, Coverage>, name: string, isTagged: boolean): void => {
  const coverage = coverages.get(name) ?? { all: 0, tagged: 0 }
  coverages.set(name, coverage)
  coverage.all += 1
  if (isTagged) coverage.tagged += 1
}

const percentOf = ({ all, tagged }: Coverage): number | null =>
  all === 0 ? null : Math.round((1000 * tagged) / all) / 10

/** The worst first: the most resources without. */
const worst = ([a, left]: readonly [string, Coverage], [b, right]: readonly [string, Coverage]): number =>
  right.all - right.tagged - (left.all - left.tagged) || right.all - left.all || (a < b ? -1 : 1)

export default defineScan({
  title: "Tag compliance by key, type and service",
  words: "tagging coverage, score, share tagged, misspelt keys",
  why: "A share that is measured gets better: without it nobody knows which team, type or key keeps costs from being allocated.",
  fix: "Begin with the type that has the most resources without a key, tag it where it is defined, and rename keys that are written in two ways.",
  docs: "https://docs.aws.amazon.com/whitepapers/latest/tagging-best-practices/measuring-tagging-effectiveness.html",
  leavesOut: [
    "what AWS counts by the tag policies of the organisation: only the keys that they require are taken from them.",
    "how much of the spend has a tag: the bill tells it of the organisation and not of a region, in generate_cost_allocation_report."
  ],
  scope: "regional",
  settings: {
    requiredTags: tagSettings.requiredTags,
    complianceTargetPct: Setting.percent(80, "Mark what is tagged less"),
    resourceTypes: Setting.list([], "Only these types, such as ec2:instance; all when empty"),
    caseSensitive: tagSettings.caseSensitive,
    allowedValues: tagSettings.allowedValues
  },
  reads: { resources, ...tagReads },
  subject: "resources",
  reasons: {},

  report: ({ resources: { found: resources, gap }, ...data }, { settings }) => {
    const { faultsOf, isDefaultNetwork, isLeft, plain, policyKeys } = tagRules(data, settings)
    const target = settings.complianceTargetPct
    const whole: Coverage = { all: 0, tagged: 0 }
    const [byKey, byType, byService, written] = [
      new Map<string, Coverage>(),
      new Map<string, Coverage>(),
      new Map<string, Coverage>(),
      new Map<string, { readonly key: string; readonly meant: string; resources: number }>()
    ]
    let unsettled = 0

    /** Keys of the resource that were meant to be one that it must have and has not. */
    const misspelt = ({ tags }: TaggedResource, missing: ReadonlyArray<string>): void => {
      const meant = new Map(missing.map((key) => [alike(key), key]))
      for (const key of Object.keys(tags)) {
        const required = meant.get(alike(key))
        if (required === undefined || plain(required) === plain(key)) continue
        const id = JSON.stringify([key, required])
        const before = written.get(id) ?? { key, meant: required, resources: 0 }
        before.resources += 1
        written.set(id, before)
      }
    }

    for (const resource of resources) {
      if (isLeft(resource)) continue
      const isDefault = isDefaultNetwork(resource)
      if (!isDefault.known) unsettled += 1
      if (!isDefault.known || isDefault.value) continue
      const faults = faultsOf(resource)
      const isTagged = !isFaulty(faults)
      whole.all += 1
      if (isTagged) whole.tagged += 1
      count(byType, resource.type, isTagged)
      const service = billingServiceOf(resource.type)
      count(byService, service === "" ? "(not billed)" : service, isTagged)
      const without = new Set([...faults.missing, ...faults.empty, ...faults.disallowed].map(plain))
      const keys = new Map([...settings.requiredTags, ...policyKeys(resource.type)].map((key) => [plain(key), key]))
      for (const [name, key] of keys) count(byKey, key, !without.has(name))
      misspelt(resource, faults.missing)
    }

    const rowOf = (by: string, value: string, coverage: Coverage) => {
      const { all, tagged } = coverage
      return {
        by,
        value,
        resources: all,
        tagged,
        missing: all - tagged,
        coveragePct: percentOf(coverage),
        belowTarget: 100 * tagged < target * all
      }
    }
    const rowsOf = (by: string, coverages: ReadonlyMap<string, Coverage>) =>
      [...coverages].sort(worst).map(([value, coverage]) => rowOf(by, value, coverage))
    const sources = new Set(resources.map(({ source }) => source))
    return {
      title: "Resources that have every tag that they must have",
      columns: [
        { key: "by", title: "By", kind: "text" },
        { key: "value", title: "Of", kind: "text" },
        { key: "resources", title: "Resources", kind: "count" },
        { key: "tagged", title: "Tagged", kind: "count" },
        { key: "missing", title: "Not tagged", kind: "count" },
        { key: "coveragePct", title: "Coverage %", kind: "percent" },
        { key: "belowTarget", title: "Below target", kind: "flag" }
      ],
      rows: [
        rowOf("All", "All", whole),
        ...rowsOf("Key", byKey),
        ...rowsOf("Service", byService),
        ...rowsOf("Type", byType),
        ...[...written.values()]
          .sort((a, b) => b.resources - a.resources || (a.key < b.key ? -1 : 1))
          .map(({ key, meant, resources }) => ({
            by: "Written otherwise",
            value: `${key}, meant as ${meant}`,
            resources,
            tagged: null,
            missing: null,
            coveragePct: null,
            belowTarget: null
          }))
      ],
      notes: [
        `The target is ${target} %. A tag that is empty or has a value that is not allowed counts as missing; tags of AWS itself do not count.`,
        "What AWS makes by itself, what takes no tags and the default network are left out.",
        ...(sources.has("tagging API") || sources.has("inventory")
          ? [
              "Resource Explorer does not show this region, and the tagging API lists only what has or had a tag: the real coverage of some types is lower."
            ]
          : []),
        ...(data.policies.gap === undefined
          ? []
          : [`What tag policies want is not known, so that coverage may be lower: ${data.policies.gap}.`]),
        ...(unsettled === 0
          ? []
          : [`Of ${unsettled} resources it is not known whether they are of the default network.`]),
        ...(gap === undefined ? [] : [`Not all resources are known: ${gap}.`]),
        "How much of the spend has a tag is what the spend by cost allocation tag says."
      ]
    }
  }
})
