/** IPAM: the estate has no pool. */
import type { DescribeIpamPoolsCommandOutput } from "@aws-sdk/client-ec2"
import { type Answer, defineService } from "../../Service.ts"

export default defineService({
  answers: {
    "ec2:DescribeIpamPools": (): Answer<DescribeIpamPoolsCommandOutput> => ({ IpamPools: [] })
  }
})
