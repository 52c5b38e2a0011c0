/** EventBridge Scheduler: the estate has no schedule. */
import type { GetScheduleCommandOutput, ListSchedulesCommandOutput } from "@aws-sdk/client-scheduler"
import { type Answer, defineService, refusal } from "../Service.ts"

export default defineService({
  answers: {
    "scheduler:ListSchedules": (): Answer<ListSchedulesCommandOutput> => ({ Schedules: [] }),
    "scheduler:GetSchedule": (): Answer<GetScheduleCommandOutput> => {
      throw refusal("ResourceNotFoundException", "The schedule does not exist.", 404)
    }
  }
})
