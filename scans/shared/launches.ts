/** What an Auto Scaling group launches its instances from. */
import type { AutoScalingGroup, LaunchConfiguration, LaunchTemplateReference } from "../../datasets/aws/autoscaling.ts"
import type { Instance } from "../../datasets/aws/ec2.ts"
import type { LaunchSpec, TemplateVersion } from "../../datasets/aws/launchTemplates.ts"
import { type Evidence, lookupOf } from "../../datasets/engine/Evidence.ts"
import { all, map, type Reading } from "../../core/Reading.ts"

/** The name of the group that an instance belongs to. */
export const groupOf = ({ tags }: Pick<Instance, "tags">): string | undefined => tags["aws:autoscaling:groupName"]

/** A reference of a group, and what it leads to. */
export interface Launch {
  /** `launch template lt-1 version $Latest`. */
  readonly from: string
  /** Empty where there is no such template, version or configuration any more. */
  readonly specs: Reading<ReadonlyArray<LaunchSpec>>
}

export interface Launches {
  readonly launches: ReadonlyArray<Launch>
  /** What was read of it, for what is only shown. */
  readonly found: ReadonlyArray<LaunchSpec>
}

const keyOf = ({ id, name, version }: LaunchTemplateReference): string => `${id ?? name} ${version}`

/** Looks up what groups launch from: versions of templates, and launch configurations. */
export const launchSpecsOf = ({
  launchConfigurations,
  pinnedVersions,
  versions
}: {
  readonly launchConfigurations: Evidence<LaunchConfiguration>
  readonly pinnedVersions: Evidence<TemplateVersion>
  readonly versions: Evidence<TemplateVersion>
}): ((group: AutoScalingGroup) => Launches) => {
  const newest = new Map<string, number>()
  for (const { templateId, version } of versions.found) {
    newest.set(templateId, Math.max(version, newest.get(templateId) ?? 0))
  }
  const keysOf = ({ isDefault, templateId, templateName, version }: TemplateVersion): ReadonlyArray<string> =>
    [
      String(version),
      ...(isDefault ? ["$Default"] : []),
      ...(newest.get(templateId) === version ? ["$Latest"] : [])
    ].flatMap((version) => [`${templateId} ${version}`, `${templateName} ${version}`])
  const versionOf = lookupOf([versions, keysOf], [pinnedVersions, keysOf])
  const configurationOf = launchConfigurations.by(({ name }) => name)

  return ({ launchConfiguration, launchTemplates }) => {
    const ofTemplates = launchTemplates.map((reference) => ({
      from: `launch template ${reference.name ?? reference.id} version ${reference.version}`,
      specs: versionOf.all(keyOf(reference)),
      found: versionOf.found(keyOf(reference))
    }))
    const configured = configurationOf
      .found(launchConfiguration)
      .map(({ imageId, name, securityGroups, snapshotIds, volumeTypes }): LaunchSpec => ({
        source: `launch configuration ${name}`,
        imageId,
        snapshotIds,
        volumeTypes,
        securityGroups
      }))
    return {
      launches: [
        ...ofTemplates.map(({ from, specs }) => ({ from, specs })),
        ...(launchConfiguration === undefined
          ? []
          : [
              {
                from: `launch configuration ${launchConfiguration}`,
                specs: map(configurationOf.get(launchConfiguration), () => configured)
              }
            ])
      ],
      found: [...ofTemplates.flatMap(({ found }) => found), ...configured]
    }
  }
}

/** Everything that a group can launch, or why that is not known. */
export const everySpec = ({ launches }: Launches): Reading<ReadonlyArray<LaunchSpec>> =>
  map(all(launches.map(({ specs }) => specs)), (specs) => specs.flat())
