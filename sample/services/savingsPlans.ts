/** Savings Plans: which there are, and what Cost Explorer tells the payer of their use. */
import type {
  GetSavingsPlansUtilizationDetailsCommandInput,
  GetSavingsPlansUtilizationDetailsCommandOutput,
  SavingsPlansUtilizationDetail
} from "@aws-sdk/client-cost-explorer"
import type { DescribeSavingsPlansCommandInput, DescribeSavingsPlansCommandOutput } from "@aws-sdk/client-savingsplans"
import type { When } from "../estate.ts"
import { hexOf } from "../ids.ts"
import { type Answer, dateOf, defineService, type Here, pageOf, refusal } from "../Service.ts"
import { accountId } from "./costExplorer.ts"
import { endOf, isOver, secondsPerYear, upfrontShare } from "./reservations.ts"

declare module "../estate.ts" {
  interface Billing {
    readonly savingsPlans: ReadonlyArray<SavingsPlan>
  }
}

export interface SavingsPlan {
  /** The estate's word for it; its id is made from it. */
  readonly name: string
  /** By name. */
  readonly account: string
  readonly type: "Compute" | "EC2Instance"
  /** Family and region of a plan for one family of instances. */
  readonly family?: { readonly name: string; readonly region: string }
  readonly start: When
  readonly years: 1 | 3
  readonly payment: "No Upfront" | "Partial Upfront" | "All Upfront"
  /** USD an hour. */
  readonly commitmentUsd: number
  /** The share of the commitment that is used, from 0 to 1. */
  readonly used: number
  /** What a used dollar of commitment would cost on demand. */
  readonly onDemandUsd: number
  /** The types of instances that it pays for, all of them that run and are not reserved. */
  readonly covers?: ReadonlyArray<{ readonly type: string; readonly region: string }>
}

const idOf = ({ account, name }: SavingsPlan): string =>
  hexOf({ account, region: "" }, `savings-plan/${name}`, 32).replace(
    /^(.{8})(.{4})(.{4})(.{4})(.{12})$/,
    "$1-$2-$3-$4-$5"
  )

const arnOf = (here: Here, plan: SavingsPlan) =>
  `arn:aws:savingsplans::${accountId(here, plan.account)}:savingsplan/${idOf(plan)}`

/** What was paid at the start, and what is paid every hour. */
const paymentsOf = ({ commitmentUsd, payment, years }: SavingsPlan) => ({
  upfront: (upfrontShare[payment] * commitmentUsd * years * secondsPerYear) / 3600,
  hourly: (1 - upfrontShare[payment]) * commitmentUsd
})

const text = (amount: number) => amount.toFixed(10)

const detailOf = (here: Here, plan: SavingsPlan, hours: number): SavingsPlansUtilizationDetail => {
  const total = plan.commitmentUsd * hours
  const used = plan.used * total
  const { hourly, upfront } = paymentsOf(plan)
  return {
    SavingsPlanArn: arnOf(here, plan),
    Attributes: {
      AccountId: accountId(here, plan.account),
      AccountName: plan.account,
      EndDateTime: endOf(plan).toISOString(),
      HourlyCommitment: String(plan.commitmentUsd),
      InstanceFamily: plan.family?.name ?? "",
      PaymentOption: plan.payment,
      PurchaseTerm: `${plan.years}yr`,
      RecurringHourlyFee: text(hourly),
      Region: plan.family?.region ?? "Any",
      SavingsPlanARN: arnOf(here, plan),
      SavingsPlansType: `${plan.type}SavingsPlans`,
      StartDateTime: dateOf(plan.start).toISOString(),
      Status: isOver(here, plan) ? "Retired" : "Active",
      UpfrontFee: text(upfront)
    },
    Utilization: {
      TotalCommitment: text(total),
      UsedCommitment: text(used),
      UnusedCommitment: text(total - used),
      UtilizationPercentage: text(100 * plan.used)
    },
    Savings: {
      NetSavings: text(used * plan.onDemandUsd - total),
      OnDemandCostEquivalent: text(used * plan.onDemandUsd)
    },
    AmortizedCommitment: {
      AmortizedRecurringCommitment: text(hourly * hours),
      AmortizedUpfrontCommitment: text(total - hourly * hours),
      TotalAmortizedCommitment: text(total)
    }
  }
}

/** Adds up a field of the details. */
const sumOf = (details: ReadonlyArray<SavingsPlansUtilizationDetail>, field: "TotalCommitment" | "UsedCommitment") =>
  details.reduce((sum, { Utilization }) => sum + Number(Utilization?.[field]), 0)

const hoursIn = (plan: SavingsPlan, start: Date, end: Date): number =>
  Math.max(
    0,
    Math.min(end.getTime(), endOf(plan).getTime()) - Math.max(start.getTime(), dateOf(plan.start).getTime())
  ) / 3_600_000

export default defineService({
  billing: { savingsPlans: [] },
  answers: {
    // Each account lists those that it bought itself.
    "savingsplans:DescribeSavingsPlans": (
      here,
      input: DescribeSavingsPlansCommandInput
    ): Answer<DescribeSavingsPlansCommandOutput> => {
      const stateOf = (plan: SavingsPlan) => (isOver(here, plan) ? "retired" : "active")
      const own = here.billing.savingsPlans
        .filter(({ account }) => account === here.own.name)
        .filter((plan) => input.states?.includes(stateOf(plan)) ?? true)
        .filter((plan) => input.savingsPlanIds?.includes(idOf(plan)) ?? true)
        .filter((plan) => input.savingsPlanArns?.includes(arnOf(here, plan)) ?? true)
      const { items, next } = pageOf(own, input.nextToken, input.maxResults, 1000)
      return {
        savingsPlans: items.map((plan) => ({
          savingsPlanId: idOf(plan),
          savingsPlanArn: arnOf(here, plan),
          offeringId: hexOf({ account: "", region: "" }, plan.name, 32),
          start: dateOf(plan.start).toISOString(),
          end: endOf(plan).toISOString(),
          state: stateOf(plan),
          savingsPlanType: plan.type,
          ...(plan.family === undefined ? {} : { ec2InstanceFamily: plan.family.name, region: plan.family.region }),
          paymentOption: plan.payment,
          productTypes: plan.type === "Compute" ? ["EC2", "Fargate", "Lambda"] : ["EC2"],
          currency: "USD",
          commitment: String(plan.commitmentUsd),
          upfrontPaymentAmount: paymentsOf(plan).upfront.toFixed(2),
          recurringPaymentAmount: text(paymentsOf(plan).hourly),
          termDurationInSeconds: plan.years * secondsPerYear,
          tags: {}
        })),
        ...(next === undefined ? {} : { nextToken: next })
      }
    },

    "ce:GetSavingsPlansUtilizationDetails": (
      here,
      input: GetSavingsPlansUtilizationDetailsCommandInput
    ): Answer<GetSavingsPlansUtilizationDetailsCommandOutput> => {
      const start = dateOf(input.TimePeriod?.Start ?? "")
      const end = dateOf(input.TimePeriod?.End ?? "")
      const details = here.billing.savingsPlans.flatMap((plan) => {
        const hours = hoursIn(plan, start, end)
        return hours === 0 ? [] : [detailOf(here, plan, hours)]
      })
      if (details.length === 0) throw refusal("DataUnavailableException", "There are no Savings Plans in this period.")
      const { items, next } = pageOf(details, input.NextToken, input.MaxResults, 1000)
      const total = sumOf(details, "TotalCommitment")
      const used = sumOf(details, "UsedCommitment")
      return {
        SavingsPlansUtilizationDetails: items,
        Total: {
          Utilization: {
            TotalCommitment: text(total),
            UsedCommitment: text(used),
            UnusedCommitment: text(total - used),
            UtilizationPercentage: text((100 * used) / total)
          }
        },
        TimePeriod: input.TimePeriod,
        NextToken: next
      }
    }
  }
})
