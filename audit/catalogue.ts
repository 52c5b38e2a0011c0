/** The scans' metadata, as the generated file has it. Loads no scan and no AWS client. */
import type { CatalogueEntry } from "../core/catalogue/Catalogue.ts"
import entries from "./catalogue.json" with { type: "json" }

// JSON has no literal types.
export const catalogue = entries as ReadonlyArray<unknown> as ReadonlyArray<CatalogueEntry>
