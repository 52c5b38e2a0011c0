import { sum, term } from "../../core/finding/savings.ts"
import { bytesPerGib } from "../../core/bytes.ts"
import type { PriceOf } from "../../core/pricing/Prices.ts"
import { all } from "../../core/Reading.ts"
import { daysBefore, hoursPerMonth } from "../../core/time.ts"
import * as dynamodb from "../../datasets/aws/dynamodb.ts"
import { maxDays } from "../../datasets/metrics/SeriesReader.ts"
import { ask, defineScan, hygiene, money, need, Setting, tooYoung, unknown } from "../Scan.ts"

/** Below this saving, in USD a month, nobody needs to act: it is what a lock table of Terraform costs. */
const worthwhileUsd = 1

const units = ({ indexes, provisioned }: dynamodb.TableDetails) => {
  const paid = [provisioned, ...indexes.map((index) => index.provisioned)].flatMap((each) => each ?? [])
  return {
    reads: paid.reduce((sum, { readUnits }) => sum + readUnits, 0),
    writes: paid.reduce((sum, { writeUnits }) => sum + writeUnits, 0)
  }
}

/** What a month of the table costs while nobody uses it. `recovery` is whether it can be restored to any second. */
const termsOf = (table: dynamodb.TableDetails, recovery: boolean, price: PriceOf) => {
  const { infrequentAccess } = table
  const { reads, writes } = units(table)
  const recoverable = table.sizeBytes + table.localIndexBytes
  const stored = table.indexes.reduce((bytes, { sizeBytes }) => bytes + sizeBytes, recoverable)
  const writePrice =
    table.replicas.length === 0
      ? price(infrequentAccess ? "dynamodb.wcuHourIA" : "dynamodb.wcuHour")
      : price(infrequentAccess ? "dynamodb.replicatedWcuHourIA" : "dynamodb.replicatedWcuHour")
  return [
    ...(reads === 0
      ? []
      : [
          term(
            "provisioned reads",
            reads * hoursPerMonth,
            "RCU-hours",
            price(infrequentAccess ? "dynamodb.rcuHourIA" : "dynamodb.rcuHour")
          )
        ]),
    ...(writes === 0 ? [] : [term("provisioned writes", writes * hoursPerMonth, "WCU-hours", writePrice)]),
    ...(stored === 0
      ? []
      : [
          term(
            "storage",
            stored / bytesPerGib,
            "GB",
            price(infrequentAccess ? "dynamodb.storageIAGBMonth" : "dynamodb.storageGBMonth")
          )
        ]),
    ...(recovery
      ? [term("point-in-time recovery", recoverable / bytesPerGib, "GB", price("dynamodb.pitrGBMonth"))]
      : [])
  ]
}

export default defineScan({
  title: "DynamoDB tables that nobody reads or writes",
  words: "DDB, NoSQL, idle",
  why: "DynamoDB bills provisioned capacity by the hour, and storage and point-in-time recovery by the gigabyte, whether or not a table is used.",
  fix: "Export the table to S3 if its data may be needed, then delete it. Look first for what DynamoDB counts nowhere: exports to S3, and items that only wait to expire.",
  docs: "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/WorkingWithTables.Basics.html",
  scope: "regional",
  settings: {
    lookbackDays: Setting.days(90, "Days without a read or a write", { maximum: maxDays }),
    minStorageGb: Setting.gigabytes(0, "Only report tables that store at least this much, indexes included")
  },
  reads: ({ lookbackDays }) => ({ tables: dynamodb.tables, reads: dynamodb.tableReads(lookbackDays) }),
  coverable: true,
  subject: "tables",
  probes: ({ lookbackDays }) => ({
    otherUse: dynamodb.otherUseOfTables(lookbackDays),
    recovery: dynamodb.pointInTimeRecovery
  }),
  reasons: {
    unused: "Nothing was read from the table or written to it, neither directly nor through an index or a replica."
  },

  judge: ({ reads }, { now, price, scope, settings }) =>
    function* (table) {
      const days = settings.lookbackDays
      const details = yield* need(table.details)
      if (details.status === "creating") return tooYoung
      if (!dynamodb.serving.has(details.status)) return
      if (details.createdAt > daysBefore(now, days)) return tooYoung
      const storedBytes = details.indexes.reduce(
        (bytes, { sizeBytes }) => bytes + sizeBytes,
        details.sizeBytes + details.localIndexBytes
      )
      if (storedBytes < settings.minStorageGb * bytesPerGib) return

      if (reads.settles(table.name)) return
      const read = yield* need(reads.total(dynamodb.consumedSeries(table, "ConsumedReadCapacityUnits", days)))
      if (read > 0) return
      const series = yield* need(yield* ask(dynamodb.otherUseOfTables(days), table))
      const totals = dynamodb.otherUse(table, days).map((spec) => series.total(spec))
      // One that shows use is enough, whatever the others do not tell.
      if (totals.some((total) => total.known && total.value > 0)) return
      yield* need(all(totals))
      const foreign = details.replicas.find(({ account }) => account !== scope.account)
      if (foreign !== undefined) return unknown(`its replica in ${foreign.region} belongs to another account`)
      if (details.vectorIndexes.length > 0) return unknown("how its vector indexes are used is not told")

      // Only storage is billed for it.
      const recovery =
        details.sizeBytes + details.localIndexBytes > 0 ? yield* ask(dynamodb.pointInTimeRecovery, table) : null
      const { reads: readUnits, writes: writeUnits } = units(details)
      const found = {
        reason: "unused",
        evidence: {
          billing: details.provisioned === undefined ? "on demand" : "provisioned",
          readUnits,
          writeUnits,
          storedGb: Math.round((storedBytes / bytesPerGib) * 100) / 100,
          items: details.itemCount ?? null,
          tableClass: details.infrequentAccess ? "Standard-IA" : "Standard",
          indexes: details.indexes.map(({ name }) => name),
          replicas: details.replicas.map(({ region }) => region).sort(),
          pointInTimeRecovery: recovery === null ? "not asked: no data" : recovery.known ? recovery.value : null,
          deletionProtection: details.deletionProtection,
          stream: details.hasStream,
          createdAt: details.createdAt.toISOString(),
          idleDays: days
        }
      } as const
      const terms = termsOf(details, recovery?.known === true && recovery.value, price)
      const notes = [
        ...(storedBytes === 0
          ? []
          : ["The 25 GB that DynamoDB gives away in each region are not deducted: other tables share them."]),
        ...(readUnits + writeUnits === 0
          ? []
          : ["Throughput under reserved capacity keeps costing until the term ends."]),
        ...(recovery?.known === false
          ? ["Point-in-time recovery is not in the sum: AWS did not tell whether it is on."]
          : [])
      ]
      const savings = sum("delete", terms, {
        basis: storedBytes === 0 ? "exact" : "estimate",
        note: notes.join(" ")
      })
      if (savings.basis !== "none" && savings.monthlyUsd === 0) {
        return hygiene({
          ...found,
          severity: "info",
          note: "On demand, and with next to no data, a table costs nothing."
        })
      }
      const isSmall = savings.basis !== "none" && savings.monthlyUsd < worthwhileUsd
      return money({ ...found, savings, severity: isSmall ? "info" : undefined })
    }
})
