/** Names and tags are written by strangers. What is kept of them is bounded and cannot steer a terminal. */

const maxLength = 256

// oxlint-disable-next-line no-control-regex -- they are what must go: C0 and C1 controls, and the Unicode marks that reorder, hide or tag text.
const unsafe = /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\u{e0000}-\u{e007f}]/gu

/** Text from AWS without control characters and at most 256 characters long. */
export const cleanText = (text: string): string => {
  const clean = text.replace(unsafe, "")
  return clean.length <= maxLength ? clean : `${clean.slice(0, maxLength - 1)}…`
}

export const cleanTags = (tags: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(tags).map(([key, value]) => [cleanText(key), cleanText(value)]))
