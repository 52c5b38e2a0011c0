import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { estate } from "../../../sample/organization.ts"
import { call, production } from "../call.ts"

const staging = { account: "777788889999", region: "eu-central-1" }

/** Every page of a list. */
const pages = (
  key: "tag:GetResources" | "resource-explorer-2:ListResources",
  input: Readonly<Record<string, unknown>>,
  destination = production
) =>
  Effect.gen(function* () {
    const [field, token] =
      key === "tag:GetResources" ? ["ResourceTagMappingList", "PaginationToken"] : ["Resources", "NextToken"]
    const all: Array<any> = []
    let next: string | undefined
    do {
      const page: any = yield* call(key, { ...input, ...(next === undefined ? {} : { [token]: next }) }, destination)
      all.push(...page[field])
      next = page[token]
    } while (next !== undefined && next !== "")
    return all
  })

describe("tag:GetResources", () => {
  it.effect("tells of everything that ever had a tag, of every service, and ends with an empty token", () =>
    Effect.gen(function* () {
      const all = yield* pages("tag:GetResources", {})
      const services = new Set(all.map(({ ResourceARN }) => ResourceARN.split(":")[2]))
      assert.sameMembers(
        [...services],
        [
          "autoscaling",
          "backup",
          "cloudwatch",
          "dlm",
          "dynamodb",
          "ec2",
          "ecr",
          "ecs",
          "eks",
          "elasticache",
          "elasticloadbalancing",
          "events",
          "lambda",
          "logs",
          "rds",
          "s3",
          "sns",
          "sqs",
          "states"
        ]
      )
      assert.isTrue(all.every(({ Tags }) => Tags.length > 0))
      const last = yield* call("tag:GetResources", { ResourceTypeFilters: ["sqs:queue"] })
      assert.strictEqual(last.PaginationToken, "")
      assert.strictEqual(last.ResourceTagMappingList.length, 9)
    })
  )

  it.effect("is asked for services, types and tags", () =>
    Effect.gen(function* () {
      const count = (input: Readonly<Record<string, unknown>>) =>
        Effect.map(pages("tag:GetResources", input), ({ length }) => length)
      const balancers = yield* count({ ResourceTypeFilters: ["elasticloadbalancing:loadbalancer"] })
      const groups = yield* count({ ResourceTypeFilters: ["elasticloadbalancing:targetgroup"] })
      assert.strictEqual(yield* count({ ResourceTypeFilters: ["elasticloadbalancing"] }), balancers + groups)
      const dynamodb = { ResourceTypeFilters: ["dynamodb:table"] }
      assert.strictEqual(yield* count({ ...dynamodb, TagFilters: [{ Key: "team", Values: ["data"] }] }), 1)
      assert.strictEqual(yield* count({ ...dynamodb, TagFilters: [{ Key: "nobody" }] }), 0)
    })
  )

  it.effect("knows what has no region in one region only", () =>
    Effect.gen(function* () {
      const global = (region: string) =>
        pages("tag:GetResources", { ResourceTypeFilters: ["cloudfront", "route53"] }, { ...production, region })
      assert.isAbove((yield* global("us-east-1")).length, 5)
      assert.deepStrictEqual(yield* global("eu-central-1"), [])
    })
  )
})

describe("Resource Explorer", () => {
  it.effect("lists what has no tag as well", () =>
    Effect.gen(function* () {
      const all = yield* pages("resource-explorer-2:ListResources", { MaxResults: 100 })
      const untagged = yield* pages("resource-explorer-2:ListResources", {
        MaxResults: 100,
        Filters: { FilterString: "tag:none" }
      })
      const tagged = yield* pages("tag:GetResources", {})
      assert.isAbove(untagged.length, 5)
      // What only the services tagged counts as untagged.
      const byService = tagged.filter(({ Tags }) => Tags.every(({ Key }: any) => Key.startsWith("aws:")))
      assert.strictEqual(all.length, untagged.length + tagged.length - byService.length)
      const ssh = untagged.filter(({ ResourceType }) => ResourceType === "ec2:security-group")
      assert.isAbove(ssh.length, 0)
      assert.isTrue(ssh.every(({ Properties }) => Properties.length === 0))
      const [queue] = all.filter(({ Arn }) => Arn.endsWith(":price-feed"))
      assert.strictEqual(queue.Region, "eu-central-1")
      assert.strictEqual(queue.OwningAccountId, production.account)
      assert.deepInclude(queue.Properties[0].Data, { Key: "team", Value: "data" })
    })
  )

  it.effect("gives no token at a thousand a page, whatever is left", () =>
    Effect.gen(function* () {
      const queues = Array.from({ length: 1500 }, (_, n) => ({ name: `q-${n}`, created: "2026-01-01", sent: 0 }))
      const many = {
        ...estate,
        accounts: [
          {
            id: production.account,
            name: "many",
            regions: { [production.region]: { queues } },
            explorerViews: [{ name: "all", region: production.region }]
          }
        ]
      }
      const here = { ...production, estate: many }
      const whole = yield* call("resource-explorer-2:ListResources", { MaxResults: 1000 }, here)
      assert.strictEqual(whole.Resources.length, 1000)
      assert.notProperty(whole, "NextToken")
      const smaller = yield* call("resource-explorer-2:ListResources", { MaxResults: 999 }, here)
      assert.strictEqual(smaller.NextToken, "999")
    })
  )

  it.effect("is filtered by prefixes, and refuses words", () =>
    Effect.gen(function* () {
      const list = (FilterString: string) =>
        pages("resource-explorer-2:ListResources", { MaxResults: 100, Filters: { FilterString } })
      const types = new Set((yield* list("resourcetype:ec2:vol*")).map(({ ResourceType }) => ResourceType))
      assert.deepStrictEqual([...types], ["ec2:volume"])
      assert.isTrue((yield* list("service:sqs -tag:team=data")).every(({ Arn }) => !Arn.endsWith(":price-feed")))
      assert.deepStrictEqual(yield* list("region:us* -region:global"), [])
      const error = yield* Effect.flip(list("queue"))
      assert.strictEqual(error.name, "ValidationException")
    })
  )

  it.effect("shows tags where its view has them, and nothing where there is no view", () =>
    Effect.gen(function* () {
      const listed = yield* pages("resource-explorer-2:ListResources", { MaxResults: 100 }, staging)
      assert.isTrue(listed.every(({ Properties }) => Properties.length === 0))
      const properties = (destination: typeof production) =>
        Effect.gen(function* () {
          const { Views } = yield* call("resource-explorer-2:ListViews", {}, destination)
          const { View } = yield* call("resource-explorer-2:GetView", { ViewArn: Views[0] }, destination)
          return View.IncludedProperties
        })
      assert.deepStrictEqual(yield* properties(staging), [])
      assert.deepStrictEqual(yield* properties(production), [{ Name: "tags" }])
      const sydney = { ...production, region: "ap-southeast-2" }
      assert.deepStrictEqual((yield* call("resource-explorer-2:ListViews", {}, sydney)).Views, [])
      const error = yield* Effect.flip(call("resource-explorer-2:ListResources", {}, sydney))
      assert.strictEqual(error.name, "UnauthorizedException")
    })
  )
})

describe("tag:ListRequiredTags", () => {
  it.effect("tells what the tag policies want, page by page", () =>
    Effect.gen(function* () {
      const first = yield* call("tag:ListRequiredTags", { MaxResults: 3 })
      assert.deepStrictEqual(first.RequiredTags[0], {
        ResourceType: "ec2:instance",
        CloudFormationResourceTypes: ["AWS::EC2::Instance"],
        ReportingTagKeys: ["Owner", "CostCenter", "Environment"]
      })
      const second = yield* call("tag:ListRequiredTags", { MaxResults: 3, NextToken: first.NextToken })
      assert.strictEqual(second.RequiredTags.length, 1)
      const payers = yield* call("tag:ListRequiredTags", {}, { account: "111122223333", region: "us-east-1" })
      assert.deepStrictEqual(payers.RequiredTags, [])
    })
  )
})
