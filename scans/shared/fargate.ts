/** Sizes of tasks on Fargate, and what they cost. */
import type { SavingsTerm } from "../../core/finding/Finding.ts"
import { term } from "../../core/finding/savings.ts"
import { fargateSpotShare } from "../../core/pricing/amounts.ts"
import type { Price, PriceOf } from "../../core/pricing/Prices.ts"
import { hoursPerMonth } from "../../core/time.ts"
import type { TaskDefinition } from "../../datasets/aws/ecs.ts"

/** What a task reserves. */
export interface TaskSize {
  readonly vcpu: number
  readonly gb: number
}

const steps = (from: number, to: number, step: number): ReadonlyArray<number> =>
  Array.from({ length: Math.floor((to - from) / step) + 1 }, (_, index) => from + index * step)

/** The memory that a task of so many vCPUs can have, in GB. Source: ECS developer guide, "Task CPU and memory". */
const sizes: ReadonlyArray<readonly [vcpu: number, gb: ReadonlyArray<number>]> = [
  [0.25, [0.5, 1, 2]],
  [0.5, steps(1, 4, 1)],
  [1, steps(2, 8, 1)],
  [2, steps(4, 16, 1)],
  [4, steps(8, 30, 1)],
  [8, steps(16, 60, 4)],
  [16, steps(32, 120, 8)]
]

/** Windows needs a whole vCPU, and has no sizes above four. Source: the same page. */
const fitsSystem = (system: string, vcpu: number): boolean => system === "linux" || (vcpu >= 1 && vcpu <= 4)

/** The smallest size that has as much as is needed and in nothing more than now; undefined where that is the size that it has. */
export const smallestSize = (needed: TaskSize, now: TaskSize, system: string): TaskSize | undefined => {
  for (const [vcpu, memories] of sizes) {
    if (vcpu < needed.vcpu || vcpu > now.vcpu || !fitsSystem(system, vcpu)) continue
    const gb = memories.find((each) => each >= needed.gb && each <= now.gb)
    if (gb !== undefined) return vcpu === now.vcpu && gb === now.gb ? undefined : { vcpu, gb }
  }
  return undefined
}

/** What a discount of its own has made of a price: no Savings Plan covers it. */
const spotPrice = (price: Price): Price => ({ ...price, fact: `${price.fact}.spot` })

/** What a month costs less when so many tasks become smaller. Spot has no list: the least that it costs is taken. */
export const smallerTaskTerms = (
  price: PriceOf,
  { architecture, system }: Pick<TaskDefinition, "architecture" | "system">,
  now: TaskSize,
  then: TaskSize,
  tasks: { readonly onDemand: number; readonly spot: number }
): ReadonlyArray<SavingsTerm> => {
  const parts =
    system !== "linux"
      ? ([
          ["vCPU", now.vcpu - then.vcpu, "fargate.windowsVcpuHour"],
          ["Windows licence", now.vcpu - then.vcpu, "fargate.windowsOsLicenceVcpuHour"],
          ["memory", now.gb - then.gb, "fargate.windowsGBHour"]
        ] as const)
      : architecture === "arm64"
        ? ([
            ["vCPU", now.vcpu - then.vcpu, "fargate.armVcpuHour"],
            ["memory", now.gb - then.gb, "fargate.armGBHour"]
          ] as const)
        : ([
            ["vCPU", now.vcpu - then.vcpu, "fargate.x86VcpuHour"],
            ["memory", now.gb - then.gb, "fargate.x86GBHour"]
          ] as const)
  return parts
    .filter(([, less]) => less > 0)
    .flatMap(([label, less, fact]) => {
      const unit = label === "memory" ? "GB-hour" : "vCPU-hour"
      const hours = hoursPerMonth * less
      return [
        ...(tasks.onDemand === 0
          ? []
          : [term(`${label} of ${tasks.onDemand} tasks`, hours * tasks.onDemand, unit, price(fact))]),
        ...(tasks.spot === 0
          ? []
          : [
              term(
                `${label} of ${tasks.spot} Spot tasks at ${fargateSpotShare} of the price`,
                hours * tasks.spot * fargateSpotShare,
                unit,
                spotPrice(price(fact))
              )
            ])
      ]
    })
}
