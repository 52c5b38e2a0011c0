/** CloudTrail: which volumes were detached lately. */
import type { LookupEventsCommandInput, LookupEventsCommandOutput } from "@aws-sdk/client-cloudtrail"
import { idOf } from "../ids.ts"
import { type Answer, dateOf, defineService } from "../Service.ts"

export default defineService({
  answers: {
    "cloudtrail:LookupEvents": (here, input: LookupEventsCommandInput): Answer<LookupEventsCommandOutput> => ({
      Events: here.has.volumes.flatMap(({ detached, name }) =>
        detached === undefined || input.LookupAttributes?.[0]?.AttributeValue !== "DetachVolume"
          ? []
          : [
              {
                EventName: "DetachVolume",
                EventTime: dateOf(detached),
                Resources: [{ ResourceType: "AWS::EC2::Volume", ResourceName: idOf("vol", here, name) }],
                CloudTrailEvent: "{}"
              }
            ]
      )
    })
  }
})
