import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as instanceTypes from "../../../datasets/aws/instanceTypes.ts"
import { awsFailure, paged, readDataset, readProbe, valueOf } from "../harness.ts"

const instancesOf = (types: ReadonlyArray<string>, state = "running") =>
  types.map((InstanceType, index) => ({ InstanceId: `i-${state}-${index}`, InstanceType, State: { Name: state } }))

const withInstances = (...instances: ReadonlyArray<object>) => ({
  "ec2:DescribeInstances": () => ({ Reservations: [{ Instances: instances }] })
})

const awsType = (InstanceType: string, more: object = {}) => ({
  InstanceType,
  VCpuInfo: { DefaultVCpus: 4 },
  MemoryInfo: { SizeInMiB: 16_384 },
  BurstablePerformanceSupported: false,
  ...more
})

describe("instanceTypes.zonesOf", () => {
  it.effect("asks about a hundred types in one call, and says of one that no zone has that none has", () =>
    Effect.gen(function* () {
      const types = Array.from({ length: 101 }, (_, index) => ({ type: `m${index}.large` }))
      const { calls, readings, sent } = yield* readProbe(instanceTypes.zonesOf, types, {
        "ec2:DescribeInstanceTypeOfferings": ({ Filters }) => ({
          InstanceTypeOfferings: Filters[0].Values.filter((name: string) => name !== "m1.large").flatMap(
            (name: string) => [
              { InstanceType: name, Location: "eu-west-1a" },
              { InstanceType: name, Location: "eu-west-1b" }
            ]
          )
        })
      })
      assert.deepStrictEqual(calls, { "ec2:DescribeInstanceTypeOfferings": 2 })
      assert.strictEqual(sent[0]?.input.LocationType, "availability-zone")
      assert.deepStrictEqual(readings.slice(0, 2), [
        { known: true, value: new Set(["eu-west-1a", "eu-west-1b"]) },
        { known: true, value: new Set() }
      ])
    })
  )

  it.effect("does not know a type whose offering has no zone", () =>
    Effect.gen(function* () {
      const { readings } = yield* readProbe(instanceTypes.zonesOf, [{ type: "m5.large" }], {
        "ec2:DescribeInstanceTypeOfferings": () => ({ InstanceTypeOfferings: [{ InstanceType: "m5.large" }] })
      })
      assert.isFalse(readings[0]?.known)
    })
  )
})

describe("instanceTypes.inUse", () => {
  it.effect("asks for the 201 types that run, each once, in three calls of 100", () =>
    Effect.gen(function* () {
      const names = Array.from({ length: 201 }, (_, index) => `m${index}.large`)
      const instances = [...instancesOf([...names, ...names]), ...instancesOf(["x1.large"], "stopped")]
      const { calls, read, sent } = yield* readDataset(instanceTypes.inUse, {
        ...withInstances(...instances),
        "ec2:DescribeInstanceTypes": (input) => {
          assert.strictEqual(input.Filters[0].Name, "instance-type")
          assert.strictEqual(input.MaxResults, 100)
          return { InstanceTypes: input.Filters[0].Values.map((name: string) => awsType(name)) }
        }
      })
      assert.deepStrictEqual(calls, { "ec2:DescribeInstances": 1, "ec2:DescribeInstanceTypes": 3 })
      const asked = sent.flatMap(({ input }) => input.Filters?.[0].Values ?? [])
      assert.strictEqual(new Set(asked).size, 201)
      assert.isFalse(asked.includes("x1.large"))
      assert.deepStrictEqual(valueOf(read).get("m7.large"), {
        type: "m7.large",
        vcpu: 4,
        memoryGib: 16,
        burstable: false,
        accelerated: false,
        currentGeneration: undefined,
        hypervisor: undefined
      })
    })
  )

  it.effect("makes no call where nothing runs", () =>
    Effect.gen(function* () {
      const { calls, read } = yield* readDataset(
        instanceTypes.inUse,
        withInstances(...instancesOf(["m5.large"], "stopped"))
      )
      assert.deepStrictEqual(calls, { "ec2:DescribeInstances": 1 })
      assert.strictEqual(valueOf(read).size, 0)
    })
  )

  it.effect("knows what has accelerators of any kind, and what lives on credits", () =>
    Effect.gen(function* () {
      const types = [
        awsType("g5.xlarge", { GpuInfo: { Gpus: [] } }),
        awsType("f1.2xlarge", { FpgaInfo: {} }),
        awsType("inf1.xlarge", { InferenceAcceleratorInfo: {} }),
        awsType("trn1.2xlarge", { NeuronInfo: {} }),
        awsType("vt1.3xlarge", { MediaAcceleratorInfo: {} }),
        awsType("m5.xlarge"),
        awsType("t3.large", { BurstablePerformanceSupported: true })
      ]
      const { read } = yield* readDataset(instanceTypes.inUse, {
        ...withInstances(...instancesOf(types.map(({ InstanceType }) => InstanceType))),
        "ec2:DescribeInstanceTypes": paged(types, "InstanceTypes", { size: "MaxResults" })
      })
      const all: ReadonlyArray<instanceTypes.InstanceType> = [...valueOf(read).values()]
      assert.deepStrictEqual(
        all.map(({ accelerated }) => accelerated),
        [true, true, true, true, true, false, false]
      )
      assert.deepStrictEqual(
        all.filter(({ burstable }) => burstable).map(({ type }) => type),
        ["t3.large"]
      )
    })
  )

  it.effect("keeps the types of the calls that were answered, and fails where none was", () =>
    Effect.gen(function* () {
      const names = Array.from({ length: 101 }, (_, index) => `m${String(index).padStart(3, "0")}.large`)
      const refuse = (refused: (names: ReadonlyArray<string>) => boolean) => ({
        ...withInstances(...instancesOf(names)),
        "ec2:DescribeInstanceTypes": (input: any) => {
          const asked: ReadonlyArray<string> = input.Filters[0].Values
          if (refused(asked)) throw awsFailure("UnauthorizedOperation", "no", 403)
          return { InstanceTypes: asked.map((name) => awsType(name)) }
        }
      })
      const partly = yield* readDataset(
        instanceTypes.inUse,
        refuse((asked) => asked.length === 1)
      )
      assert.isTrue(partly.read.ok)
      if (partly.read.ok) assert.deepStrictEqual([partly.read.value.size, partly.read.gaps.length], [100, 1])
      const denied = yield* readDataset(
        instanceTypes.inUse,
        refuse(() => true)
      )
      assert.isFalse(denied.read.ok)
    })
  )

  it.effect("calls an answer without its list or a type's vCPUs, memory or credits malformed", () =>
    Effect.gen(function* () {
      const answer = (page: object) =>
        readDataset(instanceTypes.inUse, {
          ...withInstances(...instancesOf(["m5.xlarge"])),
          "ec2:DescribeInstanceTypes": () => page
        })
      const pages = [
        {},
        { InstanceTypes: [awsType("m5.xlarge", { VCpuInfo: undefined })] },
        { InstanceTypes: [awsType("m5.xlarge", { MemoryInfo: {} })] },
        { InstanceTypes: [awsType("m5.xlarge", { BurstablePerformanceSupported: undefined })] }
      ]
      for (const page of pages) {
        const { read } = yield* answer(page)
        assert.strictEqual(read.ok ? "" : (read.error as any).reason?._tag, "Malformed")
      }
    })
  )
})
