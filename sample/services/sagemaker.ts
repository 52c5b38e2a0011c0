/** SageMaker: nobody in the estate uses it. */
import type {
  DescribeDomainCommandOutput,
  DescribeNotebookInstanceCommandOutput,
  ListDomainsCommandOutput,
  ListModelsCommandOutput,
  ListNotebookInstancesCommandOutput,
  ListUserProfilesCommandOutput
} from "@aws-sdk/client-sagemaker"
import { type Answer, defineService, refusal } from "../Service.ts"

export default defineService({
  answers: {
    "sagemaker:ListDomains": (): Answer<ListDomainsCommandOutput> => ({ Domains: [] }),
    "sagemaker:DescribeDomain": (): Answer<DescribeDomainCommandOutput> => {
      throw refusal("ResourceNotFound", "The domain does not exist.")
    },
    "sagemaker:ListNotebookInstances": (): Answer<ListNotebookInstancesCommandOutput> => ({ NotebookInstances: [] }),
    "sagemaker:DescribeNotebookInstance": (): Answer<DescribeNotebookInstanceCommandOutput> => {
      throw refusal("ValidationException", "RecordNotFound")
    },
    "sagemaker:ListModels": (): Answer<ListModelsCommandOutput> => ({ Models: [] }),
    "sagemaker:ListUserProfiles": (): Answer<ListUserProfilesCommandOutput> => ({ UserProfiles: [] })
  }
})
