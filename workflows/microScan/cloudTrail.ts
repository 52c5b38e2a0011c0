/** Write events as CloudTrail records them and EventBridge delivers them. What is in them is data that others have chosen. */
import * as Schema from "effect/Schema"
import { AccountId } from "../../core/Scope.ts"
import { cleanText } from "../../core/text.ts"
import { writtenInstant } from "../../core/time.ts"

/** What every event of EventBridge has of a call that CloudTrail recorded. Source: EventBridge user guide, "AWS service events via CloudTrail". */
export const TrailEvent = Schema.Struct({
  "detail-type": Schema.Literal("AWS API Call via CloudTrail"),
  /** Only AWS itself puts events whose source begins with `aws.`, and where from. */
  source: Schema.String,
  account: AccountId,
  region: Schema.String,
  detail: Schema.Struct({
    eventSource: Schema.String,
    eventName: Schema.String,
    eventID: Schema.String.check(Schema.isPattern(/^[\w-]{8,64}$/)),
    eventTime: Schema.String.check(
      Schema.makeFilter(
        (text: string) => (text.endsWith("Z") && writtenInstant(text) !== undefined) || "expected an instant"
      )
    ),
    awsRegion: Schema.optionalKey(Schema.String),
    recipientAccountId: Schema.optionalKey(Schema.String),
    readOnly: Schema.optionalKey(Schema.Unknown),
    errorCode: Schema.optionalKey(Schema.Unknown),
    userIdentity: Schema.optionalKey(Schema.Unknown),
    requestParameters: Schema.optionalKey(Schema.Unknown),
    responseElements: Schema.optionalKey(Schema.Unknown)
  })
})
export type TrailEvent = typeof TrailEvent.Type

/** Above this a number is a mistake or a lie, and no quantity. */
const maxNumber = 1e7

/** What is at a path; undefined where something on the way is not there. */
export const at = (value: unknown, ...path: ReadonlyArray<string>): unknown =>
  path.reduce<unknown>(
    (inner, key) =>
      typeof inner === "object" && inner !== null && Object.hasOwn(inner, key)
        ? (inner as Readonly<Record<string, unknown>>)[key]
        : undefined,
    value
  )

/** The text at a path, bounded; undefined for none, for an empty one and for what is no text. */
export const textAt = (value: unknown, ...path: ReadonlyArray<string>): string | undefined => {
  const found = at(value, ...path)
  const text = typeof found === "string" ? cleanText(found).trim() : ""
  return text === "" ? undefined : text
}

/** The quantity at a path. EC2 writes some as text. */
export const numberAt = (value: unknown, ...path: ReadonlyArray<string>): number | undefined => {
  const found = at(value, ...path)
  const number = typeof found === "string" && /^\d+(\.\d+)?$/.test(found) ? Number(found) : found
  return typeof number === "number" && number >= 0 && number <= maxNumber ? number : undefined
}

/** A list at a path. Some of EC2's are `{ "items": […] }` or `{ "item": … }` with one item or several, some a single value. */
export const listAt = (value: unknown, ...path: ReadonlyArray<string>): ReadonlyArray<unknown> => {
  const found = at(value, ...path)
  const inner = at(found, "items") ?? at(found, "item") ?? found
  return Array.isArray(inner) ? inner : inner === undefined || inner === null || inner === "" ? [] : [inner]
}

/** The texts of a list. EC2 writes `{ "tag": 1, "content": "subnet-…" }` for some. */
export const textsAt = (value: unknown, ...path: ReadonlyArray<string>): ReadonlyArray<string> =>
  listAt(value, ...path).flatMap((item) => textAt({ item }, "item") ?? textAt(item, "content") ?? [])

/** Who made the call: the role behind a session, or the user. Longer than 200 characters no ARN of a principal is. */
export const principalOf = ({ detail: { userIdentity } }: TrailEvent): string =>
  (
    textAt(userIdentity, "sessionContext", "sessionIssuer", "arn") ??
    textAt(userIdentity, "arn") ??
    textAt(userIdentity, "invokedBy") ??
    ""
  ).slice(0, 200)
