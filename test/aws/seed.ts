/** What the emulator holds: waste and healthy neighbours in two accounts and two regions, written with the SDK's own calls. */
import { BackupClient, CreateBackupPlanCommand } from "@aws-sdk/client-backup"
import { CreateDistributionCommand } from "@aws-sdk/client-cloudfront"
import { CreateLogGroupCommand, CreateLogStreamCommand, PutLogEventsCommand } from "@aws-sdk/client-cloudwatch-logs"
import {
  AllocateAddressCommand,
  AssociateAddressCommand,
  AttachInternetGatewayCommand,
  AttachVolumeCommand,
  AuthorizeSecurityGroupIngressCommand,
  CreateImageCommand,
  CreateInternetGatewayCommand,
  CreateLaunchTemplateCommand,
  CreateNatGatewayCommand,
  CreateNetworkInterfaceCommand,
  CreateSecurityGroupCommand,
  CreateSnapshotCommand,
  CreateVpcEndpointCommand,
  StopInstancesCommand
} from "@aws-sdk/client-ec2"
import { CreateLoadBalancerCommand as CreateClassicLoadBalancerCommand } from "@aws-sdk/client-elastic-load-balancing"
import {
  CreateListenerCommand,
  CreateLoadBalancerCommand,
  CreateTargetGroupCommand,
  type LoadBalancerTypeEnum,
  RegisterTargetsCommand
} from "@aws-sdk/client-elastic-load-balancing-v2"
import { CreateTableCommand } from "@aws-sdk/client-dynamodb"
import { CreateFunctionCommand, PublishVersionCommand, type Runtime } from "@aws-sdk/client-lambda"
import { CreateAccountCommand, CreateOrganizationCommand } from "@aws-sdk/client-organizations"
import { ChangeResourceRecordSetsCommand, CreateHostedZoneCommand } from "@aws-sdk/client-route-53"
import {
  type BucketLocationConstraint,
  CreateBucketCommand,
  DeletePublicAccessBlockCommand,
  PutBucketPolicyCommand,
  PutBucketEncryptionCommand,
  PutObjectCommand,
  PutPublicAccessBlockCommand
} from "@aws-sdk/client-s3"
import { CreateQueueCommand } from "@aws-sdk/client-sqs"
import { AssumeRoleCommand } from "@aws-sdk/client-sts"
import {
  caches,
  containers,
  containersLately,
  databases,
  databasesLately,
  fleetIn,
  fleets,
  topics,
  topicsLately,
  watching,
  watchingLately
} from "./workloads.ts"
import {
  type Clients,
  clientsIn,
  daysAgo,
  has,
  instanceIn,
  keep,
  keepPairs,
  keys,
  published,
  regions,
  tagged,
  times,
  volumeIn,
  vpcIn
} from "./clients.ts"

/** The role that the audit assumes in the member account; made with the account. */
export const roleName = "nightaudit"

/** moto's account for credentials that it did not give out. */
export const payer = "123456789012"

export { regions }

/** Each is more than one page of its list: 500, 1,000, 50 and 50. */
export const bulk = { volumes: 505, snapshots: 1005, logGroups: 53, functions: 54 }

const callerKeys = keys("testing", "testing", "testing")

const groupIn = async ({ ec2 }: Clients, vpcId: string, name: string) => {
  const group = { GroupName: name, Description: name, VpcId: vpcId, ...tagged("security-group", name) }
  return has((await ec2.send(new CreateSecurityGroupCommand(group))).GroupId)
}

const addressIn = async ({ ec2 }: Clients, name: string) =>
  has((await ec2.send(new AllocateAddressCommand({ Domain: "vpc", ...tagged("elastic-ip", name) }))).AllocationId)

/** Instances, volumes, snapshots, addresses, images and security groups of the member's main region. */
const compute = async (clients: Clients) => {
  const { ec2 } = clients
  const { subnets, vpcId } = await vpcIn(clients, "shop")
  const used = await groupIn(clients, vpcId, "in-use")
  const referenced = await groupIn(clients, vpcId, "referenced")
  await groupIn(clients, vpcId, "nobody-uses-it")
  await ec2.send(
    new AuthorizeSecurityGroupIngressCommand({
      GroupId: used,
      IpPermissions: [{ IpProtocol: "tcp", FromPort: 443, ToPort: 443, UserIdGroupPairs: [{ GroupId: referenced }] }]
    })
  )
  await ec2.send(
    new CreateLaunchTemplateCommand({
      LaunchTemplateName: "workers",
      LaunchTemplateData: {
        InstanceType: "t3.micro",
        SecurityGroupIds: [await groupIn(clients, vpcId, "in-launch-template")]
      }
    })
  )

  const everyone = { CidrIp: "0.0.0.0/0" }
  const colleagues = { CidrIp: "10.0.0.0/8" }
  for (const [port, range] of [
    [22, everyone],
    [3389, colleagues]
  ] as const) {
    await ec2.send(
      new AuthorizeSecurityGroupIngressCommand({
        GroupId: used,
        IpPermissions: [{ IpProtocol: "tcp", FromPort: port, ToPort: port, IpRanges: [range] }]
      })
    )
  }
  const web = await instanceIn(clients, "web", subnets[0], used)
  const parked = await instanceIn(clients, "parked", subnets[0], used)
  await ec2.send(new StopInstancesCommand({ InstanceIds: [parked] }))

  const data = await volumeIn(clients, "web-data", 100)
  await ec2.send(new AttachVolumeCommand({ InstanceId: web, VolumeId: data, Device: "/dev/sdf" }))
  const logs = await volumeIn(clients, "web-logs", 500, "gp2")
  await ec2.send(new AttachVolumeCommand({ InstanceId: web, VolumeId: logs, Device: "/dev/sdh" }))
  await times(bulk.volumes, (index) => volumeIn(clients, `left-${index}`, 1))
  const io2 = await volumeIn(clients, "left-io2", 100, "io2", { Iops: 5000 })
  await volumeIn(clients, "kept-by-tag", 500, "gp2", { tags: keep })

  await addressIn(clients, "unassociated")
  await ec2.send(new AssociateAddressCommand({ AllocationId: await addressIn(clients, "on-web"), InstanceId: web }))
  await ec2.send(
    new AssociateAddressCommand({ AllocationId: await addressIn(clients, "on-parked"), InstanceId: parked })
  )
  const { NetworkInterface: eni } = await ec2.send(
    new CreateNetworkInterfaceCommand({ SubnetId: subnets[1], Groups: [used] })
  )
  await ec2.send(
    new AssociateAddressCommand({
      AllocationId: await addressIn(clients, "on-detached-interface"),
      NetworkInterfaceId: has(eni?.NetworkInterfaceId)
    })
  )

  await ec2.send(new CreateImageCommand({ InstanceId: web, Name: "import", ...tagged("image", "import") }))
  const launched = await ec2.send(new CreateImageCommand({ InstanceId: web, Name: "web", ...tagged("image", "web") }))
  const idle = await instanceIn(clients, "from-image", subnets[0], used, { imageId: has(launched.ImageId) })
  return { data, idle, io2, logs, web }
}

const snapshotOf = async ({ ec2 }: Clients, volume: string, name: string, description = "nightly") => {
  const snapshot = { VolumeId: volume, Description: description, ...tagged("snapshot", name) }
  return has((await ec2.send(new CreateSnapshotCommand(snapshot))).SnapshotId)
}

/** Gateways and endpoints. */
const network = async (clients: Clients) => {
  const { ec2 } = clients
  const { subnets, vpcId } = await vpcIn(clients, "office")
  const natIn = async (name: string) => {
    const { NatGateway } = await ec2.send(
      // moto shows the interface of a public one as detached, and its address as unused.
      new CreateNatGatewayCommand({ SubnetId: subnets[0], ConnectivityType: "private", ...tagged("natgateway", name) })
    )
    return has(NatGateway?.NatGatewayId)
  }
  const nats = {
    idle: await natIn("nat-idle"),
    busy: await natIn("nat-busy"),
    silent: await natIn("nat-without-metrics")
  }

  const endpointIn = async (name: string, service: string, type: "Interface" | "Gateway") => {
    const serviceName = `com.amazonaws.${clients.region}.${service}`
    const { VpcEndpoint } = await ec2.send(
      new CreateVpcEndpointCommand({
        VpcId: vpcId,
        ServiceName: serviceName,
        VpcEndpointType: type,
        ...(type === "Interface" ? { SubnetIds: [...subnets] } : {}),
        ...tagged("vpc-endpoint", name)
      })
    )
    const id = has(VpcEndpoint?.VpcEndpointId)
    return { "VPC Id": vpcId, "VPC Endpoint Id": id, "Endpoint Type": type, "Service Name": serviceName }
  }
  const endpoints = {
    idle: await endpointIn("endpoint-idle", "sqs", "Interface"),
    busy: await endpointIn("endpoint-busy", "kms", "Interface")
  }
  await endpointIn("endpoint-without-routes", "s3", "Gateway")

  await ec2.send(new CreateInternetGatewayCommand(tagged("internet-gateway", "igw-detached")))
  const { InternetGateway } = await ec2.send(
    new CreateInternetGatewayCommand(tagged("internet-gateway", "igw-attached"))
  )
  await ec2.send(
    new AttachInternetGatewayCommand({ InternetGatewayId: has(InternetGateway?.InternetGatewayId), VpcId: vpcId })
  )
  return { endpoints, nats, subnets, vpcId }
}

const balancerIn = async (
  { elbv2 }: Clients,
  name: string,
  type: LoadBalancerTypeEnum,
  subnets: ReadonlyArray<string>,
  tags = [{ Key: "Name", Value: name }]
) => {
  const balancer = { Name: name, Type: type, Scheme: "internet-facing" as const, Subnets: [...subnets], Tags: tags }
  const { LoadBalancers } = await elbv2.send(new CreateLoadBalancerCommand(balancer))
  const arn = has(LoadBalancers?.[0]?.LoadBalancerArn)
  return { arn, path: arn.slice(arn.indexOf("loadbalancer/") + "loadbalancer/".length) }
}

/** Load balancers and target groups. */
const balancers = async (
  clients: Clients,
  { subnets, vpcId }: { readonly subnets: ReadonlyArray<string>; readonly vpcId: string }
) => {
  const { elb, elbv2 } = clients
  const groupOf = async (name: string) => {
    const { TargetGroups } = await elbv2.send(
      new CreateTargetGroupCommand({ Name: name, Protocol: "HTTP", Port: 80, VpcId: vpcId, TargetType: "ip" })
    )
    return has(TargetGroups?.[0]?.TargetGroupArn)
  }
  const serve = async (balancer: { readonly arn: string }, port: number, group: string) => {
    await elbv2.send(
      new CreateListenerCommand({
        LoadBalancerArn: balancer.arn,
        Protocol: "HTTP",
        Port: port,
        DefaultActions: [{ Type: "forward", TargetGroupArn: group }]
      })
    )
    await elbv2.send(new RegisterTargetsCommand({ TargetGroupArn: group, Targets: [{ Id: "10.0.1.10", Port: 80 }] }))
  }
  const groups = {
    busy: await groupOf("tg-busy"),
    silent: await groupOf("tg-silent"),
    idle: await groupOf("tg-of-idle")
  }
  await groupOf("tg-unattached")
  const busy = await balancerIn(clients, "alb-busy", "application", subnets)
  const idle = await balancerIn(clients, "alb-idle", "application", subnets)
  await balancerIn(clients, "nlb-idle", "network", subnets)
  await balancerIn(clients, "alb-kept-by-tag", "application", subnets, keepPairs)
  await serve(busy, 80, groups.busy)
  await serve(busy, 81, groups.silent)
  await serve(idle, 80, groups.idle)
  for (const name of ["clb-busy", "clb-idle"]) {
    await elb.send(
      new CreateClassicLoadBalancerCommand({
        LoadBalancerName: name,
        Subnets: [...subnets],
        Listeners: [{ Protocol: "HTTP", LoadBalancerPort: 80, InstancePort: 80 }]
      })
    )
  }
  return { busy: busy.path, busyGroup: groups.busy.slice(groups.busy.indexOf("targetgroup/")) }
}

const functionIn = (
  { lambda }: Clients,
  name: string,
  role: string,
  tags: Readonly<Record<string, string>> = {},
  runtime: Runtime = "nodejs24.x"
) =>
  lambda.send(
    new CreateFunctionCommand({
      FunctionName: name,
      Role: role,
      Tags: { ...tags },
      Runtime: runtime,
      Handler: "index.handler",
      Code: { ZipFile: Buffer.from("not run") }
    })
  )

const tableIn = ({ dynamodb }: Clients, name: string, reads = 10) =>
  dynamodb.send(
    new CreateTableCommand({
      TableName: name,
      AttributeDefinitions: [{ AttributeName: "id", AttributeType: "S" }],
      KeySchema: [{ AttributeName: "id", KeyType: "HASH" }],
      ProvisionedThroughput: { ReadCapacityUnits: reads, WriteCapacityUnits: 5 }
    })
  )

const writeLog = async ({ logs }: Clients, group: string, time: Date) => {
  const stream = { logGroupName: group, logStreamName: "main" }
  await logs.send(new CreateLogGroupCommand({ logGroupName: group }))
  await logs.send(new CreateLogStreamCommand(stream))
  await logs.send(
    new PutLogEventsCommand({ ...stream, logEvents: [{ timestamp: time.getTime(), message: "x".repeat(1000) }] })
  )
}

/** A bucket as AWS makes it since 2023: encrypted by S3's own keys and closed to the public, neither of which moto does. */
const bucketIn = async ({ region, s3 }: Clients, name: string) => {
  await s3.send(
    new CreateBucketCommand({
      Bucket: name,
      ...(region === "us-east-1"
        ? {}
        : { CreateBucketConfiguration: { LocationConstraint: region as BucketLocationConstraint } })
    })
  )
  await s3.send(
    new PutBucketEncryptionCommand({
      Bucket: name,
      ServerSideEncryptionConfiguration: {
        Rules: [{ ApplyServerSideEncryptionByDefault: { SSEAlgorithm: "AES256" }, BucketKeyEnabled: false }]
      }
    })
  )
  await s3.send(
    new PutPublicAccessBlockCommand({
      Bucket: name,
      PublicAccessBlockConfiguration: {
        BlockPublicAcls: true,
        IgnorePublicAcls: true,
        BlockPublicPolicy: true,
        RestrictPublicBuckets: true
      }
    })
  )
}

/** The services that answer for the whole account. */
const globals = async (clients: Clients, inRegion: Clients) => {
  const { cloudfront, route53, s3 } = clients
  const distributionIn = async (comment: string, enabled: boolean) => {
    const { Distribution } = await cloudfront.send(
      new CreateDistributionCommand({
        DistributionConfig: {
          CallerReference: comment,
          Comment: comment,
          Enabled: enabled,
          Origins: {
            Quantity: 1,
            Items: [
              {
                Id: "site",
                DomainName: "site.example",
                CustomOriginConfig: { HTTPPort: 80, HTTPSPort: 443, OriginProtocolPolicy: "https-only" }
              }
            ]
          },
          DefaultCacheBehavior: {
            TargetOriginId: "site",
            ViewerProtocolPolicy: "redirect-to-https",
            CachePolicyId: "658327ea-f89d-4fab-a63d-7e88639e58f6"
          }
        }
      })
    )
    return has(Distribution?.Id)
  }
  const distributions = { busy: await distributionIn("cdn-busy", true), idle: await distributionIn("cdn-idle", true) }
  await distributionIn("cdn-disabled", false)

  const zoneIn = async (name: string) => {
    const { HostedZone } = await route53.send(new CreateHostedZoneCommand({ Name: name, CallerReference: name }))
    const id = has(HostedZone?.Id)
    await route53.send(
      new ChangeResourceRecordSetsCommand({
        HostedZoneId: id,
        ChangeBatch: {
          Changes: [
            {
              Action: "CREATE",
              ResourceRecordSet: { Name: `www.${name}`, Type: "A", TTL: 300, ResourceRecords: [{ Value: "192.0.2.1" }] }
            }
          ]
        }
      })
    )
    return id.replace("/hostedzone/", "")
  }
  const zones = { busy: await zoneIn("busy.example."), quiet: await zoneIn("quiet.example.") }
  await route53.send(new CreateHostedZoneCommand({ Name: "empty.example.", CallerReference: "empty" }))

  await bucketIn(inRegion, "nightaudit-empty")
  await bucketIn(inRegion, "nightaudit-pictures")
  await bucketIn(clients, "nightaudit-pages")
  for (const bucket of ["nightaudit-pictures", "nightaudit-pages"]) {
    await s3.send(new PutObjectCommand({ Bucket: bucket, Key: "one", Body: "x" }))
  }
  // moto has buckets open until they are closed, as AWS had them until 2023.
  await s3.send(new DeletePublicAccessBlockCommand({ Bucket: "nightaudit-pages" }))
  await s3.send(
    new PutBucketPolicyCommand({
      Bucket: "nightaudit-pages",
      Policy: JSON.stringify({
        Version: "2012-10-17",
        Statement: [
          {
            Effect: "Allow",
            Principal: "*",
            Action: "s3:GetObject",
            Resource: "arn:aws:s3:::nightaudit-pages/*"
          }
        ]
      })
    })
  )
  return { distributions, zones }
}

export interface Charge {
  readonly day: string
  readonly service: string
  readonly recordType: string
  readonly usd: number
}

const put = async (endpoint: string, path: string, body: unknown) => {
  const answer = await fetch(`${endpoint}${path}`, { method: "PUT", body: JSON.stringify(body) })
  if (!answer.ok) throw new Error(`the emulator did not take ${path}: ${answer.status}`)
}

/** What an operation that moto lacks answers, as overlay.py says. */
const answer = (endpoint: string, account: string, region: string, operation: string, answer: unknown) =>
  put(endpoint, "/overlay", { account, region, operation, answer })

/** Sets the emulator's clock; without an instant to the present. */
const setClock = async (endpoint: string, instant?: Date) => {
  const { ok } = await fetch(`${endpoint}/clock`, { method: "PUT", body: instant?.toISOString() ?? "" })
  if (!ok) throw new Error("the emulator did not set its clock")
}

/** Empties the emulator and fills it, and answers the member account's id and what tests need to change the estate. */
export const seed = async (endpoint: string, bill: ReadonlyArray<Charge>) => {
  await fetch(`${endpoint}/moto-api/reset`, { method: "POST" })
  await fetch(`${endpoint}/overlay`, { method: "DELETE" })
  await put(endpoint, "/bill", bill)
  const caller = clientsIn(endpoint, callerKeys, "us-east-1")
  // Longer ago than any scan looks back by default.
  await setClock(endpoint, daysAgo(200))
  await caller.organizations.send(new CreateOrganizationCommand({ FeatureSet: "ALL" }))
  const { CreateAccountStatus } = await caller.organizations.send(
    new CreateAccountCommand({ AccountName: "shop", Email: "shop@example.com", RoleName: roleName })
  )
  const member = has(CreateAccountStatus?.AccountId)
  const roleArn = `arn:aws:iam::${member}:role/${roleName}`
  const { Credentials } = await caller.sts.send(new AssumeRoleCommand({ RoleArn: roleArn, RoleSessionName: "seed" }))
  const memberKeys = keys(
    has(Credentials?.AccessKeyId),
    has(Credentials?.SecretAccessKey),
    has(Credentials?.SessionToken)
  )
  const shop = {
    west: clientsIn(endpoint, memberKeys, "eu-west-1"),
    east: clientsIn(endpoint, memberKeys, "us-east-1")
  }
  const office = { west: clientsIn(endpoint, callerKeys, "eu-west-1"), east: caller }

  const { data, idle, io2, logs, web } = await compute(shop.west)
  const snapshots = {
    old: await snapshotOf(shop.west, data, "nightly-old"),
    locked: await snapshotOf(shop.west, data, "nightly-locked"),
    fast: await snapshotOf(shop.west, data, "nightly-fast")
  }
  for (const name of ["tables-idle", "tables-busy"]) await tableIn(shop.west, name)
  await tableIn(shop.west, "tables-oversized", 1000)
  await databases(shop.east)
  await caches(office.west)
  const { old, subnets: fleetSubnets } = await fleets(office.east)
  await containers(office.east, `arn:aws:iam::${payer}:role/eks`, fleetSubnets)
  await fleetIn(office.east, "fleet-of-old-image", old, fleetSubnets[0])
  await volumeIn(office.east, "encrypted", 10, "gp3", { Encrypted: true })
  await watching(shop.east)
  await topics(office.west)
  for (const name of ["queue-idle", "queue-busy"]) await shop.west.sqs.send(new CreateQueueCommand({ QueueName: name }))
  await times(bulk.functions, (index) => functionIn(shop.west, `forgotten-${index}`, roleArn))
  // Only a published version can be provisioned.
  await shop.west.lambda.send(new PublishVersionCommand({ FunctionName: "forgotten-0" }))
  await functionIn(shop.west, "checkout", roleArn)
  await functionIn(shop.east, "of-old-runtime", roleArn, {}, "nodejs16.x")
  await functionIn(shop.west, "kept-by-tag", roleArn, keep)
  await times(bulk.logGroups, (index) =>
    shop.west.logs.send(new CreateLogGroupCommand({ logGroupName: `/empty/${index}` }))
  )
  await writeLog(shop.west, "/shop/stale", daysAgo(200))
  await shop.west.logs.send(new CreateLogGroupCommand({ logGroupName: "/shop/active" }))

  // What another account or region has must not leak into the scopes around it.
  await volumeIn(shop.east, "left-in-the-east", 10)
  await volumeIn(office.east, "left-by-the-office", 20, "gp2")
  await addressIn(office.east, "unassociated")
  await writeLog(office.west, "/office/stale", daysAgo(200))

  const { endpoints, nats, subnets, vpcId } = await network(office.west)
  const { busy, busyGroup } = await balancers(office.west, { subnets, vpcId })
  const { distributions, zones } = await globals(shop.east, shop.west)

  await setClock(endpoint)
  await fleetIn(office.east, "fleet-of-new-image", old, fleetSubnets[0])
  await databasesLately(shop.east)
  await containersLately(office.east)
  await watchingLately(shop.east, member)
  await topicsLately(office.west)
  await times(bulk.snapshots, (index) => snapshotOf(shop.west, data, `nightly-${index}`))
  // On the second page.
  await snapshotOf(shop.west, io2, "last")
  // A plan that has not run yet, and a policy for another disk that was switched off.
  await times(3, (index) => snapshotOf(shop.west, logs, `by-hand-${index}`))
  const { BackupPlanId } = await new BackupClient(shop.west.config).send(
    new CreateBackupPlanCommand({
      BackupPlan: { BackupPlanName: "logs", Rules: [{ RuleName: "nightly", TargetBackupVaultName: "Default" }] }
    })
  )
  await answer(endpoint, member, "eu-west-1", `backup:ListBackupSelections ${BackupPlanId}`, {
    BackupSelectionsList: [{ SelectionId: "logs", BackupPlanId }]
  })
  await answer(endpoint, member, "eu-west-1", `backup:GetBackupSelection ${BackupPlanId}`, {
    BackupPlanId,
    SelectionId: "logs",
    BackupSelection: {
      SelectionName: "logs",
      IamRoleArn: roleArn,
      Resources: ["*"],
      Conditions: { StringLike: [{ ConditionKey: "aws:ResourceTag/Name", ConditionValue: "*-logs" }] }
    }
  })
  await answer(endpoint, member, "eu-west-1", "dlm:GetLifecyclePolicies", {
    Policies: [{ PolicyId: "policy-1", State: "DISABLED", PolicyType: "EBS_SNAPSHOT_MANAGEMENT" }]
  })
  await answer(endpoint, member, "eu-west-1", "dlm:GetLifecyclePolicy policy-1", {
    Policy: {
      PolicyId: "policy-1",
      State: "DISABLED",
      PolicyDetails: {
        PolicyType: "EBS_SNAPSHOT_MANAGEMENT",
        ResourceTypes: ["VOLUME"],
        ResourceLocations: ["CLOUD"],
        TargetTags: [{ Key: "Name", Value: "web-data" }]
      }
    }
  })
  await tableIn(shop.west, "tables-created-today")
  await functionIn(shop.west, "deployed-today", roleArn)
  await shop.west.logs.send(new CreateLogGroupCommand({ logGroupName: "/shop/created-today" }))
  await balancerIn(office.west, "alb-created-today", "application", subnets)
  await bucketIn(shop.west, "nightaudit-created-today")

  await published(shop.west, "AWS/DynamoDB", { TableName: "tables-busy" }, { ConsumedReadCapacityUnits: 70 })
  for (const day of Array.from({ length: 20 }, (_, index) => index + 1)) {
    const used = { VolumeReadOps: 9000, VolumeWriteOps: 9000, VolumeReadBytes: 9e8, VolumeWriteBytes: 9e8 }
    await published(shop.west, "AWS/EBS", { VolumeId: logs }, used, day)
  }
  await published(shop.west, "AWS/SQS", { QueueName: "queue-busy" }, { NumberOfMessagesSent: 9 })
  for (const day of Array.from({ length: 20 }, (_, index) => index + 1)) {
    const quiet = { CPUUtilization: 1, NetworkIn: 1000, NetworkOut: 1000 }
    await published(shop.west, "AWS/EC2", { InstanceId: idle }, quiet, day)
    await published(shop.west, "AWS/EC2", { InstanceId: web }, { ...quiet, CPUUtilization: 70 }, day)
  }
  // What runs always has it: else CloudWatch is silent, and no volume of the region is known to be idle.
  await published(office.east, "AWS/EC2", { InstanceId: old }, { CPUUtilization: 55 })
  await published(shop.west, "AWS/Lambda", { FunctionName: "checkout" }, { Invocations: 12 })
  await published(shop.east, "AWS/Lambda", { FunctionName: "of-old-runtime" }, { Invocations: 5000 })
  await published(shop.west, "AWS/Logs", { LogGroupName: "/shop/active" }, { IncomingBytes: 4096 })
  const nothing = { BytesOutToDestination: 0, BytesOutToSource: 0, ActiveConnectionCount: 0 }
  await published(office.west, "AWS/NATGateway", { NatGatewayId: nats.idle }, nothing)
  const traffic = { BytesOutToDestination: 9e9, BytesOutToSource: 9e10, ActiveConnectionCount: 40 }
  await published(office.west, "AWS/NATGateway", { NatGatewayId: nats.busy }, traffic)
  const endpointTraffic = { BytesProcessed: 5e9, ActiveConnections: 3 }
  await published(office.west, "AWS/PrivateLinkEndpoints", endpoints.busy, endpointTraffic)
  await published(
    office.west,
    "AWS/ApplicationELB",
    { LoadBalancer: busy },
    { RequestCount: 900, NewConnectionCount: 90 }
  )
  await published(
    office.west,
    "AWS/ApplicationELB",
    { LoadBalancer: busy, TargetGroup: busyGroup },
    { RequestCount: 9000, HTTPCode_Target_5XX_Count: 900, TargetResponseTime: 0.2 }
  )
  await published(
    office.west,
    "AWS/ELB",
    { LoadBalancerName: "clb-busy" },
    { RequestCount: 7, EstimatedProcessedBytes: 7e4 }
  )
  await published(
    shop.east,
    "AWS/CloudFront",
    { DistributionId: distributions.busy, Region: "Global" },
    { Requests: 5 }
  )
  await published(shop.east, "AWS/Route53", { HostedZoneId: zones.busy }, { DNSQueries: 50 })
  for (const bucket of ["nightaudit-pictures", "nightaudit-pages"]) {
    const home = bucket === "nightaudit-pages" ? shop.east : shop.west
    const gigabytes = bucket === "nightaudit-pages" ? 1 : 900
    await published(
      home,
      "AWS/S3",
      { BucketName: bucket, StorageType: "StandardStorage" },
      { BucketSizeBytes: gigabytes * 2 ** 30 }
    )
    await published(
      home,
      "AWS/S3",
      { BucketName: bucket, StorageType: "AllStorageTypes" },
      { NumberOfObjects: gigabytes * 1000 }
    )
  }

  await answer(endpoint, member, "eu-west-1", "ec2:DescribeLockedSnapshots", {
    snapshotSet: [{ snapshotId: snapshots.locked, lockState: "governance" }]
  })
  await answer(endpoint, member, "eu-west-1", "ec2:DescribeFastSnapshotRestores", {
    fastSnapshotRestoreSet: [{ snapshotId: snapshots.fast, availabilityZone: "eu-west-1a", state: "enabled" }]
  })
  await answer(endpoint, member, "eu-west-1", "lambda:ListProvisionedConcurrencyConfigs forgotten-0", {
    ProvisionedConcurrencyConfigs: [
      {
        FunctionArn: `arn:aws:lambda:eu-west-1:${member}:function:forgotten-0:live`,
        RequestedProvisionedConcurrentExecutions: 2,
        AvailableProvisionedConcurrentExecutions: 2,
        AllocatedProvisionedConcurrentExecutions: 2,
        Status: "READY"
      }
    ]
  })
  await answer(endpoint, member, "us-east-1", `cloudfront:GetMonitoringSubscription ${distributions.idle}`, {
    RealtimeMetricsSubscriptionConfig: { RealtimeMetricsSubscriptionStatus: "Enabled" }
  })
  await answer(endpoint, payer, "us-east-1", "cost-optimization-hub:ListEnrollmentStatuses", {
    items: [{ accountId: payer, status: "Active" }]
  })
  await answer(endpoint, payer, "us-east-1", "compute-optimizer:GetEnrollmentStatus", { status: "Active" })
  const recommended = (
    id: string,
    resource: { readonly id: string; readonly arn: string; readonly type: string },
    [actionType, from, to]: readonly [action: string, from: string, to: string],
    estimatedMonthlySavings: number
  ) => ({
    recommendationId: id,
    accountId: member,
    region: "eu-west-1",
    resourceId: resource.id,
    resourceArn: `arn:aws:${resource.arn}`,
    currentResourceType: resource.type,
    recommendedResourceType: resource.type,
    currentResourceSummary: from,
    recommendedResourceSummary: to,
    actionType,
    estimatedMonthlySavings,
    estimatedSavingsPercentage: 20,
    estimatedMonthlyCost: 7.5,
    currencyCode: "USD",
    implementationEffort: "High",
    restartNeeded: true,
    rollbackPossible: true,
    recommendationLookbackPeriodInDays: 14,
    source: "ComputeOptimizer",
    lastRefreshTimestamp: Math.floor(daysAgo(1).getTime() / 1000),
    tags: [{ key: "Name", value: resource.id === web ? "web" : resource.id }]
  })
  const place = `eu-west-1:${member}`
  await answer(endpoint, payer, "us-east-1", "cost-optimization-hub:ListRecommendations", {
    items: [
      recommended(
        "r-1",
        { id: web, arn: `ec2:${place}:instance/${web}`, type: "Ec2Instance" },
        ["MigrateToGraviton", "t3.micro", "t4g.micro"],
        1.5
      ),
      recommended(
        "r-2",
        { id: data, arn: `ec2:${place}:volume/${data}`, type: "EbsVolume" },
        ["Rightsize", "gp3 100 GB", "gp3 50 GB"],
        4
      ),
      recommended(
        "r-3",
        { id: "checkout", arn: `lambda:${place}:function:checkout`, type: "LambdaFunction" },
        ["Rightsize", "1024 MB", "512 MB"],
        2
      ),
      recommended(
        "r-4",
        { id: "ledger", arn: `rds:${place}:db:ledger`, type: "RdsDbInstance" },
        ["Rightsize", "db.m6g.large", "db.t4g.medium"],
        60
      )
    ]
  })
  await answer(endpoint, payer, "us-east-1", "cost-optimization-hub:ListRecommendationSummaries", {
    items: [{ group: member, estimatedMonthlySavings: 67.5, recommendationCount: 4 }],
    estimatedTotalDedupedSavings: 67.5,
    currencyCode: "USD",
    groupBy: "AccountId"
  })
  return { member, memberKeys, office, shop, web }
}
