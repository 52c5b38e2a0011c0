import type { DescribeRegionsCommandInput, DescribeRegionsCommandOutput } from "@aws-sdk/client-ec2"
import { type Answer, defineService } from "../../Service.ts"

/** Regions that an account has to switch on, and that nobody in the organisation did. */
const switchedOff = ["af-south-1", "ap-east-1", "eu-south-1", "me-south-1"]

export default defineService({
  answers: {
    "ec2:DescribeRegions": (here, input: DescribeRegionsCommandInput): Answer<DescribeRegionsCommandOutput> => ({
      Regions: [
        ...here.estate.regions.map((name) => ({ name, status: "opt-in-not-required" as const })),
        ...(input.AllRegions === true ? switchedOff : []).map((name) => ({ name, status: "not-opted-in" as const }))
      ]
        .filter(({ name }) => input.RegionNames?.includes(name) ?? true)
        .map(({ name, status }) => ({
          RegionName: name,
          Endpoint: `ec2.${name}.amazonaws.com`,
          OptInStatus: status
        }))
    })
  }
})
