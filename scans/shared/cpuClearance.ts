/** Which days of CPU that an earlier night saw clear a fleet tonight, whatever its CPU has been since. */
import type { CpuClearance } from "../../datasets/aws/fleets.ts"

/**
 * The busy days that forbid to call a fleet oversized or idle: one day of twenty above what the 95th percentile of the days may be, and
 * more than one of ten that is not idle.
 */
export const busyEnough = (settings: {
  readonly lookbackDays: number
  readonly leastDays: number
  readonly cpuP95Max: number
  readonly idleCpuMax: number
}): CpuClearance => {
  // The day of the run is one as well.
  const days = settings.lookbackDays + 1
  return {
    leastDays: settings.leastDays,
    above: [
      { percent: settings.cpuP95Max, days: Math.floor(days / 20) + 1 },
      { percent: settings.idleCpuMax, days: Math.floor(days / 10) + 1 }
    ]
  }
}

/** So few days were busy that those since cannot make enough of them. */
export const calmEnough = (settings: { readonly sustainedDays: number; readonly cpuP95Min: number }): CpuClearance => ({
  leastDays: settings.sustainedDays,
  below: { percent: settings.cpuP95Min, days: settings.sustainedDays }
})
