import type { Severity } from "../../core/finding/Finding.ts"
import { sum, term } from "../../core/finding/savings.ts"
import { phaseOf, productOf, supportOf, tableAsOf, tableCaveat } from "../../core/lifecycle/SupportDates.ts"
import { cacheExtendedSupportShare } from "../../core/pricing/amounts.ts"
import type { CacheEngine } from "../../core/pricing/ComputePrices.ts"
import { placeOf } from "../../core/pricing/PricePlace.ts"
import { daysBetween, hoursPerMonth, startOfUtcDay } from "../../core/time.ts"
import * as elasticache from "../../datasets/aws/elasticache.ts"
import { defineScan, hygiene, money, need, Setting, unknown } from "../Scan.ts"
import { billedShare } from "../shared/extendedSupport.ts"
import { announcedDay, compareVersions, highestOf } from "../shared/versions.ts"

/** Days before an upgrade that ElastiCache makes whether or not its owner is ready. */
const lastDays = 30

const majorOf = (version: string): string => version.split(".")[0] ?? ""

/** A version such as `6.x`, of which ElastiCache does not tell the minor one. */
const isExact = (version: string): boolean => /^\d+\.\d+/.test(version)

const engines: ReadonlyArray<CacheEngine> = ["redis", "valkey", "memcached"]

export default defineScan({
  title: "ElastiCache engine versions behind or in extended support",
  words: "Redis OSS end of life, Valkey upgrade",
  why: "Out of standard support a Redis OSS node costs 80% more, and 160% more from the third year on; Valkey is cheaper than Redis OSS from the first hour.",
  fix: "Upgrade Redis OSS to Valkey in place, after trying the clients against it. Apply waiting security updates in a maintenance window.",
  docs: "https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/extended-support.html",
  scope: "regional",
  settings: {
    noticeDays: Setting.days(180, "Days before the end of standard support from which a cache is reported"),
    suggestValkey: Setting.flag(true, "Also report Redis OSS caches that would cost less as Valkey")
  },
  reads: {
    caches: elasticache.caches,
    versions: elasticache.engineVersions,
    updates: elasticache.updateActions
  },
  subject: "caches",
  prices: ["elasticache"],
  usesBill: true,
  reasons: {
    extended_support: "Standard support of its version has ended, and extended support is charged for every node.",
    support_ended: "Support of its version has ended.",
    support_ending: "Standard support of its version is about to end.",
    security_update_overdue: "A service update is past the day by which AWS recommends to apply it.",
    minor_behind: "A newer version of the same major version is available.",
    valkey_candidate: "The same nodes cost less with Valkey, to which Redis OSS can be upgraded in place."
  },

  judge: ({ updates, versions }, context) => {
    const { compute, now, scope, settings } = context
    const updatesOf = updates.by(({ cacheId }) => cacheId)
    const versionsOf = versions.by(({ engine, version }) => `${engine} ${majorOf(version)}`)
    const today = startOfUtcDay(now)
    const daysUntil = (day: Date | undefined): number =>
      day === undefined ? Number.POSITIVE_INFINITY : daysBetween(today, startOfUtcDay(day))

    return function* (cache) {
      const { autoMinorUpgrade, engine, engineVersion, id, nodes, nodeType, status } = cache
      if (["creating", "deleting", "create-failed"].includes(status)) return
      if (cache.unread !== undefined) return unknown(cache.unread)
      const priced = engines.find((known) => known === engine)
      if (priced === undefined || engineVersion === "")
        return unknown("ElastiCache does not tell its engine and version")

      const product = productOf(engine)
      const support =
        product === undefined
          ? undefined
          : (supportOf(product, majorOf(engineVersion)) ?? supportOf(product, engineVersion.split(".", 2).join(".")))
      const phase = support === undefined ? undefined : phaseOf(support, now)
      const isCharged = phase === "extended" || phase === "year3"
      const isEnding = phase === "standard" && daysUntil(support?.standardEnd) <= settings.noticeDays
      const own = yield* need(versionsOf.all(`${engine} ${majorOf(engineVersion)}`))
      const newest = highestOf(own.map(({ version }) => version))
      const isBehind = newest !== undefined && isExact(engineVersion) && compareVersions(newest, engineVersion) > 0
      const waiting = yield* need(updatesOf.all(id))
      const overdue = waiting.filter(
        ({ applyBy, severity }) => ["critical", "important"].includes(severity) && daysUntil(applyBy) < 0
      )

      const place = placeOf(scope.region)
      const nodePrice = compute.cache(nodeType, priced, place)
      // A share of the node's price, which no reserved node covers.
      const surcharge = { ...nodePrice, fact: `${nodePrice.fact}.extended-support` }
      const valkeyPrice = compute.cache(nodeType, "valkey", place)
      const isDearer =
        engine === "redis" && nodePrice.usd !== null && valkeyPrice.usd !== null && valkeyPrice.usd < nodePrice.usd
      const isCandidate = settings.suggestValkey && isDearer
      const hours = nodes * hoursPerMonth
      const share = phase === "year3" ? cacheExtendedSupportShare.year3 : cacheExtendedSupportShare.year1And2

      const reasons = [
        ...(isCharged ? (["extended_support"] as const) : []),
        ...(phase === "ended" ? (["support_ended"] as const) : []),
        ...(isEnding ? (["support_ending"] as const) : []),
        ...(overdue.length > 0 ? (["security_update_overdue"] as const) : []),
        ...(isBehind ? (["minor_behind"] as const) : []),
        ...(isCandidate ? (["valkey_candidate"] as const) : [])
      ]
      const [first, ...others] = reasons
      if (first === undefined) {
        return own.length > 0
          ? undefined
          : unknown(`ElastiCache lists no version of ${engine} ${majorOf(engineVersion)}, which the cache has`)
      }
      const isForcedSoon = daysUntil(support?.extendedEnd) < lastDays
      const severity: Severity =
        phase === "year3" || (isCharged && isForcedSoon)
          ? "critical"
          : isCharged || phase === "ended" || overdue.length > 0
            ? "high"
            : isEnding
              ? "medium"
              : "low"
      const found = {
        reason: [first, ...others] as const,
        severity,
        confidence: support === undefined || !(isCharged || isEnding || phase === "ended") ? "high" : "medium",
        evidence: {
          engine,
          version: engineVersion,
          nodeType,
          nodes,
          shards: cache.shards,
          multiAz: cache.multiAz,
          standardSupportUntil: announcedDay(support?.standardEnd),
          extendedSupportUntil: announcedDay(support?.extendedEnd),
          datesFrom: support === undefined ? "none" : (tableCaveat(now) ?? `the table of ${tableAsOf}`),
          newestVersion: newest ?? "none",
          minorUpgradesItself: autoMinorUpgrade ?? null,
          updatesOverdue: overdue.map(({ applyBy, name }) => `${name}, by ${announcedDay(applyBy)}`).sort(),
          updatesWaiting: waiting.length
        }
      } as const
      if (!isCharged && !isCandidate) {
        return hygiene({ ...found, note: "An upgrade or an update costs nothing, and changes nothing of the bill." })
      }
      const listed = sum("modernise", [term("", hours * share, "node-hour", surcharge)]).monthlyUsd
      const billed = isCharged
        ? yield* billedShare(context, {
            usageType: new RegExp(`^ExtendedSupport.*NodeUsage:${nodeType.replaceAll(".", "\\.")}$`, "i"),
            listMonthlyUsd: listed,
            since: [
              support?.billingFrom ?? support?.standardEnd,
              phase === "year3" ? support?.year3From : undefined,
              cache.createdAt
            ]
          })
        : undefined
      const billUnread = billed?.billUnread === true
      const members = elasticache.membersOf(cache)
      if (billed?.share === 0 && !isCandidate) return hygiene({ ...found, note: billed.note })
      const charged = hours * share * (billed?.share ?? 0)
      return money({
        ...found,
        billUnread,
        savings: sum(
          "modernise",
          [
            ...(charged > 0 ? [term(`extended support of ${nodeType}`, charged, "node-hour", surcharge)] : []),
            ...(isCandidate
              ? [
                  term(`${nodeType} with Redis OSS`, hours, "node-hour", nodePrice),
                  term(`${nodeType} with Valkey`, -hours, "node-hour", valkeyPrice)
                ]
              : [])
          ],
          {
            ...(members.length === 0 ? {} : { covers: members }),
            ...(billed === undefined
              ? {}
              : {
                  basis: billed.isCeiling ? "upper_bound" : "estimate",
                  note: billed.note,
                  ...(billed.isBilled && !isCandidate ? { price: "billed" as const } : {})
                })
          }
        )
      })
    }
  }
})
