/** The scans' metadata, as the generated file has it. Loads no scan and no AWS client. */
import type { CatalogueEntry } from "../core/catalogue/Catalogue.ts"
import { catalogue } from "../audit/catalogue.ts"

export const categories: ReadonlyArray<string> = [...new Set(catalogue.map(({ category }) => category))]

export const entryOf = (scan: string): CatalogueEntry | undefined => catalogue.find(({ name }) => name === scan)
