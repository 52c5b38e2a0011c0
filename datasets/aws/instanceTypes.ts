/** What EC2 says of the types of instances. */
import { DescribeInstanceTypeOfferingsCommand, DescribeInstanceTypesCommand, EC2Client } from "@aws-sdk/client-ec2"
import * as Arr from "effect/Array"
import * as Effect from "effect/Effect"
import { complete, list, required } from "../../core/aws/Aws.ts"
import { listOperation } from "../../core/aws/operation.ts"
import { dataset } from "../engine/Dataset.ts"
import { probe } from "../engine/Probe.ts"
import { several } from "../engine/several.ts"
import { instances, paging } from "./ec2.ts"

const describeInstanceTypes = listOperation(
  EC2Client,
  DescribeInstanceTypesCommand,
  "ec2:DescribeInstanceTypes",
  "InstanceTypes",
  { paging: paging(100) }
)

export interface InstanceType {
  readonly type: string
  readonly vcpu: number
  readonly memoryGib: number
  /** Lives on CPU credits. */
  readonly burstable: boolean
  /** Has GPUs, FPGAs or chips for inference, training or video, of whose use its CPU says nothing. */
  readonly accelerated: boolean
  /** False where AWS calls it a previous generation; undefined where EC2 does not say. */
  readonly currentGeneration: boolean | undefined
  /** `xen` or `nitro`; undefined for bare metal, and where EC2 does not say. */
  readonly hypervisor: string | undefined
}

/** By name, the types that run. Types are asked for by a filter: named outright, one that the region does not have fails the call. */
export const inUse = dataset<ReadonlyMap<string, InstanceType>, { instances: typeof instances }>(
  "instanceTypes.inUse",
  {
    scope: "regional",
    shape: "map",
    needs: { instances },
    operations: [describeInstanceTypes],
    read: Effect.fnUntraced(function* ({ instances }) {
      const running = instances.filter(({ state, type }) => state === "running" && type !== "")
      const names = [...new Set(running.map(({ type }) => type))].sort()
      const { gaps, items } = yield* several(
        Arr.chunksOf(names, 100).map((Values) =>
          list(describeInstanceTypes, { Filters: [{ Name: "instance-type", Values: [...Values] }] }, (types) =>
            types.map((type): readonly [string, InstanceType] => {
              const name = required(type.InstanceType, "InstanceTypes[].InstanceType")
              return [
                name,
                {
                  type: name,
                  vcpu: required(type.VCpuInfo?.DefaultVCpus, "InstanceTypes[].VCpuInfo.DefaultVCpus"),
                  memoryGib: required(type.MemoryInfo?.SizeInMiB, "InstanceTypes[].MemoryInfo.SizeInMiB") / 1024,
                  burstable: required(
                    type.BurstablePerformanceSupported,
                    "InstanceTypes[].BurstablePerformanceSupported"
                  ),
                  accelerated: [
                    type.GpuInfo,
                    type.FpgaInfo,
                    type.InferenceAcceleratorInfo,
                    type.NeuronInfo,
                    type.MediaAcceleratorInfo
                  ].some((info) => info !== undefined),
                  currentGeneration: type.CurrentGeneration,
                  hypervisor: type.Hypervisor?.toLowerCase()
                }
              ]
            })
          )
        )
      )
      return { value: new Map(items), gaps }
    })
  }
)

const describeInstanceTypeOfferings = listOperation(
  EC2Client,
  DescribeInstanceTypeOfferingsCommand,
  "ec2:DescribeInstanceTypeOfferings",
  "InstanceTypeOfferings",
  { paging: paging(1000) }
)

/** In which availability zones EC2 offers a type; all of them together would be thousands of rows. */
export const zonesOf = probe<{ readonly type: string }, ReadonlySet<string>>({
  name: "instanceTypes.zonesOf",
  operations: [describeInstanceTypeOfferings],
  cap: 1000,
  batchSize: 100,
  costNote: "One free call tells of a hundred types that could be proposed in which zones there are some.",
  key: ({ type }) => type,
  identity: ({ type }) => type,
  isFixed: true,
  lasts: (zones) => zones.size > 0,
  read: (types) =>
    Effect.map(
      complete(
        list(
          describeInstanceTypeOfferings,
          {
            LocationType: "availability-zone",
            Filters: [{ Name: "instance-type", Values: types.map(({ type }) => type) }]
          },
          (offerings) =>
            offerings.map(({ InstanceType, Location }) => ({
              type: required(InstanceType, "InstanceTypeOfferings[].InstanceType"),
              zone: required(Location, "InstanceTypeOfferings[].Location")
            }))
        )
      ),
      (offerings) => {
        const byType = Map.groupBy(offerings, ({ type }): string => type)
        return types.map(({ type }) => new Set((byType.get(type) ?? []).map(({ zone }) => zone)))
      }
    )
})
