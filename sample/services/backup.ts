import type {
  DescribeRegionSettingsCommandOutput,
  GetBackupSelectionCommandInput,
  GetBackupSelectionCommandOutput,
  ListBackupPlansCommandInput,
  ListBackupPlansCommandOutput,
  ListBackupSelectionsCommandInput,
  ListBackupSelectionsCommandOutput,
  ListProtectedResourcesCommandInput,
  ListProtectedResourcesCommandOutput
} from "@aws-sdk/client-backup"
import type { Named, When } from "../estate.ts"
import { arnOf, hexOf, idOf } from "../ids.ts"
import { type Answer, dateOf, defineService, type Here, pageOf, refusal } from "../Service.ts"

declare module "../estate.ts" {
  interface Region {
    readonly backupPlans: ReadonlyArray<BackupPlan>
    readonly lastBackups: ReadonlyArray<LastBackup>
  }
}

/** A plan that saves volumes every night. */
export interface BackupPlan extends Named {
  readonly created: When
  /** The volumes that it names, by name. */
  readonly volumes: ReadonlyArray<string>
}

/** When the volume of this name was last saved. */
export interface LastBackup extends Named {
  readonly last: When
}

const volumeArn = (here: Here, name: string) => arnOf("ec2", here, `volume/${idOf("vol", here, name)}`)

const roleOf = ({ account }: Here) => `arn:aws:iam::${account}:role/service-role/AWSBackupDefaultServiceRole`

const planOf = (here: Here, id: string | undefined): BackupPlan => {
  const plan = here.has.backupPlans.find(({ name }) => hexOf(here, name) === id)
  if (plan === undefined) throw refusal("ResourceNotFoundException", "The plan does not exist.", 400)
  return plan
}

const planArn = (here: Here, name: string) => arnOf("backup", here, `backup-plan:${hexOf(here, name)}`)

export default defineService({
  region: { backupPlans: [], lastBackups: [] },
  answers: {
    "backup:ListProtectedResources": (
      here,
      input: ListProtectedResourcesCommandInput
    ): Answer<ListProtectedResourcesCommandOutput> => {
      const { items, next } = pageOf(here.has.lastBackups, input.NextToken, input.MaxResults, 1000)
      return {
        Results: items.map(({ last, name }) => ({
          ResourceArn: volumeArn(here, name),
          ResourceType: "EBS",
          LastBackupTime: dateOf(last)
        })),
        NextToken: next
      }
    },

    "backup:ListBackupPlans": (here, input: ListBackupPlansCommandInput): Answer<ListBackupPlansCommandOutput> => {
      const { items, next } = pageOf(here.has.backupPlans, input.NextToken, input.MaxResults, 1000)
      return {
        BackupPlansList: items.map(({ created, name }) => ({
          BackupPlanId: hexOf(here, name),
          BackupPlanArn: planArn(here, name),
          BackupPlanName: name,
          CreationDate: dateOf(created)
        })),
        NextToken: next
      }
    },

    "backup:ListBackupSelections": (
      here,
      { BackupPlanId }: ListBackupSelectionsCommandInput
    ): Answer<ListBackupSelectionsCommandOutput> => {
      const { created, name } = planOf(here, BackupPlanId)
      return {
        BackupSelectionsList: [
          {
            BackupPlanId,
            SelectionId: hexOf(here, `${name}/volumes`),
            SelectionName: "volumes",
            CreationDate: dateOf(created),
            IamRoleArn: roleOf(here)
          }
        ]
      }
    },

    "backup:GetBackupSelection": (
      here,
      { BackupPlanId, SelectionId }: GetBackupSelectionCommandInput
    ): Answer<GetBackupSelectionCommandOutput> => ({
      BackupPlanId,
      SelectionId,
      BackupSelection: {
        SelectionName: "volumes",
        IamRoleArn: roleOf(here),
        Resources: planOf(here, BackupPlanId).volumes.map((name) => volumeArn(here, name)),
        NotResources: [],
        ListOfTags: [],
        Conditions: { StringEquals: [], StringNotEquals: [], StringLike: [], StringNotLike: [] }
      }
    }),

    "backup:DescribeRegionSettings": (): Answer<DescribeRegionSettingsCommandOutput> => ({
      ResourceTypeOptInPreference: { EBS: true, EC2: true, RDS: true, DynamoDB: false, EFS: true }
    })
  },
  resources: (here) =>
    here.has.backupPlans.map(({ name, tags }) => ({
      type: "backup:backup-plan",
      arn: planArn(here, name),
      tags
    }))
})
