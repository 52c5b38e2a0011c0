/**
 * What reaches people and other systems, on an emulator: the planned topic and bus with queues behind them, over a micro-scan that
 * an event of CloudTrail starts in a member's account, and a night that breaches its rules.
 */
import { EventBridgeClient, PutEventsCommand, PutRuleCommand, PutTargetsCommand } from "@aws-sdk/client-eventbridge"
import { CreateQueueCommand, DeleteMessageCommand, ReceiveMessageCommand } from "@aws-sdk/client-sqs"
import { Ajv2020 } from "ajv/dist/2020.js"
import * as Effect from "effect/Effect"
import { existsSync, readdirSync, readFileSync } from "node:fs"
import { setTimeout } from "node:timers/promises"
import { assert, beforeAll, describe, it } from "vitest"
import type { Finding } from "../../core/finding/Finding.ts"
import { Store } from "../../core/store/Store.ts"
import { estate } from "../../sample/organization.ts"
import { plannedStage } from "../stacks/planned.ts"
import { aRun } from "../core/store/fixtures.ts"
import { natGateway, trailEvent } from "../workflows/microScan/events.ts"
import { createStack, deploy, events, sqs, subscribe } from "./deploy.ts"
import { ended, executions, inProcess, onSample, onTable, sampleAhead, setClocks, started, until } from "./nights.ts"

const account = estate.payer
const region = "us-east-1"
const mail = "finops@example.com"
const ownersMail = "payments@example.com"

const configuration = {
  accounts: { organization: true },
  regions: { include: [region] },
  scans: { categories: ["cleanup", "network"] },
  alerts: {
    rules: [
      { name: "open-waste", measure: "open_waste", above: 10, severity: "high" },
      { name: "one-finding", measure: "single_finding", above: 30, severity: "medium" },
      { name: "started", measure: "started_resource", above: 1, severity: "low" }
    ]
  },
  ownerTagKeys: ["team"],
  deploy: {
    alerts: { emails: [mail], owners: { payments: [ownersMail] } },
    microScans: { regions: [region], gatherSeconds: 0 }
  }
}
const plan = plannedStage("production", configuration)
const arnOf = (queue: string) => `arn:aws:sqs:us-east-1:123456789012:${queue}`
const topicArn = () =>
  String(plan.inputs("EventTarget", "ScanRequested")["arn"]).replace(/:states:.*$/, ":sns:us-east-1:123456789012:") +
  plan.inputs("Topic", "AlertsTopic")["name"]

/** The policy of a queue that the topic and the bus may write to. */
const letsIn = (queue: string): string =>
  JSON.stringify({
    Version: "2012-10-17",
    Statement: [
      {
        Effect: "Allow",
        Principal: { Service: ["sns.amazonaws.com", "events.amazonaws.com"] },
        Action: "sqs:SendMessage",
        Resource: arnOf(queue)
      }
    ]
  })

/** What a queue behind the topic is to get. */
const filters = {
  everything: undefined,
  breaches: { rule: ["open-waste"], severity: ["high"] },
  "of-account": { account: [account], rule: ["one-finding"] },
  "of-service": { service: [{ prefix: "EC2" }], kind: ["alarm"] },
  "started-low": { rule: ["started"], severity: ["low"] },
  "other-account": { account: ["000000000000"] },
  critical: { severity: ["critical"] }
} as const
type QueueName = keyof typeof filters | "bus"

const urls = new Map<QueueName, string>()

/** Takes what is in a queue, as the text of each message. */
const receive = async (queue: QueueName): Promise<ReadonlyArray<string>> => {
  const QueueUrl = urls.get(queue) ?? ""
  const bodies: Array<string> = []
  for (;;) {
    const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }))
    if (Messages.length === 0) return bodies
    for (const { Body = "", ReceiptHandle } of Messages) {
      bodies.push(Body)
      await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }))
    }
  }
}

interface Envelope {
  readonly Subject: string
  readonly Message: string
  readonly MessageAttributes: Readonly<Record<string, { readonly Type: string; readonly Value: string }>>
}

const messagesIn = async (queue: QueueName): Promise<ReadonlyArray<Envelope>> =>
  (await receive(queue)).map((body) => JSON.parse(body))

const rulesOf = (messages: ReadonlyArray<Envelope>) =>
  messages.map(({ MessageAttributes }) => MessageAttributes["rule"]?.Value ?? MessageAttributes["kind"]?.Value).sort()

const mails = (): ReadonlyArray<{ readonly to: string; readonly text: string }> => {
  const file = process.env["EMULATOR_MAIL"] ?? ""
  return existsSync(file)
    ? readFileSync(file, "utf8")
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line))
    : []
}

const ajv = new Ajv2020({ strict: false })
const schemas = new Map(
  readdirSync("docs/events").map((file) => [
    file.replace(/\.json$/, ""),
    ajv.compile(JSON.parse(readFileSync(`docs/events/${file}`, "utf8")))
  ])
)

/** Takes what came over the bus, each checked against its published schema. */
const eventsOnBus = async () =>
  (await receive("bus")).map((body) => {
    const event = JSON.parse(body)
    const validate = schemas.get(event["detail-type"])
    assert.isDefined(validate, event["detail-type"])
    assert.isTrue(validate?.(event), `${event["detail-type"]}: ${JSON.stringify(validate?.errors)}`)
    return event as {
      readonly "detail-type": string
      readonly detail: Readonly<Record<string, any>>
    }
  })

/** Puts an event on the default bus of a member's account. `trail.` is what the emulator takes for CloudTrail itself. */
const putIn = (owner: string, source: string, event: ReturnType<typeof trailEvent>) =>
  new EventBridgeClient({ credentials: { accessKeyId: owner, secretAccessKey: "test" } }).send(
    new PutEventsCommand({
      Entries: [{ Source: source, DetailType: event["detail-type"], Detail: JSON.stringify(event.detail) }]
    })
  )

/** What the emulator does not do, and where it is checked. */
const notShown = [
  { what: "gathers events in front of a function", checked: "test/stacks: window and concurrency of the mapping" },
  { what: "asks a bus's policy who may send to it", checked: "test/stacks: statement by statement; check:cloud" },
  { what: "carries events between regions", checked: "test/stacks: the rule is in each region, and names the bus" },
  { what: "deploys a StackSet", checked: "here as a stack in the member's account; check:cloud lints the template" },
  { what: "encrypts what is published to a topic", checked: "test/stacks: the key's policy and the role that uses it" },
  { what: "sends mail", checked: "here as the text that SNS would send" }
]

let idle: Finding | undefined

beforeAll(async () => {
  console.table(notShown)
  setClocks({ executions: sampleAhead, scheduler: sampleAhead })
  await deploy(plan.all, { ...onSample, configuration })
  for (const queue of [...Object.keys(filters), "bus"] as ReadonlyArray<QueueName>) {
    const { QueueUrl = "" } = await sqs.send(
      new CreateQueueCommand({ QueueName: queue, Attributes: { Policy: letsIn(queue) } })
    )
    urls.set(queue, QueueUrl)
  }
  for (const [queue, filter] of Object.entries(filters)) {
    await subscribe(topicArn(), "sqs", arnOf(queue), filter === undefined ? undefined : JSON.stringify(filter))
  }
  const EventBusName = plan.inputs("EventBus", "EventsBus")["name"]
  const Name = "everything"
  await events.send(
    new PutRuleCommand({ Name, EventBusName, EventPattern: JSON.stringify({ source: ["nightaudit"] }) })
  )
  await events.send(new PutTargetsCommand({ EventBusName, Rule: Name, Targets: [{ Id: "queue", Arn: arnOf("bus") }] }))
  // In AWS the StackSet brings it into the member's account.
  await createStack(plan.inputs("Stack", `StartsFrom-${region}`), account)
  const findings = await inProcess(
    [
      {
        asked: { accounts: [account], regions: [region], scans: ["find_unused_elastic_ips"] },
        startedAt: "2026-11-20T02:00:00Z"
      }
    ],
    Effect.flatMap(Store, (store) => store.findings({ limit: 10 }))
  )
  idle = findings.items[0]
  await onTable(plan, listedNight)
})

/** The plan of a night that listed the organisation, as the function looks for it. */
const listedNight = Effect.flatMap(Store, (store) => {
  const run = aRun({ id: "20261119T020000Z-aaaaaa", startedAt: "2026-11-19T02:00:00.000Z", status: "failed" })
  const accounts = [{ id: account, name: "" }]
  return store.putRun({ ...run, plan: { ...run.plan, accounts, selected: "organization" } })
})

const here = (id: string) => ({ account, region, id })

/** As if the address of the sample had been allocated a moment ago. */
const allocated = (id: string) =>
  trailEvent(
    "ec2",
    "AllocateAddress",
    { domain: "vpc" },
    { publicIp: "203.0.113.150", allocationId: idle?.resource.id, domain: "vpc", publicIpv4Pool: "amazon" },
    here(id)
  )

describe("a call in a member's account", () => {
  it("starts a micro-scan of that account and region, by way of both buses, the queue and the function", async () => {
    assert.strictEqual(idle?.resource.name, "finance-desktop")
    await putIn(account, "trail.aws.ec2", allocated("call-0001"))
    const arn = await until("an execution", async () => (await executions(plan))[0])
    assert.match(arn, new RegExp(`:started-${account}-${region}-[0-9a-f]{20}$`))
    const { cause, input, status } = await ended(arn)
    assert.strictEqual(status, "SUCCEEDED", cause)
    const request = JSON.parse(input ?? "{}")
    assert.deepStrictEqual(
      [request.accounts, request.regions, request.scans, request.full],
      [[account], [region], ["find_unused_elastic_ips"], false]
    )
  })

  it("is told with its price and who made it, and so is the finding of it", async () => {
    const told = await eventsOnBus()
    assert.deepStrictEqual(
      told.map((event) => event["detail-type"]),
      [
        "nightaudit.run.started",
        "nightaudit.run.completed",
        "nightaudit.resource.started",
        "nightaudit.threshold.breached",
        "nightaudit.finding.opened"
      ]
    )
    const [, completed, start, breach, opened] = told
    assert.deepStrictEqual([completed?.detail["trigger"], completed?.detail["full"]], ["event", false])
    assert.deepStrictEqual(
      [start?.detail["resources"], start?.detail["monthlyUsd"], start?.detail["by"], start?.detail["judged"]],
      [
        [idle?.resource.id],
        3.65,
        `arn:aws:iam::${account}:role/deployer`,
        [{ scan: "find_unused_elastic_ips", verdict: "finding" }]
      ]
    )
    assert.deepStrictEqual([breach?.detail["rule"], breach?.detail["startedId"]], ["started", "call-0001"])
    assert.deepStrictEqual([opened?.detail["findingId"], opened?.detail["account"]], [idle?.id, account])

    const [message, ...more] = await messagesIn("started-low")
    assert.deepStrictEqual(more, [])
    assert.match(message?.Subject ?? "", /^Night Audit ALARM started: \$3\.65 a month started in .*: public IPv4 /)
    assert.deepStrictEqual(rulesOf(await messagesIn("everything")), ["started"])
    const [sent] = mails()
    assert.strictEqual(sent?.to, mail)
    assert.match(sent?.text ?? "", /^By {13}arn:aws:iam::\d{12}:role\/deployer/m)
    assert.match(sent?.text ?? "", new RegExp(`^Resource {7}${idle?.resource.id}`, "m"))
  })

  it("opened that finding alone, and left no outcome of the scope for the night to rest on", async () => {
    const { findings, outcomes } = await onTable(
      plan,
      Effect.flatMap(Store, (store) =>
        Effect.all({ findings: store.findings({ limit: 10 }), outcomes: store.latestOutcomes({ account, region }) })
      )
    )
    assert.deepStrictEqual(
      findings.items.map(({ id }) => id),
      [idle?.id]
    )
    assert.deepStrictEqual(outcomes, [])
  })

  it("that is delivered twice, that nobody looks at or that is forged starts nothing", async () => {
    const before = await executions(plan)
    await putIn(account, "trail.aws.ec2", allocated("call-0001"))
    const failed = allocated("call-0002")
    await putIn(account, "trail.aws.ec2", {
      ...failed,
      detail: { ...failed.detail, errorCode: "Client.AddressLimitExceeded" } as typeof failed.detail
    })
    await putIn(account, "trail.aws.ec2", trailEvent("ec2", "ReleaseAddress", {}, {}, here("call-0003")))
    const { Entries, FailedEntryCount } = await putIn(account, "aws.ec2", allocated("call-0004"))
    assert.deepStrictEqual([FailedEntryCount, Entries?.[0]?.ErrorCode], [1, "NotAuthorizedForSourceException"])
    await putIn(account, "custom.ec2", allocated("call-0005"))
    // An event of one account that tells of another.
    await putIn(account, "trail.aws.ec2", natGateway("nat-0a1", { ...here("call-0006"), account: "222222222222" }))
    // One that does start something comes after them through the same queue.
    const last = natGateway("nat-0a2", here("call-0007"))
    await putIn(account, "trail.aws.ec2", last)
    const arn = await until("an execution", async () => (await executions(plan)).find((one) => !before.includes(one)))
    assert.strictEqual((await ended(arn)).status, "SUCCEEDED")
    await setTimeout(1000)
    const since = (await executions(plan)).filter((one) => !before.includes(one))
    assert.deepStrictEqual(since, [arn])
    const told = (await eventsOnBus()).filter((event) => event["detail-type"] === "nightaudit.resource.started")
    assert.deepStrictEqual(
      told.map(({ detail }) => detail["startedId"]),
      ["call-0007"]
    )
    for (const queue of ["everything", "started-low", "of-service"] as const) await receive(queue)
  })
})

describe("a night that breaches its rules", () => {
  let messages: ReadonlyArray<Envelope>

  it("publishes its alarms and its digest to the planned topic", async () => {
    const before = mails().length
    const { cause, status } = await ended(await started(plan, { trigger: "manual" }))
    assert.strictEqual(status, "SUCCEEDED", cause)
    messages = await messagesIn("everything")
    assert.deepStrictEqual(rulesOf(messages), ["digest", "one-finding", "open-waste"])
    // The same as text, to the address of the configuration, and to an owner's what is that owner's.
    const { owners = [], texts = [] } = Object.groupBy(mails().slice(before), ({ to }) =>
      to === ownersMail ? "owners" : "texts"
    )
    assert.deepStrictEqual([...new Set(texts.map(({ to }) => to))], [mail])
    assert.strictEqual(texts.length, messages.length)
    assert.strictEqual(owners.length, 1)
    assert.match(owners[0]?.text ?? "", /^NIGHT AUDIT, payments .*UTC\n\nConfirmed .*\n/)
    assert.match(owners[0]?.text ?? "", /\$600\.00 {2}pay-legacy/)
    assert.notMatch(owners[0]?.text ?? "", /finance-desktop|us-analytics-scratch/)
    const alarm = texts.find(({ text }) => text.includes("open-waste: "))?.text ?? ""
    assert.match(alarm, /^NIGHT AUDIT ALARM .*UTC\nopen-waste: \$[\d,.]+ is over \$10\.00 \(organisation\)\n/)
    // An address is not broken.
    const lines = alarm.split("\n").filter((line) => !/^ +https:\/\/\S+$/.test(line))
    assert.isBelow(lines.length, alarm.split("\n").length)
    for (const line of lines) assert.isAtMost([...line].length, 80, line)
  })

  it("gives queues its data as JSON with the attributes that filters match", () => {
    const alarm = messages.find(({ MessageAttributes }) => MessageAttributes["rule"]?.Value === "open-waste")
    const data = JSON.parse(alarm?.Message ?? "{}")
    assert.deepStrictEqual(
      [data.schema, data.rule.name, data.threshold, data.count],
      ["nightaudit.alarm.v1", "open-waste", 10, 1]
    )
    assert.isAbove(data.items[0].value, 10)
    assert.match(alarm?.Subject ?? "", /^Night Audit ALARM open-waste: /)
    assert.deepStrictEqual(
      Object.fromEntries(Object.entries(alarm?.MessageAttributes ?? {}).map(([name, { Value }]) => [name, Value])),
      { kind: "alarm", severity: "high", rule: "open-waste" }
    )
  })

  it("reaches by filter policies who wants it, by severity and rule, account, and service, and nobody else", async () => {
    assert.deepStrictEqual(rulesOf(await messagesIn("breaches")), ["open-waste"])
    assert.deepStrictEqual(rulesOf(await messagesIn("of-account")), ["one-finding"])
    assert.deepStrictEqual(rulesOf(await messagesIn("of-service")), ["one-finding"])
    for (const queue of ["other-account", "critical", "started-low"] as const) {
      assert.deepStrictEqual(await receive(queue), [], queue)
    }
  })

  it("puts its events on the planned bus, each as its published schema says, each finding once", async () => {
    const told = await eventsOnBus()
    const types = Map.groupBy(told, (event) => event["detail-type"])
    assert.includeMembers(
      [...types.keys()],
      [
        "nightaudit.run.started",
        "nightaudit.run.completed",
        "nightaudit.threshold.breached",
        "nightaudit.finding.opened"
      ]
    )
    const opened = types.get("nightaudit.finding.opened") ?? []
    assert.isAbove(opened.length, 10)
    assert.strictEqual(new Set(opened.map(({ detail }) => detail["id"])).size, opened.length)
    // The micro-scan has told of it.
    assert.notInclude(
      opened.map(({ detail }) => detail["findingId"]),
      idle?.id
    )
    assert.deepStrictEqual(
      (types.get("nightaudit.threshold.breached") ?? [])
        .map(({ detail }) => detail["rule"])
        .filter((rule) => rule === "open-waste"),
      ["open-waste"]
    )
  })

  it("says nothing again of what the next one finds as it was", async () => {
    const before = mails().length
    const { cause, status } = await ended(await started(plan, { trigger: "manual" }))
    assert.strictEqual(status, "SUCCEEDED", cause)
    const [digest, ...others] = await messagesIn("everything")
    assert.deepStrictEqual(rulesOf(others), [])
    assert.match(digest?.Subject ?? "", /: no change, \$/)
    assert.deepStrictEqual(
      mails()
        .slice(before)
        .map(({ to }) => to),
      [mail]
    )
    const told = await eventsOnBus()
    assert.deepStrictEqual(
      told.map((event) => event["detail-type"]),
      ["nightaudit.run.started", "nightaudit.run.completed"]
    )
  })
})
