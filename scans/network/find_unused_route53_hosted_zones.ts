import { sum, term } from "../../core/finding/savings.ts"
import { daysBefore, isoDay } from "../../core/time.ts"
import type { Probed } from "../../datasets/engine/Dataset.ts"
import { maxDays, type MetricSeries } from "../../datasets/metrics/metrics.ts"
import * as route53 from "../../datasets/aws/route53.ts"
import { defineScan, flag, Setting, unknown } from "../Scan.ts"

/** Every zone has its NS and SOA records. */
const mayBeEmpty = ({ recordSets }: route53.HostedZone) => recordSets !== undefined && recordSets <= 2

/** Zones of a price; what is beyond costs less. Source: shared/scans.md 0.8. */
const zonesAtFullPrice = 25

interface Known {
  readonly queries: MetricSeries
  readonly recordTypes?: Probed<ReadonlyArray<string>> | undefined
  readonly details?: Probed<route53.ZoneDetails> | undefined
}

/** What is wrong with a zone, as far as it is known; `why` says what AWS did not tell. */
const judgeZone = (
  zone: route53.HostedZone,
  { details, queries, recordTypes }: Known,
  { lookbackDays, maxQueries }: { readonly lookbackDays: number; readonly maxQueries: number }
) => {
  if (mayBeEmpty(zone)) {
    const types = recordTypes?.get(zone.id)
    if (types?.known === false) return { why: types.reason }
    if (types?.value.every((type) => type === "NS" || type === "SOA") === true) return { reason: "empty" } as const
  }
  // Cloud Map keeps the zones of its namespaces, and finds in them what it registered.
  if (zone.linkedService !== undefined) return undefined
  if (zone.isPrivate) {
    const detail = details?.get(zone.id)
    if (detail?.known === false) return { why: detail.reason }
    return detail?.value.vpcs.length === 0 ? ({ reason: "no_vpc_association" } as const) : undefined
  }
  const total = queries.total(route53.querySeries(zone, lookbackDays))
  if (!total.known) return { why: total.reason }
  return total.value <= maxQueries ? ({ reason: "no_queries" } as const) : undefined
}

export default defineScan({
  title: "Hosted zones nobody resolves",
  why: "Route 53 bills every hosted zone by the month, whether or not anyone asks it for a name.",
  fix: "Check that no domain is delegated to the zone's name servers, keep a copy of its records, then delete it. A zone of Cloud Map goes with its namespace.",
  docs: "https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/DeleteHostedZone.html",
  scope: "global",
  settings: {
    lookbackDays: Setting.days(
      90,
      "Days without queries before a public zone is reported; also how long a zone must be seen unused",
      {
        maximum: maxDays
      }
    ),
    maxQueries: Setting.count(0, "Queries in the window that still count as none")
  },
  reads: { zones: route53.hostedZones, queries: route53.queries },
  subjects: ["zones"],
  probes: { recordTypes: route53.recordTypes, details: route53.zoneDetails, tags: route53.zoneTags },
  candidates: ({ zones, ...known }, { settings }) => {
    const unused = zones.filter((zone) => judgeZone(zone, known, settings)?.reason !== undefined)
    const judgedByVpcs = zones.filter(({ isPrivate, linkedService }) => isPrivate && linkedService === undefined)
    return {
      recordTypes: zones.filter(mayBeEmpty),
      details: [...new Set([...judgedByVpcs, ...unused])],
      tags: unused
    }
  },
  reasons: {
    no_queries: "No resolver asked the name servers of the public zone.",
    empty: "The zone holds nothing but the NS and SOA records that every zone has.",
    no_vpc_association: "The zone is private, and no VPC can see it."
  },

  judge: function* ({ details, queries, recordTypes, tags, zones }, { now, price, settings }) {
    for (const zone of zones) {
      const judged = judgeZone(zone, { details, queries, recordTypes }, settings)
      if (judged === undefined) continue
      if (judged.reason === undefined) {
        yield unknown(zone.id, judged.why)
        continue
      }
      const detail = details.get(zone.id)
      const zoneTags = tags.get(zone.id)
      const total = queries.total(route53.querySeries(zone, settings.lookbackDays))
      const history = queries.points(route53.querySeries(zone, maxDays))
      const lastQuery = queries.lastActiveDay(route53.querySeries(zone, maxDays))
      const [oldest] = history.known ? history.value : []
      yield flag({
        resource: {
          type: "route53:hosted-zone",
          id: zone.id,
          arn: zone.arn,
          name: zone.name,
          tags: zoneTags.known ? zoneTags.value : {}
        },
        reason: judged.reason,
        // Who delegates to a public zone is not read: a resolver's long cache could hide rare use.
        confidence: judged.reason === "no_queries" ? "medium" : "high",
        savings: sum("delete", [
          term(
            "hosted zone",
            1,
            "zone-month",
            zones.length <= zonesAtFullPrice
              ? price("route53.hostedZoneMonth_first25")
              : price("route53.hostedZoneMonth_over25")
          )
        ]),
        evidence: {
          zoneType: zone.isPrivate ? "private" : "public",
          comment: zone.comment,
          recordSets: zone.recordSets ?? null,
          linkedService: zone.linkedService ?? null,
          vpcs: detail.known && zone.isPrivate ? detail.value.vpcs : null,
          nameServers: detail.known && !zone.isPrivate ? detail.value.nameServers : null,
          queries: !zone.isPrivate && total.known ? total.value : null,
          lookbackDays: settings.lookbackDays,
          lastDayWithQueries:
            !zone.isPrivate && lastQuery.known && lastQuery.value !== null ? isoDay(lastQuery.value) : null,
          zonesInAccount: zones.length
        },
        observe: {
          days: settings.lookbackDays,
          // A zone has no creation date. A datapoint from before the window proves that it existed all the while.
          ...(judged.reason === "no_queries" &&
          oldest !== undefined &&
          oldest.day <= daysBefore(now, settings.lookbackDays)
            ? { since: oldest.day }
            : {})
        }
      })
    }
  }
})
