/** The sizes of instance types, database classes and cache nodes, and what comes after them. */

/** Its name says the processor. Source: EC2 User Guide, "Instance type naming conventions". */
export type Architecture = "x86_64" | "arm64"

export interface InstanceSize {
  /** `m5.large`, `db.m5.large` or `cache.m5.large`. */
  readonly type: string
  readonly family: string
  readonly vcpu: number
  /** Of a cache node: what it offers for data, before the share that is reserved for the engine. */
  readonly memoryGib: number
  readonly architecture: Architecture
  /** False where AWS lists its family as a previous generation; undefined where the data does not say. */
  readonly currentGeneration: boolean | undefined
  /** `derived`: taken from the same size of the family before, which held for all 105 pairs that are known. */
  readonly confidence: "single source" | "derived"
}

export interface NewerSize {
  /** The nearest family of its architecture, the newest of it, or the newest with AWS's own processor. */
  readonly kind: "same architecture" | "newest" | "Graviton"
  /** The smallest of that family with at least its vCPU and memory. */
  readonly size: InstanceSize
}

export interface Sizes {
  readonly current: InstanceSize
  /** Of the same family, nearest first: not more of anything and less of something. */
  readonly smaller: ReadonlyArray<InstanceSize>
  /** Of the same family, nearest first: not less of anything and more of something. */
  readonly larger: ReadonlyArray<InstanceSize>
  readonly newer: ReadonlyArray<NewerSize>
}

/** A family in the snapshot. */
export interface FamilyRow {
  /** Present where the generation map has the family. */
  readonly previousGeneration?: boolean
  readonly sameArchitecture?: string
  readonly newest?: string
  readonly graviton?: string
  readonly derived?: true
  /** vCPU and memory in GiB by size. */
  readonly sizes: Readonly<Record<string, readonly [vcpu: number, memoryGib: number]>>
}

export interface SizesSnapshot {
  /** ISO days of the sources. */
  readonly asOf: { readonly ec2: string; readonly elasticache: string }
  readonly source: string
  readonly note: string
  /** By family, without the prefix of the service. */
  readonly services: {
    readonly ec2: Readonly<Record<string, FamilyRow>>
    readonly rds: Readonly<Record<string, FamilyRow>>
    readonly elasticache: Readonly<Record<string, FamilyRow>>
  }
}

const prefixes = { ec2: "", rds: "db.", elasticache: "cache." } as const

// A `g` right after the generation is AWS's own processor; the first such family has no generation in its name.
const graviton = /^(?:a1|[a-z]+\d+g[a-z]*)(?:-|$)/

export const architectureOf = (type: string): Architecture =>
  graviton.test(type.replace(/^(?:db|cache)\./, "").split(".")[0] ?? "") ? "arm64" : "x86_64"

/** Families with GPUs, FPGAs or chips for inference, training and video: vCPU and memory do not order their sizes. */
const accelerated = /^(?:p|g|gr|trn|inf|dl|vt|f)\d/

const isMetal = (type: string) => type.includes(".metal")

const bySize = (a: InstanceSize, b: InstanceSize) =>
  a.vcpu - b.vcpu || a.memoryGib - b.memoryGib || (a.type < b.type ? -1 : 1)

const holds = (a: InstanceSize, b: InstanceSize) => a.vcpu >= b.vcpu && a.memoryGib >= b.memoryGib
const isMore = (a: InstanceSize, b: InstanceSize) => holds(a, b) && !holds(b, a)

/**
 * The neighbours of a size among those of its family. Bare metal is chosen for what it is and not for its size, and an
 * accelerated type for its accelerators, so neither has neighbours.
 */
export const neighboursOf = (
  current: InstanceSize,
  family: Iterable<InstanceSize>
): Pick<Sizes, "smaller" | "larger"> => {
  if (isMetal(current.type) || accelerated.test(current.family)) return { smaller: [], larger: [] }
  const others = Array.from(family)
    .filter((size) => size.family === current.family && !isMetal(size.type))
    .sort(bySize)
  return {
    smaller: others.filter((size) => isMore(current, size)).toReversed(),
    larger: others.filter((size) => isMore(size, current))
  }
}

/** What is known of a type; undefined where its size is not, as for serverless classes and families that are too new. */
export type SizesOf = (type: string) => Sizes | undefined

export const sizesOf = (snapshot: SizesSnapshot): SizesOf => {
  const made = new Map<string, Sizes | undefined>()

  const familyOf = (service: keyof SizesSnapshot["services"], family: string): ReadonlyArray<InstanceSize> => {
    const row = snapshot.services[service][family]
    return Object.entries(row?.sizes ?? {}).map(([size, [vcpu, memoryGib]]) => ({
      type: `${prefixes[service]}${family}.${size}`,
      family,
      vcpu,
      memoryGib,
      architecture: architectureOf(family),
      currentGeneration: row?.previousGeneration === undefined ? undefined : !row.previousGeneration,
      confidence: row?.derived === true ? "derived" : "single source"
    }))
  }

  const newerOf = (service: keyof SizesSnapshot["services"], current: InstanceSize): ReadonlyArray<NewerSize> => {
    const row = snapshot.services[service][current.family]
    if (row === undefined || accelerated.test(current.family)) return []
    const kinds = [
      ["same architecture", row.sameArchitecture],
      ["newest", row.newest === row.sameArchitecture ? undefined : row.newest],
      ["Graviton", row.graviton]
    ] as const
    return kinds.flatMap(([kind, family]) => {
      const sizes = family === undefined ? [] : familyOf(service, family)
      const [size] = sizes
        .filter((size) => isMetal(size.type) === isMetal(current.type) && holds(size, current))
        .sort(bySize)
      return size === undefined ? [] : [{ kind, size }]
    })
  }

  const make = (type: string): Sizes | undefined => {
    const service = type.startsWith("db.") ? "rds" : type.startsWith("cache.") ? "elasticache" : "ec2"
    const [family = ""] = type.slice(prefixes[service].length).split(".")
    const members = familyOf(service, family)
    const current = members.find((size) => size.type === type)
    if (current === undefined) return undefined
    return { current, ...neighboursOf(current, members), newer: newerOf(service, current) }
  }

  return (type) => {
    if (!made.has(type)) made.set(type, make(type))
    return made.get(type)
  }
}
