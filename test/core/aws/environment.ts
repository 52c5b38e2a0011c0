/** The environment and the configuration files as the AWS SDK reads them, put back afterwards. */
import * as Effect from "effect/Effect"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

/** Runs with these variables and no other credentials of whoever runs the tests. The SDK reads `process.env` only. */
export const withEnvironment = <A, E, R>(
  values: Readonly<Record<string, string>>,
  effect: Effect.Effect<A, E, R>
): Effect.Effect<A, E, R> =>
  Effect.acquireUseRelease(
    Effect.sync(() => {
      const before = { ...process.env }
      for (const name of Object.keys(process.env)) {
        if (name.startsWith("AWS_") || /^(http|https|no)_proxy$/i.test(name)) delete process.env[name]
      }
      Object.assign(process.env, { AWS_EC2_METADATA_DISABLED: "true", ...values })
      return before
    }),
    () => effect,
    (before) =>
      Effect.sync(() => {
        for (const name of Object.keys(process.env)) if (!(name in before)) delete process.env[name]
        Object.assign(process.env, before)
      })
  )

/** A folder that is gone when the scope closes. */
export const folder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "nightaudit-aws-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
)

/** Variables under which a text is the AWS configuration file, and there is no other. */
export const configured = (path: string, config: string): Readonly<Record<string, string>> => {
  writeFileSync(join(path, "config"), config)
  return { HOME: path, AWS_CONFIG_FILE: join(path, "config"), AWS_SHARED_CREDENTIALS_FILE: join(path, "credentials") }
}

export const keys = { AWS_ACCESS_KEY_ID: "AKIATEST", AWS_SECRET_ACCESS_KEY: "secret" } as const
