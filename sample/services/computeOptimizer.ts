import { defineService, refusal } from "../Service.ts"

export default defineService({
  answers: {
    // Nobody in the organisation has opted in.
    "compute-optimizer:GetEC2InstanceRecommendations": (here) => {
      throw refusal(
        "OptInRequiredException",
        `Aws account ${here.account} is not registered for recommendation. Please opt-in first.`
      )
    }
  }
})
