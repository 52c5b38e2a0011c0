import { useCallback } from "preact/hooks"
import { Chart, colour, hatching, overTime } from "./Chart.tsx"
import type { Shown } from "./parts.tsx"
import { usd } from "./words.ts"

const amount = (value: number | null) => (value === null ? "no run" : usd(value))

/** Open waste over time. A month without a run is empty: nobody looked, which is not nothing. */
export const Trend = ({ summary: { trend } }: Shown) => {
  const seen = trend.filter(({ confirmed }) => confirmed !== null)
  const make = useCallback(() => {
    const bars = { borderWidth: 1, maxBarThickness: 44 }
    return overTime(
      trend.map(({ label }) => label),
      [
        {
          ...bars,
          label: "Confirmed",
          data: trend.map(({ confirmed }) => confirmed),
          backgroundColor: colour("--confirmed"),
          borderColor: colour("--confirmed")
        },
        {
          ...bars,
          label: "Unconfirmed",
          data: trend.map(({ unconfirmed }) => unconfirmed),
          backgroundColor: hatching("--unconfirmed"),
          borderColor: colour("--unconfirmed")
        }
      ]
    )
  }, [trend])
  const [first, last] = [seen[0], seen.at(-1)]
  const isMonthly = first?.label.length === 7
  return (
    <section class="card" id="trend" aria-labelledby="trend-title">
      <h2 id="trend-title">{isMonthly ? "Open waste, 13 months" : "Open waste"}</h2>
      {first === undefined || last === undefined || seen.length < 2 ? (
        <p class="muted">The trend begins with this night: the next one is its second point.</p>
      ) : (
        <>
          <p class="note">
            What was open as {isMonthly ? "the last night of each month" : "each night"} ended; without a run nothing is
            known.
          </p>
          <Chart
            make={make}
            about={`Open waste a month, ${first.label} to ${last.label}: confirmed went from ${amount(first.confirmed)} to ${amount(last.confirmed)}, unconfirmed from ${amount(first.unconfirmed)} to ${amount(last.unconfirmed)}.`}
          >
            <table>
              <thead>
                <tr>
                  <th scope="col">{isMonthly ? "Month" : "Night"}</th>
                  <th scope="col" class="number">
                    Confirmed
                  </th>
                  <th scope="col" class="number">
                    Unconfirmed
                  </th>
                </tr>
              </thead>
              <tbody>
                {trend.map(({ confirmed, label, unconfirmed }) => (
                  <tr key={label}>
                    <th scope="row">{label}</th>
                    <td class="number">{amount(confirmed)}</td>
                    <td class="number">{amount(unconfirmed)}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </Chart>
        </>
      )}
    </section>
  )
}
