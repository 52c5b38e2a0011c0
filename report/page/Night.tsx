import { duration } from "../../core/format.ts"
import { Section, type Shown } from "./parts.tsx"
import { count, fineUsd } from "./words.ts"

const mostCalls = 40

/** What the night itself cost whoever runs it. */
export const Night = ({ summary: { cost, run } }: Shown) => {
  const calls = [...(cost?.calls ?? [])]
    .sort((a, b) => b.usd - a.usd || b.throttled - a.throttled || b.calls - a.calls)
    .slice(0, mostCalls)
  const took =
    run.finishedAt === null ? "not at its end" : duration(Date.parse(run.finishedAt) - Date.parse(run.startedAt))
  return (
    <Section id="night" title="This night">
      <dl class="facts across">
        <div>
          <dt>Cost of the night</dt>
          <dd>
            {cost === null ? (
              "not summed up yet"
            ) : (
              <>
                <b>{fineUsd(cost.usd)}</b>
                <span class="beneath">
                  {fineUsd(cost.callsUsd)} for calls, about {fineUsd(cost.infrastructureUsd)} for Lambda, Step Functions
                  and DynamoDB
                </span>
              </>
            )}
          </dd>
        </div>
        <div>
          <dt>Calls</dt>
          <dd>{cost === null ? "\u2013" : `${count(cost.totalCalls)}, of which ${count(cost.paidCalls)} are paid`}</dd>
        </div>
        <div>
          <dt>Run</dt>
          <dd>
            <code>{run.id === "" ? "none" : run.id}</code>
            <span class="beneath">
              {run.status}, {took}
            </span>
          </dd>
        </div>
      </dl>
      {calls.length > 0 ? (
        <details class="numbers">
          <summary>Calls: paid, throttled, then the most frequent</summary>
          <table>
            <thead>
              <tr>
                <th scope="col">Operation</th>
                <th scope="col" class="number">
                  Calls
                </th>
                <th scope="col" class="number">
                  Throttled
                </th>
                <th scope="col" class="number">
                  USD
                </th>
              </tr>
            </thead>
            <tbody>
              {calls.map((call) => (
                <tr key={`${call.service}:${call.operation}`}>
                  <th scope="row">
                    {call.service}:{call.operation}
                  </th>
                  <td class="number">{count(call.calls)}</td>
                  <td class="number">{count(call.throttled)}</td>
                  <td class="number">{call.usd === 0 ? "free" : fineUsd(call.usd)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </details>
      ) : null}
    </Section>
  )
}
