/** Sums of money as every tool says them: the total first, and beside it what must never be added to it. */
import { count, plural, usd, yearly } from "../../core/format.ts"
import type { Sums } from "../../core/run/Rollup.ts"
import { moneyOf } from "../../core/run/totals.ts"
import type { Content } from "./Answer.ts"

/** All findings of a row of sums: those whose money another one has are among the confirmed and unconfirmed. */
export const findingsIn = ({ commitments, confirmed, hygiene, notices, unconfirmed }: Sums): number =>
  confirmed.findings + unconfirmed.findings + commitments.findings + hygiene + notices

export const sumsContent = (sums: Sums): Content => {
  const { commitments, confirmed, hygiene, notices, overlapping, unconfirmed } = sums
  const monthlyUsd = moneyOf(sums)
  return {
    totals: {
      findings: findingsIn(sums),
      monthlyUsd,
      yearlyUsd: yearly(monthlyUsd),
      price: "list_less_commitments",
      confirmed,
      unconfirmed,
      overlapping,
      hygiene,
      notices
    },
    commitments: { ...commitments, note: "Alternatives for the same spend: never add them to the total." }
  }
}

export const sumsLine = (sums: Sums): string => {
  const { commitments, confirmed, hygiene, notices, overlapping, unconfirmed } = sums
  const monthlyUsd = moneyOf(sums)
  return (
    `${plural(findingsIn(sums), "finding")}; **${usd(monthlyUsd)} a month** (${usd(yearly(monthlyUsd))} a year) at list price less commitments: ` +
    `${usd(confirmed.monthlyUsd)} in ${count(confirmed.findings)} confirmed, ${usd(unconfirmed.monthlyUsd)} in ${count(unconfirmed.findings)} unconfirmed` +
    (overlapping.findings === 0
      ? ""
      : `; ${usd(overlapping.monthlyUsd)} more of ${plural(overlapping.findings, "claim")} on the same resources adds nothing`) +
    (commitments.findings === 0
      ? ""
      : `; beside it, never to be added: ${usd(commitments.monthlyUsd)} of commitments (${count(commitments.findings)})`) +
    (hygiene + notices === 0 ? "" : `; ${count(hygiene)} hygiene, ${plural(notices, "notice")} (no amount)`) +
    "."
  )
}
