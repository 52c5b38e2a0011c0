/** AWS, as far as the sample estate is concerned: answers calls from its description, and refuses what it says is refused. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { type Operation, operationKey } from "../core/aws/operation.ts"
import { type Destination, Transport } from "../core/aws/Transport.ts"
import type { Account, Estate, Refusal } from "./estate.ts"
import { estate } from "./organization.ts"
import { type Answers, type Here, refusal } from "./Service.ts"
import { emptyBilling, emptyGlobal, emptyRegion, services } from "./services/index.ts"

const answers: Answers = Object.assign({}, ...services.map(({ answers }) => answers))

/** What answers an operation: one service of the sample. Two clients of AWS have an operation of the same name. */
const answerOf = (operation: Operation) =>
  answers[`${operation.client.name} ${operationKey(operation)}`] ?? answers[operationKey(operation)]

const errors = (service: string) =>
  service === "ec2"
    ? { denied: "UnauthorizedOperation", throttled: "RequestLimitExceeded" }
    : service === "s3"
      ? { denied: "AccessDenied", throttled: "SlowDown" }
      : { denied: "AccessDeniedException", throttled: "ThrottlingException" }

const refuse = (by: Refusal["by"], { action, service }: Operation, account: string): Error => {
  const names = errors(service)
  const denied = `User: arn:aws:sts::${account}:assumed-role/scanner/nightaudit is not authorized to perform: ${action}`
  switch (by) {
    case "throttled-once":
      return refusal(names.throttled, "Rate exceeded", 400)
    case "iam":
      return refusal(names.denied, `${denied} because no identity-based policy allows the ${action} action`, 403)
    case "service-control-policy":
      return refusal(names.denied, `${denied} with an explicit deny in a service control policy`, 403)
  }
}

const isAbout = ({ operation, region }: Refusal, key: string, destination: Destination) =>
  (region === undefined || region === destination.region) && (operation === undefined || key.startsWith(operation))

/** Answers from an estate. What it throttles once is throttled once in the life of the layer. */
export const layerOf = (estate: Estate): Layer.Layer<Transport> =>
  Layer.effect(
    Transport,
    Effect.gen(function* () {
      const clock = yield* Clock.Clock
      const now = () => clock.currentTimeMillisUnsafe()
      const places = new Map<string, Here>()
      const throttled = new Set<Refusal>()

      const hereOf = (own: Account, region: string): Here => {
        const key = `${own.id}/${region}`
        const existing = places.get(key)
        if (existing !== undefined) return existing
        const here = {
          estate,
          account: own.id,
          region,
          own,
          has: { ...emptyRegion, ...own.regions[region] },
          global: { ...emptyGlobal, ...own },
          billing: { ...emptyBilling, ...estate.billing },
          services,
          now
        }
        places.set(key, here)
        return here
      }

      const answer = (operation: Operation, input: object, destination: Destination) => {
        const key = operationKey(operation)
        const own = estate.accounts.find(({ id }) => id === destination.account)
        if (own === undefined || own.locked === true) throw refuse("iam", operation, destination.account)
        const refused = own.refusals?.find((refusal) => isAbout(refusal, key, destination) && !throttled.has(refusal))
        if (refused !== undefined) {
          if (refused.by === "throttled-once") throttled.add(refused)
          throw refuse(refused.by, operation, own.id)
        }
        const answer = answerOf(operation)
        if (answer === undefined)
          throw new Error(`The sample estate has no answer to ${key}: add one in sample/services.`)
        const output = answer(hereOf(own, destination.region), input) as object
        // Every answer has it: it is how an empty list of SQS is told from no answer of SQS.
        return { $metadata: { httpStatusCode: 200, requestId: "sample" }, ...output }
      }

      return Transport.of({
        send: (operation, input, destination) => Promise.resolve().then(() => answer(operation, input, destination))
      })
    })
  )

/** Answers from the sample estate. */
export const layer = layerOf(estate)
