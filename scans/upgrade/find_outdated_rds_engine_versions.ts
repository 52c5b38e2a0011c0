import type { SavingsTerm, Severity } from "../../core/finding/Finding.ts"
import { sum, term } from "../../core/finding/savings.ts"
import {
  phaseOf,
  productOf,
  type Support,
  supportOf,
  tableAsOf,
  tableCaveat
} from "../../core/lifecycle/SupportDates.ts"
import { unknownPrice } from "../../core/pricing/unknownPrice.ts"
import { daysBetween, hoursPerMonth, startOfUtcDay } from "../../core/time.ts"
import * as rds from "../../datasets/aws/rds.ts"
import { ask, consider, defineScan, hygiene, money, need, Setting, unknown } from "../Scan.ts"
import { billedShare } from "../shared/extendedSupport.ts"
import { announcedDay, compareVersions, highestOf } from "../shared/versions.ts"

/** Days before an upgrade that RDS makes whether or not its owner is ready. */
const lastDays = 30

/** Days of capacity of serverless members. */
const capacityDays = 30

/**
 * The names that a major version has: the one of its engine, and for Aurora MySQL that of the MySQL that it is compatible with.
 */
const majorsOf = ({ engine, engineVersion }: rds.EngineVersion): ReadonlyArray<string> => {
  const [first = "", second = ""] = engineVersion.split(".")
  if (engine === "aurora-mysql") {
    const [, own] = /mysql_aurora\.(\d+)/.exec(engineVersion) ?? []
    return own === undefined ? [`${first}.${second}`] : [own, `${first}.${second}`]
  }
  // Neptune ends the support of single releases.
  if (engine === "neptune") return [engineVersion]
  if (engine.includes("postgres") && Number(first) >= 10) return [first]
  return [`${first}.${second}`]
}

/** What usage types call the engines: `ExtendedSupport:Yr1-Yr2:MySQL5.7`. Source: public exports of bills. */
const billedAs: Readonly<Record<string, RegExp>> = {
  "aurora-mysql": /extendedsupport:.*:auroramysql/i,
  "aurora-postgresql": /extendedsupport:.*:aurorapostgresql/i,
  mysql: /extendedsupport:.*:mysql/i,
  postgres: /extendedsupport:.*:postgresql/i
}

const yearsAfter = (day: Date, years: number): Date => {
  const later = new Date(day)
  later.setUTCFullYear(day.getUTCFullYear() + years)
  return later
}

export default defineScan({
  title: "RDS and Aurora versions near or past end of support",
  words: "extended support surcharge, PostgreSQL, MySQL, DocumentDB",
  why: "After standard support RDS charges for every vCPU of a MySQL or PostgreSQL database, twice as much from the third year on, and in the end upgrades it by itself.",
  fix: "Try the upgrade on a copy, then upgrade with a blue/green deployment. To be upgraded without a charge instead, opt out of extended support.",
  docs: "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/extended-support.html",
  leavesOut: [
    "what extended support of DocumentDB and Neptune costs: no price of it is known here, and nothing is claimed."
  ],
  scope: "regional",
  settings: {
    noticeDays: Setting.days(180, "Days before the end of standard support from which a database is reported"),
    flagMinorBehind: Setting.flag(true, "Also report databases for which a newer minor version is available")
  },
  reads: {
    databases: rds.versioned,
    majors: rds.majorVersions,
    maintenance: rds.maintenance
  },
  subject: "databases",
  probes: { details: rds.versionDetails, capacity: rds.capacity(capacityDays) },
  prices: ["sizes"],
  usesBill: true,
  reasons: {
    extended_support: "Standard support of its major version has ended, and extended support is charged by the vCPU.",
    support_ended: "Support of its version has ended, and nothing is charged for more.",
    standard_support_ending: "Standard support of its major version is about to end.",
    version_deprecated: "RDS calls its version deprecated.",
    minor_behind: "A newer minor version is available."
  },

  judge: ({ maintenance, majors }, context) => {
    const { compute, now, price, settings } = context
    const liveOf = majors.by(({ engine, major }) => `${engine} ${major}`)
    const plannedFor = maintenance.by(({ arn }) => arn)
    const today = startOfUtcDay(now)
    const daysUntil = (day: Date | undefined): number =>
      day === undefined ? Number.POSITIVE_INFINITY : daysBetween(today, startOfUtcDay(day))

    return function* (database) {
      const { arn, autoMinorUpgrade, engine, engineVersion, instances, lifecycleSupport, multiAz, status } = database
      if (["creating", "deleting", "failed"].includes(status)) return
      if (engineVersion === "") return unknown("RDS does not tell its version")
      const names = majorsOf(database)

      // What RDS says wins. It does not tell from when the price doubles, and the table knows when charging began later than it could.
      const product = productOf(engine)
      const table = names.flatMap((major) => (product === undefined ? [] : (supportOf(product, major) ?? [])))[0]
      const told = product === undefined ? [] : names.map((major) => liveOf.get(`${engine} ${major}`))
      let live: rds.MajorVersion | undefined
      for (const reading of told) live ??= yield* consider(reading)
      const isLive = live?.standardEnd !== undefined
      // A day that AWS has moved moves what follows from it.
      const isAsInTable =
        live?.standardEnd !== undefined &&
        table?.standardEnd !== undefined &&
        Math.abs(daysBetween(startOfUtcDay(table.standardEnd), startOfUtcDay(live.standardEnd))) <= 1
      const support: Support | undefined =
        live === undefined || !isLive
          ? table
          : {
              standardEnd: live.standardEnd,
              billingFrom: (isAsInTable ? table?.billingFrom : undefined) ?? live.extendedStart,
              year3From: isAsInTable
                ? table?.year3From
                : live.extendedStart === undefined
                  ? undefined
                  : yearsAfter(live.extendedStart, 2),
              extendedEnd: live.extendedEnd
            }
      const phase = support === undefined ? undefined : phaseOf(support, now)
      const isOptedOut = lifecycleSupport?.endsWith("-disabled") === true
      const isCharged =
        (phase === "extended" || phase === "year3") &&
        !isOptedOut &&
        (support?.billingFrom === undefined || today >= startOfUtcDay(support.billingFrom))
      const isOver = phase !== undefined && phase !== "standard" && !isCharged
      const isEnding = phase === "standard" && daysUntil(support?.standardEnd) <= settings.noticeDays

      // Once its major version is out of support, its minor one is told where it is known.
      const details = yield* ask(rds.versionDetails, { engine, engineVersion })
      const versions = isCharged || isOver ? undefined : yield* need(details)
      const shown = versions ?? (details.known ? details.value : undefined)
      const higher = (shown?.targets ?? []).filter(({ version }) => compareVersions(version, engineVersion) > 0)
      const minor = highestOf(higher.flatMap(({ major, version }) => (major ? [] : version)))
      const major = highestOf(higher.flatMap(({ major, version }) => (major ? version : [])))
      const isDeprecated = shown?.status === "deprecated"
      const isBehind = minor !== undefined && settings.flagMinorBehind
      const ofMinor = [
        ...(isDeprecated ? (["version_deprecated"] as const) : []),
        ...(isBehind ? (["minor_behind"] as const) : [])
      ]

      const forced = plannedFor.found(arn).filter(({ action }) => action.includes("upgrade"))
      const upgradeAt = [
        isOptedOut ? support?.standardEnd : support?.extendedEnd,
        ...forced.map(({ forcedAt }) => forcedAt)
      ]
      const isForcedSoon = upgradeAt.some((day) => daysUntil(day) < lastDays && daysUntil(day) >= -lastDays)
      const evidence = {
        engine,
        version: engineVersion,
        classes: instances.map(({ instanceClass }) => instanceClass).sort(),
        multiAz,
        status,
        standardSupportUntil: announcedDay(support?.standardEnd),
        extendedSupportUntil: announcedDay(support?.extendedEnd),
        dearerFrom: announcedDay(support?.year3From),
        extendedSupport: lifecycleSupport === undefined ? null : isOptedOut ? "opted out" : "accepted",
        datesFrom: support === undefined ? "none" : isLive ? "RDS" : (tableCaveat(now) ?? `the table of ${tableAsOf}`),
        newestMinor: shown === undefined ? null : (minor ?? "none"),
        newestMajor: shown === undefined ? null : (major ?? "none"),
        minorUpgradesItself: autoMinorUpgrade ?? null,
        announced: forced.map(({ action, description }) => `${action}: ${description}`).sort()
      }
      const confidence = isLive || phase === undefined ? "high" : "medium"

      if (isCharged) {
        const isYear3 = phase === "year3"
        const ofRds = price(isYear3 ? "rds.extendedSupportVcpuHour_year3" : "rds.extendedSupportVcpuHour_year1_2")
        const isOther = rds.isOtherService(database)
        const perVcpu = isOther ? unknownPrice(ofRds, `no price is known here of extended support of ${engine}`) : ofRds
        const terms: Array<SavingsTerm> = []
        for (const instance of instances) {
          const { chosenVcpu, instanceClass } = instance
          if (rds.isServerless(instance) && !isOther) {
            const series = yield* ask(rds.capacity(capacityDays), instance)
            const mean = series.known ? series.value.mean(rds.capacitySeries(instance, capacityDays).mean) : series
            const rate = price(isYear3 ? "rds.extendedSupportAcuHour_year3" : "rds.extendedSupportAcuHour_year1_2")
            terms.push(
              mean.known
                ? term(`capacity units of ${instance.id}`, mean.value * hoursPerMonth, "ACU-hour", rate)
                : term(`capacity units of ${instance.id}`, 0, "ACU-hour", unknownPrice(rate, mean.reason))
            )
            continue
          }
          const vcpu = chosenVcpu ?? compute.sizes(instanceClass)?.current.vcpu
          const hours = (vcpu ?? 0) * (instance.multiAz && database.type === "rds:db" ? 2 : 1) * hoursPerMonth
          const rate =
            vcpu === undefined ? unknownPrice(perVcpu, `the vCPUs of ${instanceClass} are not known`) : perVcpu
          terms.push(term(`extended support of ${instance.id}`, hours, "vCPU-hour", rate))
        }
        const charged = {
          reason: ["extended_support", ...ofMinor],
          confidence: status === "stopped" ? "medium" : confidence,
          severity: isYear3 || isForcedSoon ? "critical" : "high",
          evidence
        } as const
        if (instances.length === 0) {
          const note =
            "Extended support is charged by the instance. RDS lists none of this cluster, and nothing is claimed."
          return hygiene({ ...charged, note })
        }
        const usageType = billedAs[engine]
        if (usageType === undefined) {
          const note = `What extended support of ${engine} costs is not known here, on the price list or on the bill, and none is claimed.`
          return hygiene({ ...charged, note })
        }
        const { billUnread, isBilled, isCeiling, note, share } = yield* billedShare(context, {
          usageType,
          listMonthlyUsd: sum("modernise", terms).monthlyUsd,
          since: [
            support?.billingFrom ?? support?.standardEnd,
            isYear3 ? support?.year3From : undefined,
            database.createdAt
          ]
        })
        if (share === 0) return hygiene({ ...charged, note })
        return money({
          ...charged,
          billUnread,
          savings: sum(
            "modernise",
            terms.map(({ label, price, quantity, unit }) => term(label, quantity * share, unit, price)),
            {
              basis: isCeiling ? "upper_bound" : "estimate",
              note: `${note} A reservation does not cover the charge.`,
              ...(isBilled ? { price: "billed" } : {})
            }
          )
        })
      }

      const reasons = [
        ...(isOver ? (["support_ended"] as const) : []),
        ...(isEnding ? (["standard_support_ending"] as const) : []),
        ...ofMinor
      ]
      const [first, ...others] = reasons
      if (first === undefined) {
        // The table says what to report while RDS is not to be asked, and not that there is nothing to report any more.
        if (live === undefined) for (const reading of told) yield* need(reading)
        return versions?.status === undefined
          ? unknown(`RDS lists no version ${engineVersion} of ${engine}, and what it could be upgraded to is not known`)
          : undefined
      }
      const severity: Severity = isOver
        ? isForcedSoon
          ? "critical"
          : "high"
        : isEnding || isDeprecated
          ? isForcedSoon && isOptedOut
            ? "critical"
            : "medium"
          : autoMinorUpgrade === true
            ? "info"
            : "low"
      return hygiene({
        reason: [first, ...others],
        confidence,
        severity,
        evidence,
        note: isOver
          ? isOptedOut
            ? "It was opted out of extended support: nothing is charged, and RDS upgrades it by itself."
            : "Nothing is charged for it at the moment."
          : isEnding
            ? "Nothing is charged until standard support ends."
            : isBehind && autoMinorUpgrade === true
              ? "RDS upgrades it by itself in a maintenance window, once the version is made the target of such upgrades."
              : "An upgrade costs nothing, and changes nothing of the bill."
      })
    }
  }
})
