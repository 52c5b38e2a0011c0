/** The scans by name. Each is loaded when it is first asked for, so that a process loads only the AWS clients it uses. */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { scans as index } from "./index.ts"
import type { Scan } from "../scans/Scan.ts"

export interface NamedScan {
  readonly name: string
  readonly category: string
  readonly scan: Scan
}

export class ScanRegistry extends Context.Service<
  ScanRegistry,
  {
    /** The scan of that name; a name that does not exist is a defect, because plans are checked before they run. */
    readonly get: (name: string) => Effect.Effect<NamedScan>
  }
>()("nightaudit/scans/ScanRegistry") {
  static readonly layer = Layer.succeed(ScanRegistry, {
    get: (name) => {
      const entry = index[name as keyof typeof index]
      return entry === undefined
        ? Effect.die(new Error(`there is no scan ${name}`))
        : Effect.map(
            Effect.promise(() => entry.load()),
            (module): NamedScan => ({ name, category: entry.category, scan: module.default })
          )
    }
  })

  /** Only these scans, for tests of the steps. */
  static readonly layerOf = (scans: ReadonlyArray<NamedScan>) =>
    Layer.succeed(ScanRegistry, {
      get: (name) => {
        const found = scans.find((scan) => scan.name === name)
        return found === undefined ? Effect.die(new Error(`there is no scan ${name}`)) : Effect.succeed(found)
      }
    })
}
