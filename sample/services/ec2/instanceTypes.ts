/** The types of instances that AWS offers, as far as the families of the estate go. */
import type {
  DescribeInstanceTypeOfferingsCommandInput,
  DescribeInstanceTypeOfferingsCommandOutput,
  DescribeInstanceTypesCommandInput,
  DescribeInstanceTypesCommandOutput,
  InstanceTypeInfo
} from "@aws-sdk/client-ec2"
import { type Answer, defineService, pageOf, refusal } from "../../Service.ts"

/** Virtual CPUs by size. Source: EC2 user guide, "instance types". */
const sizes = { large: 2, xlarge: 4, "2xlarge": 8, "4xlarge": 16 }
const gravitonSizes = { medium: 1, ...sizes }

/** Memory in GiB for each virtual CPU. */
const gibPerVcpu = { c: 2, m: 4, r: 8 }

const burstableGib = { nano: 0.5, micro: 1, small: 2, medium: 4, large: 8, xlarge: 16, "2xlarge": 32 }

const familyOf = (type: string) => type.split(".")[0] ?? ""

export const isBurstable = (type: string): boolean => type.startsWith("t")

export const isGraviton = (type: string): boolean => /^[a-z]+\d+g/.test(familyOf(type))

const isGpu = (type: string) => type.startsWith("g5")

const isPrevious = (type: string) => familyOf(type) === "t2"

const shown = (type: string, vcpu: number, gib: number): InstanceTypeInfo => {
  const threads = isGraviton(type) ? 1 : 2
  return {
    InstanceType: type as never,
    CurrentGeneration: !isPrevious(type),
    BareMetal: false,
    Hypervisor: isPrevious(type) ? "xen" : "nitro",
    SupportedUsageClasses: ["on-demand", "spot"],
    SupportedRootDeviceTypes: ["ebs"],
    SupportedVirtualizationTypes: ["hvm"],
    ProcessorInfo: { SupportedArchitectures: [isGraviton(type) ? "arm64" : "x86_64"] },
    VCpuInfo: { DefaultVCpus: vcpu, DefaultCores: Math.max(1, vcpu / threads), DefaultThreadsPerCore: threads },
    MemoryInfo: { SizeInMiB: gib * 1024 },
    InstanceStorageSupported: isGpu(type),
    BurstablePerformanceSupported: isBurstable(type),
    ...(isGpu(type)
      ? {
          GpuInfo: {
            Gpus: [{ Name: "A10G", Manufacturer: "NVIDIA", Count: 1, MemoryInfo: { SizeInMiB: 24_576 } }],
            TotalGpuMemoryInMiB: 24_576
          }
        }
      : {})
  }
}

const typesOf = (family: string, gib: number, sizes: Readonly<Record<string, number>>) =>
  Object.entries(sizes).map(([size, vcpu]) => shown(`${family}.${size}`, vcpu, vcpu * gib))

const types: ReadonlyArray<InstanceTypeInfo> = [
  ...Object.entries(gibPerVcpu).flatMap(([letter, gib]) => [
    ...["5", "6i", "7i"].flatMap((generation) => typesOf(`${letter}${generation}`, gib, sizes)),
    ...["6g", "7g"].flatMap((generation) => typesOf(`${letter}${generation}`, gib, gravitonSizes))
  ]),
  ...["t2", "t3", "t4g"].flatMap((family) =>
    Object.entries(burstableGib).map(([size, gib]) => shown(`${family}.${size}`, Math.max(2, gib / 4), gib))
  ),
  ...typesOf("g5", 4, { xlarge: 4, "2xlarge": 8, "4xlarge": 16 })
]

export default defineService({
  answers: {
    // Every type that there is, in every zone.
    "ec2:DescribeInstanceTypeOfferings": (
      { region },
      input: DescribeInstanceTypeOfferingsCommandInput
    ): Answer<DescribeInstanceTypeOfferingsCommandOutput> => {
      const asked = input.Filters?.find(({ Name }) => Name === "instance-type")?.Values ?? []
      const all = types
        .filter(({ InstanceType }) => asked.length === 0 || asked.includes(InstanceType as string))
        .flatMap(({ InstanceType }) =>
          ["a", "b", "c"].map((letter) => ({
            InstanceType,
            LocationType: "availability-zone" as const,
            Location: `${region}${letter}`
          }))
        )
      const { items, next } = pageOf(all, input.NextToken, input.MaxResults, 1000)
      return { InstanceTypeOfferings: items, NextToken: next }
    },

    "ec2:DescribeInstanceTypes": (
      _,
      input: DescribeInstanceTypesCommandInput
    ): Answer<DescribeInstanceTypesCommandOutput> => {
      const asked = input.InstanceTypes ?? []
      const known = new Set(types.map(({ InstanceType }) => InstanceType))
      const unknown = asked.filter((type) => !known.has(type))
      if (unknown.length > 0) {
        throw refusal(
          "InvalidInstanceType",
          `The following supplied instance types do not exist: [${unknown.join(", ")}]`
        )
      }
      const all = types.filter(({ InstanceType }) => asked.length === 0 || asked.includes(InstanceType as never))
      const { items, next } = pageOf(all, input.NextToken, input.MaxResults, 100)
      return { InstanceTypes: items, NextToken: next }
    }
  }
})
