/** Names and tags are written by strangers. What is kept of them is bounded and cannot steer a terminal. */

const maxLength = 256

/**
 * What a terminal obeys, what reorders or hides text, and what looks like nothing: controls except tabs and line ends, marks of
 * direction, fillers, tags. The joiners of scripts and emoji stay.
 */
export const unsafe =
  // oxlint-disable-next-line no-control-regex, no-misleading-character-class -- single characters are meant, and they must go
  /(?![\u200c\u200d\ufe00-\ufe0f])[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\p{Bidi_Control}\p{Default_Ignorable_Code_Point}\p{Zl}\p{Zp}\u2800\ufff9-\ufffb]/gu

/** Text in which half a character is a replacement character. The report's page runs this where there is no String.toWellFormed. */
export const wellFormed = (text: string): string => text.replace(/\p{Cs}/gu, "\ufffd")

/** Text without control characters, in which half a character is a replacement character. Tabs and line ends stay. */
export const withoutControls = (text: string): string => wellFormed(text).replace(unsafe, "")

// Half a character at the cut would be no text.
const cut = (text: string, atMost: number): string =>
  text.length <= atMost ? text : `${text.slice(0, atMost - 1).replace(/[\ud800-\udbff]$/, "")}…`

/** Text from AWS without control characters and at most 256 characters long. */
export const cleanText = (text: string): string => cut(withoutControls(text).replace(/[\t\n\r]/g, ""), maxLength)

/** What a person wrote, on one line, without control characters and at most so many characters long. */
export const boundedLine = (text: string, atMost: number): string => cut(oneLine(withoutControls(text)).trim(), atMost)

/** Whether there is anything to read in a text that a person wrote: a space of any kind, or what joins other characters, is nothing. */
export const isReadable = (text: string): boolean => /[\p{L}\p{N}\p{P}\p{S}]/u.test(withoutControls(text))

/** The value of an owner's tag as a report shows it, and as a link to the report names it. */
export const ownerText = (owner: string): string => boundedLine(owner, 120)

/** Text that means nothing in HTML, in an element or a quoted attribute. */
export const escapedHtml = (text: string): string =>
  text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)

export const cleanTags = (tags: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(tags).map(([key, value]) => [cleanText(key), cleanText(value)]))

const ascii = /^[\u0020-\u007e]*$/

/** Text on one line that no terminal takes for an order. */
export const oneLine = (text: string): string => (ascii.test(text) ? text : withoutControls(text.replace(/\s+/g, " ")))

/**
 * Text on one line that is neither markup nor HTML nor a link. Within a word an underscore is no emphasis and stays as it is, so that the
 * names of scans can be searched for.
 */
export const escapeMarkdown = (text: string): string =>
  oneLine(text)
    .replace(/[\\`*|[\]~]/g, "\\$&")
    .replace(/(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])/gu, "\\_")
    .replace(/^(\s*)(#|\+(?=\s)|-(?=[\s-]))/, "$1\\$2")
    .replace(/^(\s*\d+)(?=[.)]\s)/, "$1\\")
    // What looks like an address becomes a link by itself.
    .replace(/(https?|ftp|mailto|xmpp):/gi, "$1\\:")
    .replace(/www\./gi, "www\\.")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
