/** Tells people and the bus about a run. What it may call is SNS and the bus, besides the table. */
import * as Config from "effect/Config"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import { eventBus, snsChannel } from "../core/alerts/aws.ts"
import type { Message } from "../core/alerts/Message.ts"
import { Notifier } from "../core/alerts/Notifier.ts"
import { webhookChannel } from "../core/alerts/webhookChannel.ts"
import { AlertSettings } from "../core/config/AlertSettings.ts"
import { notify } from "../workflows/steps/notify.ts"
import { configuration } from "./configuration.ts"
import { handlerOf } from "./handler.ts"
import { storeLayer } from "./storeLayer.ts"

/** What is for one owner goes to the owners' topic, where subscriptions are told apart by that attribute. */
const isForOwner = ({ attributes }: Message): boolean => attributes.kind === "digest" && attributes.owner !== undefined

const settings = Layer.effect(
  AlertSettings,
  Effect.map(configuration, ({ alerts }) => alerts)
)

const notifier = Layer.effect(
  Notifier,
  Effect.gen(function* () {
    const { webhooks } = (yield* configuration).alerts
    const topic = yield* Config.String("NIGHTAUDIT_TOPIC")
    const owners = Option.getOrUndefined(yield* Config.option(Config.String("NIGHTAUDIT_OWNERS_TOPIC")))
    const bus = yield* Config.String("NIGHTAUDIT_BUS")
    return {
      channels: [
        snsChannel("topic", topic, (message) => !isForOwner(message)),
        ...(owners === undefined ? [] : [snsChannel("owners' topic", owners, isForOwner)]),
        ...webhooks.map(webhookChannel)
      ],
      publish: eventBus(bus)
    }
  })
)

export const handler = handlerOf("notify", notify, Layer.mergeAll(settings, notifier, storeLayer))
