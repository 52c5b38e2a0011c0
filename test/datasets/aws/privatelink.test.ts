import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as privatelink from "../../../datasets/aws/privatelink.ts"
import type { Loaded } from "../../../datasets/engine/Reader.ts"
import { awsFailure, paged, readDataset, valueOf } from "../harness.ts"

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

describe("privatelink answers without their list or their ids", () => {
  it.effect("are malformed", () =>
    Effect.gen(function* () {
      const services = (answer: object) =>
        readDataset(privatelink.services, { "ec2:DescribeVpcEndpointServiceConfigurations": () => answer })
      const connections = (answer: object) =>
        readDataset(privatelink.connections, {
          "ec2:DescribeVpcEndpointServiceConfigurations": () => ({ ServiceConfigurations: [awsService(0)] }),
          "ec2:DescribeVpcEndpointConnections": () => answer
        })
      const balancers = { NetworkLoadBalancerArns: undefined, GatewayLoadBalancerArns: undefined }
      const faults: ReadonlyArray<readonly [string, Effect.Effect<{ readonly read: Loaded }>]> = [
        ["ServiceConfigurations is missing", services({})],
        ["ServiceConfigurations[].ServiceId is missing", services({ ServiceConfigurations: [{}] })],
        [
          "ServiceConfigurations[].NetworkLoadBalancerArns is missing",
          services({ ServiceConfigurations: [{ ...awsService(1), ...balancers }] })
        ],
        ["VpcEndpointConnections is missing", connections({})],
        [
          "VpcEndpointConnections[].ServiceId is missing",
          connections({ VpcEndpointConnections: [{ VpcEndpointState: "available" }] })
        ],
        [
          "VpcEndpointConnections[].VpcEndpointState is missing",
          connections({ VpcEndpointConnections: [{ ServiceId: "vpce-svc-1" }] })
        ]
      ]
      for (const [fault, reading] of faults) {
        const { read } = yield* reading
        assert.include(read.ok ? "" : read.error.summary, `(${fault})`)
      }
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
        // The model writes them in capitals, AWS answers them in lower case.
        VpcEndpointState: ["Available", "pendingAcceptance", "rejected", "Deleted"][index % 4]
      }))
      const { calls, read } = yield* readDataset(privatelink.connections, {
        "ec2:DescribeVpcEndpointServiceConfigurations": () => ({ ServiceConfigurations: [awsService(0)] }),
        "ec2:DescribeVpcEndpointConnections": paged(items, "VpcEndpointConnections", maxResults)
      })
      assert.strictEqual(calls["ec2:DescribeVpcEndpointConnections"], 3)
      assert.deepStrictEqual(valueOf(read).slice(0, 4).map(privatelink.isLive), [true, true, false, false])
      const stateOf = (state: string) => privatelink.isLive({ state } as privatelink.EndpointConnection)
      assert.deepStrictEqual(["available", "failed", "expired", "deleting"].map(stateOf), [true, false, false, false])
    })
  )

  it.effect("has no connections where the services could not be read", () =>
    Effect.gen(function* () {
      const { calls, read } = yield* readDataset(privatelink.connections, {
        "ec2:DescribeVpcEndpointServiceConfigurations": () => {
          throw awsFailure("UnauthorizedOperation", "no", 403)
        }
      })
      assert.deepStrictEqual(calls, { "ec2:DescribeVpcEndpointServiceConfigurations": 1 })
      assert.isFalse(read.ok)
    })
  )
})
