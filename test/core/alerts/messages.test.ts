import { assert, describe, it } from "vitest"
import { ownerText } from "../../../core/text.ts"
import { queryIn } from "../../../report/page/link.ts"
import { alarmMessage, failureMessage } from "../../../core/alerts/alarm.ts"
import { displayWidth } from "../../../core/width.ts"
import { type DigestFacts, digestMessage, isQuiet } from "../../../core/alerts/digest.ts"
import { inert, maxMessageBytes, type Message, snsMessage, subjectOf } from "../../../core/alerts/Message.ts"
import type { Alert } from "../../../core/alerts/rules.ts"
import { slackPayload, teamsPayload } from "../../../core/alerts/webhooks.ts"
import { noBeside } from "../../../core/run/Changes.ts"
import type { AlertRule } from "../../../core/config/alerts.ts"
import type { Started } from "../../../core/run/Started.ts"

const none = { findings: 0, monthlyUsd: 0 }
const run = { id: "20261120T020000Z-3fa9c1", startedAt: "2026-11-20T02:00:00.000Z" }
const link = "https://finops.example.com/nightaudit"
const report = { url: link, until: null, of: null }

const facts: DigestFacts = {
  runId: run.id,
  startedAt: run.startedAt,
  owner: null,
  accounts: 4,
  isFirstNight: false,
  confirmed: { findings: 58, monthlyUsd: 9779.45 },
  unconfirmed: { findings: 27, monthlyUsd: 1125.03 },
  opened: { findings: 117, monthlyUsd: 10904.48 },
  resolved: { findings: 2, monthlyUsd: 44 },
  reopened: { findings: 1, monthlyUsd: 8.8 },
  bill: { month: "2026-10", usd: 35394.3 },
  largest: [
    {
      id: "0123456789abcdef0123",
      scan: "find_idle",
      reasons: ["low_utilisation"],
      monthlyUsd: 4139.6,
      basis: "estimate",
      name: "gpu-notebook",
      account: "data-sandbox",
      region: "eu-west-1"
    }
  ],
  largestNew: [],
  cameBack: [],
  byAccount: [
    { account: "shop-production", confirmedUsd: 5280.6, unconfirmedUsd: 439.88 },
    { account: "data-sandbox", confirmedUsd: 4186.5, unconfirmedUsd: 0 }
  ],
  gaps: {
    outcomes: 33,
    partial: 3,
    before: null,
    isElsewhere: false,
    expected: 175,
    largest: [
      { outcomes: 16, where: "data-sandbox, every region", operations: [], why: "the role could not be assumed" },
      {
        outcomes: 1,
        where: "shop-production, eu-west-1",
        operations: ["elasticache:DescribeCacheClusters"],
        why: "denied by IAM: a permission is missing"
      }
    ],
    more: 3
  },
  hygiene: 28,
  notices: 1,
  cost: { usd: 0.03, calls: 705, paid: 32 },
  unknownRules: ["spend: the bill was not read in this night"],
  lost: [],
  pricing: "At list prices, and no reservation or Savings Plan covers any of it.",
  ended: [],
  others: { confirmed: none, changed: none, setAside: none },
  setAside: { byPeople: none, byRules: none },
  otherClaims: null,
  beside: noBeside,
  before: null,
  openBefore: null,
  realised: null,
  aboveBill: null,
  withoutOwner: null
}

const rule: AlertRule = {
  name: "open-waste",
  measure: "open_waste",
  above: 9000,
  step: 1000,
  severity: "high",
  quietHours: 20,
  hysteresisPercent: 5
}
const alert: Alert = {
  rule,
  type: "breached",
  measured: { key: "", value: 9779.45, why: "58 confirmed findings" },
  value: 9779.45,
  previous: null,
  since: run.startedAt
}
const context = { run, nameOf: (account: string) => account, link, drivers: [] }

/** What holds for every message, whatever is in it. */
const isSound = (message: Message) => {
  assert.match(message.subject, /^[\u0020-\u007e]{1,99}$/)
  for (const line of message.body.split("\n")) {
    // An address alone is as long as it is.
    if (!/^ +https:\S+$/.test(line)) assert.isAtMost([...line].length, 80, line)
  }
  const { Message: text, MessageAttributes, Subject } = snsMessage(message)
  const size = [text, JSON.stringify(MessageAttributes), Subject].reduce(
    (sum, part) => sum + Buffer.byteLength(part),
    0
  )
  assert.isAtMost(size, maxMessageBytes)
  const protocols = JSON.parse(text)
  for (const protocol of ["sqs", "https", "lambda"]) assert.isObject(JSON.parse(protocols[protocol]))
  for (const value of Object.values<any>(MessageAttributes)) assert.isNotEmpty(value.StringValue)
  assert.isBelow(Buffer.byteLength(JSON.stringify(teamsPayload(message))), 28_000)
  return { ...protocols, attributes: MessageAttributes }
}

describe("the digest", () => {
  it("does not call a night whole in which nothing was scanned", () => {
    const none = {
      ...facts,
      gaps: { outcomes: 0, partial: 0, before: null, isElsewhere: false, expected: 0, largest: [], more: 0 }
    }
    const message = digestMessage(none, report)
    assert.match(message.body, /^Not looked at {2}everything: nothing was scanned$/m)
    assert.deepStrictEqual(message.chat.facts.at(-1), ["Not looked at", "everything: nothing was scanned"])
    isSound(message)
  })

  it("says the amount, what is new and the gaps in its subject, and the five facts first", () => {
    const message = digestMessage(facts, report)
    assert.strictEqual(message.subject, "Night Audit 2026-11-20: $9,779.45 a month wasted, 117 new, 33 gaps")
    assert.strictEqual(
      message.body,
      `NIGHT AUDIT                                                2026-11-20 02:00 UTC
4 accounts

Confirmed      $9,779.45 a month, $117,353.40 a year, 58 findings
Unconfirmed    $1,125.03 a month, not in the sum, 27 findings
Of the bill    27.6% of $35,394.30 (2026-10, net)
Not looked at  33 of 175 outcomes, 3 in part; there may be more waste
The night cost $0.03 (705 calls, 32 paid)

SINCE THE NIGHT BEFORE, of what is in the sums
  New            117   $10,904.48 a month
  Resolved         2   $44.00 a month
  Came back        1   $8.80 a month

LARGEST
   ~   $4,139.60  gpu-notebook              data-sandbox eu-west-1
     0123456789abcdef0123  find_idle: low utilisation

BY ACCOUNT                           confirmed     unconfirmed
  shop-production                    $5,280.60         $439.88
  data-sandbox                       $4,186.50           $0.00

NOT LOOKED AT
   16  data-sandbox, every region: the role could not be assumed
    1  shop-production, eu-west-1: elasticache:DescribeCacheClusters: denied by
       IAM: a permission is missing
       and 3 more reasons, in the report

Not money      28 hygiene findings, 1 spend notice

RULES THAT COULD NOT BE JUDGED
  spend: the bill was not read in this night

Report         https://finops.example.com/nightaudit
One finding    add #finding=<id> to that address

~ estimated   <= at most   no mark: exact
At list prices, and no reservation or Savings Plan covers any of it.
`
    )
    isSound(message)
  })

  it("says in a line what the bill shows of what ended", () => {
    const line =
      "what ended in 2026-09 claimed $100.00 a month; the bill of its services fell by $95.20, from $500.00 to $404.80"
    const message = digestMessage({ ...facts, realised: line }, undefined)
    assert.include(
      message.body,
      `
Realised       what ended in 2026-09 claimed $100.00 a month; the bill of its
               services fell by $95.20, from $500.00 to $404.80
`
    )
    assert.strictEqual(message.data["realised"], line)
    isSound(message)
  })

  it("says of what ended without a saving that it is none, and of a sum that fell what it was", () => {
    const message = digestMessage(
      {
        ...facts,
        resolved: none,
        ended: [{ reason: "settings_changed", findings: 1, monthlyUsd: 110 }],
        before: { findings: 88, monthlyUsd: 9889.45 }
      },
      undefined
    )
    assert.include(message.body, "  Resolved         0   $0.00 a month\n")
    assert.include(message.body, "  Ended            1   $110.00 a month; no saving: settings changed\n")
    assert.include(message.body, "Night before   $9,889.45 a month confirmed, 88 findings\n")
    assert.deepStrictEqual(message.data["ended"], [{ reason: "settings_changed", findings: 1, monthlyUsd: 110 }])
    isSound(message)
  })

  it("names what changed beside the sums", () => {
    const { body } = digestMessage({ ...facts, beside: { ...noBeside, opened: 178, resolved: 2 } }, undefined)
    assert.include(body, "  In no sum  178 new, 2 resolved: hygiene, notices and commitments\n")
  })

  it("is not quiet while the confirmed sum changes, or while something ended", () => {
    const quiet = { ...facts, opened: none, resolved: none, reopened: none }
    assert.isTrue(isQuiet(quiet))
    assert.isTrue(isQuiet({ ...quiet, before: facts.confirmed }))
    assert.isFalse(isQuiet({ ...quiet, before: { ...facts.confirmed, monthlyUsd: 0 } }))
    const one = { findings: 1, monthlyUsd: 1 }
    assert.isFalse(isQuiet({ ...quiet, ended: [{ reason: "account_left", ...one }] }))
    assert.isFalse(isQuiet({ ...quiet, beside: { ...noBeside, opened: 1 } }))
    assert.isFalse(isQuiet({ ...quiet, others: { ...facts.others, setAside: one } }))
  })

  it("of a quiet night is short", () => {
    const quiet = { ...facts, opened: none, resolved: none, reopened: none, unknownRules: [] }
    const message = digestMessage(quiet, report)
    assert.strictEqual(message.subject, "Night Audit 2026-11-20: no change, $9,779.45 a month wasted, 33 gaps")
    assert.include(message.body, "NOT LOOKED AT\n   16  data-sandbox, every region: the role could not be assumed\n")
    const before = { outcomes: 1, partial: 1, expected: 175 }
    const blind = digestMessage({ ...quiet, gaps: { ...facts.gaps, before } }, report)
    assert.include(
      blind.body.replaceAll(/\s+/g, " "),
      "33 of 175 outcomes, 3 in part, 32 more than the night before; there may be"
    )
    const elsewhere = digestMessage({ ...quiet, gaps: { ...facts.gaps, isElsewhere: true } }, report)
    assert.include(elsewhere.body.replaceAll(/\s+/g, " "), "3 in part, not the same as the night before; there may be")
    assert.isAtMost(message.body.trimEnd().split("\n").length, 17)
    isSound(message)
  })

  it("of an owner names the owner, in an attribute too", () => {
    const message = digestMessage({ ...facts, owner: "payments", bill: null, cost: null }, report)
    assert.strictEqual(message.subject, "Night Audit 2026-11-20: $9,779.45 a month wasted, 117 new, payments")
    assert.deepStrictEqual(isSound(message).attributes["owner"], { DataType: "String", StringValue: "payments" })
    // A filter policy would have to escape these twice.
    const quoted = digestMessage({ ...facts, owner: 'corp\\the "payments"' }, report)
    assert.strictEqual(isSound(quoted).attributes["owner"]?.StringValue, "corp/the 'payments'")
  })

  it("says until when its link opens, and of which night it is where this one's page could not be written", () => {
    const message = digestMessage(facts, {
      url: link,
      until: "2026-11-27T02:10:00.000Z",
      of: "2026-11-19T02:00:00.000Z"
    })
    assert.include(
      message.body,
      `
Report         https://finops.example.com/nightaudit
               of the night of 2026-11-19 02:00 UTC: this night's could not be
               written
               opens until 2026-11-27 02:10 UTC, for whoever has the address
One finding    add #finding=<id> to that address
`
    )
    assert.deepStrictEqual(message.data["report"], { url: link, until: "2026-11-27T02:10:00.000Z" })
    isSound(message)
  })

  it("of an owner links the findings of that owner, whatever the tag holds", () => {
    const linked = (owner: string) => digestMessage({ ...facts, owner }, report).link
    assert.strictEqual(linked("payments"), `${link}#findings?owner=payments`)
    const hostileOwner = '"><script> +49 30 & \ud800'
    const address = linked(hostileOwner) ?? ""
    assert.match(address, /^https:\/\/finops\.example\.com\/nightaudit#findings\?owner=[\w%+.*-]+$/)
    assert.strictEqual(queryIn(new URL(address).hash)?.at.owner?.join(), ownerText(hostileOwner))
  })
})

describe("an alarm", () => {
  it("says the amount, the limit and the place in its subject", () => {
    const message = alarmMessage([alert], context)
    assert.strictEqual(message.subject, "Night Audit ALARM open-waste: $9,779.45 is over $9,000.00 (organisation)")
    assert.include(message.body, "Before         not breached\n")
    assert.include(
      message.body,
      "It alerts again when it has grown by $1,000.00, at the earliest in 20 h; it is\nover at $8,550.00."
    )
    assert.deepStrictEqual(isSound(message).attributes, {
      kind: { DataType: "String", StringValue: "alarm" },
      severity: { DataType: "String", StringValue: "high" },
      rule: { DataType: "String", StringValue: "open-waste" }
    })
  })

  it("that is over says so", () => {
    const message = alarmMessage([{ ...alert, type: "over", value: 8000, previous: 9779.45 }], context)
    assert.strictEqual(message.subject, "Night Audit OVER open-waste: $8,000.00 is back under $9,000.00 (organisation)")
    assert.include(message.body, "Before         $9,779.45 at the last alert\n")
    isSound(message)
  })

  it("of coverage looks downwards", () => {
    const { above: _, step: __, ...rest } = rule
    const low: AlertRule = { ...rest, name: "coverage", measure: "coverage", below: 90 }
    const message = alarmMessage([{ ...alert, rule: low, value: 81.6 }], context)
    assert.strictEqual(message.subject, "Night Audit ALARM coverage: 81.6% is under 90% (organisation)")
    const again = "It alerts again when it has fallen by 1 point, at the earliest in 20 h; it is over at 94.5%."
    assert.include(message.body.replaceAll("\n", " "), again)
    assert.strictEqual(message.chat.note, again)
    const over = alarmMessage([{ ...alert, type: "over", rule: low, value: 99 }], context)
    assert.include(over.body, "It alerts again below 90%.")
  })

  it("of a night's cost says how small its step is", () => {
    const { step: _, ...rest } = rule
    const cost: AlertRule = { ...rest, name: "cost", measure: "run_cost", above: 0.01 }
    const { body } = alarmMessage([{ ...alert, rule: cost, value: 0.326 }], context)
    assert.include(body, "It alerts again when it has grown by $0.001,")
  })

  it("of several findings is one message with the accounts of all of them for filter policies", () => {
    const of = (account: string, value: number): Alert => ({
      ...alert,
      rule: { ...rule, name: "big", measure: "single_finding", above: 1000 },
      measured: {
        key: `f-${value}`,
        value,
        why: "find_idle, confirmed",
        account,
        service: "Amazon RDS",
        place: `db-${value} in eu-west-1`
      },
      value
    })
    const message = alarmMessage([of("111111111111", 1200), of("222222222222", 3000)], context)
    assert.strictEqual(
      message.subject,
      "Night Audit ALARM big: 2 are over $1,000.00, the largest $3,000.00 (db-3000 in eu-west-1, 222222..."
    )
    const { attributes, sqs } = isSound(message)
    assert.deepStrictEqual(attributes["account"], {
      DataType: "String.Array",
      StringValue: '["222222222222","111111111111"]'
    })
    assert.deepStrictEqual(attributes["service"], { DataType: "String", StringValue: "Amazon RDS" })
    assert.deepStrictEqual(
      JSON.parse(sqs).items.map(({ findingId, value }: any) => [findingId, value]),
      [
        ["f-3000", 3000],
        ["f-1200", 1200]
      ]
    )
  })
})

describe("a run that failed", () => {
  it("is told with its reason", () => {
    const message = failureMessage(run, "no usable AWS credentials", undefined)
    assert.strictEqual(message.subject, "Night Audit FAILED 2026-11-20: no usable AWS credentials")
    isSound(message)
  })
})

describe("whatever the findings", () => {
  const hostile = [
    "\u202egpj.exe \u0007\u001b[31m<!channel> <https://evil.example|click> https://evil.example www.evil.example a@evil.example",
    '"\\'.repeat(5000),
    "😀".repeat(5000),
    "line\r\nSubject: forged\nBcc: everybody"
  ]
  const many = Array.from({ length: 100_000 }, (_, index) => ({
    id: `f${index}`,
    scan: "find_idle",
    reasons: ["idle"],
    monthlyUsd: 1,
    basis: "exact",
    name: hostile[index % hostile.length] ?? "",
    account: hostile[1] ?? "",
    region: "eu-west-1"
  }))

  it("a digest stays within 256 KB, and its lines within 80 columns", () => {
    const message = digestMessage(
      {
        ...facts,
        owner: hostile[0] ?? "",
        largest: many,
        unknownRules: hostile,
        lost: hostile,
        gaps: {
          ...facts.gaps,
          largest: [{ outcomes: 1, where: hostile[2] ?? "", operations: [], why: hostile[1] ?? "" }]
        }
      },
      report
    )
    isSound(message)
  })

  it("an alarm of a hundred thousand findings stays within 256 KB", () => {
    const alerts = many.map(({ id, name }): Alert => ({
      ...alert,
      measured: { key: id, value: 1, why: name, account: "111111111111", service: name, place: name }
    }))
    isSound(alarmMessage(alerts as [Alert, ...Array<Alert>], context))
  })

  it("an alarm has the accounts of all its findings for filter policies, however many it names", () => {
    const alerts = Array.from({ length: 1000 }, (_, index): Alert => ({
      ...alert,
      measured: {
        key: `f${index}`,
        value: 1,
        why: "",
        account: String(100_000_000_000 + (index % 600)),
        service: "Amazon RDS"
      }
    }))
    const { attributes } = isSound(alarmMessage(alerts as [Alert, ...Array<Alert>], context))
    const accounts = JSON.parse(attributes["account"]?.StringValue ?? "[]")
    assert.deepStrictEqual([accounts.length, accounts.at(-1)], [600, "100000000599"])
    assert.deepStrictEqual(attributes["service"], { DataType: "String", StringValue: "Amazon RDS" })
  })

  it("the facts of an alarm are as harmless in a chat as they are in a mail", () => {
    const nameOf = () => hostile[0] ?? ""
    const ofAccount: Alert = { ...alert, rule: { ...rule, account: "111111111111" } }
    const { facts } = alarmMessage([ofAccount], { ...context, nameOf }).chat
    const measured = facts.find(([name]) => name === "Measure")?.[1] ?? ""
    assert.match(measured, /^open waste, a month, gpj\[\.\]exe /)
    assert.notMatch(facts.flat().join(" "), /:\/\/|www\.|@/)
    isSound(alarmMessage([ofAccount], { ...context, nameOf }))
  })

  it("names are one line of text, without an address and without what reorders it", () => {
    const [first = "", , , last = ""] = hostile
    assert.strictEqual(
      inert(first, 200),
      "gpj[.]exe [31m<!channel> <https[:]//evil[.]example|click> https[:]//evil[.]example www[.]evil[.]example a(at)evil[.]example"
    )
    assert.strictEqual(inert("evil.example/login db.m5.large"), "evil[.]example/login db.m5.large")
    assert.strictEqual(
      inert("settings.get_daily_cost_trend.groupBy 1.50"),
      "settings.get_daily_cost_trend.groupBy 1.50"
    )
    assert.strictEqual(inert(last), "line Subject: forged Bcc: everybody")
    assert.strictEqual(subjectOf("Größe\r\nBcc: x"), "Gro?e Bcc: x")
  })

  it("no line is wider than a mail shows, whatever the letters", () => {
    for (const name of [`https:${"x".repeat(300)}`, "漢字".repeat(200), "👨‍👩‍👧‍👦".repeat(60), "e\u0301".repeat(200)]) {
      const strange = { ...facts, realised: name, lost: [name], unknownRules: [`rule: ${name}`] }
      const largest = facts.largest.map((finding) => ({ ...finding, name, account: name }))
      const { body } = digestMessage({ ...strange, largest }, undefined)
      for (const line of body.split("\n")) assert.isAtMost(displayWidth(line), 80, line)
    }
  })

  it("Slack and Teams read them as plain text", () => {
    const message = digestMessage({ ...facts, largest: many.slice(0, 4) }, report)
    const slack: any = slackPayload({ ...message, subject: "a <!channel> & b" })
    assert.strictEqual(slack.text, "a &lt;!channel&gt; &amp; b")
    assert.isAtMost(slack.blocks.length, 50)
    const texts = slack.blocks
      .flatMap(({ elements = [], fields = [], text }: any) => [text, ...fields, ...elements])
      .filter(Boolean)
    for (const { text, type } of texts)
      if (type !== "button") assert.deepStrictEqual([type, text.length <= 3000], ["plain_text", true])
    const [{ content }] = (teamsPayload(message) as any).attachments
    // What the amounts are stands above them.
    const read = [...texts.map(({ text }: any) => text), ...content.body.map(({ inlines }: any) => inlines[0].text)]
    const first = `$${many[0]?.monthlyUsd.toFixed(2)}`
    const headed = read.flatMap((text, index) => (text === "Largest, a month" ? [read[index + 1].split(" ")[0]] : []))
    assert.deepStrictEqual(headed, [first, first])
    assert.strictEqual(message.chat.title, "Night Audit 2026-11-20: $9,779.45 a month wasted · 117 new")
    assert.deepStrictEqual([content.type, content.version], ["AdaptiveCard", "1.5"])
    for (const { type } of content.body) assert.strictEqual(type, "RichTextBlock")
  })

  const chatting = (link: string | undefined, text = "x") => {
    const message = failureMessage(run, "out of memory", link)
    const filled: Message = {
      ...message,
      chat: {
        title: text,
        facts: Array.from({ length: 12 }, () => [text, text] as const),
        heading: text,
        lines: Array.from({ length: 12 }, () => text),
        note: text
      }
    }
    const { blocks } = slackPayload(filled) as { readonly blocks: ReadonlyArray<any> }
    const teams = teamsPayload(filled) as { readonly attachments: ReadonlyArray<any> }
    return { blocks, teams, card: teams.attachments[0].content }
  }

  it("stay within the limits of both, whatever counts as a character", () => {
    for (const text of ["\u{1F600}", '"', "\\", "\u20ac", "a", "\u{1F468}\u200d\u{1F469}"].map((one) =>
      one.repeat(4000)
    )) {
      const { blocks, card, teams } = chatting(`https://x.example/${"a".repeat(2900)}`, text)
      const [header, { fields }] = blocks
      const texts = blocks.slice(2).flatMap(({ elements = [], text }) => [text, ...elements].filter(Boolean))
      assert.isAtMost(header.text.text.length, 150)
      for (const field of fields) assert.isAtMost(field.text.length, 2000)
      for (const { text: shown, type } of texts) if (type !== "button") assert.isAtMost(shown.length, 3000)
      // Nothing ends in half of a pair.
      for (const { text: shown } of [header.text, ...fields, ...texts.filter(({ type }) => type === "plain_text")]) {
        assert.isTrue(shown.isWellFormed())
        assert.isTrue(shown.endsWith("…"))
      }
      for (const { inlines } of card.body) assert.isTrue(inlines[0].text.isWellFormed())
      assert.isBelow(Buffer.byteLength(JSON.stringify(teams)), 28_000)
    }
  })

  it("have a button where others can open the report, and a word why not where they cannot", () => {
    const ofLink = (link: string | undefined) => {
      const { blocks, card } = chatting(link)
      const buttons = blocks.flatMap(({ elements = [] }) => elements).filter(({ type }) => type === "button")
      const notes = blocks.flatMap(({ elements = [], type }) => (type === "context" ? elements : []))
      const said = [...notes.map(({ text }) => text), ...card.body.map(({ inlines }: any) => inlines[0].text)]
      return {
        urls: [...buttons.map(({ url }) => url), ...card.actions.map(({ url }: any) => url)],
        why: said.filter((text) => text.includes("alerts.reportUrl")),
        all: JSON.stringify([blocks, card])
      }
    }
    const fine = ofLink(link)
    assert.deepStrictEqual([fine.urls, fine.why], [[link, link], []])
    assert.deepStrictEqual(ofLink(undefined).urls, [])
    const local = ofLink("file:///home/me/.nightaudit/report.html")
    const onlyThere =
      "The report is on the machine that ran the audit. alerts.reportUrl gives it an address for others."
    assert.deepStrictEqual([local.urls, local.why], [[], [onlyThere, onlyThere]])
    assert.notInclude(local.all, "/home/me")
    const longest = `https://x.example/${"a".repeat(2982)}`
    assert.deepStrictEqual(ofLink(longest).urls, [longest, longest])
    // Slack takes no more; Teams does.
    const { urls, why } = ofLink(`${longest}a`)
    assert.deepStrictEqual(urls, [`${longest}a`])
    assert.deepStrictEqual(why, [
      "The report's address is too long for a button here. alerts.reportUrl gives it a shorter one."
    ])
  })
})

describe("an alarm of what somebody started", () => {
  const rule: AlertRule = {
    name: "dear",
    measure: "started_resource",
    above: 500,
    severity: "high",
    quietHours: 20,
    hysteresisPercent: 5
  }
  const gpu: Started = {
    id: "call-0001",
    at: "2026-11-20T01:57:00.000Z",
    event: "RunInstances",
    account: "111111111111",
    region: "us-east-1",
    type: "ec2:instance",
    service: "Amazon Elastic Compute Cloud - Compute",
    resources: ["i-0a1", "i-0a2"],
    what: "2 p5e.48xlarge instances",
    by: "arn:aws:iam::111111111111:role/deployer",
    monthlyUsd: null,
    unpriced: true,
    basis: "none",
    terms: [
      {
        label: "p5e.48xlarge",
        quantity: 1460,
        unit: "unit-hours",
        monthlyUsd: null,
        price: {
          fact: "ec2.linux.p5e.48xlarge",
          region: "us-east-1",
          usd: null,
          unit: "hour",
          source: "no price was seen for p5e.48xlarge in us-east-1",
          asOf: "undated",
          confidence: "unknown"
        }
      }
    ],
    note: "Disks and traffic come on top."
  }
  const lambda: Started = {
    ...gpu,
    id: "call-0002",
    event: "PutProvisionedConcurrencyConfig",
    type: "lambda:function",
    service: "AWS Lambda",
    resources: ["checkout"],
    what: "provisioned concurrency of 500 for checkout",
    by: "",
    monthlyUsd: 610.48,
    atLeast: true,
    basis: "exact",
    terms: [],
    note: "The event does not say the function's memory."
  }
  const messageOf = (...[first, ...others]: readonly [Started, ...ReadonlyArray<Started>]) => {
    const alert = (started: Started): Alert => ({
      rule,
      type: "breached",
      measured: { key: started.id, value: started.monthlyUsd, why: "", account: started.account, started },
      value: started.monthlyUsd,
      previous: null,
      since: run.startedAt
    })
    const nameOf = () => "shop-prod"
    return alarmMessage([alert(first), ...others.map(alert)], { run, nameOf, link: undefined, drivers: [] })
  }

  it("says what, what it costs, where, which, who and when, and that nothing was done about it", () => {
    const { body, chat, subject } = messageOf(gpu)
    assert.strictEqual(
      subject,
      "Night Audit ALARM dear: price not known, started in shop-prod, us-east-1: 2 p5e.48xlarge instances"
    )
    assert.strictEqual(
      body,
      [
        "NIGHT AUDIT ALARM                                          2026-11-20 02:00 UTC",
        "dear: price not known, started in shop-prod, us-east-1: 2 p5e.48xlarge instances",
        "",
        "Started        2 p5e.48xlarge instances",
        "Costs          not known: no price was seen for p5e.48xlarge in us-east-1",
        "Besides        Disks and traffic come on top.",
        "Where          us-east-1, shop-prod (111111111111)",
        "Resource       i-0a1, i-0a2",
        "By             arn:aws:iam::111111111111:role/deployer",
        "When           2026-11-20 01:57 UTC, by the call RunInstances",
        "Threshold      $500.00 a month, and whatever is large and has no known price",
        "Severity       high",
        "",
        "Night Audit has changed nothing: it costs until somebody ends it. Each start",
        "alerts once, whatever becomes of it.",
        ""
      ].join("\n")
    )
    assert.isAtMost(chat.facts.length, 10)
    assert.deepStrictEqual(chat.facts[1], ["Costs", "not known: no price was seen for p5e.48xlarge in us-east-1"])
  })

  it("says where an amount is the least that it can be, by the month and by the day", () => {
    const { body, data, subject } = messageOf(lambda)
    assert.match(subject, /^Night Audit ALARM dear: at least \$610\.48 a month started in shop-prod, us-east-1: prov/)
    assert.include(body, "Costs          at least $610.48 a month while it runs, $20.07 a day, at list\n")
    assert.include(body, "By             somebody whom CloudTrail does not name\n")
    const [item] = data.items as ReadonlyArray<Record<string, unknown>>
    assert.deepStrictEqual(
      [item?.["startedId"], item?.["value"], item?.["atLeast"], item?.["what"], item?.["region"]],
      ["call-0002", 610.48, true, "provisioned concurrency of 500 for checkout", "us-east-1"]
    )
  })

  it("reads a sum of several no more exactly than what is in it", () => {
    const { atLeast: _, ...exact } = { ...lambda, monthlyUsd: 1500 }
    const estimate: Started = { ...exact, basis: "estimate" }
    const ceiling: Started = { ...exact, basis: "upper_bound" }
    const floor: Started = { ...exact, atLeast: true }
    const cases: ReadonlyArray<readonly [Started, Started, string]> = [
      [exact, exact, "$3,000.00"],
      [estimate, estimate, "about $3,000.00"],
      [exact, estimate, "about $3,000.00"],
      [estimate, ceiling, "about $3,000.00"],
      [exact, ceiling, "at most $3,000.00"],
      [exact, floor, "at least $3,000.00"],
      [estimate, floor, "at least about $3,000.00"],
      [estimate, { ...exact, monthlyUsd: null }, "at least about $1,500.00"],
      [ceiling, floor, "about $3,000.00"]
    ]
    for (const [one, other, sum] of cases) {
      const { chat, subject } = messageOf(one, { ...other, id: "call-0004" })
      assert.include(subject, `: 2 starts, ${sum} a month, the largest in`)
      assert.match(chat.facts[0]?.[1] ?? "", new RegExp(`^${sum.replaceAll("$", "\\$")} a month while they run, `))
    }
  })

  it("of several names each, what has no known price first, and what they come to", () => {
    const cheap = { ...lambda, id: "call-0003", monthlyUsd: 501, resources: ["cart"] as const }
    const { body, chat, data } = messageOf(cheap, gpu, lambda)
    assert.include(body, "3 starts, at least $1,111.48 a month, the largest in shop-prod,")
    assert.deepStrictEqual(
      (data.items as ReadonlyArray<{ readonly startedId: string }>).map(({ startedId }) => startedId),
      ["call-0001", "call-0002", "call-0003"]
    )
    assert.include(body, "  2026-11-20 01:57 UTC, RunInstances by arn:aws:iam::111111111111:role/deployer\n")
    assert.deepStrictEqual(chat.lines, [
      "price not known in shop-prod, us-east-1: 2 p5e.48xlarge instances",
      "at least $610.48 a month in shop-prod, us-east-1: provisioned concurrency of 500 for checkout",
      "at least $501.00 a month in shop-prod, us-east-1: provisioned concurrency of 500 for checkout"
    ])
  })
})
