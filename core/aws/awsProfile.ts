/** The AWS configuration files, read as the SDK reads them. */
import { loadSharedConfigFiles } from "@smithy/core/config"
import * as Effect from "effect/Effect"

/** The sections of profiles in both files, by their names. */
export type AwsProfiles = Readonly<Record<string, Readonly<Record<string, string | undefined>>>>

/** The names of the SSO sessions that profiles can use. */
export const readSsoSessions = async (): Promise<ReadonlyArray<string>> =>
  Object.keys((await loadSharedConfigFiles()).configFile).flatMap((name) =>
    name.startsWith("sso-session.") ? [name.slice("sso-session.".length)] : []
  )

/** Never fails: a file that is not there or cannot be read has no profiles. */
export const readProfiles = async (): Promise<AwsProfiles> => {
  const { configFile, credentialsFile } = await loadSharedConfigFiles()
  // A key of the credentials file wins, as it does in the SDK.
  return Object.fromEntries(
    [...Object.keys(configFile), ...Object.keys(credentialsFile)]
      // Other sections, such as `sso-session.company`, are written with a dot.
      .filter((name) => !/^(sso-session|services)\./.test(name))
      .map((name) => [name, { ...configFile[name], ...credentialsFile[name] }])
  )
}

/** What a profile decides besides its credentials: the one that is named, or `default`. */
export const readProfile = (
  name = "default"
): Effect.Effect<{ readonly region: string | undefined; readonly caBundle: string | undefined }> =>
  Effect.map(Effect.promise(readProfiles), (profiles) => ({
    region: profiles[name]?.["region"],
    caBundle: profiles[name]?.["ca_bundle"]
  }))
