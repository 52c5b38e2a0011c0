import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { known, unknown } from "../../../core/Reading.ts"
import * as lambda from "../../../datasets/aws/lambda.ts"
import { account, awsFailure, noSeries, paged, readDataset, readProbe, valueOf } from "../harness.ts"
import { lambdaFunction } from "../../scans/lambdaFunction.ts"

const maxItems = { size: "MaxItems", input: "Marker", output: "NextMarker" }

const arnOf = (name: string, region = "eu-west-1") => `arn:aws:lambda:${region}:${account}:function:${name}`

const awsFunction = (index: number, more: object = {}) => ({
  FunctionName: `fn-${index}`,
  FunctionArn: arnOf(`fn-${index}`),
  MemorySize: 512,
  LastModified: "2026-01-02T03:04:05.678+0000",
  ...more
})

describe("lambda.functions", () => {
  it.effect("reads 121 functions in three calls of 50", () =>
    Effect.gen(function* () {
      const items = Array.from({ length: 121 }, (_, index) => awsFunction(index))
      const { calls, read } = yield* readDataset(lambda.functions, {
        "lambda:ListFunctions": paged(items, "Functions", maxItems)
      })
      assert.deepStrictEqual(calls, { "lambda:ListFunctions": 3 })
      const functions: ReadonlyArray<lambda.LambdaFunction> = valueOf(read)
      assert.strictEqual(functions.length, 121)
      assert.strictEqual(functions[120]?.arn, "arn:aws:lambda:eu-west-1:111111111111:function:fn-120")
      assert.strictEqual(functions[0]?.lastModifiedAt.toISOString(), "2026-01-02T03:04:05.678Z")
      assert.strictEqual(functions[0]?.architecture, "x86_64")
      assert.strictEqual(functions[0]?.logGroup, "/aws/lambda/fn-0")
    })
  )

  it.effect("keeps what later scans judge", () =>
    Effect.gen(function* () {
      const { read } = yield* readDataset(lambda.functions, {
        "lambda:ListFunctions": () => ({
          Functions: [
            awsFunction(1, {
              Runtime: "python3.12",
              Architectures: ["arm64"],
              VpcConfig: { VpcId: "vpc-1", SubnetIds: ["subnet-1"], SecurityGroupIds: ["sg-1"] },
              SnapStart: { ApplyOn: "PublishedVersions" },
              LoggingConfig: { LogGroup: "shared" },
              DeadLetterConfig: { TargetArn: "arn:dlq" },
              CapacityProviderConfig: {
                LambdaManagedInstancesCapacityProviderConfig: { CapacityProviderArn: "arn:cp" }
              }
            }),
            awsFunction(2, { PackageType: "Image", VpcConfig: { VpcId: "", SubnetIds: [], SecurityGroupIds: [] } })
          ]
        })
      })
      const [zip, image]: ReadonlyArray<lambda.LambdaFunction> = valueOf(read)
      assert.deepStrictEqual(
        [zip?.runtime, zip?.architecture, zip?.vpcId, zip?.snapStart, zip?.logGroup, zip?.capacityProviderArn],
        ["python3.12", "arm64", "vpc-1", true, "shared", "arn:cp"]
      )
      assert.deepStrictEqual(zip?.securityGroupIds, ["sg-1"])
      assert.deepStrictEqual([zip?.deadLetterArn, image?.deadLetterArn], ["arn:dlq", undefined])
      assert.deepStrictEqual([image?.runtime, image?.packageType, image?.vpcId], [undefined, "Image", undefined])
    })
  )

  it.effect("knows whether the reports of its calls are among the logs", () =>
    Effect.gen(function* () {
      const levels = [undefined, "DEBUG", "INFO", "WARN", "SILENT"]
      const { read } = yield* readDataset(lambda.functions, {
        "lambda:ListFunctions": () => ({
          Functions: levels.map((SystemLogLevel, index) =>
            awsFunction(index, { LoggingConfig: { LogFormat: "JSON", SystemLogLevel } })
          )
        })
      })
      const functions: ReadonlyArray<lambda.LambdaFunction> = valueOf(read)
      assert.deepStrictEqual(
        functions.map(({ logsReports }) => logsReports),
        [true, true, true, false, false]
      )
    })
  )

  it.effect("calls an answer without its list, a missing field and a date that is none malformed", () =>
    Effect.gen(function* () {
      const fault = Effect.fnUntraced(function* (answer: object) {
        const { read } = yield* readDataset(lambda.functions, { "lambda:ListFunctions": () => answer })
        return read.ok ? "" : read.error.summary
      })
      assert.include(yield* fault({}), "(Functions is missing)")
      const lastModified = yield* fault({ Functions: [awsFunction(1, { LastModified: "yesterday" })] })
      assert.include(lastModified, "(Functions[].LastModified is no date)")
      for (const field of ["FunctionName", "FunctionArn", "MemorySize", "LastModified"]) {
        const message = yield* fault({ Functions: [awsFunction(1, { [field]: undefined })] })
        assert.include(message, `(Functions[].${field} is missing)`)
      }
    })
  )
})

describe("lambda.eventSourceMappings", () => {
  it.effect("reads 250 mappings in three calls and names their functions without version", () =>
    Effect.gen(function* () {
      const items = Array.from({ length: 250 }, (_, index) => ({
        UUID: `m-${index}`,
        FunctionArn: `${arnOf("fn")}:live`,
        EventSourceArn: "arn:aws:sqs:eu-west-1:111111111111:queue",
        State: "Enabled",
        DestinationConfig: { OnFailure: { Destination: "arn:dlq" } }
      }))
      const { calls, read } = yield* readDataset(lambda.eventSourceMappings, {
        "lambda:ListEventSourceMappings": paged(items, "EventSourceMappings", maxItems)
      })
      assert.deepStrictEqual(calls, { "lambda:ListEventSourceMappings": 3 })
      assert.deepInclude(valueOf(read)[249], {
        functionArn: arnOf("fn"),
        state: "enabled",
        failureDestinationArn: "arn:dlq"
      })
    })
  )

  it("may invoke a function unless they are switched off", () => {
    const may = (state: string) => lambda.mayInvoke({ state } as lambda.EventSourceMapping)
    assert.deepStrictEqual(["enabled", "creating", "updating", "disabled", "disabling", "deleting"].map(may), [
      true,
      true,
      true,
      false,
      false,
      false
    ])
  })

  it.effect("calls a mapping without its function or its state malformed", () =>
    Effect.gen(function* () {
      for (const field of ["FunctionArn", "State"]) {
        const mapping = { UUID: "m", FunctionArn: arnOf("fn"), State: "Enabled", [field]: undefined }
        const { read } = yield* readDataset(lambda.eventSourceMappings, {
          "lambda:ListEventSourceMappings": () => ({ EventSourceMappings: [mapping] })
        })
        assert.include(read.ok ? "" : read.error.summary, `(EventSourceMappings[].${field} is missing)`)
      }
    })
  )
})

describe("lambda.edgeFunctionArns", () => {
  const answers = {
    "cloudfront:ListDistributions": () => ({
      DistributionList: {
        Items: [
          {
            Id: "E1",
            ARN: "arn:aws:cloudfront::111111111111:distribution/E1",
            Enabled: true,
            LastModifiedTime: new Date("2026-01-01T00:00:00Z"),
            Origins: { Quantity: 1, Items: [{ DomainName: "shop.example" }] },
            Aliases: { Quantity: 0 },
            CacheBehaviors: { Quantity: 0 },
            DefaultCacheBehavior: {
              LambdaFunctionAssociations: {
                Quantity: 1,
                Items: [{ LambdaFunctionARN: `${arnOf("edge", "us-east-1")}:7` }]
              }
            }
          }
        ]
      }
    })
  }

  it.effect("are the distributions' in us-east-1, and none elsewhere", () =>
    Effect.gen(function* () {
      const home = yield* readDataset(lambda.edgeFunctionArns, answers, "us-east-1")
      assert.deepStrictEqual(home.calls, { "cloudfront:ListDistributions": 1 })
      assert.deepStrictEqual([...valueOf(home.read)], [arnOf("edge", "us-east-1")])
      const elsewhere = yield* readDataset(lambda.edgeFunctionArns, answers, "eu-west-1")
      assert.strictEqual(valueOf(elsewhere.read).size, 0)
    })
  )

  it.effect("have a gap where CloudFront is denied, in us-east-1 and nowhere else", () =>
    Effect.gen(function* () {
      const denied = {
        "cloudfront:ListDistributions": () => {
          throw awsFailure("AccessDenied", "no", 403)
        }
      }
      const home = yield* readDataset(lambda.edgeFunctionArns, denied, "us-east-1")
      const gaps = home.read.ok ? home.read.gaps.map(({ summary }) => summary) : []
      assert.lengthOf(gaps, 1)
      assert.include(gaps[0], "cloudfront:ListDistributions: denied by IAM")
      const elsewhere = yield* readDataset(lambda.edgeFunctionArns, denied, "eu-west-1")
      assert.strictEqual(valueOf(elsewhere.read).size, 0)
    })
  )
})

describe("lambda.invocations", () => {
  it.effect("asks for one series a function, 500 to a call", () =>
    Effect.gen(function* () {
      const items = Array.from({ length: 501 }, (_, index) => awsFunction(index))
      const { calls, sent } = yield* readDataset(lambda.invocations(90), {
        "lambda:ListFunctions": paged(items, "Functions", maxItems),
        "cloudwatch:GetMetricData": noSeries
      })
      assert.deepStrictEqual(calls, { "lambda:ListFunctions": 11, "cloudwatch:GetMetricData": 2 })
      const metric = sent.at(-1)?.input.MetricDataQueries[0].MetricStat
      assert.deepStrictEqual(metric.Metric.Namespace, "AWS/Lambda")
      assert.strictEqual(metric.Stat, "Sum")
      assert.strictEqual(metric.Metric.Dimensions[0].Name, "FunctionName")
    })
  )
})

describe("lambda.provisionedConcurrency", () => {
  const lastModifiedAt = new Date("2026-01-02T03:04:05Z")
  const fn = (name: string) => ({ arn: arnOf(name), name, lastModifiedAt }) as lambda.LambdaFunction

  it.effect("costs one call for each function", () =>
    Effect.gen(function* () {
      const { calls, readings } = yield* readProbe(lambda.provisionedConcurrency, [fn("a"), fn("b")], {
        "lambda:ListProvisionedConcurrencyConfigs": ({ FunctionName, MaxItems }) => {
          assert.strictEqual(MaxItems, 50)
          const config = (alias: string, more: object) => ({ FunctionArn: `${arnOf(FunctionName)}:${alias}`, ...more })
          return FunctionName === "a"
            ? {
                ProvisionedConcurrencyConfigs: [
                  config("live", {
                    AllocatedProvisionedConcurrentExecutions: 5,
                    RequestedProvisionedConcurrentExecutions: 9
                  }),
                  config("7", { RequestedProvisionedConcurrentExecutions: 2 })
                ]
              }
            : { ProvisionedConcurrencyConfigs: [] }
        }
      })
      assert.deepStrictEqual(calls, { "lambda:ListProvisionedConcurrencyConfigs": 2 })
      assert.deepStrictEqual(readings, [
        known([
          { qualifier: "live", allocated: 5 },
          { qualifier: "7", allocated: 2 }
        ]),
        known([])
      ])
    })
  )

  it.effect("does not know a function of which a page, the list or a field is missing, and knows the others", () =>
    Effect.gen(function* () {
      const functions = ["a", "b", "c", "d"].map(fn)
      const { readings } = yield* readProbe(lambda.provisionedConcurrency, functions, {
        "lambda:ListProvisionedConcurrencyConfigs": ({ FunctionName, Marker }) => {
          if (Marker !== undefined) throw awsFailure("AccessDeniedException", "no", 403)
          if (FunctionName === "a") return { ProvisionedConcurrencyConfigs: [], NextMarker: "2" }
          if (FunctionName === "b") return {}
          const unsized = { FunctionArn: `${arnOf("c")}:live` }
          return { ProvisionedConcurrencyConfigs: FunctionName === "c" ? [unsized] : [] }
        }
      })
      assert.deepStrictEqual(
        readings.map(({ known }) => known),
        [false, false, false, true]
      )
    })
  )
})

describe("lambda.invokers", () => {
  const version = { name: "fn", qualifier: "live", lastModifiedAt: new Date("2026-01-02T03:04:05Z") }

  it.effect("names the services of the policy of one version or alias", () =>
    Effect.gen(function* () {
      const { calls, readings, sent } = yield* readProbe(lambda.invokers, [version], {
        "lambda:GetPolicy": () => ({
          Policy: JSON.stringify({
            Statement: [
              {
                Principal: { Service: "sns.amazonaws.com" },
                Condition: { ArnLike: { "AWS:SourceArn": "arn:aws:sns:::t" } }
              },
              { Principal: { Service: "events.amazonaws.com" } },
              { Principal: { Service: "sns.amazonaws.com" } }
            ]
          })
        })
      })
      assert.deepStrictEqual(calls, { "lambda:GetPolicy": 1 })
      assert.deepStrictEqual(sent[0]?.input, { FunctionName: "fn", Qualifier: "live" })
      assert.deepStrictEqual(readings, [known(["sns.amazonaws.com", "events.amazonaws.com"])])
    })
  )

  it.effect("asks for the function's own policy without a version", () =>
    Effect.gen(function* () {
      const { sent } = yield* readProbe(lambda.invokers, [{ ...version, qualifier: undefined }], {
        "lambda:GetPolicy": () => ({ Policy: "{}" })
      })
      assert.deepStrictEqual(sent[0]?.input, { FunctionName: "fn" })
    })
  )

  it.effect("reads a missing policy as nobody, and a denied one as unknown", () =>
    Effect.gen(function* () {
      const refused = (code: string, status: number) =>
        readProbe(lambda.invokers, [version], {
          "lambda:GetPolicy": () => {
            throw awsFailure(code, code, status)
          }
        })
      assert.deepStrictEqual((yield* refused("ResourceNotFoundException", 404)).readings, [known([])])
      assert.isFalse((yield* refused("AccessDeniedException", 403)).readings[0]?.known)
      const without = yield* readProbe(lambda.invokers, [version], { "lambda:GetPolicy": () => ({}) })
      assert.isFalse(without.readings[0]?.known)
    })
  )
})

/** A function as probes are asked about it. */
const asked = (name = "fn") => ({ name, arn: arnOf(name) }) as lambda.LambdaFunction

describe("lambda.functionUrls", () => {
  const config = (more: object = {}) => ({ FunctionUrl: "https://x.on.aws/", AuthType: "NONE", ...more })
  const ask = (answer: (input: any) => unknown, ...names: ReadonlyArray<string>) =>
    readProbe(
      lambda.functionUrls,
      names.map((name) => asked(name)),
      { "lambda:ListFunctionUrlConfigs": answer }
    )

  it.effect("takes a call for each function and says who may use a URL", () =>
    Effect.gen(function* () {
      const configs = Array.from({ length: 51 }, (_, index) => config({ FunctionUrl: `https://${index}/` }))
      const { calls, readings } = yield* ask(paged(configs, "FunctionUrlConfigs", maxItems), "fn")
      assert.deepStrictEqual(calls, { "lambda:ListFunctionUrlConfigs": 2 })
      assert.strictEqual(readings[0]?.known === true ? readings[0].value.length : 0, 51)
      const none = yield* ask(() => ({ FunctionUrlConfigs: [] }), "a", "b")
      assert.deepStrictEqual(
        [none.calls, none.readings],
        [{ "lambda:ListFunctionUrlConfigs": 2 }, [known([]), known([])]]
      )
      const signed = yield* ask(() => ({ FunctionUrlConfigs: [config({ AuthType: "AWS_IAM" })] }), "fn")
      assert.deepStrictEqual(signed.readings, [known([{ url: "https://x.on.aws/", auth: "aws_iam" }])])
    })
  )

  it.effect("does not know what is refused or malformed", () =>
    Effect.gen(function* () {
      const answers: ReadonlyArray<() => unknown> = [
        () => ({}),
        () => ({ FunctionUrlConfigs: [config({ AuthType: undefined })] }),
        () => ({ FunctionUrlConfigs: [config({ FunctionUrl: undefined })] }),
        () => {
          throw awsFailure("AccessDeniedException", "no", 403)
        }
      ]
      for (const answer of answers) assert.isFalse((yield* ask(answer, "fn")).readings[0]?.known)
    })
  )
})

describe("lambda.aliasedVersions", () => {
  const version = (Version: string, Runtime: string | undefined = "nodejs16.x") => ({ Version, Runtime })
  const ask = (aliases: unknown, versions: ReadonlyArray<object> = []) =>
    readProbe(lambda.aliasedVersions, [asked()], {
      "lambda:ListAliases": () => aliases,
      "lambda:ListVersionsByFunction": paged(versions, "Versions", maxItems)
    })

  it.effect("reads the versions that aliases lead to, and lists versions only where there are such", () =>
    Effect.gen(function* () {
      const latest = yield* ask({ Aliases: [{ Name: "dev", FunctionVersion: "$LATEST" }] })
      assert.deepStrictEqual([latest.calls, latest.readings], [{ "lambda:ListAliases": 1 }, [known([])]])
      const aliases = [
        { Name: "live", FunctionVersion: "2", RoutingConfig: { AdditionalVersionWeights: { "60": 0.1 } } },
        { Name: "blue", FunctionVersion: "2" }
      ]
      const versions = [version("$LATEST"), ...Array.from({ length: 60 }, (_, index) => version(String(index + 1)))]
      const { calls, readings } = yield* ask({ Aliases: aliases }, versions)
      assert.deepStrictEqual(calls, { "lambda:ListAliases": 1, "lambda:ListVersionsByFunction": 2 })
      assert.deepStrictEqual(readings, [
        known([
          { version: "2", aliases: ["blue", "live"], runtime: "nodejs16.x" },
          { version: "60", aliases: ["live"], runtime: "nodejs16.x" }
        ])
      ])
    })
  )

  it.effect("does not know what is malformed", () =>
    Effect.gen(function* () {
      for (const aliases of [{}, { Aliases: [{ FunctionVersion: "2" }] }, { Aliases: [{ Name: "live" }] }]) {
        assert.isFalse((yield* ask(aliases)).readings[0]?.known)
      }
      const nameless = yield* ask({ Aliases: [{ Name: "live", FunctionVersion: "2" }] }, [{ Runtime: "nodejs16.x" }])
      assert.isFalse(nameless.readings[0]?.known)
    })
  )
})

describe("lambda.errors and lambda.provisionedUse", () => {
  it.effect("ask for the errors of every function that is called, or of which that is not known", () =>
    Effect.gen(function* () {
      const { sent } = yield* readDataset(lambda.errors(30, { percent: 50, calls: 100 }), {
        "lambda:ListFunctions": () => ({ Functions: [awsFunction(1), awsFunction(2), awsFunction(3)] }),
        "cloudwatch:GetMetricData": ({ MetricDataQueries }) => ({
          MetricDataResults: MetricDataQueries.map(({ Id, MetricStat: { Metric } }: any) => ({
            Id,
            StatusCode: Metric.Dimensions[0].Value === "fn-3" ? "InternalError" : "Complete",
            ...(Metric.Dimensions[0].Value === "fn-1"
              ? { Timestamps: [new Date("2026-11-19T00:00:00Z")], Values: [1] }
              : { Timestamps: [], Values: [] })
          }))
        })
      })
      const asked = sent
        .filter(({ operation }) => operation.name === "GetMetricData")
        .flatMap(({ input }) => input.MetricDataQueries)
        .map(({ MetricStat: { Metric, Stat } }: any) => `${Metric.MetricName} ${Metric.Dimensions[0].Value} ${Stat}`)
      assert.deepStrictEqual(asked, [
        "Invocations fn-1 Sum",
        "Invocations fn-2 Sum",
        "Invocations fn-3 Sum",
        "Errors fn-1 Sum",
        "Errors fn-3 Sum"
      ])
    })
  )

  it("ask about versions and aliases, never about the function", () => {
    const specs = lambda.provisionedUse(30).series({ name: "fn", qualifiers: ["live"] })
    assert.deepStrictEqual(
      specs.map(({ dimensions, metric, statistic }) => [metric, statistic, dimensions["Resource"]]),
      [
        ["Invocations", "Sum", "fn:live"],
        ["ProvisionedConcurrencyUtilization", "Maximum", "fn:live"]
      ]
    )
  })
})

describe("lambda.durations", () => {
  it.effect("ask for all in one call, and leave unknown alone what CloudWatch does not tell", () =>
    Effect.gen(function* () {
      const functions = Array.from({ length: 9 }, (_, index) => lambdaFunction({ name: `fn-${index}` }))
      const { calls, readings } = yield* readProbe(lambda.durations(30), functions, {
        "cloudwatch:GetMetricData": ({ MetricDataQueries }) => ({
          MetricDataResults: MetricDataQueries.map(({ Id, MetricStat: { Metric } }: any) => ({
            Id,
            StatusCode: Metric.Dimensions[0].Value === "fn-3" ? "InternalError" : "Complete",
            Timestamps: [new Date("2026-11-18T00:00:00Z"), new Date("2026-11-19T00:00:00Z")],
            Values: [100, 250]
          }))
        })
      })
      assert.deepStrictEqual(calls, { "cloudwatch:GetMetricData": 1 })
      const others = readings.filter((_, index) => index !== 3)
      assert.deepStrictEqual(
        others.map((reading) => (reading.known ? reading.value : reading.reason)),
        others.map(() => known(350))
      )
      assert.deepStrictEqual(readings[3], unknown("cloudwatch:GetMetricData: not reachable (InternalError)"))
    })
  )
})
