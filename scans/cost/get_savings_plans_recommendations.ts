import { moneyColumn } from "../../core/run/Report.ts"
import { daysBetween, hoursPerMonth } from "../../core/time.ts"
import { bill, held } from "../../datasets/billing/commitments.ts"
import { type PlanOffer, plans, planTypes, plansWorthAsking, type PlanType } from "../../datasets/billing/purchases.ts"
import { defineScan, Setting } from "../Scan.ts"
import { named, notAsked, purchaseOf, purchaseSettings, words } from "../shared/purchases.ts"
import { cents } from "../shared/spend.ts"

/** Below such a use of the plans that are there, another one would stand idle with them. Source: shared/scans.md. */
const leastUse = 95

/** From such a share of the average on, the hour with the least spend says that use is steady. Source: shared/scans.md. */
const leastSteadiness = 0.7

/** Days after which AWS's figures are old. Source: shared/scans-amendments.md. */
const staleDays = 3

/** The days of use that analyze_reserved_instance_utilization reads by default, so that one paid answer serves both. */
const daysOfUse = 30

const months = { ONE_YEAR: 12, THREE_YEARS: 36 } as const

const titles: Readonly<Record<PlanType, string>> = {
  COMPUTE_SP: "Compute",
  EC2_INSTANCE_SP: "EC2 Instance",
  SAGEMAKER_SP: "SageMaker AI",
  DATABASE_SP: "Database"
}

const tenths = (value: number | null): number | null => (value === null ? null : Math.round(value * 10) / 10)

/**
 * For how many months the use must last until the plan has cost no more than on-demand prices would have: all of it is paid, whether
 * it is used or not.
 */
const breakEvenMonths = ({ hourlyCommitment, monthlySavings, term }: PlanOffer): number | null => {
  const monthly = hourlyCommitment * hoursPerMonth
  return monthlySavings <= 0 || monthly <= 0 ? null : (monthly * months[term]) / (monthly + monthlySavings)
}

/** False where the least spend of an hour is far below the average; null where AWS told neither. */
const isSteady = ({ averageHourly, minimumHourly }: PlanOffer): boolean | null =>
  averageHourly === null || minimumHourly === null || averageHourly <= 0
    ? null
    : minimumHourly >= leastSteadiness * averageHourly

export default defineScan({
  title: "Savings Plans to buy",
  words: "SP purchase, commit, Compute, Database",
  why: "Use that runs day and night is billed on demand until somebody commits to it, at two thirds of the price or less.",
  fix: "Clean up first, because a plan is paid for whatever runs; then buy in steps, below the hour with the least spend.",
  docs: "https://docs.aws.amazon.com/savingsplans/latest/userguide/sp-recommendations.html",
  scope: "payer",
  settings: {
    ...purchaseSettings,
    types: Setting.list(planTypes, "Types of plans as Cost Explorer names them")
  },
  reads: (settings) => ({
    plans: plans(named(planTypes, settings.types), purchaseOf(settings)),
    held: held(daysOfUse, "reservations and plans"),
    bill
  }),
  subject: "plans",
  reasons: {},

  report: ({ bill, held, plans }, { settings }) => {
    const offers = plans.found
    const currency = offers[0]?.currency ?? "USD"
    const sumOf = (type: PlanType) =>
      offers.reduce((sum, offer) => (offer.type === type ? sum + offer.monthlySavings : sum), 0)
    // Both are about the same instances: only one of them can be bought.
    const [compute, instance] = [sumOf("COMPUTE_SP"), sumOf("EC2_INSTANCE_SP")]
    const headline = Math.max(compute, instance) + sumOf("SAGEMAKER_SP") + sumOf("DATABASE_SP")

    const owned = held.found.filter(({ kind }) => kind === "savings-plan")
    const committed = owned.reduce((sum, { purchased }) => sum + purchased, 0)
    const used =
      committed === 0 ? undefined : 100 * (1 - owned.reduce((sum, { unused }) => sum + unused, 0) / committed)
    const generated = offers.flatMap(({ generatedAt }) => generatedAt ?? []).sort()[0]
    // What is remembered was as old when it was asked for: a week later it is not AWS that lags behind.
    const ages = offers.flatMap(({ askedAt, generatedAt }) =>
      generatedAt === null ? [] : daysBetween(new Date(generatedAt), askedAt)
    )
    const age = ages.length === 0 ? undefined : Math.max(...ages)
    return {
      title: `Savings Plans that AWS recommends: ${words(settings.term)}, ${words(settings.paymentOption)}`,
      columns: [
        { key: "plan", title: "Plan", kind: "text" },
        { key: "account", title: "Account", kind: "text" },
        { key: "family", title: "Family", kind: "text" },
        { key: "region", title: "Region", kind: "text" },
        moneyColumn("hourlyCommitment", "Commitment an hour", currency),
        moneyColumn("upfront", "Upfront", currency),
        moneyColumn("monthlySavings", "Saves a month", currency),
        { key: "savingsPct", title: "Saves %", kind: "percent" },
        { key: "utilizationPct", title: "Would be used %", kind: "percent" },
        { key: "ofMinimumPct", title: "Of the least hour %", kind: "percent" },
        { key: "breakEvenMonths", title: "Months until it pays", kind: "count" },
        { key: "steady", title: "Steady", kind: "flag" }
      ],
      rows: [...offers]
        .sort(
          (a, b) =>
            b.monthlySavings - a.monthlySavings ||
            (`${a.type} ${a.account} ${a.family} ${a.region}` < `${b.type} ${b.account} ${b.family} ${b.region}`
              ? -1
              : 1)
        )
        .map((offer) => ({
          plan: titles[offer.type],
          account: offer.account,
          family: offer.family,
          region: offer.region,
          hourlyCommitment: Math.round(offer.hourlyCommitment * 1000) / 1000,
          upfront: offer.upfront === null ? null : cents(offer.upfront),
          monthlySavings: cents(offer.monthlySavings),
          savingsPct: tenths(offer.savingsPercent),
          utilizationPct: tenths(offer.utilizationPercent),
          ofMinimumPct:
            offer.minimumHourly === null || offer.minimumHourly <= 0
              ? null
              : tenths((100 * offer.hourlyCommitment) / offer.minimumHourly),
          breakEvenMonths: tenths(breakEvenMonths(offer)),
          steady: isSteady(offer)
        })),
      notes: [
        `${cents(headline)} ${currency} a month at most, as AWS estimates it, outside every total of savings: a plan is an alternative to cleaning up the same spend.`,
        ...(compute > 0 && instance > 0
          ? ["Compute and EC2 Instance plans are about the same instances: the larger counts, and never both."]
          : []),
        ...(offers.some(({ type }) => type === "DATABASE_SP")
          ? [
              "Database plans are for a year and without upfront payment alone, and an alternative to reservations of databases, caches and search."
            ]
          : []),
        ...(offers.some((offer) => isSteady(offer) === false)
          ? [
              `Where it is not steady, the hour with the least spend has less than ${100 * leastSteadiness} % of the average: commit to less.`
            ]
          : []),
        ...(held.gap === undefined
          ? used === undefined
            ? []
            : [
                `Plans that are there were used to ${tenths(used)} % in the last ${daysOfUse} days${used < leastUse ? ": use them up before another is bought" : ""}.`
              ]
          : [`How far the plans that are there are used is not known: ${held.gap}.`]),
        ...(age === undefined
          ? offers.length === 0
            ? []
            : ["AWS did not say when it computed them."]
          : [
              `AWS computed them on ${generated?.slice(0, 10)}${age > staleDays ? ", which is old: refresh them in the Savings Plans console before buying" : ""}.`
            ]),
        ...notAsked(
          settings.types,
          planTypes,
          bill.gap === undefined ? plansWorthAsking(planTypes, bill.found) : planTypes
        ),
        ...(plans.gap === undefined ? [] : [`Not all of them are known: ${plans.gap}.`])
      ]
    }
  }
})
