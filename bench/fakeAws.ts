/**
 * An AWS on loopback with as many unattached volumes and as many functions as it is told, of which one in a hundred is idle;
 * run as a process of its own.
 */
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"

const count = Number(process.argv[2])
const createdAt = "2026-01-01T00:00:00.000Z"

const volumeXml = (index: number) =>
  `<item><volumeId>vol-${String(index).padStart(17, "0")}</volumeId><size>100</size><status>available</status><createTime>${createdAt}</createTime><volumeType>gp3</volumeType><iops>3000</iops><throughput>125</throughput><encrypted>true</encrypted><availabilityZone>eu-west-1a</availabilityZone><attachmentSet/><tagSet><item><key>Name</key><value>data-${index}</value></item><item><key>team</key><value>checkout</value></item></tagSet></item>`

const lambdaFunction = (index: number) => ({
  FunctionName: `function-${index}`,
  Version: "$LATEST",
  FunctionArn: `arn:aws:lambda:eu-west-1:111111111111:function:function-${index}`,
  Runtime: "nodejs24.x",
  Role: "arn:aws:iam::111111111111:role/function",
  Handler: "index.handler",
  CodeSize: 1000,
  Description: "",
  Timeout: 3,
  MemorySize: 512,
  LastModified: "2026-01-01T00:00:00.000+0000",
  PackageType: "Zip",
  Architectures: ["arm64"],
  State: "Active"
})

const pageOf = (token: string | null | undefined, size: number) => {
  const from = Number(token ?? 0)
  const to = Math.min(count, from + size)
  return {
    indexes: Array.from({ length: to - from }, (_, index) => from + index),
    next: to < count ? String(to) : undefined
  }
}

const ec2 = (form: URLSearchParams): string => {
  const action = form.get("Action") ?? ""
  if (action === "DescribeRegions") {
    return "<DescribeRegionsResponse><regionInfo><item><regionName>eu-west-1</regionName></item></regionInfo></DescribeRegionsResponse>"
  }
  if (action === "DescribeInstances") return "<DescribeInstancesResponse><reservationSet/></DescribeInstancesResponse>"
  if (action === "DescribeSnapshots") return "<DescribeSnapshotsResponse><snapshotSet/></DescribeSnapshotsResponse>"
  const { indexes, next } = pageOf(form.get("NextToken"), Number(form.get("MaxResults")))
  return `<DescribeVolumesResponse><volumeSet>${indexes.map(volumeXml).join("")}</volumeSet>${next === undefined ? "" : `<nextToken>${next}</nextToken>`}</DescribeVolumesResponse>`
}

interface MetricRequest {
  readonly StartTime: number
  readonly EndTime: number
  readonly MetricDataQueries: ReadonlyArray<{
    readonly Id: string
    readonly MetricStat: { readonly Metric: { readonly Dimensions: ReadonlyArray<{ readonly Value: string }> } }
  }>
}

/** A datapoint a day for every function but one in a hundred: what is idle publishes nothing, as volumes that are nowhere attached. */
const metricData = ({ EndTime, MetricDataQueries, StartTime }: MetricRequest) => {
  const days = Array.from({ length: Math.round((EndTime - StartTime) / 86_400) }, (_, day) => StartTime + day * 86_400)
  return {
    MetricDataResults: MetricDataQueries.map(({ Id, MetricStat }) => {
      const [kind, index] = MetricStat.Metric.Dimensions[0]?.Value.split("-") ?? []
      const busy = kind === "function" && Number(index) % 100 !== 0
      return {
        Id,
        StatusCode: "Complete",
        Timestamps: busy ? days : [],
        Values: busy ? days.map(() => Number(index)) : []
      }
    })
  }
}

const server = createServer((request, response) => {
  const chunks: Array<Buffer> = []
  request.on("data", (chunk) => chunks.push(chunk))
  request.on("end", () => {
    const body = Buffer.concat(chunks).toString()
    const url = new URL(request.url ?? "/", "http://loopback")
    const json = (value: unknown) => {
      response.writeHead(200, { "content-type": "application/json" })
      response.end(JSON.stringify(value))
    }
    if (/\/functions\/?$/.test(url.pathname)) {
      const { indexes, next } = pageOf(url.searchParams.get("Marker"), Number(url.searchParams.get("MaxItems")))
      return json({ Functions: indexes.map(lambdaFunction), NextMarker: next })
    }
    if (body.startsWith("Action=")) {
      response.writeHead(200, { "content-type": "text/xml" })
      return response.end(ec2(new URLSearchParams(body)))
    }
    if (body.includes("MetricDataQueries")) return json(metricData(JSON.parse(body)))
    return json({ ResourceTagMappingList: [], EventSourceMappings: [], ProvisionedConcurrencyConfigs: [] })
  })
})
server.listen(0, "127.0.0.1", () => console.log((server.address() as AddressInfo).port))
