import type { RealisedGroup, RealisedMonth } from "../../core/run/realised.ts"
import { Name, Scrolling, type Shown } from "./parts.tsx"
import { count, labels, plural, signed, usd } from "./words.ts"

/** By how much a bill moved: a fall is a minus. */
const moved = (beforeUsd: number, afterUsd: number): string => signed(afterUsd - beforeUsd, usd)

const Month = ({ known, knownFrom, month, unknown, waiting }: RealisedMonth) => {
  const claims = [
    ...(known.claimed.findings > 0
      ? [
          <tr key={`${month} known`}>
            <th scope="row">{month}</th>
            <td class="number">{usd(known.claimed.monthlyUsd)}</td>
            <td class="number">{usd(known.beforeUsd)}</td>
            <td class="number">{usd(known.afterUsd)}</td>
            <td class="number">
              <b>{moved(known.beforeUsd, known.afterUsd)}</b>
            </td>
          </tr>
        ]
      : []),
    ...(
      [
        [waiting, `not known yet, from ${knownFrom} on`],
        [unknown, "not known: the bill was not read, or does not show it"]
      ] as const
    ).flatMap(([{ findings, monthlyUsd }, why]) =>
      findings === 0
        ? []
        : [
            <tr key={`${month} ${why}`}>
              <th scope="row">{month}</th>
              <td class="number">{usd(monthlyUsd)}</td>
              <td colSpan={3} class="muted">
                {why}
              </td>
            </tr>
          ]
    )
  ]
  return <>{claims}</>
}

const Group = ({ group, summary }: Shown & { readonly group: RealisedGroup }) => {
  const { account, afterUsd, beforeUsd, claimed, month, region, service, usageType, why } = group
  return (
    <tr>
      <th scope="row">
        <Name>{service}</Name>
        <span class="beneath">
          {usageType === null ? "" : `${usageType}, ${region ?? ""}, `}
          <Name>{labels(summary)("account", account)}</Name>, {month}
        </span>
      </th>
      <td class="number">
        {usd(claimed.monthlyUsd)}
        <span class="beneath">{plural(claimed.findings, "finding")}</span>
      </td>
      {why !== null || beforeUsd === null || afterUsd === null ? (
        <td colSpan={3} class="muted">
          {why}
        </td>
      ) : (
        <>
          <td class="number">{usd(beforeUsd)}</td>
          <td class="number">{usd(afterUsd)}</td>
          <td class="number">{moved(beforeUsd, afterUsd)}</td>
        </>
      )}
    </tr>
  )
}

const Head = ({ first }: { readonly first: string }) => (
  <thead>
    <tr>
      <th scope="col">{first}</th>
      <th scope="col" class="number">
        Claimed
      </th>
      <th scope="col" class="number">
        Bill before
      </th>
      <th scope="col" class="number">
        Bill after
      </th>
      <th scope="col" class="number">
        It moved by
      </th>
    </tr>
  </thead>
)

/** What findings that ended had claimed, beside what the bill shows. The two are never one number. */
export const Realised = ({ summary }: Shown) => {
  const { realised } = summary
  if (realised === null || realised.months.length === 0) return null
  return (
    <section class="card realised" aria-labelledby="realised-title">
      <h2 id="realised-title">What the bill shows since</h2>
      <Scrolling label="Claims of findings that ended, and the bill before and after, by month">
        <table>
          <Head first="Ended in" />
          <tbody>
            {realised.months.map((month) => (
              <Month key={month.month} {...month} />
            ))}
          </tbody>
        </table>
      </Scrolling>
      <details class="numbers">
        <summary>By account and service</summary>
        <table>
          <Head first="Billed as" />
          <tbody>
            {realised.groups.map((group) => (
              <Group
                key={[group.month, group.account, group.service, group.usageType, group.region].join()}
                group={group}
                summary={summary}
              />
            ))}
          </tbody>
        </table>
        {realised.moreGroups > 0 ? <p class="note">{count(realised.moreGroups)} more are not listed.</p> : null}
      </details>
      <p class="note">
        A bill has no line for a resource. This is the bill of all that the service, or the usage type, costs in the
        account, in the whole month before and the whole month after, in USD for 730 hours: it moved for whatever
        reason. Confirmed findings whose resource is gone or mended; months are not added up.
      </p>
    </section>
  )
}
