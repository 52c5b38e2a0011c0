/** What the scans read, as the generated file has it, and the whole catalogue. Loads no scan and no AWS client. */
import type { CatalogueEntry, ScanReads } from "../core/catalogue/Catalogue.ts"
import { catalogue } from "./catalogue.ts"
import reads from "./reads.json" with { type: "json" }

/** An entry of the catalogue with what its scan reads. */
export interface WholeEntry extends CatalogueEntry, ScanReads {}

const byName = reads as Readonly<Record<string, unknown>> as Readonly<Record<string, ScanReads>>

export const wholeCatalogue: ReadonlyArray<WholeEntry> = catalogue.map((entry) => ({
  ...entry,
  ...(byName[entry.name] ?? { operations: [], onBehalf: [], datasets: [] })
}))
