/** What services are called where money is shown: by Cost Explorer, and otherwise by the metrics of AWS/Billing and the price list. */

/** Names of services in Cost Explorer. Source: the values of its dimension SERVICE. */
export const billedBy = {
  ec2: "Amazon Elastic Compute Cloud - Compute",
  ec2Other: "EC2 - Other",
  vpc: "Amazon Virtual Private Cloud",
  elb: "Amazon Elastic Load Balancing",
  lambda: "AWS Lambda",
  cloudwatch: "AmazonCloudWatch",
  s3: "Amazon Simple Storage Service",
  cloudfront: "Amazon CloudFront",
  route53: "Amazon Route 53",
  rds: "Amazon Relational Database Service",
  documentdb: "Amazon DocumentDB (with MongoDB compatibility)",
  neptune: "Amazon Neptune",
  elasticache: "Amazon ElastiCache",
  dynamodb: "Amazon DynamoDB",
  sqs: "Amazon Simple Queue Service",
  sns: "Amazon Simple Notification Service",
  apigateway: "Amazon API Gateway",
  ecs: "Amazon Elastic Container Service",
  ecr: "Amazon EC2 Container Registry (ECR)",
  eks: "Amazon Elastic Container Service for Kubernetes",
  nothing: ""
} as const

/** The service that bills a database by its engine: the lists and calls of RDS have DocumentDB and Neptune as well. */
export const databaseBilledBy = (engine: string): string =>
  engine.startsWith("docdb") ? billedBy.documentdb : engine.startsWith("neptune") ? billedBy.neptune : billedBy.rds

/**
 * What Cost Explorer calls the services that AWS/Billing and the price list name by a code. EC2's code is two services there. Source: the
 * service codes of the Price List API, and Cost Explorer's dimension SERVICE.
 */
const services: Readonly<Record<string, ReadonlyArray<string>>> = {
  AmazonEC2: [billedBy.ec2, billedBy.ec2Other],
  AmazonVPC: [billedBy.vpc],
  AWSELB: [billedBy.elb],
  AWSLambda: [billedBy.lambda],
  AmazonS3: [billedBy.s3],
  AmazonCloudFront: [billedBy.cloudfront],
  AmazonRoute53: [billedBy.route53],
  AmazonRDS: [billedBy.rds],
  AmazonDocDB: [billedBy.documentdb],
  AmazonNeptune: [billedBy.neptune],
  AmazonElastiCache: [billedBy.elasticache],
  AmazonDynamoDB: [billedBy.dynamodb],
  AWSQueueService: [billedBy.sqs],
  AmazonSNS: [billedBy.sns],
  AmazonApiGateway: [billedBy.apigateway],
  AmazonECS: [billedBy.ecs],
  AmazonECR: [billedBy.ecr],
  AmazonEKS: [billedBy.eks]
}

/** What Cost Explorer calls a service that is written by its name or its code. */
export const servicesNamed = (written: string): ReadonlyArray<string> =>
  Object.hasOwn(services, written) ? (services[written] ?? [written]) : [written]

/** The code of what Cost Explorer calls so; it may be that of another service as well. What has no other name is its own code. */
export const serviceCode = (written: string): { readonly code: string; readonly isShared: boolean } => {
  const [code, named] = Object.entries(services).find(([, named]) => named.includes(written)) ?? [written, [written]]
  return { code, isShared: named.length > 1 }
}

/** Names and codes of services that are known without a bill. */
export const knownServices: ReadonlyArray<string> = [
  ...Object.values(billedBy).filter((name) => name !== ""),
  ...Object.keys(services)
]
