/** CloudTrail: what was done about volumes that nothing has attached. */
import type { LookupEventsCommandInput, LookupEventsCommandOutput } from "@aws-sdk/client-cloudtrail"
import { idOf } from "../ids.ts"
import { type Answer, dateOf, defineService } from "../Service.ts"

export default defineService({
  answers: {
    "cloudtrail:LookupEvents": (here, input: LookupEventsCommandInput): Answer<LookupEventsCommandOutput> => {
      const asked = input.LookupAttributes?.[0]?.AttributeValue
      const volume = here.has.volumes.find(({ name }) => idOf("vol", here, name) === asked)
      return {
        Events:
          volume?.detached === undefined
            ? []
            : [{ EventName: "DetachVolume", EventTime: dateOf(volume.detached), CloudTrailEvent: "{}" }]
      }
    }
  }
})
