/** Write events in the shape in which CloudTrail records them and EventBridge delivers them; the names in them are made up. */

export const account = "111111111111"
export const region = "eu-west-1"
export const by = `arn:aws:iam::${account}:role/deployer`

interface Place {
  readonly account?: string
  readonly region?: string
  readonly id?: string
}

/** An event as a rule on the default bus sees it. */
export const trailEvent = (
  service: string,
  eventName: string,
  requestParameters: unknown,
  responseElements: unknown,
  place: Place = {},
  more: object = {}
) => {
  const own = { account, region, id: `${eventName}-0001`, ...place }
  return {
    version: "0",
    id: "6f5b1d0c-7e0e-4d43-9c0f-1f0d6f2a9b11",
    "detail-type": "AWS API Call via CloudTrail",
    source: `aws.${service}`,
    account: own.account,
    time: "2026-11-20T09:12:44Z",
    region: own.region,
    resources: [],
    detail: {
      eventVersion: "1.11",
      userIdentity: {
        type: "AssumedRole",
        principalId: "AROAEXAMPLE:ann",
        arn: `arn:aws:sts::${own.account}:assumed-role/deployer/ann`,
        accountId: own.account,
        sessionContext: {
          sessionIssuer: {
            type: "Role",
            principalId: "AROAEXAMPLE",
            arn: `arn:aws:iam::${own.account}:role/deployer`,
            accountId: own.account,
            userName: "deployer"
          },
          attributes: { creationDate: "2026-11-20T09:00:00Z", mfaAuthenticated: "false" }
        }
      },
      eventTime: "2026-11-20T09:12:44Z",
      eventSource: `${service}.amazonaws.com`,
      eventName,
      awsRegion: own.region,
      sourceIPAddress: "198.51.100.7",
      userAgent: "APN/1.0 HashiCorp/1.0 Terraform/1.9.0",
      requestParameters,
      responseElements,
      requestID: "c7449e0c-9ec4-42f3-a5da-58ea3e84b3b3",
      eventID: own.id,
      readOnly: false,
      eventType: "AwsApiCall",
      managementEvent: true,
      recipientAccountId: own.account,
      eventCategory: "Management",
      ...more
    }
  }
}

export const natGateway = (id: string, place: Place = {}) =>
  trailEvent(
    "ec2",
    "CreateNatGateway",
    { CreateNatGatewayRequest: { AllocationId: "eipalloc-0a1", SubnetId: "subnet-0a1" } },
    {
      CreateNatGatewayResponse: {
        xmlns: "http://ec2.amazonaws.com/doc/2016-11-15/",
        natGateway: {
          connectivityType: "public",
          subnetId: "subnet-0a1",
          natGatewayAddressSet: { item: { allocationId: "eipalloc-0a1" } },
          createTime: "2026-11-20T09:12:44.000Z",
          vpcId: "vpc-0a1",
          natGatewayId: id,
          state: "pending"
        },
        requestId: "c7449e0c-9ec4-42f3-a5da-58ea3e84b3b3"
      }
    },
    place
  )

export const createVolume = (id: string, made: object, place: Place = {}) =>
  trailEvent(
    "ec2",
    "CreateVolume",
    { size: "500", zone: "eu-west-1a", volumeType: "io2", iops: "20000", encrypted: false },
    {
      requestId: "da847fe1",
      volumeId: id,
      size: "500",
      zone: "eu-west-1a",
      status: "creating",
      createTime: 1795425164000,
      volumeType: "io2",
      iops: 20000,
      encrypted: false,
      multiAttachEnabled: false,
      ...made
    },
    place
  )

export const runInstances = (instances: ReadonlyArray<object>, place: Place = {}) =>
  trailEvent(
    "ec2",
    "RunInstances",
    {
      instancesSet: { items: [{ imageId: "ami-0a1", minCount: 1, maxCount: instances.length }] },
      instanceType: "p4d.24xlarge"
    },
    {
      requestId: "3673b5b6",
      reservationId: "r-0a1",
      ownerId: account,
      groupSet: {},
      instancesSet: {
        items: instances.map((instance, index) => ({
          instanceId: `i-0a${index}`,
          imageId: "ami-0a1",
          instanceState: { code: 0, name: "pending" },
          amiLaunchIndex: index,
          instanceType: "p4d.24xlarge",
          launchTime: 1795425164000,
          placement: { availabilityZone: "eu-west-1a", tenancy: "default" },
          monitoring: { state: "disabled" },
          ...instance
        }))
      }
    },
    place
  )

const databaseMade = {
  dBInstanceIdentifier: "orders",
  dBInstanceClass: "db.m6g.large",
  engine: "mysql",
  dBInstanceStatus: "creating",
  masterUsername: "admin",
  allocatedStorage: 50,
  multiAZ: false,
  engineVersion: "8.0.20",
  licenseModel: "general-public-license",
  storageType: "gp2",
  storageEncrypted: true,
  dBInstanceArn: `arn:aws:rds:${region}:${account}:db:orders`
}

export const database = (eventName: string, made: object = {}, asked: object = {}) =>
  trailEvent(
    "rds",
    eventName,
    {
      dBInstanceIdentifier: "orders",
      dBInstanceClass: "db.m6g.large",
      engine: "mysql",
      masterUserPassword: "****",
      ...asked
    },
    { ...databaseMade, ...made }
  )

export const databaseCluster = (eventName: string, made: object = {}) =>
  trailEvent(
    "rds",
    eventName,
    { dBClusterIdentifier: "ledger", engine: "postgres", masterUserPassword: "****" },
    {
      allocatedStorage: 100,
      dBClusterIdentifier: "ledger",
      status: "creating",
      multiAZ: true,
      engine: "postgres",
      engineVersion: "16.3",
      dBClusterArn: `arn:aws:rds:${region}:${account}:cluster:ledger`,
      ...made
    }
  )

export const loadBalancer = (type: string, made: object = {}) =>
  trailEvent(
    "elasticloadbalancing",
    "CreateLoadBalancer",
    {
      subnets: ["subnet-0a1", "subnet-0a2"],
      securityGroups: ["sg-0a1"],
      name: "shop",
      scheme: "internet-facing",
      type
    },
    {
      loadBalancers: [
        {
          type,
          loadBalancerName: "shop",
          state: { code: "provisioning" },
          loadBalancerArn: `arn:aws:elasticloadbalancing:${region}:${account}:loadbalancer/${{ application: "app", network: "net" }[type] ?? "gwy"}/shop/813270f8ee6fa76a`,
          vpcId: "vpc-0a1",
          availabilityZones: [
            { subnetId: "subnet-0a1", zoneName: "eu-west-1a", loadBalancerAddresses: [] },
            { subnetId: "subnet-0a2", zoneName: "eu-west-1b", loadBalancerAddresses: [] }
          ],
          createdTime: "Nov 20, 2026 9:12:44 AM",
          scheme: "internet-facing",
          ...made
        }
      ]
    }
  )
