/**
 * `focus-1.2.json` is taken from the model 1.2.0.1 in the Python package `focus-validator` 2.2.1: the columns that every table must
 * have, and the subcategories of each category.
 */
import { assert, describe, it } from "@effect/vitest"
import { entryOf } from "../../../cli/catalogue.ts"
import { type FocusContext, focusColumns, focusRow, focusServices } from "../../../report/export/focus.ts"
import { aFinding } from "../../core/store/fixtures.ts"
import { counted } from "../stored.ts"
import specification from "./focus-1.2.json" with { type: "json" }

const context: FocusContext = {
  accountNames: new Map([["111111111111", "production"]]),
  payer: "999999999999",
  entryOf
}

const night = "2026-12-31T23:30:00.000Z"

const rowOf = (finding = counted({ monthlyUsd: 12.5 })) => focusRow(finding, context, night)

describe("a finding as a FOCUS row", () => {
  it("has every column that the specification wants of each table, and no other than it says", () => {
    assert.includeMembers([...focusColumns], specification.mandatoryColumns)
    assert.deepStrictEqual(Object.keys(rowOf()).sort(), [...focusColumns].sort())
  })

  it("costs nothing, so that a union with a bill counts nothing twice; its money is in columns of its own", () => {
    const row = rowOf()
    for (const cost of ["BilledCost", "ContractedCost", "EffectiveCost", "ListCost"] as const)
      assert.strictEqual(row[cost], 0)
    assert.deepStrictEqual(
      [row.x_MonthlySavings, row.x_CountedMonthlySavings, row.x_ConfirmedMonthlySavings],
      [12.5, 12.5, 12.5]
    )
  })

  it("claims what does not count, and counts it not", () => {
    const unconfirmed = { ...counted({ monthlyUsd: 3 }), confirmed: false }
    const overlapping = aFinding({ monthlyUsd: 4 })
    const unknown = { ...overlapping, savings: { ...overlapping.savings, monthlyUsd: 0, basis: "none" as const } }
    assert.deepStrictEqual(
      [unconfirmed, overlapping, unknown].map((finding) => {
        const row = rowOf(finding)
        return [row.x_MonthlySavings, row.x_CountedMonthlySavings, row.x_ConfirmedMonthlySavings]
      }),
      [
        // As in the table for spreadsheets: it counts, and is not confirmed.
        [3, 3, 0],
        [4, 0, 0],
        // What is unknown is no zero.
        [null, 0, 0]
      ]
    )
  })

  it("gives each service one class of the specification's lists, whichever part of it the bill names", () => {
    const known: Readonly<Record<string, ReadonlyArray<string>>> = specification.serviceSubcategories
    const classes = new Map<string, string>()
    for (const [service, category, subcategory] of [
      ...Object.values(focusServices),
      ["Other", "Other", "Other (Other)"]
    ]) {
      assert.include(known[category ?? ""] ?? [], subcategory)
      assert.strictEqual(classes.get(service ?? "") ?? subcategory, subcategory)
      classes.set(service ?? "", subcategory ?? "")
    }
  })

  it("is of the month of its night, whose end is the next month's start", () => {
    const { BillingPeriodEnd, BillingPeriodStart, ChargePeriodEnd, ChargePeriodStart } = rowOf()
    assert.deepStrictEqual([BillingPeriodStart, BillingPeriodEnd], ["2026-12-01T00:00:00Z", "2027-01-01T00:00:00Z"])
    assert.deepStrictEqual([ChargePeriodStart, ChargePeriodEnd], [BillingPeriodStart, BillingPeriodEnd])
  })

  it("names accounts, services and resources as a bill does", () => {
    const volume = rowOf()
    assert.deepStrictEqual(
      [volume.BillingAccountId, volume.SubAccountId, volume.SubAccountName, volume.ResourceId],
      ["999999999999", "111111111111", "production", "vol-1"]
    )
    assert.deepStrictEqual(
      [volume.ServiceName, volume.ServiceCategory, volume.ServiceSubcategory],
      ["Amazon Elastic Compute Cloud", "Compute", "Virtual Machines"]
    )
    const resource = {
      ...counted().resource,
      type: "lambda:function",
      service: "AWS Lambda",
      id: "f",
      arn: "arn:aws:lambda:eu-west-1:111111111111:function:f"
    }
    const lambda = rowOf({ ...counted(), resource })
    assert.deepStrictEqual(
      [lambda.ResourceId, lambda.ServiceName, lambda.ServiceCategory, lambda.ServiceSubcategory],
      [resource.arn, "AWS Lambda", "Compute", "Serverless Compute"]
    )
    assert.isNull(rowOf({ ...counted(), region: "global" }).RegionId)
  })
})
