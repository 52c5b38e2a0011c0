/** What somebody started and what it costs while it runs: one write event of CloudTrail, read and priced. */
import * as Schema from "effect/Schema"
import { type Resource, SavingsBasis, SavingsTerm } from "../finding/Finding.ts"
import { AccountId } from "../Scope.ts"

export const Started = Schema.Struct({
  /** CloudTrail's id of the event: the same however often it is delivered. */
  id: Schema.String,
  /** ISO instant of the call. */
  at: Schema.String,
  /** The call, such as `CreateNatGateway`. */
  event: Schema.String,
  account: AccountId,
  region: Schema.String,
  /** As findings name the resource: `ec2:nat-gateway`. */
  type: Schema.String,
  /** The service that bills it, as Cost Explorer's SERVICE names it. */
  service: Schema.String,
  /** The resources, as findings name them; none where CloudTrail leaves out which they are. */
  resources: Schema.Array(Schema.String),
  /** In words: `io2 volume of 500 GB with 20,000 IOPS`. */
  what: Schema.String,
  /** The ARN of who made the call, which may name a person; empty where CloudTrail does not tell. */
  by: Schema.String,
  /** USD a month of 730 hours while all of it runs, at list prices and before any use; null where nothing of it is known. */
  monthlyUsd: Schema.NullOr(Schema.Finite),
  /** Whether the amount is only what is known of it, because a price or a quantity is not. Absent: it is not. */
  atLeast: Schema.optionalKey(Schema.Literal(true)),
  /** Whether it is expensive by its type and size, and a price of it is not known. Absent: it is not. */
  unpriced: Schema.optionalKey(Schema.Literal(true)),
  /** How far the amount can be trusted. */
  basis: SavingsBasis,
  /** The sum that the amount is. */
  terms: Schema.Array(SavingsTerm),
  /** What the amount leaves out or rests on; empty where there is nothing to say. */
  note: Schema.String
})
export type Started = typeof Started.Type

/** How long before the end of a call something may say that it was made by it. */
const callMillis = 5 * 60_000

/** Whether a resource is of what was started: by its id, or by its kind and age where CloudTrail leaves out which they are. */
export const startedBy = (started: ReadonlyArray<Started>) => {
  const ids = new Set(started.flatMap(({ resources }) => resources))
  const unnamed = started.filter(({ resources }) => resources.length === 0)
  return ({ createdAt, id, type }: Pick<Resource, "createdAt" | "id" | "type">): boolean =>
    ids.has(id) ||
    unnamed.some(
      (one) => one.type === type && createdAt !== null && Date.parse(createdAt) >= Date.parse(one.at) - callMillis
    )
}
