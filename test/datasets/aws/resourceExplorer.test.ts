import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { exploredResources } from "../../../datasets/aws/resourceExplorer.ts"
import { awsFailure, countCalls, inScope, paged, stubTransport, type Answers } from "../harness.ts"

const viewArn = (name: string) => `arn:aws:resource-explorer-2:eu-west-1:111111111111:view/${name}/1`

const view = (name: string, more: object = {}) => ({
  ViewArn: viewArn(name),
  Filters: { FilterString: "" },
  IncludedProperties: [{ Name: "tags" }],
  ...more
})

const instance = (index: number, more: object = {}) => ({
  Arn: `arn:aws:ec2:eu-west-1:111111111111:instance/i-${index}`,
  OwningAccountId: "111111111111",
  ResourceType: "ec2:instance",
  Properties: [],
  ...more
})

/** Resource Explorer with these views, and these resources in the region. */
const explorer = (views: ReadonlyArray<ReturnType<typeof view>>, resources: ReadonlyArray<object>): Answers => ({
  "resource-explorer-2:ListViews": () => ({ Views: views.map(({ ViewArn }) => ViewArn) }),
  "resource-explorer-2:GetView": ({ ViewArn }) => ({ View: views.find((view) => view.ViewArn === ViewArn) }),
  "resource-explorer-2:ListResources": (input) =>
    input.Filters.FilterString.endsWith("region:global")
      ? { Resources: [instance(0, { Arn: "arn:aws:cloudfront::111111111111:distribution/E1" })] }
      : paged(resources, "Resources", { size: "MaxResults" })(input)
})

const explore = Effect.fnUntraced(function* (answers: Answers, region?: string) {
  const { layer, sent } = stubTransport(answers)
  const read = yield* Effect.result(inScope(layer, region)(exploredResources))
  return { read, sent, calls: countCalls(sent), listed: read._tag === "Success" ? read.success : undefined }
})

describe("resourceExplorer.exploredResources", () => {
  it.effect("reads 2,000 resources in pages of 999, because a page of 1,000 comes without a token", () =>
    Effect.gen(function* () {
      const resources = Array.from({ length: 2000 }, (_, index) => instance(index))
      const { calls, listed, sent } = yield* explore(explorer([view("all")], resources))
      assert.deepStrictEqual(calls, {
        "resource-explorer-2:ListViews": 1,
        "resource-explorer-2:GetView": 1,
        "resource-explorer-2:ListResources": 3
      })
      assert.strictEqual(listed?.items.length, 2000)
      const input = sent.at(-1)?.input
      assert.strictEqual(input.MaxResults, 999)
      assert.strictEqual(input.ViewArn, viewArn("all"))
      assert.deepStrictEqual(input.Filters, { FilterString: "accountid:111111111111 region:eu-west-1" })
      assert.strictEqual(sent.at(-1)?.operation.action, "resource-explorer-2:Search")
    })
  )

  it.effect("reads tags, and leaves out what another account owns", () =>
    Effect.gen(function* () {
      const tags = { Name: "tags", Data: [{ Key: "Owner", Value: "web" }] }
      const { listed } = yield* explore(
        explorer(
          [view("all")],
          [
            instance(1, { Properties: [{ Name: "other", Data: {} }, tags] }),
            instance(2, { OwningAccountId: "222222222222" })
          ]
        )
      )
      assert.deepStrictEqual(listed?.items, [
        {
          arn: "arn:aws:ec2:eu-west-1:111111111111:instance/i-1",
          type: "ec2:instance",
          tags: { Owner: "web" }
        }
      ])
    })
  )

  it.effect("asks for what has no region where the partition's global services answer", () =>
    Effect.gen(function* () {
      const { listed } = yield* explore(explorer([view("all")], [instance(1)]), "us-east-1")
      assert.deepStrictEqual(
        listed?.items.map(({ arn }) => arn),
        ["arn:aws:ec2:eu-west-1:111111111111:instance/i-1", "arn:aws:cloudfront::111111111111:distribution/E1"]
      )
    })
  )

  it.effect("answers nothing where no view shows everything with its tags", () =>
    Effect.gen(function* () {
      for (const views of [
        [],
        [view("some", { Filters: { FilterString: "service:ec2" } })],
        [view("untagged", { IncludedProperties: [] })]
      ]) {
        const { calls, read } = yield* explore(explorer(views, [instance(1)]))
        assert.deepStrictEqual(read._tag === "Success" ? read.success : "failed", undefined)
        assert.isUndefined(calls["resource-explorer-2:ListResources"])
      }
      const second = [view("a", { IncludedProperties: [] }), view("b", { Filters: undefined })]
      const { listed } = yield* explore(explorer(second, [instance(1)]))
      assert.strictEqual(listed?.items.length, 1)
    })
  )

  it.effect("keeps what was read when a later page is denied", () =>
    Effect.gen(function* () {
      const resources = Array.from({ length: 1000 }, (_, index) => instance(index))
      const answers = explorer([view("all")], resources)
      const { listed } = yield* explore({
        ...answers,
        "resource-explorer-2:ListResources": (input) => {
          if (input.NextToken !== undefined) throw awsFailure("AccessDeniedException", "no", 403)
          return answers["resource-explorer-2:ListResources"]?.(input, { account: "", region: "" })
        }
      })
      assert.strictEqual(listed?.items.length, 999)
      assert.strictEqual(listed?.gaps.length, 1)
    })
  )

  for (const [field, answers] of [
    ["Views", { ...explorer([], []), "resource-explorer-2:ListViews": () => ({}) }],
    ["View", { ...explorer([view("all")], []), "resource-explorer-2:GetView": () => ({}) }],
    ["View.IncludedProperties", explorer([view("all", { IncludedProperties: undefined })], [])],
    ["View.Filters.FilterString", explorer([view("all", { Filters: {} })], [])],
    ["Resources", { ...explorer([view("all")], []), "resource-explorer-2:ListResources": () => ({}) }],
    ["Resources[].Arn", explorer([view("all")], [instance(1, { Arn: undefined })])],
    ["Resources[].ResourceType", explorer([view("all")], [instance(1, { ResourceType: undefined })])],
    ["Resources[].Properties", explorer([view("all")], [instance(1, { Properties: undefined })])],
    ["Resources[].Properties[tags].Data", explorer([view("all")], [instance(1, { Properties: [{ Name: "tags" }] })])],
    [
      "Resources[].Properties[tags].Data[].Key",
      explorer([view("all")], [instance(1, { Properties: [{ Name: "tags", Data: [{}] }] })])
    ]
  ] as const) {
    it.effect(`calls an answer without ${field} malformed`, () =>
      Effect.gen(function* () {
        const { read } = yield* explore(answers)
        assert.include(read._tag === "Failure" ? read.failure.summary : "", `(${field} is missing)`)
      })
    )
  }
})
