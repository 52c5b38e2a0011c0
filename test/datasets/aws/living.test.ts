import { assert, describe, it } from "@effect/vitest"
import { living } from "../../../datasets/aws/living.ts"
import { daysAgo, now } from "../harness.ts"

const idsOf = (dataset: string, items: ReadonlyArray<object>) =>
  living
    .filter((kind) => kind.dataset.name === dataset)
    .flatMap(({ seriesOf }) => seriesOf(items, now))
    .flatMap(({ dimensions }) => Object.values(dimensions))

describe("what must have a CPU in CloudWatch", () => {
  it("runs, and has run for more than a day", () => {
    assert.deepStrictEqual(
      idsOf("ec2.instances", [
        { id: "i-stopped", state: "stopped", launchedAt: daysAgo(40) },
        { id: "i-new", state: "running", launchedAt: daysAgo(0.5) },
        { id: "i-undated", state: "running", launchedAt: undefined },
        { id: "i-runs", state: "running", launchedAt: daysAgo(2) }
      ]),
      ["i-runs"]
    )
    assert.deepStrictEqual(
      idsOf("rds.instances", [
        { id: "stopped", engine: "mysql", status: "stopped", createdAt: daysAgo(40) },
        { id: "new", engine: "mysql", status: "available", createdAt: daysAgo(0.5) },
        { id: "graph", engine: "neptune", status: "available", createdAt: daysAgo(40) },
        { id: "orders", engine: "mysql", status: "available", createdAt: daysAgo(40) }
      ]),
      ["orders"]
    )
    assert.deepStrictEqual(
      idsOf("elasticache.cacheClusters", [
        { id: "creating", status: "creating", createdAt: undefined },
        { id: "pages", status: "available", createdAt: daysAgo(40) }
      ]),
      ["pages"]
    )
  })

  it("is few of each kind, because one datapoint is enough", () => {
    const many = Array.from({ length: 100 }, (_, at) => ({ id: `i-${at}`, state: "running", launchedAt: daysAgo(2) }))
    assert.deepStrictEqual(idsOf("ec2.instances", many), ["i-0", "i-1", "i-2"])
  })
})
