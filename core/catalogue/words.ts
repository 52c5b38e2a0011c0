/** The words by which scans are found. */
import type { CatalogueEntry } from "./Catalogue.ts"

/** The words of a name, title or action, in lower case: `ec2.securityGroups` has three. */
export const wordsOf = (text: string): ReadonlyArray<string> =>
  text
    .replace(/([a-z])([A-Z])/g, "$1 $2")
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== "" && word !== "amazon" && word !== "aws" && word !== "service")

export const singular = (word: string): string => (word.length > 3 ? word.replace(/(?<!s)s$/, "") : word)

/** The words of texts, each once and in the singular. */
export const wordsIn = (texts: ReadonlyArray<string>): ReadonlySet<string> =>
  new Set(texts.flatMap(wordsOf).map(singular))

/** What a scan is called. What it only reads, such as whether a notebook uses a group, it does not look for waste in. */
export const namesOf = ({
  category,
  name,
  title,
  words
}: Pick<CatalogueEntry, "category" | "name" | "title" | "words">): ReadonlySet<string> =>
  wordsIn([name, title, words, category])
