/** Whether a run may be dated as it is: a wrong clock does damage that no later night mends. */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { instant } from "../core/format.ts"
import type { Run } from "../core/run/Run.ts"
import { millisPerDay } from "../core/time.ts"

/** A night so long after the one before is taken for a clock that is wrong: what it purges and confirms does not come back. */
const longestPauseMillis = 90 * millisPerDay

/** Clocks of machines that share a store may differ by so much. */
const leewayMillis = 10 * 60_000

/** The run would be dated before the newest one of the store, or so long after it that the clock may be wrong. */
export class WrongDate extends Schema.TaggedError<WrongDate>()("WrongDate", {
  /** ISO instants. */
  startedAt: Schema.String,
  newest: Schema.Struct({ id: Schema.String, startedAt: Schema.String })
}) {
  override get message() {
    const { newest, startedAt } = this
    const says = `The clock says ${instant(startedAt)}, and the newest run of the store, ${newest.id}, was at ${instant(newest.startedAt)}`
    const asked =
      '--any-date (in the cloud, an execution of the machine with the input {"trigger":"manual","anyDate":true})'
    return newest.startedAt > startedAt
      ? `${says}: a run that is dated before it is taken for an older one. Set the clock; if that run was dated wrongly, ${asked} scans all the same.`
      : `${says}: a run so long after it confirms what nobody looked at and ends what has expired. If the clock is right, ${asked} scans.`
  }
}

/** Refuses a run whose date does not fit the newest one of the store. */
export const checkDate = (startedAt: string, newest: Run | undefined): Effect.Effect<void, WrongDate> => {
  const pause = newest === undefined ? 0 : Date.parse(startedAt) - Date.parse(newest.startedAt)
  return newest === undefined || (pause >= -leewayMillis && pause <= longestPauseMillis)
    ? Effect.void
    : Effect.fail(new WrongDate({ startedAt, newest: { id: newest.id, startedAt: newest.startedAt } }))
}
