/** The filters that several tools share: what a model writes, made into a query, and said back from the query that ran. */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { Catalogue } from "../../core/catalogue/Catalogue.ts"
import { knownRegions } from "../../core/config/regions.ts"
import { hint } from "../../core/config/suggest.ts"
import { kinds, severities, statuses } from "../../core/store/query.ts"
import { globalRegion, payerRegion } from "../../core/Scope.ts"
import { allAccounts } from "../../core/run/Rollup.ts"
import { Store, type StoreError } from "../../core/store/Store.ts"
import { type Content, Refusal } from "../answer/Answer.ts"
import { catalogue } from "../../audit/catalogue.ts"
import { argument } from "./argument.ts"

export const scanNames = catalogue.map(({ name }) => name)
const categoryNames = [...new Set(catalogue.map(({ category }) => category))]

const regionNames = [...knownRegions, globalRegion, payerRegion]

const regions = argument.textsOf((text, echo) => {
  const region = regionNames.find((name) => name === text.toLowerCase())
  return region === undefined
    ? Result.fail(`there is no region ${echo(text)}.${hint(text, regionNames)}`.replace(/\.$/, ""))
    : Result.succeed(region)
})

/** Where. Without them an answer is about everything that the caller may see. */
export const placeFilters = { accounts: argument.accounts(), regions }

/** Which findings. */
export const findingFilters = {
  ...placeFilters,
  scans: argument.names(() => scanNames),
  categories: argument.words(categoryNames),
  services: argument.texts("EC2, S3, RDS, …"),
  severities: argument.words(severities),
  owner: argument.text("Value of the owner tag"),
  statuses: argument.words(statuses, "Default open"),
  kinds: argument.words(kinds),
  confirmed: argument.flag(),
  minMonthlyUsd: argument.number({ minimum: 0, maximum: 1e12 })
}

/** Short names of services that their billing names do not contain. */
const abbreviations: Readonly<Record<string, ReadonlyArray<string>>> = {
  ec2: ["elastic compute cloud", "ec2"],
  ebs: ["ec2 - other"],
  vpc: ["virtual private cloud", "ec2 - other"],
  s3: ["simple storage service"],
  rds: ["relational database service"],
  sqs: ["simple queue service"],
  sns: ["simple notification service"],
  elb: ["elastic load balancing"],
  alb: ["elastic load balancing"],
  nlb: ["elastic load balancing"],
  eks: ["elastic container service for kubernetes"],
  ecs: ["elastic container service"],
  ecr: ["ec2 container registry", "elastic container registry"],
  efs: ["elastic file system"],
  kms: ["key management service"],
  nat: ["ec2 - other"]
}

const wordsOf = (text: string): string =>
  text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, " ")
    .trim()

/** The billing names that a person's name for a service stands for, of those that have findings. */
export const servicesNamed = (written: string, names: ReadonlyArray<string>): ReadonlyArray<string> => {
  const wanted = wordsOf(written)
  const exact = names.filter((name) => wordsOf(name) === wanted)
  if (exact.length > 0) return exact
  const short = wanted.replace(/^(amazon|aws) /, "")
  const parts = (Object.hasOwn(abbreviations, short) ? abbreviations[short] : undefined) ?? [wanted]
  return names.filter((name) => parts.some((part) => wordsOf(name).includes(wordsOf(part))))
}

/** The billing names of services that have open findings. */
export const billedServices: Effect.Effect<ReadonlyArray<string>, StoreError, Store> = Effect.gen(function* () {
  const store = yield* Store
  const [all] = yield* store.rollups([allAccounts])
  return [...(all?.by.service.keys() ?? [])]
})

/** Categories, of which the wire lists no names: search has them. */
export const categoryFilter = argument.names(() => categoryNames)

/** One that matches nothing, in signs that cannot be taken for a sentence. */
const unknownService = (written: string): string => written.replace(/[^\w.]+/g, "-").slice(0, 60)

/** Services as they are billed. One without findings stays about as it was written, so that it matches nothing and not everything. */
export const resolveServices = Effect.fnUntraced(function* (
  written: ReadonlyArray<string> | undefined
): Effect.fn.Return<ReadonlyArray<string> | undefined, StoreError, Store> {
  if (written === undefined) return undefined
  const names = yield* billedServices
  return written.flatMap((name) => {
    const found = servicesNamed(name, names)
    return found.length === 0 ? [unknownService(name)] : found
  })
})

/** What none found for a service means, where no scan may be about it. */
export const nothingOfServices = (
  services: ReadonlyArray<string> | undefined,
  findings: number | null,
  tools: ReadonlySet<string>
): ReadonlyArray<string> =>
  services === undefined || findings !== 0
    ? []
    : [
        `None found is no result for a service that no scan is about.${tools.has("get_coverage") ? " get_coverage with service tells whether one is." : ""}`
      ]

/** The scans that a question is about; undefined for all. */
export const scansOf = Effect.fnUntraced(function* ({
  categories,
  scans
}: {
  readonly scans?: ReadonlyArray<string> | undefined
  readonly categories?: ReadonlyArray<string> | undefined
}): Effect.fn.Return<ReadonlyArray<string> | undefined, never, Catalogue> {
  if (scans === undefined && categories === undefined) return undefined
  const { all } = yield* Catalogue
  return all
    .filter(({ category, name }) => (scans?.includes(name) ?? true) && (categories?.includes(category) ?? true))
    .map(({ name }) => name)
})

/** A caller who asks for accounts that it may not see hears the same as for accounts that do not exist. */
export const checkAccounts = Effect.fnUntraced(function* (
  accounts: ReadonlyArray<string> | undefined,
  visible: ReadonlyArray<string> | null
): Effect.fn.Return<void, Refusal> {
  const hidden = (accounts ?? []).filter((account) => visible !== null && !visible.includes(account))
  if (hidden.length > 0) {
    return yield* new Refusal({
      message: `Account ${hidden.join(", ")}: no audit has looked at it, or it is not yours to see. You can ask for: ${visible?.join(", ") ?? ""}.`
    })
  }
})

/** What was filtered by, without what was not. */
export const filtersSaid = (query: Readonly<Record<string, unknown>>): Content =>
  Object.fromEntries(Object.entries(query).filter(([, value]) => value !== undefined))
