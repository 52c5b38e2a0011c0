/** The configuration file that is deployed, or every mistake in it, each with its path. */
import { basename, relative } from "node:path"
import * as Effect from "effect/Effect"
import { catalogue } from "../audit/catalogue.ts"
import type { Config } from "../core/config/Config.ts"
import { ConfigError } from "../core/config/ConfigError.ts"
import { deploymentProblems } from "../core/config/deployment.ts"
import { readConfig } from "../core/config/readConfig.ts"

export interface Deployed {
  readonly config: Config
  /** The file as a function's bundle takes it along; empty where there is none and the defaults hold. */
  readonly copyFiles: Array<{ readonly from: string; readonly to: string }>
}

/** Rejects with the mistakes as its message: SST prints it and creates nothing. */
export const configuration = (folder: string, stage: string): Promise<Deployed> =>
  Effect.runPromise(
    readConfig({ catalogue, folder, path: undefined }).pipe(
      Effect.tap(({ config, file }) => {
        const problems = deploymentProblems(config, stage)
        return problems.length === 0 ? Effect.void : new ConfigError({ file: file ?? null, problems })
      }),
      Effect.map(({ config, file }) => ({
        config,
        // SST takes it from the application's folder.
        copyFiles: file === undefined ? [] : [{ from: relative(folder, file), to: basename(file) }]
      }))
    )
  )
