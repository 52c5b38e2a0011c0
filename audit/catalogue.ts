/** The scans' metadata, as the generated file has it. Loads no scan and no AWS client. */
import type { CatalogueEntry } from "../core/catalogue/Catalogue.ts"
import file from "./catalogue.json" with { type: "json" }

/** What several scans have in common is written once, and each has the places of it. */
interface Written {
  readonly actions: ReadonlyArray<string>
  readonly notes: ReadonlyArray<string>
  readonly scans: ReadonlyArray<
    Omit<CatalogueEntry, "actions" | "costNotes"> & {
      readonly actions: ReadonlyArray<number>
      readonly costNotes: ReadonlyArray<number>
    }
  >
}

// JSON has no literal types.
const { actions, notes, scans } = file as unknown as Written

const textsAt = (texts: ReadonlyArray<string>, places: ReadonlyArray<number>): ReadonlyArray<string> =>
  places.map((place) => texts[place] ?? "")

export const catalogue: ReadonlyArray<CatalogueEntry> = scans.map((entry) => ({
  ...entry,
  actions: textsAt(actions, entry.actions),
  costNotes: textsAt(notes, entry.costNotes)
}))
