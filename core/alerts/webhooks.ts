/** Messages as the webhooks of chats take them. Text of strangers stands where no chat reads markup. */
import type { Message } from "./Message.ts"

/** In units of UTF-16, of which an emoji has two or more: whoever counts characters counts no more than these. */
const cut = (text: string, atMost: number): string =>
  // No half of a pair is left at the end.
  text.length <= atMost ? text : `${text.slice(0, atMost - 1).replace(/[\ud800-\udbff]$/, "")}…`

/** In bytes of JSON, which is what a request may have. */
const cutBytes = (text: string, atMost: number): string => {
  let [kept, bytes] = ["", Buffer.byteLength("…")]
  for (const character of text) {
    bytes += Buffer.byteLength(JSON.stringify(character)) - 2
    if (bytes > atMost) return `${kept}…`
    kept += character
  }
  return text
}

/**
 * The report behind a button, or why there is none. A file of one machine opens for nobody else, and where it is there is nothing that a
 * chat is told.
 */
const reportButton = (link: string | undefined, atMost: number): { readonly url?: string; readonly why?: string } =>
  link === undefined
    ? {}
    : !/^https?:\/\//.test(link)
      ? { why: "The report is on the machine that ran the audit. alerts.reportUrl gives it an address for others." }
      : link.length > atMost
        ? { why: "The report's address is too long for a button here. alerts.reportUrl gives it a shorter one." }
        : { url: link }

/** In `text` and mrkdwn these three begin what Slack obeys: mentions, links, channels. Source: Slack, "Formatting message text". */
const escaped = (text: string): string => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;")

const plain = (text: string, atMost: number) => ({ type: "plain_text", text: cut(text, atMost), emoji: false })

/**
 * An incoming webhook of Slack. A header has 150 characters, a text 3,000, a field 2,000, the address of a button 3,000.
 * Source: Slack, "Block Kit".
 */
export const slackPayload = ({ chat, link, subject }: Message): object => {
  const { url, why } = reportButton(link, 3000)
  return {
    text: escaped(subject),
    unfurl_links: false,
    unfurl_media: false,
    blocks: [
      { type: "header", text: plain(chat.title, 150) },
      { type: "section", fields: chat.facts.slice(0, 10).map(([name, value]) => plain(`${name}\n${value}`, 2000)) },
      ...(chat.lines.length === 0 ? [] : [chat.heading, ...chat.lines.slice(0, 5)]).map((line) => ({
        type: "section",
        text: plain(line, 3000)
      })),
      ...[chat.note, why ?? ""]
        .filter((note) => note !== "")
        .map((note) => ({ type: "context", elements: [plain(note, 2000)] })),
      ...(url === undefined
        ? []
        : [{ type: "actions", elements: [{ type: "button", text: plain("Report", 75), url }] }])
    ]
  }
}

// TextBlock and FactSet read Markdown; a run of a RichTextBlock does not. Source: Adaptive Cards 1.5, "TextRun".
const rich = (text: string, more: object = {}) => ({
  type: "RichTextBlock",
  inlines: [{ type: "TextRun", text: cutBytes(text, 1000), ...more }]
})

/** A workflow's webhook of Teams: an Adaptive Card 1.5. A message has about 28 kB. Source: Teams, "Incoming webhooks", limits. */
export const teamsPayload = ({ chat, link }: Message): object => {
  const { url, why } = reportButton(link, 4000)
  return {
    type: "message",
    attachments: [
      {
        contentType: "application/vnd.microsoft.card.adaptive",
        content: {
          $schema: "http://adaptivecards.io/schemas/adaptive-card.json",
          type: "AdaptiveCard",
          version: "1.5",
          body: [
            rich(chat.title, { size: "Large", weight: "Bolder" }),
            ...chat.facts.slice(0, 10).map(([name, value]) => rich(`${name}: ${value}`)),
            ...(chat.lines.length === 0 ? [] : [rich(chat.heading, { weight: "Bolder" })]),
            ...chat.lines.slice(0, 5).map((line) => rich(line, { fontType: "Monospace" })),
            ...[chat.note, why ?? ""].filter((note) => note !== "").map((note) => rich(note, { isSubtle: true }))
          ],
          actions: url === undefined ? [] : [{ type: "Action.OpenUrl", title: "Report", url }]
        }
      }
    ]
  }
}
