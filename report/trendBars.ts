import type { TrendPoint } from "../core/run/Run.ts"
import { isoDay, millisPerDay, startOfUtcMonth } from "../core/time.ts"
import type { TrendBar } from "./Model.ts"

const months = 13

const bar = (label: string, point: TrendPoint | undefined): TrendBar => ({
  label,
  confirmed: point?.confirmed.monthlyUsd ?? null,
  unconfirmed: point?.unconfirmed.monthlyUsd ?? null
})

/**
 * The open waste of thirteen months, each as its last night saw it; a month without a run is empty and not zero. Where all
 * nights are of one month, its days from the first night to the last, of which one without a run is as empty.
 */
export const trendBars = (points: ReadonlyArray<TrendPoint>, night: Date): ReadonlyArray<TrendBar> => {
  const last = new Map(points.map((point) => [point.day.slice(0, 7), point]))
  if (last.size < 2) {
    const nights = new Map(points.map((point) => [point.day, point]))
    const days = [...nights.keys()].sort()
    const [first, end] = [days[0], days.at(-1)]
    if (first === undefined || end === undefined) return []
    const from = Date.parse(first)
    return Array.from({ length: (Date.parse(end) - from) / millisPerDay + 1 }, (_, index) => {
      const day = isoDay(new Date(from + index * millisPerDay))
      return bar(day, nights.get(day))
    })
  }
  return Array.from({ length: months }, (_, index) => {
    const month = isoDay(startOfUtcMonth(night, index + 1 - months)).slice(0, 7)
    return bar(month, last.get(month))
  })
}
