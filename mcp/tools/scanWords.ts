/** Finds scans by what people call what they look at: a service, an acronym or a word. */
import type { CatalogueEntry } from "../../core/catalogue/Catalogue.ts"
import { namesOf, singular, wordsIn, wordsOf } from "../../core/catalogue/words.ts"
import type { Echo } from "./argument.ts"

/** What it is called, and all that it reads. */
const allWordsOf = (entry: CatalogueEntry): ReadonlySet<string> =>
  new Set([...namesOf(entry), ...wordsIn([...entry.actions, entry.readWords])])

const trigrams = (text: string): ReadonlySet<string> => {
  const padded = ` ${text} `
  return new Set(Array.from({ length: Math.max(0, padded.length - 2) }, (_, at) => padded.slice(at, at + 3)))
}

const likeness = (word: string, entry: CatalogueEntry): number => {
  const wanted = trigrams(word)
  return Math.max(
    0,
    ...[...allWordsOf(entry)].map((name) => [...trigrams(name)].filter((one) => wanted.has(one)).length)
  )
}

export interface ScansAbout {
  /** Those that look at it. */
  readonly found: ReadonlyArray<CatalogueEntry>
  /** Where none does, those whose words are the most alike. */
  readonly nearest: ReadonlyArray<CatalogueEntry>
}

export const scansAbout = (written: string, entries: ReadonlyArray<CatalogueEntry>): ScansAbout => {
  const wanted = wordsOf(written).map(singular)
  const found = entries.filter((entry) => {
    const names = namesOf(entry)
    return wanted.length > 0 && wanted.every((word) => names.has(word))
  })
  if (found.length > 0) return { found, nearest: [] }
  const ranked = entries
    .map((entry) => ({ entry, score: wanted.reduce((sum, word) => sum + likeness(word, entry), 0) }))
    .toSorted((a, b) => b.score - a.score)
  return { found, nearest: ranked.slice(0, 3).map(({ entry }) => entry) }
}

/** `No scan is about "Kinesis": that says nothing about waste there.` */
export const noScanLine = (written: string, { nearest }: ScansAbout, echo: Echo): string =>
  `No scan is about ${echo(written)}: that says nothing about waste there.` +
  (nearest.length === 0
    ? ""
    : ` The nearest scans: ${nearest.map(({ name, title }) => `${name} (${title})`).join("; ")}.`)
