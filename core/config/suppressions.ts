/** Findings that a company has decided to live with: the section `suppressions` of the configuration. */
import * as Schema from "effect/Schema"
import type { Finding, SetAside } from "../finding/Finding.ts"
import { AccountId } from "../Scope.ts"
import { writtenInstant } from "../time.ts"
import { matching, textOf } from "./schemas.ts"

/** Names in a `tag`: `env=sandbox`, or `env` for any value. */
const tagOf = (tag: string): readonly [key: string, value: string | undefined] => {
  const at = tag.indexOf("=")
  return at < 0 ? [tag, undefined] : [tag.slice(0, at), tag.slice(at + 1)]
}

/** When what a rule sets aside comes back, as an ISO instant: the beginning of the day `until`, as where a person sets something aside. */
export const endOf = ({ until }: Pick<SuppressionRule, "until">): string | null =>
  until === undefined ? null : new Date(`${until}T00:00:00Z`).toISOString()

const dayPattern = /^\d{4}-\d\d-\d\d$/

const isDay = (day: string): boolean => writtenInstant(day) !== undefined

const what = ["scan", "account", "resource", "tag"] as const

/** What matches all that is named is suppressed, with its reason and author, until a day, on which it comes back. */
export const SuppressionRule = Schema.Struct({
  scan: Schema.optionalKey(
    textOf("expected the name of a scan").annotate({ description: "Only findings of this scan" })
  ),
  account: Schema.optionalKey(AccountId).annotateKey({ description: "Only findings in this account" }),
  resource: Schema.optionalKey(
    textOf("expected the ARN or the id of a resource").annotate({ description: "Only this resource, by its ARN or id" })
  ),
  tag: Schema.optionalKey(
    matching("[^=]+(=.*)?", "expected a tag such as env=sandbox, or its key alone").annotate({
      description: "Only resources with this tag: env=sandbox, or its key alone for any value"
    })
  ),
  reason: textOf("expected the reason that others will read").check(
    Schema.isMaxLength(500, { message: "expected at most 500 characters" })
  ),
  author: textOf("expected who decided it").check(
    Schema.isMaxLength(100, { message: "expected at most 100 characters" })
  ),
  until: Schema.optionalKey(
    Schema.String.annotate({ message: "expected a day such as 2026-12-24" }).check(
      Schema.makeFilter((day: string) => (dayPattern.test(day) && isDay(day)) || "expected a day such as 2026-12-24", {
        toJsonSchema: () => ({
          description: "The day, in UTC, on which it comes back; without it there is none",
          pattern: dayPattern.source
        })
      })
    )
  )
}).check(
  Schema.makeFilter(
    (rule) => what.some((key) => rule[key] !== undefined) || `expected at least one of ${what.join(", ")}`,
    { toJsonSchema: () => ({}) }
  )
)
export type SuppressionRule = typeof SuppressionRule.Type

/** Shows people that the configuration set a finding aside. */
const mark = " (configuration)"

export const authorOf = ({ author }: Pick<SuppressionRule, "author">): string => `${author}${mark}`

/** Who sets aside what another scope tells of a resource whose tags, which that scope does not know, say to leave it alone. */
export const tagsOfResource = {
  by: "tags",
  author: "tags of the resource",
  reason: "A tag of the resource, or of what it is a part of, says to leave it alone."
} as const

/** Who set a finding aside. A person may call themselves what they like; only where nobody wrote it down is it read from the author. */
export const setAsideBy = ({ author, by }: Pick<SetAside, "author" | "by">): NonNullable<SetAside["by"]> =>
  by ?? (author === tagsOfResource.author ? "tags" : author.endsWith(mark) ? "configuration" : "person")

const isBy =
  (who: SetAside["by"]) =>
  ({ setAside, status }: Pick<Finding, "setAside" | "status">): boolean =>
    status === "suppressed" && setAside !== null && setAsideBy(setAside) === who

/** Whether the configuration set a finding aside. */
export const isByConfiguration = isBy("configuration")

/** Whether a resource's own tags set a finding aside. */
export const isByTags = isBy("tags")

/** The first rule that suppresses a finding as of an instant. */
export const suppressionOf = (
  rules: ReadonlyArray<SuppressionRule>,
  {
    account,
    resource,
    scan
  }: Pick<Finding, "account" | "scan"> & {
    readonly resource: Pick<Finding["resource"], "arn" | "id" | "tags">
  },
  now: Date
): SuppressionRule | undefined =>
  rules.find((rule) => {
    const end = endOf(rule)
    if (end !== null && end <= now.toISOString()) return false
    if (rule.scan !== undefined && rule.scan !== scan) return false
    if (rule.account !== undefined && rule.account !== account) return false
    if (rule.resource !== undefined && rule.resource !== resource.arn && rule.resource !== resource.id) return false
    if (rule.tag === undefined) return true
    const [key, value] = tagOf(rule.tag)
    return Object.hasOwn(resource.tags, key) && (value === undefined || resource.tags[key] === value)
  })
