/**
 * Makes the price snapshot in core/pricing/snapshot from the price data in a folder, ../shared/pricing by default, and from
 * the facts in supplement.json that are kept by hand: node scripts/pricingSnapshot.ts [folder]
 */
import { readFileSync, writeFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import type { PriceConfidence } from "../core/finding/Finding.ts"
import type { FactRow, PriceSnapshot } from "../core/pricing/snapshot.ts"
import type { OwnLayer, PriceLayer, PriceTable } from "../core/pricing/priceTable.ts"
import type { FamilyRow, SizesSnapshot } from "../core/pricing/sizes.ts"

type ByRegion<A> = Readonly<Record<string, A>>

interface RawFact {
  readonly unit: string
  readonly confidence: PriceConfidence
  readonly sources: ReadonlyArray<string>
  readonly asOf?: string | null
  readonly verifiedAt?: ReadonlyArray<string>
  readonly note?: string
  readonly regions?: ByRegion<number | null>
  readonly global?: number
  readonly byGeography?: Readonly<Record<string, number>>
  /** By name, or by where the tier ends. */
  readonly tiers?: Readonly<Record<string, number | null>> | ReadonlyArray<{ readonly price: number }>
}

type RawFacts = Readonly<Record<string, Readonly<Record<string, RawFact>>>>
type RawSources = Readonly<Record<string, { readonly what: string; readonly [detail: string]: string }>>

/** A file of facts that came after services.json. */
interface RawLater {
  readonly regions: ReadonlyArray<string>
  readonly sources: RawSources
  readonly services: RawFacts
}

interface RawServices {
  readonly snapshotDate: string
  readonly regions: ReadonlyArray<string>
  readonly sources: RawSources
  readonly fallback: {
    readonly classOf: Readonly<Record<string, NonNullable<FactRow["whereUnknown"]>>>
    readonly how: Readonly<Record<string, string>>
    readonly multipliers: Readonly<Record<string, ByRegion<number | null>>>
  }
  readonly services: Readonly<Record<string, any>>
}

interface Supplement {
  readonly sources: PriceSnapshot["sources"]
  readonly services: RawFacts
}

/** Facts that came after services.json; of two prices of one name the newer is taken, of two of one day the first. */
const laterFiles = ["misc.json", "extended-support.json", "apigateway.json"]

/** Tables by instance type; they go to files of their own. */
const tables = ["rdsInstances", "auroraInstances", "elasticacheNodes", "redshiftNodes"]

/** Facts that are amounts, not prices; core/pricing/amounts.ts has those that are used. */
const allowances = [
  "s3.intMinimumObjectBytes",
  "dataTransfer.freeInternetOutGBMonth",
  "cloudwatch.alarmAnomalyFactor",
  "cloudwatch.alarmMathMetrics",
  "cloudwatch.freeAlarmMetrics",
  "cloudwatch.dashboardFree",
  "lambda.managedInstancesFee",
  "elasticache.extendedSupportShareOfNodePrice_year1_2",
  "elasticache.extendedSupportShareOfNodePrice_year3"
]

/** What the facts of a list of tiers are called; the first tier of these is a fact of services.json. */
const tierNames: Readonly<Record<string, ReadonlyArray<string | undefined>>> = {
  "vpcEndpoint.interfaceProcessedGBTiers": [
    undefined,
    "vpcEndpoint.interfaceDataGB_next4PB",
    "vpcEndpoint.interfaceDataGB_over5PB"
  ]
}

/** Prices that the data gives for everywhere although its notes say that they are known from us-east-1. */
const homeOnly = [
  "cloudwatch.performanceInsightsLongTermVcpuMonth",
  "eks.provisionedControlPlaneHour",
  "vpcEndpoint.interfaceDataGB_"
]

const homeRegion = "us-east-1"

/**
 * Facts with one price in every region: where it was not seen, it is not scaled. Source: shared/facts/field.md (public IPv4,
 * Route 53, Cost Explorer), facts/scans-verified.md C (SQS, EventBridge), the note of ECR in the data, 27 regions with the same price
 * between zones, 34 and more with the same for WAF, Contributor Insights and the first tier of interface endpoints' data, and the EKS
 * fee that the control plane tiers are added to.
 */
const flat = [
  "publicIpv4.",
  "route53.",
  "costExplorer.",
  "ecr.storageGBMonth",
  "sqs.",
  "eventBridge.",
  "dataTransfer.interAzEachDirectionGB",
  "waf.",
  "cloudwatch.contributorInsightsDynamoDbRuleMonth",
  "eks.provisionedControlPlaneHour",
  "vpcEndpoint.interfaceDataGB_"
]

const memory = "memory of the AWS price pages"

/** What the notes in the data say of prices outside `verifiedAt`, where it is not that the first source has them. */
const elsewhere: Readonly<Record<string, NonNullable<FactRow["elsewhere"]>>> = {
  "elb.albHour": { confidence: "from memory", source: memory },
  "elb.nlbHour": { confidence: "derived", source: "assumed equal to the Application Load Balancer" },
  "elb.gwlbHour": { confidence: "single source", source: "several third-party price tables" },
  "elb.clbHour": { confidence: "from memory", source: memory },
  "rds.storageGpGBMonth_singleAz": { confidence: "derived", source: "EBS gp2 × 1.15" },
  "s3.deepArchiveGBMonth": {
    confidence: "derived",
    source: "assumed equal to the Deep Archive tier of Intelligent-Tiering"
  },
  "rds.extendedSupportVcpuHour_year1_2": {
    confidence: "derived",
    source: "us-east-1 × compute ratio, which meets the prices seen elsewhere within about 2%"
  },
  "rds.extendedSupportVcpuHour_year3": { confidence: "derived", source: "twice the price of years 1 and 2" },
  "rds.extendedSupportAcuHour_year1_2": { confidence: "derived", source: "0.85 × the price of a vCPU" },
  "rds.extendedSupportAcuHour_year3": { confidence: "derived", source: "0.85 × the price of a vCPU" },
  "secretsManager.secretMonth": { confidence: "from memory", source: memory },
  "secretsManager.apiRequest": { confidence: "from memory", source: memory }
}

const labels: Readonly<Record<string, string>> = {
  calc: "AWS Pricing Calculator feed",
  ec2shop: "AWS pricing page feed",
  coroot: "Infracost price dump",
  infracost: "Infracost golden files",
  albTable2017: "ALB price table of 2017",
  mem: memory,
  "web-rds-es": "blog pages on RDS Extended Support",
  doc202610: "research notes quoting the Price List API",
  calc202511: "AWS Pricing Calculator feed",
  shop202504: "AWS pricing page feed",
  karp202607: "AWS Price List API pull of Karpenter",
  web: "web pages",
  scanner202608: "rates checked against the AWS Price List API",
  dsp202604: "AWS price list of the Database Savings Plan",
  "cur-es": "billing records in public repositories"
}

const sourceOf = ({ what, ...where }: { readonly what: string; readonly [detail: string]: string }, id: string) => ({
  label: labels[id] ?? id,
  what,
  ...where
})

/** `US, Mexico, Canada` becomes `usMexicoCanada`. */
const camelCase = (geography: string) =>
  geography
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .map((word, index) => (index === 0 ? word : word.charAt(0).toUpperCase() + word.slice(1)))
    .join("")

const column = <A>(regions: ReadonlyArray<string>, values: ByRegion<A>): ReadonlyArray<A | null> => {
  const strange = Object.keys(values).filter((region) => !regions.includes(region))
  if (strange.length > 0) throw new Error(`regions that are not in the list: ${strange.join(", ")}`)
  return regions.map((region) => values[region] ?? null)
}

/** Prices by type, one per region, as the facts have them. */
const columnsByType = (regions: ReadonlyArray<string>, values: ByRegion<ByRegion<number>>) => {
  const types = [...new Set(Object.values(values).flatMap((prices) => Object.keys(prices)))].sort()
  return Object.fromEntries(
    types.map((type) => [
      type,
      column(
        regions,
        Object.fromEntries(Object.entries(values).map(([region, prices]) => [region, prices[type] ?? null]))
      )
    ])
  )
}

/** The one price where it is known, and nothing elsewhere. */
const regionsOf = (name: string, { global, regions, verifiedAt }: RawFact): RawFact["regions"] => {
  if (global === undefined) return regions ?? {}
  const seen = homeOnly.some((prefix) => name.startsWith(prefix)) ? [homeRegion] : verifiedAt
  return seen === undefined ? undefined : Object.fromEntries(seen.map((region) => [region, global]))
}

const factRow = (name: string, service: string, raw: RawFact, data: RawServices): FactRow => {
  const regions = regionsOf(name, raw)
  const usd = regions === undefined ? (raw.global ?? []) : column(data.regions, regions)
  const common = {
    unit: raw.unit,
    // The regions in `verifiedAt` are; the rest follows from `elsewhere`.
    confidence: raw.confidence === "derived" && raw.verifiedAt !== undefined ? ("verified" as const) : raw.confidence,
    sources: raw.sources,
    asOf: raw.asOf ?? null,
    ...(raw.verifiedAt === undefined ? {} : { verifiedAt: raw.verifiedAt }),
    ...(raw.note === undefined ? {} : { note: raw.note }),
    ...(elsewhere[name] === undefined ? {} : { elsewhere: elsewhere[name] })
  }
  if (typeof usd === "number") return { ...common, usd }
  const isFlat = flat.some((prefix) => name.startsWith(prefix))
  const known = new Set(usd.filter((price) => price !== null))
  if (isFlat && known.size !== 1) throw new Error(`${name} should have one price in every region`)
  const whereUnknown = isFlat
    ? "flat"
    : (data.fallback.classOf[service] ?? data.fallback.classOf["default"] ?? "compute")
  return { ...common, ...(usd.includes(null) ? { whereUnknown } : {}), usd }
}

/** The prices in one entry of the data, by the names of their facts. An entry without a price is a note. */
const pricesIn = (name: string, raw: RawFact): ReadonlyArray<readonly [name: string, raw: RawFact]> => {
  // A service may have a note instead of entries.
  if (typeof raw !== "object" || allowances.includes(name)) return []
  if (raw.byGeography !== undefined) {
    // The data does not say in which geographies a verified price was seen twice.
    const confidence = raw.confidence === "verified" ? "single source" : raw.confidence
    return Object.entries(raw.byGeography).map(([geography, global]) => [
      `${name}_${camelCase(geography)}`,
      { ...raw, confidence, global }
    ])
  }
  if (Array.isArray(raw.tiers)) {
    const names = tierNames[name]
    if (names?.length !== raw.tiers.length) throw new Error(`the tiers of ${name} have no names`)
    return raw.tiers.flatMap(({ price }, index) => {
      const tier = names[index]
      return tier === undefined ? [] : [[tier, { ...raw, global: price }] as const]
    })
  }
  if (raw.tiers !== undefined) {
    // A tier for nothing is no price, and one without a price is unknown.
    return Object.entries(raw.tiers as Readonly<Record<string, number | null>>).flatMap(([tier, global]) =>
      typeof global === "number" && global > 0 ? [[`${name}_${camelCase(tier)}`, { ...raw, global }] as const] : []
    )
  }
  return raw.regions === undefined && raw.global === undefined ? [] : [[name, raw]]
}

const factsIn = (services: RawFacts): ReadonlyArray<readonly [name: string, service: string, raw: RawFact]> =>
  Object.entries(services)
    .filter(([service]) => !tables.includes(service))
    .flatMap(([service, facts]) =>
      Object.entries(facts).flatMap(([key, raw]) =>
        pricesIn(`${service}.${key}`, raw).map(([name, fact]) => [name, service, fact] as const)
      )
    )

const json = (key: string, value: unknown) => {
  if (value === undefined) throw new Error(`${key} is missing in the data`)
  return JSON.stringify(value)
}

const jsonOfEach = (fields: object) =>
  Object.fromEntries(Object.entries(fields).map(([key, value]) => [key, json(key, value)]))

/** A JSON object with one line per entry, so that a change of a price is a change of a line. The values are JSON. */
const lines = (entries: Readonly<Record<string, string>>, indent = "") =>
  `{\n${Object.entries(entries)
    .map(([key, value]) => `${indent}  ${JSON.stringify(key)}: ${value}`)
    .join(",\n")}\n${indent}}`

const servicesFile = (data: RawServices, later: ReadonlyArray<RawLater>, supplement: Supplement): string => {
  const facts = new Map<string, FactRow>()
  const dates = new Map<string, string>()
  const take = (services: RawFacts) => {
    for (const [name, service, raw] of factsIn(services)) {
      const asOf = raw.asOf ?? ""
      if (facts.has(name) && asOf <= (dates.get(name) ?? "")) continue
      facts.set(name, factRow(name, service, raw, data))
      dates.set(name, asOf)
    }
  }
  take(data.services)
  for (const { regions, services } of later) {
    if (regions.join() !== data.regions.join()) throw new Error("the files of the data have different regions")
    take(services)
  }
  const twice = factsIn(supplement.services).filter(([name]) => facts.has(name))
  if (twice.length > 0) throw new Error(`in the data and in supplement.json: ${twice.map(([name]) => name).join(", ")}`)
  take(supplement.services)
  const missing = [...Object.keys(elsewhere), ...flat, ...homeOnly].filter(
    (name) => ![...facts.keys()].some((fact) => fact.startsWith(name))
  )
  if (missing.length > 0) throw new Error(`no longer in the data: ${missing.join(", ")}`)
  const sources: RawSources = Object.assign({}, ...later.map(({ sources }) => sources), data.sources)
  const used = new Set([...facts.values()].flatMap((row) => row.sources))
  const header: Omit<PriceSnapshot, "facts"> = {
    snapshotDate: data.snapshotDate,
    regions: data.regions,
    sources: {
      ...Object.fromEntries(
        Object.entries(sources)
          .filter(([id]) => used.has(id))
          .map(([id, source]) => [id, sourceOf(source, id)])
      ),
      ...supplement.sources
    },
    fallbackMethods: data.fallback.how,
    multipliers: Object.fromEntries(
      Object.entries(data.fallback.multipliers).map(([name, values]) => [name, column(data.regions, values)])
    )
  }
  return `${lines({ ...jsonOfEach(header), facts: lines(jsonOfEach(Object.fromEntries(facts)), "  ") })}\n`
}

const tableFile = (
  header: Omit<PriceTable, "groups">,
  groups: Readonly<Record<string, ReadonlyArray<PriceLayer>>>
): string => {
  const layerLines = (layer: PriceLayer) => {
    if ("sameAs" in layer) return JSON.stringify(layer)
    const { usd, ...rest } = layer
    return lines({ ...jsonOfEach(rest), usd: lines(jsonOfEach(usd), "      ") }, "    ")
  }
  const groupLines = Object.entries(groups).map(([name, layers]) => [name, `[${layers.map(layerLines).join(", ")}]`])
  return `${lines({ ...jsonOfEach(header), groups: lines(Object.fromEntries(groupLines), "  ") })}\n`
}

type Prices = ByRegion<ByRegion<number>>

/** Some of the prices, by region and type. */
const pickPrices = (prices: Prices, wanted: (region: string, type: string) => boolean): Prices =>
  Object.fromEntries(
    Object.entries(prices).map(([region, types]) => [
      region,
      Object.fromEntries(Object.entries(types).filter(([type]) => wanted(region, type)))
    ])
  )

const ec2File = (read: (name: string) => any, { regions, snapshotDate }: RawServices): string => {
  const data = read("ec2-ondemand.json")
  const derived = read("ec2-ondemand-derived.json")
  return tableFile(
    { snapshotDate, regions, unit: "hour", note: `${data.os}, ${data.tenancy} tenancy; ${data.precedence}` },
    {
      linux: [
        {
          confidence: data.confidence.default,
          source: data.source.map(({ id }: { id: string }) => labels[id] ?? id).join(", "),
          // Two of the three sources agree, and all but one of them are of this day or later.
          asOf: data.snapshotDate,
          singleSource: { asOf: `${data.oldestSourceDate} to ${data.newestSourceDate}`, types: data.singleSource },
          usd: columnsByType(regions, data.regions)
        },
        {
          confidence: "derived",
          source: derived.method,
          asOf: derived.snapshotDate,
          usd: columnsByType(regions, derived.regions)
        }
      ]
    }
  )
}

const rdsFile = (read: (name: string) => any, { regions, services, snapshotDate }: RawServices): string => {
  const openSource = services["rdsInstances"]
  const aurora = services["auroraInstances"]
  const commercial = read("rds-commercial.json")
  const newFamilies = read("rds-new-families.json")
  const { rdsM8gDerived: m8g, rdsNewFamilies: fresh } = newFamilies.services
  const layer = (
    confidence: PriceConfidence,
    source: string,
    asOf: string,
    prices: Prices | undefined
  ): ReadonlyArray<OwnLayer> =>
    prices === undefined ? [] : [{ confidence, source, asOf, usd: columnsByType(regions, prices) }]
  /** What the list of new families has, of one region. */
  const freshLayer = (engine: string) =>
    layer(
      "derived",
      "rate of the Database Savings Plan / 0.8, as it is 20% below the list price",
      fresh.asOf,
      fresh.singleAz[engine] && { [fresh.region]: fresh.singleAz[engine] }
    )
  const r8gLayer = (asOf: string, prices: Prices) =>
    layer(
      "derived",
      "assumed equal to db.r7g, as the Aurora and ElastiCache prices of both are",
      asOf,
      Object.fromEntries(
        Object.entries(pickPrices(prices, (_, type) => type.startsWith("db.r7g."))).map(([region, types]) => [
          region,
          Object.fromEntries(Object.entries(types).map(([type, usd]) => [type.replace("r7g", "r8g"), usd]))
        ])
      )
    )
  const fromOpenSource = (engine: string): ReadonlyArray<PriceLayer> => [
    // Most of them were seen twice; the data does not say which.
    ...layer("single source", "AWS pricing page feed", openSource.asOf, openSource.engines[engine]),
    ...freshLayer(engine),
    ...layer("derived", "db.m7g of the region × 1.0017, the ratio in ap-south-2", m8g.asOf, m8g.engines[engine]),
    ...r8gLayer(openSource.asOf, openSource.engines[engine])
  ]
  const fromAurora = (engine: string): ReadonlyArray<PriceLayer> => {
    const prices: Prices = aurora.engines[engine]
    const mixedUp = (region: string, type: string): boolean =>
      aurora.derivedFromIoOptimized[engine]?.[region]?.includes(type) === true
    return [
      ...layer(
        "single source",
        "Infracost price dump",
        aurora.asOf,
        pickPrices(prices, (region, type) => !mixedUp(region, type))
      ),
      ...layer("derived", "I/O-Optimized price / 1.3 (Infracost price dump)", aurora.asOf, pickPrices(prices, mixedUp)),
      ...freshLayer(engine),
      ...r8gLayer(aurora.asOf, prices)
    ]
  }
  const { asOf, engines } = commercial.services.rdsCommercialInstances
  return tableFile(
    { snapshotDate, regions, unit: "hour", note: openSource.unit },
    {
      mysql: fromOpenSource("mysql"),
      postgres: fromOpenSource("postgres"),
      mariadb: [{ sameAs: "mysql", derived: "as MySQL, which all but a few of the pairs that were seen equal" }],
      "aurora-mysql": fromAurora("aurora-mysql"),
      "aurora-postgresql": fromAurora("aurora-postgresql"),
      ...Object.fromEntries(
        Object.entries<Prices>(engines).map(([engine, prices]) => [
          engine,
          [
            ...layer("single source", "AWS price list of 2021", asOf, prices),
            ...freshLayer(engine),
            // Its own list has only what differs.
            ...(engine === "oracle-ee/bring-your-own-license" ? [{ sameAs: "oracle-se2/bring-your-own-license" }] : [])
          ]
        ])
      )
    }
  )
}

const elasticacheFile = (read: (name: string) => any, { regions, services, snapshotDate }: RawServices): string => {
  const nodes = services["elasticacheNodes"]
  const fresh = read("elasticache-nodes.json").services.elasticacheNodesValkeyNew
  const layer = (confidence: PriceConfidence, source: string, asOf: string, prices: Prices): OwnLayer => ({
    confidence,
    source,
    asOf,
    usd: columnsByType(regions, prices)
  })
  return tableFile(
    { snapshotDate, regions, unit: "node-hour", note: nodes.confidence },
    Object.fromEntries(
      Object.entries<Prices>(nodes.engines).map(([engine, prices]) => [
        engine,
        engine === "valkey"
          ? [
              layer("single source", "AWS pricing page feed", nodes.asOf, prices),
              layer(
                "single source",
                "AWS Price List API, quoted in a public repository",
                fresh.asOf,
                pickPrices(fresh.regions, (region) => region === homeRegion)
              ),
              layer(
                "derived",
                "m7g, r7g or c7gn of the region × the us-east-1 ratio of the families",
                fresh.asOf,
                pickPrices(fresh.regions, (region) => region !== homeRegion)
              )
            ]
          : [layer("verified", "AWS pricing page feed, Infracost price dump", nodes.asOf, prices)]
      ])
    )
  )
}

const redshiftFile = ({ regions, services, snapshotDate }: RawServices): string => {
  const nodes = services["redshiftNodes"]
  return tableFile(
    { snapshotDate, regions, unit: "node-hour", note: nodes.confidence },
    {
      node: [
        {
          confidence: "single source",
          source: "AWS Pricing Calculator feed",
          asOf: nodes.asOf,
          usd: columnsByType(regions, nodes.regions)
        }
      ]
    }
  )
}

/** `m5.large` as its family and its size. */
const split = (type: string): readonly [family: string, size: string] => {
  const dot = type.indexOf(".")
  return [type.slice(0, dot), type.slice(dot + 1)]
}

type FamilySizes = Record<string, Record<string, readonly [number, number]>>

const sizesByFamily = (entries: Iterable<readonly [type: string, vcpu: number, memoryGib: number]>): FamilySizes => {
  const families: FamilySizes = {}
  for (const [type, vcpu, memoryGib] of entries) {
    const [family, size] = split(type)
    families[family] = { ...families[family], [size]: [vcpu, memoryGib] }
  }
  return families
}

/** Sizes of a newer family, from the same sizes of the family before. */
const derivedSizes = (sizes: ReadonlyArray<string>, before: FamilySizes[string] | undefined): FamilyRow["sizes"] =>
  Object.fromEntries(
    sizes.flatMap((size) => {
      const own = before?.[size]
      return own === undefined ? [] : [[size, own] as const]
    })
  )

const sizesFile = (read: (name: string) => any, data: RawServices): string => {
  const specs = read("instance-specs.json")
  const cacheSpecs = read("elasticache-specs.json")
  const map = read("generation-map.json")
  const { rules, regions: derivedRegions } = read("ec2-ondemand-derived.json")
  const commercial = read("rds-commercial.json").services.rdsCommercialInstances
  const { rdsM8gDerived: m8g, rdsNewFamilies: fresh } = read("rds-new-families.json").services
  const valkey = read("elasticache-nodes.json").services.elasticacheNodesValkeyNew

  const ec2 = sizesByFamily(
    Object.entries<{ vcpu: number; memGiB: number }>(specs.types).map(([type, { memGiB, vcpu }]) => [
      type,
      vcpu,
      memGiB
    ])
  )
  const priced = new Set(
    [read("ec2-ondemand.json").regions as Prices, derivedRegions as Prices].flatMap((byRegion) =>
      Object.values(byRegion).flatMap((types) => Object.keys(types))
    )
  )
  const ec2Rows: Record<string, FamilyRow> = {}
  const generation = (family: string): Omit<FamilyRow, "sizes"> => {
    const row = map.ec2[family]
    return row === undefined
      ? {}
      : {
          previousGeneration: row.previousGeneration,
          ...(row.sameArchConservative === undefined ? {} : { sameArchitecture: row.sameArchConservative.family }),
          ...(row.sameArchLatest === undefined ? {} : { newest: row.sameArchLatest.family }),
          ...(row.graviton === undefined ? {} : { graviton: row.graviton.family })
        }
  }
  for (const [family, sizes] of Object.entries(ec2)) ec2Rows[family] = { ...generation(family), sizes }
  for (const { family, from } of rules as ReadonlyArray<{ family: string; from: string }>) {
    const before = ec2[from]
    const own = ec2[family]
    if (own === undefined) {
      const sizes = [...priced]
        .map(split)
        .filter(([name]) => name === family)
        .map(([, size]) => size)
      ec2Rows[family] = { ...generation(family), derived: true, sizes: derivedSizes(sizes, before) }
      continue
    }
    const different = Object.keys(own).filter((size) => `${before?.[size] ?? own[size]}` !== `${own[size]}`)
    if (different.length > 0) throw new Error(`${family} has not the sizes of ${from}: ${different.join(", ")}`)
  }

  /** The database classes that have a price, with the sizes of their instance types. */
  const classes = [
    ...Object.values<Prices>(data.services["rdsInstances"].engines),
    ...Object.values<Prices>(data.services["auroraInstances"].engines),
    ...Object.values<Prices>(commercial.engines),
    ...Object.values<Prices>(m8g.engines),
    fresh.singleAz as Prices
  ]
    .flatMap((byRegion) => Object.values(byRegion).flatMap((types) => Object.keys(types)))
    .map((instanceClass) => instanceClass.replace(/^db\./, ""))
    // Priced as the family before it.
    .flatMap((type) => (type.startsWith("r7g.") ? [type, type.replace("r7g", "r8g")] : [type]))
  const rdsRows: Record<string, FamilyRow> = {}
  for (const type of [...new Set(classes)].sort()) {
    const [family, size] = split(type)
    const own = ec2Rows[family]
    const spec = own?.sizes[size]
    // The first classes have not the memory of the instance types of their names.
    if (own === undefined || spec === undefined || ["t1", "m1", "m2"].includes(family)) continue
    const newer = map.rds[family]
    rdsRows[family] = {
      ...(own.previousGeneration === undefined ? {} : { previousGeneration: own.previousGeneration }),
      ...(newer?.x86 ? { sameArchitecture: newer.x86.family } : {}),
      ...(newer?.graviton ? { graviton: newer.graviton.family } : {}),
      ...(own.derived === undefined ? {} : { derived: own.derived }),
      sizes: { ...rdsRows[family]?.sizes, [size]: spec }
    }
  }

  const cache = sizesByFamily(
    Object.entries<{ vcpu: number; memoryGiB: number }>(cacheSpecs.nodes).map(([type, { memoryGiB, vcpu }]) => [
      type.replace(/^cache\./, ""),
      vcpu,
      memoryGiB
    ])
  )
  const cacheRows: Record<string, FamilyRow> = {}
  for (const [family, sizes] of Object.entries(cache)) {
    const newer = map.elasticache[family]
    cacheRows[family] = { ...(newer?.graviton ? { graviton: newer.graviton.family } : {}), sizes }
  }
  for (const [family, from] of [
    ["m8g", "m7g"],
    ["r8g", "r7g"],
    ["c8gn", "c7gn"]
  ] as const) {
    const sizes = Object.keys(valkey.ratioUsEast1[family])
    cacheRows[family] = { derived: true, sizes: derivedSizes(sizes, cache[from]) }
  }

  const header: Omit<SizesSnapshot, "services"> = {
    asOf: { ec2: /\d{4}-\d{2}-\d{2}/.exec(specs.source)?.[0] ?? "undated", elasticache: cacheSpecs.asOf },
    source: specs.source,
    note: cacheSpecs.note
  }
  const rows = { ec2: ec2Rows, rds: rdsRows, elasticache: cacheRows }
  const services = Object.entries(rows).map(([service, families]) => [service, lines(jsonOfEach(families), "    ")])
  return `${lines({ ...jsonOfEach(header), services: lines(Object.fromEntries(services), "  ") })}\n`
}

/** The files of the snapshot with their content, from the data files by name. */
export const snapshotFiles = (
  read: (name: string) => any,
  supplement: Supplement
): Readonly<Record<string, string>> => {
  const data: RawServices = read("services.json")
  return {
    "services.json": servicesFile(data, laterFiles.map(read), supplement),
    "ec2.json": ec2File(read, data),
    "rds.json": rdsFile(read, data),
    "elasticache.json": elasticacheFile(read, data),
    "redshift.json": redshiftFile(data),
    "sizes.json": sizesFile(read, data)
  }
}

/** Where the snapshot is kept. */
export const snapshotFolder = new URL("../core/pricing/snapshot/", import.meta.url)

const readJson = (url: URL) => JSON.parse(readFileSync(url, "utf8"))

/** The files of the snapshot as they should be, from a folder with the data. */
export const freshSnapshot = (folder: URL) => {
  const parsed = new Map<string, unknown>()
  const read = (name: string): any => {
    if (!parsed.has(name)) parsed.set(name, readJson(new URL(name, folder)))
    return parsed.get(name)
  }
  return snapshotFiles(read, readJson(new URL("supplement.json", snapshotFolder)))
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const folder = new URL(`${process.argv[2] ?? "../shared/pricing"}/`, `file://${process.cwd()}/`)
  for (const [name, content] of Object.entries(freshSnapshot(folder))) {
    writeFileSync(new URL(name, snapshotFolder), content)
    console.log(`core/pricing/snapshot/${name}: ${Math.round(Buffer.byteLength(content) / 1024)} kB`)
  }
}
