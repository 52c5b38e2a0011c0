/** One deadline for the whole of a call: connection, headers, body, and the credentials that it waits for. */
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"

/** How long one request may take, all of it: an endpoint that says nothing, or drips, holds nobody longer. */
export const CallDeadline = Context.Reference<Duration.Duration>("nightaudit/core/aws/CallDeadline", {
  defaultValue: () => Duration.seconds(60)
})

/** There was no whole answer in time. */
export class MissedDeadline extends Error {
  override readonly name = "Deadline"
  constructor(deadline: Duration.Duration) {
    super(`no whole answer within ${Duration.format(deadline)}`)
  }
}

/**
 * Does work that ends at the deadline, whether it heeds its signal or not: credential providers are given none. Real time
 * counts, because sockets know no other.
 */
export const inTime = <A>(
  deadline: Duration.Duration,
  work: (signal: AbortSignal) => Promise<A>,
  outer?: AbortSignal
): Promise<A> => {
  const controller = new AbortController()
  const signal = outer === undefined ? controller.signal : AbortSignal.any([outer, controller.signal])
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      reject(new MissedDeadline(deadline))
      controller.abort()
    }, Duration.toMillis(deadline))
    Promise.resolve()
      .then(() => work(signal))
      .then(resolve, reject)
      .finally(() => clearTimeout(timer))
  })
}
