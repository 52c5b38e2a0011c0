import { daysBefore } from "../../core/time.ts"
import * as autoscaling from "../../datasets/aws/autoscaling.ts"
import * as batch from "../../datasets/aws/batch.ts"
import * as ec2 from "../../datasets/aws/ec2.ts"
import * as eks from "../../datasets/aws/eks.ts"
import * as launchTemplates from "../../datasets/aws/launchTemplates.ts"
import { lookupOf } from "../../datasets/engine/Evidence.ts"
import { ask, askAll, defineScan, hygiene, need, Setting, tooYoung } from "../Scan.ts"

/** How services tag or name the templates that they make, and delete again by themselves. */
const ownTags = /^(karpenter\.|eks:|aws:eks:|AmazonECS|AWSBatchServiceTag|elasticbeanstalk:)/i
const ownNames = /^(karpenter\.k8s\.aws\/|eks-[0-9a-f]{8}-|Batch-lt-)/i

const isOfService = ({ name, tags }: launchTemplates.LaunchTemplate): boolean =>
  ownNames.test(name) || Object.keys(tags).some((key) => ownTags.test(key))

const namesOf = (references: ReadonlyArray<autoscaling.LaunchTemplateReference>): ReadonlyArray<string> =>
  references.flatMap(({ id, name }) => [...(id === undefined ? [] : [id]), ...(name === undefined ? [] : [name])])

export default defineScan({
  title: "Launch templates that nothing launches from",
  words: "EC2 LT, leftover ASG configuration",
  why: "A template is free, but it counts against the quota, and what is launched from a forgotten one has an old image and old rules.",
  fix: "Delete the template. Look first for scripts, pipelines and Image Builder, which launch from it or add versions: AWS lists them nowhere.",
  docs: "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/delete-launch-template.html",
  leavesOut: [
    "distribution configurations of Image Builder, which make new versions of a template and launch nothing."
  ],
  scope: "regional",
  settings: { minAgeDays: Setting.days(90, "Days since the newest version was made") },
  reads: {
    templates: launchTemplates.templates,
    versions: launchTemplates.versions,
    groups: autoscaling.groups,
    instances: ec2.instances,
    fleets: launchTemplates.fleets,
    spotFleets: launchTemplates.spotFleets,
    clusters: eks.clusterNames
  },
  subject: "templates",
  probes: { nodeGroups: eks.nodeGroups, environments: batch.environments },
  reasons: {
    unreferenced:
      "No Auto Scaling group, fleet, node group or compute environment names it, and no instance came from it."
  },

  judge: ({ clusters, fleets, groups, instances, spotFleets, versions }, { now, settings }) => {
    const versionsOf = versions.by(({ templateId }) => templateId)
    const users = lookupOf(
      [groups, ({ launchTemplates }: autoscaling.AutoScalingGroup) => namesOf(launchTemplates)],
      [fleets, ({ templates }: launchTemplates.Fleet) => namesOf(templates)],
      [spotFleets, ({ templates }: launchTemplates.Fleet) => namesOf(templates)],
      [instances, ({ tags }: ec2.Instance) => tags["aws:ec2launchtemplate:id"]]
    )

    return function* (template) {
      const { createdAt, createdBy, defaultVersion, id, latestVersion, name, serviceManaged } = template
      if (serviceManaged || isOfService(template)) return
      if ((yield* need(users.has(id))) || (yield* need(users.has(name)))) return
      const own = yield* need(versionsOf.all(id))
      const newest = own.reduce<launchTemplates.TemplateVersion | undefined>(
        (newest, version) => (newest === undefined || version.version > newest.version ? version : newest),
        undefined
      )
      const changedAt = newest?.createdAt ?? createdAt
      if (changedAt > daysBefore(now, settings.minAgeDays)) return tooYoung

      // EKS launches from copies of its own, so that its groups do not lead here.
      const clusterNames = yield* need(clusters.all)
      for (const reading of yield* askAll(eks.nodeGroups, clusterNames)) {
        const named = (yield* need(reading)).some(
          ({ launchTemplateId, launchTemplateName }) => launchTemplateId === id || launchTemplateName === name
        )
        if (named) return
      }
      const environments = yield* need(yield* ask(batch.environments, template))
      if (environments.some(({ launchTemplates }) => launchTemplates.some((used) => used === id || used === name)))
        return

      return hygiene({
        reason: "unreferenced",
        severity: "info",
        confidence: "medium",
        note: "Launch templates are free.",
        evidence: {
          createdBy,
          versions: latestVersion,
          defaultVersion,
          newestVersionAt: changedAt.toISOString(),
          imageId: newest?.imageId ?? "none",
          managedBy: Object.keys(template.tags).some((key) => key.startsWith("aws:cloudformation:"))
            ? "AWS CloudFormation"
            : "none"
        },
        // AWS does not tell when it was used last.
        observe: { nights: 2 }
      })
    }
  }
})
