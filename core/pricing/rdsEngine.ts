/** A database engine, with the licence where it changes the price of an instance's hour. */
export const rdsEngines = [
  "mysql",
  "postgres",
  "mariadb",
  "aurora-mysql",
  "aurora-postgresql",
  "oracle-se2/license-included",
  "oracle-se2/bring-your-own-license",
  "oracle-ee/bring-your-own-license",
  "sqlserver-ex/license-included",
  "sqlserver-web/license-included",
  "sqlserver-se/license-included",
  "sqlserver-ee/license-included"
] as const

/** `other` is an engine or a licence without prices in the data, such as Db2 or a custom engine. */
export type RdsEngine = (typeof rdsEngines)[number] | "other"

/** From `Engine` and `LicenseModel` of an instance. A container database costs what its edition costs. */
export const rdsEngineOf = (engine: string, licenseModel: string | undefined): RdsEngine => {
  const edition = engine.toLowerCase().replace(/^(oracle-.+)-cdb$/, "$1")
  const licensed = `${edition}/${licenseModel?.toLowerCase() ?? ""}`
  return rdsEngines.find((known) => known === edition || known === licensed) ?? "other"
}
