/** A message as every channel takes it: a subject, a text of 80 columns, the same as data, and attributes that filters match. */
import { wellFormed, withoutControls } from "../text.ts"
import { displayWidth, shorten, splitAt } from "../width.ts"

/** The most that SNS takes, attributes included, in bytes. Source: SNS API reference, "Publish"; shared/facts/aws-limits.md 7. */
export const maxMessageBytes = 262_144

/** A subject is ASCII without line breaks and shorter than 100 characters. Source: SNS API reference, "Publish". */
const maxSubject = 99

export const columns = 80

/** A text is cut here, so that it fits several times beside the data. */
const maxBodyBytes = 24_000

/** Filter policies match these. A value that is not there is left out, never empty. */
export interface MessageAttributes {
  readonly kind: "digest" | "alarm" | "over" | "run-failed"
  readonly severity: string
  readonly rule?: string
  readonly accounts?: ReadonlyArray<string>
  readonly services?: ReadonlyArray<string>
  readonly owner?: string
}

export interface Message {
  /** The same for the same message, so that one that is kept twice is sent once. */
  readonly id: string
  readonly subject: string
  readonly body: string
  /** Plain JSON, for machines. `items` is the list that is shortened where a message would be too large. */
  readonly data: Readonly<Record<string, unknown>> & { readonly items?: ReadonlyArray<unknown> }
  readonly attributes: MessageAttributes
  /** For chats: facts in pairs, and texts of which some are by strangers. */
  readonly chat: {
    readonly title: string
    readonly facts: ReadonlyArray<readonly [name: string, value: string]>
    /** What the lines are. */
    readonly heading: string
    readonly lines: ReadonlyArray<string>
    readonly note: string
  }
  readonly link: string | undefined
}

/** Words with a dot before a last label of letters: mail programs make links of those that end like a domain. */
const domain =
  /(?<![\p{L}\p{N}_.-])((?:[\p{L}\p{N}-]+\.)*[\p{L}\p{N}-]+)\.(\p{L}{2,}|xn--[a-z0-9-]+)(?![\p{L}\p{N}_.-]*[\p{L}\p{N}_])/giu

/** Sizes of instances are no domains, and people look for them. */
const sizes = /^(nano|micro|small|medium|large|xlarge|metal)$/

/**
 * Text of strangers for a mail: on one line of at most so many columns, without what reorders it, and no address that a mail program
 * makes a link of.
 */
export const inert = (text: string, atMost = 60): string => {
  // Nobody reads on after the cut, and a text of megabytes would take its time.
  const line = withoutControls(text.slice(0, 8 * atMost))
    .replace(/\s+/g, " ")
    .trim()
    .replace(/:\/\//g, "[:]//")
    .replace(/\b(www|mailto)([.:])/gi, "$1[$2]")
    .replaceAll("@", "(at)")
    .replace(domain, (word, name: string, end: string) => (sizes.test(end) ? word : `${name}[.]${end}`))
  return shorten(line, atMost)
}

/** The closest text in printable ASCII. */
export const ascii = (text: string): string =>
  withoutControls(text)
    .replaceAll("…", "...")
    .replace(/[–—]/g, "-")
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .replace(/\s+/g, " ")
    .replace(/[^\u0020-\u007e]/g, "?")

export const subjectOf = (text: string): string => {
  const line = ascii(text).trim()
  return line.length <= maxSubject ? line : `${line.slice(0, maxSubject - 3)}...`
}

/** Columns of the name of a fact. */
const nameColumns = 15

/** Whether a line begins with a name of a fact: words, and spaces up to the column of the values. */
const isFact = (line: string): boolean => /^[A-Z][a-z ]* $/.test(line.slice(0, nameColumns))

/** Lines of at most 80 columns; what is longer goes on below its text. A link stays whole: none is by a stranger, see `inert`. */
export const wrapped = (line: string): ReadonlyArray<string> => {
  const indent = /^ */.exec(line)?.[0].length ?? 0
  // Below the text of `   49  why`, and of a fact, whose name is followed by two spaces or ends at its column.
  const hanging = /^ *[\d,]+ {2,}/.exec(line)?.[0].length ?? (isFact(line) ? nameColumns : indent)
  // A word that fits in no line is broken.
  const fitting = (word: string): ReadonlyArray<string> => {
    if (displayWidth(word) <= columns - hanging || /^(https?|file):\/\//.test(word)) return [word]
    const [head, rest] = splitAt(word, columns - hanging)
    return head === "" || rest === "" ? [word] : [head, ...fitting(rest)]
  }
  const [first = "", ...words] = line.slice(indent).trimEnd().split(" ").flatMap(fitting)
  const lines: Array<string> = []
  let current = " ".repeat(indent) + first
  for (const word of words) {
    const longer = `${current} ${word}`
    if (displayWidth(longer) <= columns) current = longer
    else {
      lines.push(current.trimEnd())
      current = " ".repeat(hanging) + word
    }
  }
  return [...lines, current.trimEnd()]
}

const bytes = (text: string): number => Buffer.byteLength(text)

/** A body of whole lines. */
export const bodyOf = (lines: ReadonlyArray<string>): string => {
  const kept: Array<string> = []
  let size = 0
  for (const line of lines.flatMap(wrapped)) {
    size += bytes(line) + 1
    if (size > maxBodyBytes) return `${[...kept, "… cut off here; the report has all of it."].join("\n")}\n`
    kept.push(line)
  }
  return `${kept.join("\n")}\n`
}

/** A name and a value in columns. */
export const factLine = (name: string, value: string): string => `${name.padEnd(nameColumns)}${value}`

/** How the report opens at one of the findings that a text names by their ids. */
export const oneFinding = factLine("One finding", "add #finding=<id> to that address")

/** More items than these are in no message. */
export const maxItems = 200

/** Data as JSON of at most so many bytes: of its items only as many as fit. */
export const jsonOf = (data: Message["data"], atMost: number): string => {
  const { items = [] } = data
  const of = (kept: ReadonlyArray<unknown>): string =>
    JSON.stringify({
      ...data,
      items: kept,
      ...(kept.length < items.length ? { itemsLeftOut: items.length - kept.length } : {})
    })
  for (let most = Math.min(maxItems, items.length); ; most = Math.floor(most / 2)) {
    const json = of(items.slice(0, most))
    if (bytes(json) <= atMost) return json
    if (most === 0) break
  }
  return JSON.stringify({ schema: data["schema"], id: data["id"], itemsLeftOut: items.length })
}

/** An attribute of SNS. */
export interface SnsAttribute {
  readonly DataType: "String" | "String.Array"
  readonly StringValue: string
}

/** Bytes of the values of one attribute: more than a thousand accounts. They count towards the message. */
const maxValuesBytes = 20_000

/**
 * What SNS takes of text in an attribute, and a filter policy has to name: no controls, and neither quotation marks nor backslashes, which
 * would have to be escaped twice to match. Source: SNS developer guide, "Filter policy constraints".
 */
export const attributeText = (text: string): string =>
  wellFormed(withoutControls(text).replace(/\s+/g, " ").replaceAll('"', "'").replaceAll("\\", "/").slice(0, 256))

export const snsAttributes = ({ accounts, kind, owner, rule, services, severity }: MessageAttributes) => {
  const one = (value: string | undefined): SnsAttribute | undefined =>
    value === undefined || attributeText(value) === ""
      ? undefined
      : { DataType: "String", StringValue: attributeText(value) }
  const some = (values: ReadonlyArray<string> = []): SnsAttribute | undefined => {
    const several: Array<string> = []
    let left = maxValuesBytes
    for (const value of new Set(values.map(attributeText))) {
      left -= bytes(JSON.stringify(value)) + 1
      if (left < 0) break
      if (value !== "") several.push(value)
    }
    return several.length < 2 ? one(several[0]) : { DataType: "String.Array", StringValue: JSON.stringify(several) }
  }
  return Object.fromEntries(
    Object.entries({
      kind: one(kind),
      severity: one(severity),
      rule: one(rule),
      account: some(accounts),
      service: some(services),
      owner: one(owner)
    }).flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const]))
  )
}

/** What is left of the 256 KB for each protocol's JSON: four of them, each escaped once more, and the text. */
const maxDataBytes = 20_000

/** A message as SNS publishes it: text for people, JSON for machines. Within 256 KB whatever it holds. */
export const snsMessage = (message: Message) => {
  const of = (dataBytes: number, body: string) => {
    const json = jsonOf(message.data, dataBytes)
    return JSON.stringify({
      default: body,
      email: body,
      "email-json": json,
      sms: message.subject,
      http: json,
      https: json,
      sqs: json,
      lambda: json,
      firehose: json
    })
  }
  const MessageAttributes = snsAttributes(message.attributes)
  const left = maxMessageBytes - bytes(JSON.stringify(MessageAttributes)) - bytes(message.subject)
  const whole = of(maxDataBytes, message.body)
  // A quotation mark is escaped twice, so a text of nothing else is four times as long as it was.
  const Message = bytes(whole) <= left ? whole : of(4000, message.body.slice(0, 4000))
  return { Subject: message.subject, Message, MessageStructure: "json" as const, MessageAttributes }
}
