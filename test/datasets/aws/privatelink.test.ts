import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as privatelink from "../../../datasets/aws/privatelink.ts"
import { paged, readDataset, valueOf } from "../harness.ts"

const maxResults = { size: "MaxResults" }

const awsService = (index: number) => ({
  ServiceId: `vpce-svc-${index}`,
  NetworkLoadBalancerArns: ["arn:nlb"],
  GatewayLoadBalancerArns: ["arn:gwlb"]
})

describe("privatelink.services", () => {
  it.effect("reads 1,001 endpoint services in two calls", () =>
    Effect.gen(function* () {
      const items = Array.from({ length: 1001 }, (_, index) => awsService(index))
      const { calls, read } = yield* readDataset(privatelink.services, {
        "ec2:DescribeVpcEndpointServiceConfigurations": paged(items, "ServiceConfigurations", maxResults)
      })
      assert.deepStrictEqual(calls, { "ec2:DescribeVpcEndpointServiceConfigurations": 2 })
      assert.deepStrictEqual(valueOf(read)[0].loadBalancerArns, ["arn:nlb", "arn:gwlb"])
      assert.strictEqual(valueOf(read)[0].arn, "arn:aws:ec2:eu-west-1:111111111111:vpc-endpoint-service/vpce-svc-0")
    })
  )
})

describe("privatelink.connections", () => {
  it.effect("makes no call where there is no service", () =>
    Effect.gen(function* () {
      const { calls, read } = yield* readDataset(privatelink.connections, {
        "ec2:DescribeVpcEndpointServiceConfigurations": () => ({ ServiceConfigurations: [] })
      })
      assert.deepStrictEqual(calls, { "ec2:DescribeVpcEndpointServiceConfigurations": 1 })
      assert.deepStrictEqual(valueOf(read), [])
    })
  )

  it.effect("reads 2,500 connections in three calls and tells the live from the ended", () =>
    Effect.gen(function* () {
      const items = Array.from({ length: 2500 }, (_, index) => ({
        ServiceId: "vpce-svc-0",
        VpcEndpointId: `vpce-${index}`,
        VpcEndpointState: ["Available", "PendingAcceptance", "Rejected", "Deleted"][index % 4]
      }))
      const { calls, read } = yield* readDataset(privatelink.connections, {
        "ec2:DescribeVpcEndpointServiceConfigurations": () => ({ ServiceConfigurations: [awsService(0)] }),
        "ec2:DescribeVpcEndpointConnections": paged(items, "VpcEndpointConnections", maxResults)
      })
      assert.strictEqual(calls["ec2:DescribeVpcEndpointConnections"], 3)
      assert.deepStrictEqual(valueOf(read).slice(0, 4).map(privatelink.isLive), [true, true, false, false])
    })
  )
})
