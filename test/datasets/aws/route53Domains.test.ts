import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { serviceExists } from "../../../core/aws/serviceRegions.ts"
import { known } from "../../../core/Reading.ts"
import { domainNameServers, registeredDomains } from "../../../datasets/aws/route53Domains.ts"
import { awsFailure, paged, readDataset, readProbe, valueOf } from "../harness.ts"

describe("route53Domains.registeredDomains", () => {
  it.effect("reads 101 domains in two calls, in us-east-1, and writes them alike", () =>
    Effect.gen(function* () {
      const items = Array.from({ length: 101 }, (_, index) => ({ DomainName: `Domain${index}.example` }))
      const pages = { size: "MaxItems", input: "Marker", output: "NextPageMarker" }
      const { calls, read, sent } = yield* readDataset(
        registeredDomains,
        { "route53domains:ListDomains": paged(items, "Domains", pages) },
        "global"
      )
      assert.deepStrictEqual(calls, { "route53domains:ListDomains": 2 })
      assert.strictEqual(sent[0]?.destination.region, "us-east-1")
      assert.strictEqual(valueOf(read).size, 101)
      assert.isTrue(valueOf(read).has("domain100.example"))
    })
  )

  it.effect("is malformed without its list or without a name", () =>
    Effect.gen(function* () {
      for (const [answer, message] of [
        [{}, "Domains is missing"],
        [{ Domains: [{}] }, "Domains[].DomainName is missing"]
      ] as const) {
        const { read } = yield* readDataset(registeredDomains, { "route53domains:ListDomains": () => answer }, "global")
        assert.include(read.ok ? "" : read.error.summary, message)
      }
    })
  )

  it("does not exist in the home regions of other partitions, and so is not asked there", () => {
    for (const region of ["us-gov-west-1", "cn-northwest-1"]) {
      assert.isFalse(serviceExists("route53domains", region), region)
    }
    assert.isTrue(serviceExists("route53domains", "us-east-1"))
  })
})

describe("route53Domains.domainNameServers", () => {
  it.effect("tells the servers of each domain, and not those of one that is refused or leaves them out", () =>
    Effect.gen(function* () {
      const answers: Record<string, object> = {
        "a.example": { Nameservers: [{ Name: "NS-1.example." }] },
        "b.example": {}
      }
      const { readings } = yield* readProbe(
        domainNameServers,
        ["a.example", "b.example", "c.example"],
        {
          "route53domains:GetDomainDetail": ({ DomainName }) => {
            const answer = answers[DomainName]
            if (answer === undefined) throw awsFailure("AccessDenied", "no", 403)
            return answer
          }
        },
        "global"
      )
      assert.deepStrictEqual(readings[0], known(["ns-1.example"]))
      assert.deepStrictEqual(
        readings.map(({ known }) => known),
        [true, false, false]
      )
    })
  )
})
