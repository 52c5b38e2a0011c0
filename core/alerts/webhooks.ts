/** Messages as the webhooks of chats take them. Text of strangers stands where no chat reads markup. */
import type { Message } from "./Message.ts"

const cut = (text: string, atMost: number): string => {
  const characters = [...text]
  return characters.length <= atMost ? text : `${characters.slice(0, atMost - 1).join("")}…`
}

/** In `text` and mrkdwn these three begin what Slack obeys: mentions, links, channels. Source: Slack, "Formatting message text". */
const escaped = (text: string): string => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;")

const plain = (text: string, atMost: number) => ({ type: "plain_text", text: cut(text, atMost), emoji: false })

/** An incoming webhook of Slack. A header has 150 characters, a text 3,000, a field 2,000. Source: Slack, "Block Kit". */
export const slackPayload = ({ chat, link, subject }: Message): object => ({
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
    ...(chat.note === "" ? [] : [{ type: "context", elements: [plain(chat.note, 2000)] }]),
    ...(link === undefined
      ? []
      : [{ type: "actions", elements: [{ type: "button", text: plain("Report", 75), url: link }] }])
  ]
})

// TextBlock and FactSet read Markdown; a run of a RichTextBlock does not. Source: Adaptive Cards 1.5, "TextRun".
const rich = (text: string, more: object = {}) => ({
  type: "RichTextBlock",
  inlines: [{ type: "TextRun", text: cut(text, 1000), ...more }]
})

/** A workflow's webhook of Teams: an Adaptive Card 1.5. A message has about 28 kB. Source: Teams, "Incoming webhooks", limits. */
export const teamsPayload = ({ chat, link }: Message): object => ({
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
          ...(chat.note === "" ? [] : [rich(chat.note, { isSubtle: true })])
        ],
        actions: link === undefined ? [] : [{ type: "Action.OpenUrl", title: "Report", url: link }]
      }
    }
  ]
})
