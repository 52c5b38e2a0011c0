import type { Instance } from "../../datasets/aws/ec2.ts"
import type { InstanceType } from "../../datasets/aws/instanceTypes.ts"
import { daysAgo } from "../datasets/harness.ts"

/** An instance as a test needs it: what is not said is healthy and plain. */
export const instance = (more: Partial<Instance> = {}): Instance => ({
  arn: `arn:aws:ec2:eu-west-1:111111111111:instance/${more.id ?? "i-1"}`,
  id: "i-1",
  type: "m5.large",
  state: "running",
  launchedAt: daysAgo(300),
  stoppedAt: undefined,
  lifecycle: "on-demand",
  tenancy: "default",
  availabilityZone: "eu-west-1a",
  capacityReservationId: undefined,
  usageOperation: "RunInstances",
  platformDetails: "Linux/UNIX",
  imageId: "ami-1",
  rootDevice: "/dev/xvda",
  vpcId: "vpc-1",
  serviceManaged: false,
  onOutpost: false,
  tags: {},
  ...more
})

/** What EC2 tells of a type: two processors and 8 GiB where it is not said. */
export const instanceType = (type: string, more: Partial<InstanceType> = {}): InstanceType => ({
  type,
  vcpu: 2,
  memoryGib: 8,
  burstable: type.startsWith("t"),
  accelerated: false,
  currentGeneration: true,
  hypervisor: "nitro",
  ...more
})
