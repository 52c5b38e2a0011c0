import { sum } from "../../core/finding/savings.ts"
import { hostedZoneTiers, sharedTierSaving } from "../../core/pricing/tiers.ts"
import { known, type Reading, unknown } from "../../core/Reading.ts"
import { daysBefore } from "../../core/time.ts"
import * as route53 from "../../datasets/aws/route53.ts"
import { bareName, domainNameServers, registeredDomains } from "../../datasets/aws/route53Domains.ts"
import { maxDays } from "../../datasets/metrics/SeriesReader.ts"
import { lastDay } from "../shared/lastDay.ts"
import { ask, defineScan, inSet, money, need, Setting, type Step } from "../Scan.ts"

type Reason = "no_queries" | "empty" | "no_vpc_association"

/** Every zone has its NS and SOA records. Where their number is not told, the records are asked for. */
const mayBeEmpty = ({ recordSets = 0 }: route53.HostedZone) => recordSets <= 2

const isOwnRecord = (type: string) => type === "NS" || type === "SOA"

const notAsked = "not asked: CloudWatch counts them for public zones of the customer only"

const isPrivate = ({ isPrivate }: route53.HostedZone): Reading<boolean> =>
  isPrivate === undefined ? unknown("Route 53 does not say whether the zone is private") : known(isPrivate)

export default defineScan({
  title: "Hosted zones nobody resolves",
  words: "Route 53, DNS",
  why: "Route 53 bills every hosted zone by the month, whether or not anyone asks it for a name.",
  fix: "Check that no domain of another account or registrar is delegated to the zone's name servers, keep a copy of its records, then delete it. A zone of Cloud Map goes with its namespace.",
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
  reads: { zones: route53.hostedZones, queries: route53.queries, domains: registeredDomains },
  subject: "zones",
  probes: { recordTypes: route53.recordTypes, details: route53.zoneDetails, nameServers: domainNameServers },
  reasons: {
    no_queries: "No resolver asked the name servers of the public zone.",
    empty: "The zone holds nothing but the NS and SOA records that every zone has.",
    no_vpc_association: "The zone is private, and no VPC can see it."
  },

  judge: ({ domains, queries, zones }, { now, price, settings }) => {
    const { lookbackDays, maxQueries } = settings

    /** What is wrong with a zone; undefined for one that is in use. */
    function* reasonOf(zone: route53.HostedZone): Generator<Step, Reason | undefined, any> {
      if (mayBeEmpty(zone) && (yield* need(yield* ask(route53.recordTypes, zone))).every(isOwnRecord)) return "empty"
      // Cloud Map keeps the zones of its namespaces, and finds in them what it registered.
      if (zone.linkedService !== undefined) return undefined
      if (yield* need(isPrivate(zone))) {
        const { vpcs } = yield* need(yield* ask(route53.zoneDetails, zone))
        return vpcs.length === 0 ? "no_vpc_association" : undefined
      }
      const total = yield* need(queries.total(route53.querySeries(zone, lookbackDays)))
      if (total > maxQueries) return undefined
      return (yield* isDelegatedTo(zone)) ? undefined : "no_queries"
    }

    /** Whether a domain that the account registered is delegated to the zone: then it answers for the domain, asked or not. */
    function* isDelegatedTo(zone: route53.HostedZone): Generator<Step, boolean, any> {
      const domain = bareName(zone.name)
      if (!(yield* need(domains.has(domain)))) return false
      const delegated = yield* need(yield* ask(domainNameServers, domain))
      const { nameServers } = yield* need(yield* ask(route53.zoneDetails, zone))
      return nameServers.some((server) => delegated.includes(bareName(server)))
    }

    return function* (zone) {
      const reason = yield* reasonOf(zone)
      if (reason === undefined) return
      const all = yield* need(zones.all)
      const tiers = hostedZoneTiers(price)
      const isOnePrice = all.length <= (tiers.steps[0]?.upTo ?? 0)
      const details = yield* ask(route53.zoneDetails, zone)
      const asked = zone.isPrivate === false && zone.linkedService === undefined
      const total = queries.total(route53.querySeries(zone, lookbackDays))
      const registered = domains.has(bareName(zone.name))
      const history = queries.points(route53.querySeries(zone, maxDays))
      const [oldest] = history.known ? history.value : []
      const unused = isOnePrice ? 1 : (yield* inSet("zones", 1)).members
      return money({
        reason,
        // Domains of other accounts and registrars are not read, and a resolver's long cache could hide rare use.
        confidence: reason === "no_queries" ? "medium" : "high",
        savings: sum(
          "delete",
          sharedTierSaving(all.length, unused, tiers)(1),
          isOnePrice ? {} : { note: `Its share of what ${unused} of ${all.length} zones save together.` }
        ),
        evidence: {
          zoneType: zone.isPrivate === undefined ? null : zone.isPrivate ? "private" : "public",
          comment: zone.comment,
          recordSets: zone.recordSets ?? null,
          linkedService: zone.linkedService ?? "none",
          vpcs: zone.isPrivate === false ? "none" : details.known ? details.value.vpcs : null,
          nameServers: zone.isPrivate === true ? "none" : details.known ? details.value.nameServers : null,
          queries: asked ? (total.known ? total.value : null) : notAsked,
          lookbackDays,
          lastDayWithQueries: asked ? lastDay(queries.lastActiveDay(route53.querySeries(zone, maxDays))) : notAsked,
          registeredDomain: registered.known ? registered.value : null,
          zonesInAccount: all.length
        },
        observe: {
          days: lookbackDays,
          // A zone has no creation date. A datapoint from before the window proves that it existed all the while.
          ...(reason === "no_queries" && oldest !== undefined && oldest.at <= daysBefore(now, lookbackDays)
            ? { since: oldest.at }
            : {})
        }
      })
    }
  }
})
