import type { LambdaFunction } from "../../datasets/aws/lambda.ts"
import { daysAgo } from "../datasets/harness.ts"

/** A function as a test needs it: what is not said is healthy and plain. */
export const lambdaFunction = (more: Partial<LambdaFunction> = {}): LambdaFunction => {
  const name = more.name ?? "orders"
  return {
    arn: `arn:aws:lambda:eu-west-1:111111111111:function:${name}`,
    name,
    description: "",
    runtime: "nodejs24.x",
    packageType: "Zip",
    memoryMb: 512,
    timeoutSeconds: 3,
    codeSizeBytes: 1000,
    ephemeralStorageMb: 512,
    architecture: "x86_64",
    lastModifiedAt: daysAgo(200),
    roleArn: "arn:aws:iam::111111111111:role/orders",
    state: undefined,
    vpcId: undefined,
    subnetIds: [],
    securityGroupIds: [],
    layerArns: [],
    snapStart: false,
    capacityProviderArn: undefined,
    logGroup: `/aws/lambda/${name}`,
    logsReports: true,
    deadLetterArn: undefined,
    ...more
  }
}
