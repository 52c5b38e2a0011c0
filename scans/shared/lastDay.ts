import type { Reading } from "../../core/Reading.ts"
import { isoDay } from "../../core/time.ts"

/** The last day of something as evidence: `none` where there was no such day, null where that is not known. */
export const lastDay = (last: Reading<Date | null | undefined>): string | null =>
  last.known ? (last.value ? isoDay(last.value) : "none") : null
