/** Where messages and events go: SNS and the bus in the cloud, a folder and the terminal locally, chats from both. */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import type { BusEvent } from "./events.ts"
import type { Message } from "./Message.ts"

/** What was tried several times and did not arrive. The message says where and why in one line, and never an address. */
export class NotDelivered extends Schema.TaggedError<NotDelivered>()("NotDelivered", {
  channel: Schema.String,
  message: Schema.String,
  /** True where this one is refused for good, and the next may be taken. */
  refused: Schema.optionalKey(Schema.Boolean)
}) {}

/** One way to people. */
export interface Channel {
  /** Names it in logs, and what is kept for it. */
  readonly name: string
  /** Whether it takes a message: what is for one owner goes where owners are told apart. */
  readonly takes: (message: Message) => boolean
  /** Repeats what failed for a moment before it fails. */
  readonly send: (message: Message) => Effect.Effect<void, NotDelivered>
}

export class Notifier extends Context.Service<
  Notifier,
  {
    readonly channels: ReadonlyArray<Channel>
    /** Puts events on the bus and repeats those that it did not take. Events that were told before may come again. */
    readonly publish: (events: ReadonlyArray<BusEvent>) => Effect.Effect<void, NotDelivered>
  }
>()("nightaudit/core/alerts/Notifier") {
  /** Tells nobody. */
  static readonly layerNone = Layer.succeed(Notifier, { channels: [], publish: () => Effect.void })
}
