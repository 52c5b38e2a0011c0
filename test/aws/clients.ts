/** Clients of the seed's accounts and regions, and what all of the seed makes its resources with. */
import { CloudFrontClient } from "@aws-sdk/client-cloudfront"
import { CloudWatchClient, PutMetricDataCommand } from "@aws-sdk/client-cloudwatch"
import { CloudWatchLogsClient } from "@aws-sdk/client-cloudwatch-logs"
import { DynamoDBClient } from "@aws-sdk/client-dynamodb"
import {
  CreateSubnetCommand,
  CreateVolumeCommand,
  CreateVpcCommand,
  EC2Client,
  type _InstanceType,
  type ResourceType,
  RunInstancesCommand,
  type VolumeType
} from "@aws-sdk/client-ec2"
import { ElasticLoadBalancingClient } from "@aws-sdk/client-elastic-load-balancing"
import { ElasticLoadBalancingV2Client } from "@aws-sdk/client-elastic-load-balancing-v2"
import { LambdaClient } from "@aws-sdk/client-lambda"
import { OrganizationsClient } from "@aws-sdk/client-organizations"
import { Route53Client } from "@aws-sdk/client-route-53"
import { S3Client } from "@aws-sdk/client-s3"
import { SQSClient } from "@aws-sdk/client-sqs"
import { STSClient } from "@aws-sdk/client-sts"

export const regions = ["eu-west-1", "us-east-1"] as const
type Region = (typeof regions)[number]

export const keys = (accessKeyId: string, secretAccessKey: string, sessionToken: string) => ({
  accessKeyId,
  secretAccessKey,
  sessionToken
})
type Keys = ReturnType<typeof keys>

/** Clients for one account and region. */
export const clientsIn = (endpoint: string, credentials: Keys, region: Region) => {
  const config = { endpoint, region, credentials, maxAttempts: 1 }
  return {
    config,
    region,
    cloudfront: new CloudFrontClient(config),
    cloudwatch: new CloudWatchClient(config),
    dynamodb: new DynamoDBClient(config),
    ec2: new EC2Client(config),
    elb: new ElasticLoadBalancingClient(config),
    elbv2: new ElasticLoadBalancingV2Client(config),
    lambda: new LambdaClient(config),
    logs: new CloudWatchLogsClient(config),
    organizations: new OrganizationsClient(config),
    route53: new Route53Client(config),
    s3: new S3Client({ ...config, forcePathStyle: true }),
    sqs: new SQSClient(config),
    sts: new STSClient(config)
  }
}
export type Clients = ReturnType<typeof clientsIn>

/** Runs calls eight at a time. */
export const times = async (count: number, call: (index: number) => Promise<unknown>) => {
  let next = 0
  const worker = async () => {
    while (next < count) await call(next++)
  }
  await Promise.all(Array.from({ length: 8 }, worker))
}

export const tagged = (type: ResourceType, name: string, tags: Readonly<Record<string, string>> = {}) => ({
  TagSpecifications: [
    { ResourceType: type, Tags: Object.entries({ Name: name, ...tags }).map(([Key, Value]) => ({ Key, Value })) }
  ]
})

/** What keeps a resource out of the findings. */
export const keep = { "finops:ignore": "until January" }
export const keepPairs = Object.entries(keep).map(([Key, Value]) => ({ Key, Value }))

export const has = <A>(value: A | undefined): A => {
  if (value === undefined) throw new Error("moto answered without the id of what it made")
  return value
}

export const daysAgo = (days: number): Date => new Date(Date.now() - days * 86_400_000)

/** One datapoint of a day, by default of yesterday, of a metric that AWS would publish itself. */
export const published = (
  { cloudwatch }: Clients,
  namespace: string,
  dimensions: Readonly<Record<string, string>>,
  values: Readonly<Record<string, number>>,
  day = 1
) =>
  cloudwatch.send(
    new PutMetricDataCommand({
      Namespace: namespace,
      MetricData: Object.entries(values).map(([MetricName, Value]) => ({
        MetricName,
        Value,
        Timestamp: daysAgo(day),
        Dimensions: Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value }))
      }))
    })
  )

export const vpcIn = async ({ ec2, region }: Clients, name: string) => {
  const { Vpc } = await ec2.send(new CreateVpcCommand({ CidrBlock: "10.0.0.0/16", ...tagged("vpc", name) }))
  const vpcId = has(Vpc?.VpcId)
  const subnetIn = async (zone: string, block: string) => {
    const place = { VpcId: vpcId, AvailabilityZone: `${region}${zone}`, CidrBlock: block }
    const { Subnet } = await ec2.send(new CreateSubnetCommand({ ...place, ...tagged("subnet", `${name}-${zone}`) }))
    return has(Subnet?.SubnetId)
  }
  return { vpcId, subnets: [await subnetIn("a", "10.0.1.0/24"), await subnetIn("b", "10.0.2.0/24")] as const }
}

export const instanceIn = async (
  { ec2 }: Clients,
  name: string,
  subnetId: string,
  groupId: string | undefined,
  {
    imageId = "ami-0123456789abcdef0",
    type = "t3.micro"
  }: { readonly imageId?: string; readonly type?: _InstanceType } = {}
) => {
  const { Instances } = await ec2.send(
    new RunInstancesCommand({
      ImageId: imageId,
      InstanceType: type,
      MinCount: 1,
      MaxCount: 1,
      SubnetId: subnetId,
      ...(groupId === undefined ? {} : { SecurityGroupIds: [groupId] }),
      BlockDeviceMappings: [{ DeviceName: "/dev/sda1", Ebs: { VolumeSize: 8, VolumeType: "gp3" } }],
      TagSpecifications: [
        ...tagged("instance", name).TagSpecifications,
        ...tagged("volume", `${name}-root`).TagSpecifications
      ]
    })
  )
  return has(Instances?.[0]?.InstanceId)
}

export const volumeIn = async (
  { ec2, region }: Clients,
  name: string,
  sizeGb: number,
  type: VolumeType = "gp3",
  {
    tags,
    ...options
  }: {
    readonly Iops?: number
    readonly Encrypted?: boolean
    readonly tags?: Readonly<Record<string, string>>
  } = {}
) => {
  const place = { AvailabilityZone: `${region}a`, Size: sizeGb, VolumeType: type, ...options }
  return has((await ec2.send(new CreateVolumeCommand({ ...place, ...tagged("volume", name, tags) }))).VolumeId)
}
