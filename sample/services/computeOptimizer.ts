import type { GetEnrollmentStatusCommandOutput } from "@aws-sdk/client-compute-optimizer"
import { type Answer, defineService, type Here, refusal } from "../Service.ts"

/** Nobody in the organisation has opted in. */
const refuse = (here: Here): never => {
  throw refusal(
    "OptInRequiredException",
    `Aws account ${here.account} is not registered for recommendation. Please opt-in first.`
  )
}

export default defineService({
  answers: {
    "compute-optimizer:GetEnrollmentStatus": (): Answer<GetEnrollmentStatusCommandOutput> => ({
      status: "Inactive",
      memberAccountsEnrolled: false
    }),
    "compute-optimizer:GetEC2InstanceRecommendations": refuse,
    "compute-optimizer:GetLambdaFunctionRecommendations": refuse
  }
})
