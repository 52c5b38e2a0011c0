import { cents } from "../../core/round.ts"
import type { Severity } from "../../core/finding/Finding.ts"
import { sum, term } from "../../core/finding/savings.ts"
import { type Phase, phaseOf, supportOf, tableAsOf, tableCaveat } from "../../core/lifecycle/SupportDates.ts"
import type { FactName } from "../../core/pricing/snapshot.ts"
import { daysBetween, hoursPerMonth, startOfUtcDay } from "../../core/time.ts"
import * as eks from "../../datasets/aws/eks.ts"
import { ask, consider, defineScan, hygiene, money, need, notice, Setting, unknown } from "../Scan.ts"
import { billedShare } from "../shared/extendedSupport.ts"
import { announcedDay } from "../shared/versions.ts"

/** Before the end of extended support, after which EKS upgrades a cluster whether or not it is ready. */
const lastDays = 14

/** Until this version of the cluster a kubelet may be two minor versions behind it, and three from then on. Source: Kubernetes version skew policy. */
const lastStrictMinor = 27

const phases: Readonly<Record<string, Phase>> = {
  standard_support: "standard",
  extended_support: "extended",
  unsupported: "ended"
}

/** What is paid for a control plane on top of the cluster's fee. Of `tier-8xl` no price is known. */
const tierPrices: Readonly<Record<string, FactName>> = {
  "tier-xl": "eks.provisionedControlPlaneHour_tierXl",
  "tier-2xl": "eks.provisionedControlPlaneHour_tier2xl",
  "tier-4xl": "eks.provisionedControlPlaneHour_tier4xl"
}

const minorOf = (version: string): number => Number(version.split(".")[1])

export default defineScan({
  title: "EKS clusters in or near extended support",
  words: "Kubernetes version end of life, upgrade",
  why: "When standard support of a Kubernetes version ends, EKS charges six times as much for the cluster, and after extended support upgrades it by itself.",
  fix: "Upgrade the cluster minor version by minor version, its node groups and add-ons with it. Look first at its upgrade insights for calls to APIs that are gone.",
  docs: "https://docs.aws.amazon.com/eks/latest/userguide/kubernetes-versions.html",
  leavesOut: ["versions of add-ons."],
  scope: "regional",
  settings: {
    noticeDays: Setting.days(90, "Days before the end of standard support from which a cluster is reported"),
    maxNodeSkew: Setting.count(3, "Minor versions that nodes may be behind their cluster, two before 1.28", {
      minimum: 0,
      maximum: 10
    }),
    includePolicy: Setting.flag(true, "Also report clusters that will be charged for extended support one day")
  },
  reads: { clusters: eks.clusters, versions: eks.versions },
  usesBill: true,
  subject: "clusters",
  probes: { nodeGroups: eks.nodeGroups },
  reasons: {
    unsupported: "Its Kubernetes version is out of extended support.",
    extended_support: "Its Kubernetes version is out of standard support.",
    standard_ending: "Standard support of its Kubernetes version is about to end.",
    node_skew: "Nodes are further behind the cluster than Kubernetes allows, and must be upgraded first.",
    extended_policy: "Its upgrade policy will buy extended support once standard support ends.",
    scaled_control_plane: "Its control plane is scaled up, which is paid for by the hour."
  },

  judge: ({ versions }, context) => {
    const { now, price, settings } = context
    const liveOf = versions.by(({ version }) => version)
    const newest = Math.max(0, ...versions.found.map(({ version }) => minorOf(version)))
    const today = startOfUtcDay(now)
    const daysUntil = (day: Date | undefined): number =>
      day === undefined ? Number.POSITIVE_INFINITY : daysBetween(today, startOfUtcDay(day))
    const surcharge = price("eks.extendedSupportSurchargeHour")

    return function* (cluster) {
      const { connected, name, onOutpost, platformVersion, status, supportType, tier, version } = cluster
      if (connected || ["creating", "deleting", "failed"].includes(status)) return
      if (onOutpost) return unknown("its control plane is on an Outpost, whose versions have other dates")

      // What EKS says wins; the table is for accounts in which it may not be asked.
      const told = liveOf.get(version)
      const live = yield* consider(told)
      const support = live ?? supportOf("eks", version)
      if (support === undefined) return unknown(`EKS does not tell until when ${version} is supported`)
      const phase =
        live === undefined
          ? phaseOf({ billingFrom: undefined, year3From: undefined, ...support }, now)
          : phases[live.status]
      if (phase === undefined) return unknown(`EKS calls the support of ${version} something that is not known here`)
      const { extendedEnd, standardEnd } = support
      const isEnding = phase === "standard" && daysUntil(standardEnd) <= settings.noticeDays
      const willBeCharged = supportType !== "standard"
      const isScaled = tier !== "standard"
      const tierPrice = tierPrices[tier]
      const tierHour = tierPrice === undefined ? null : price(tierPrice).usd
      const evidence = {
        version,
        platformVersion: platformVersion ?? null,
        standardSupportUntil: announcedDay(standardEnd),
        extendedSupportUntil: announcedDay(extendedEnd),
        upgradePolicy: supportType,
        surchargeMonthlyUsd: surcharge.usd === null ? null : cents(surcharge.usd * hoursPerMonth),
        datesFrom: live === undefined ? (tableCaveat(now) ?? `the table of ${tableAsOf}`) : "EKS",
        controlPlaneTier: tier,
        controlPlaneTierMonthlyUsd: isScaled ? (tierHour === null ? null : cents(tierHour * hoursPerMonth)) : 0
      }
      const confidence = live === undefined ? "medium" : "high"

      const allowed = minorOf(version) <= lastStrictMinor ? Math.min(2, settings.maxNodeSkew) : settings.maxNodeSkew
      const isTooOld = (group: eks.NodeGroup) => minorOf(version) - minorOf(group.version) > allowed
      const shownOf = (groups: ReadonlyArray<eks.NodeGroup>) =>
        groups.map((group) => `${group.name}: ${group.version}`).sort()

      if (phase === "standard" && !isEnding) {
        const isPolicy = willBeCharged && settings.includePolicy
        const others = [
          ...(isPolicy ? (["extended_policy"] as const) : []),
          ...(isScaled ? (["scaled_control_plane"] as const) : [])
        ]
        const [first, ...more] = others
        // Node groups cost a call each, and only a cluster that has an upgrade before it is held up by them.
        const isNewest = versions.all.known && minorOf(version) >= newest
        const asked = isNewest ? undefined : yield* ask(eks.nodeGroups, name)
        const groups = asked === undefined ? [] : first === undefined ? yield* need(asked) : yield* consider(asked)
        const shown = {
          confidence,
          evidence: {
            ...evidence,
            nodeGroups:
              asked === undefined
                ? "not asked: its version is the newest"
                : groups === undefined
                  ? null
                  : shownOf(groups)
          }
        } as const
        if (groups?.some(isTooOld) === true) {
          return hygiene({
            ...shown,
            reason: ["node_skew", ...others],
            severity: "low",
            note: "Nothing is charged for nodes of another version; they hold up the next upgrade of the cluster."
          })
        }
        if (first === undefined) {
          yield* need(told)
          return
        }
        return notice({
          ...shown,
          reason: [first, ...more],
          severity: "info",
          note: isScaled
            ? "Whether the cluster needs the larger control plane is not read."
            : "Nothing is charged until standard support ends."
        })
      }

      // Shown, and told first what has to be upgraded first: that they cannot be read changes nothing about the version.
      const groups = yield* ask(eks.nodeGroups, name)
      const isSkewed = groups.known && groups.value.some(isTooOld)
      const found = {
        confidence,
        evidence: {
          ...evidence,
          nodeGroups: groups.known ? shownOf(groups.value) : null
        }
      } as const
      const reasonsOf = <const Reason extends string>(reason: Reason) => {
        const others = [
          ...(isSkewed ? (["node_skew"] as const) : []),
          ...(isScaled ? (["scaled_control_plane"] as const) : [])
        ]
        return [reason, ...others] as const
      }

      if (isEnding) {
        return hygiene({
          ...found,
          reason: reasonsOf("standard_ending"),
          severity: "medium",
          note: willBeCharged
            ? "Nothing is saved yet: upgrading in time keeps the surcharge off the bill."
            : "Its upgrade policy lets EKS upgrade it by itself when standard support ends."
        })
      }
      const isUnsupported = phase === "ended"
      const severity: Severity = isUnsupported || daysUntil(extendedEnd) <= lastDays ? "critical" : "high"
      const reason = reasonsOf(isUnsupported ? "unsupported" : "extended_support")
      if (!willBeCharged) {
        const note = "Its upgrade policy lets EKS upgrade it by itself, and nothing is charged for extended support."
        return hygiene({ ...found, reason, severity, note })
      }
      if (live === undefined) {
        const note = "EKS was not asked for the dates of its versions, and without them no surcharge is claimed."
        return hygiene({ ...found, reason, severity, note })
      }
      const list = sum("modernise", [term("extended support", hoursPerMonth, "cluster-hour", surcharge)])
      const billed = yield* billedShare(context, {
        usageType: /hours:extended-?support$/i,
        listMonthlyUsd: list.monthlyUsd,
        since: [standardEnd, cluster.createdAt],
        // No price list says what a cluster costs from then on until EKS upgrades it.
        onlyAsBilled: isUnsupported
      })
      const { billUnread, isBilled, isCeiling, share } = billed
      const note = isUnsupported ? `EKS upgrades it by itself at a time of its own. ${billed.note}` : billed.note
      if (share === 0) return hygiene({ ...found, reason, severity, billUnread, note })
      const terms = [term("extended support", hoursPerMonth * share, "cluster-hour", surcharge)]
      const savings = sum("modernise", terms, {
        note,
        ...(isCeiling ? { basis: "upper_bound" } : {}),
        ...(isBilled ? { price: "billed" } : {})
      })
      return money({ ...found, reason, severity, billUnread, savings })
    }
  }
})
