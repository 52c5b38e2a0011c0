/** Which smaller size would hold what is used of a larger one. */
import type { InstanceSize, Sizes } from "../../core/pricing/sizes.ts"

/** Percent of its CPU that a smaller size may have to give at its 95th percentile. Source: shared/scans.md, find_underutilized_ec2_instances. */
export const mostCpuAfter = 70

/** Percent of its memory that a smaller size may have to give at the peak, so that a fifth is left. */
const mostMemoryAfter = 80

/** What is used of a size, in percent of what it has. */
export interface Load {
  readonly cpuP95: number
  readonly cpuMean: number
  /** At the peak; undefined where nobody measures it. */
  readonly memoryPeak: number | undefined
  /** Percent of its memory that the smaller size may have to give at the peak, where four fifths are not the rule. */
  readonly mostMemoryAfter?: number
}

type Has = Pick<InstanceSize, "vcpu" | "memoryGib">

/** Percent of a part of what there is that the same use would be: a fifth of four is two fifths of two. */
export const projected = (percent: number, now: number, then: number): number => (percent * now) / then

/**
 * Percent of a vCPU that a burstable size earns credits for. Source: EC2 user guide, "Key concepts and definitions for burstable
 * performance instances".
 */
const baselines: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  t2: { nano: 5, micro: 10, small: 20, medium: 20, large: 30, xlarge: 22.5, "2xlarge": 17 },
  t3: { nano: 5, micro: 10, small: 20, medium: 20, large: 30, xlarge: 40, "2xlarge": 40 }
}
const sameBaselines: Readonly<Record<string, string>> = { t3a: "t3", t4g: "t3" }

const isBurstable = (family: string): boolean => /^t\d/.test(family)

/** Undefined for sizes that live on no credits, and for families whose baseline is not known. */
export const baselineOf = ({ family, type }: Pick<InstanceSize, "family" | "type">): number | undefined =>
  baselines[sameBaselines[family] ?? family]?.[type.split(".").at(-1) ?? ""]

/**
 * Whether a smaller size holds the load. Where the use of the memory is not known, it has to be as large as it is. A burstable size
 * has to earn the credits that its mean use spends.
 */
export const holds = (load: Load, now: Has, then: InstanceSize): boolean => {
  if (projected(load.cpuP95, now.vcpu, then.vcpu) > mostCpuAfter) return false
  if (load.memoryPeak === undefined) {
    if (then.memoryGib < now.memoryGib) return false
  } else if (projected(load.memoryPeak, now.memoryGib, then.memoryGib) > (load.mostMemoryAfter ?? mostMemoryAfter)) {
    return false
  }
  if (!isBurstable(then.family)) return true
  const baseline = baselineOf(then)
  return baseline !== undefined && projected(load.cpuMean, now.vcpu, then.vcpu) <= baseline
}

/** Families with twice the memory for each vCPU, of the same generation, processor and variant: `m6i` → `r6i`. */
const richer: Readonly<Record<string, string>> = { c: "m", m: "r" }

const withMoreMemory = (family: string): string | undefined => {
  const letter = richer[family.slice(0, 1)]
  return letter !== undefined && /^.\d/.test(family) ? `${letter}${family.slice(1)}` : undefined
}

/**
 * The next smaller size that holds the load, where there is one. Where the use of the memory is not known, that is one size down in
 * the family with more memory for each vCPU; memory-optimized families have none, because a low CPU is what they are for.
 */
export const nextSmaller = (
  load: Load,
  now: Has,
  sizes: Sizes,
  sizesOf: (type: string) => Sizes | undefined
): InstanceSize | undefined => {
  const [next] = sizes.smaller
  if (next === undefined) return undefined
  if (holds(load, now, next)) return next
  if (load.memoryPeak !== undefined) return undefined
  const family = withMoreMemory(sizes.current.family)
  const other = family === undefined ? undefined : sizesOf(`${family}.${next.type.split(".").at(-1)}`)?.current
  return other !== undefined && holds(load, now, other) ? other : undefined
}
