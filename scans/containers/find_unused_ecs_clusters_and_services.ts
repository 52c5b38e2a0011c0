import type { SavingsTerm } from "../../core/finding/Finding.ts"
import { sum, term } from "../../core/finding/savings.ts"
import { all } from "../../core/Reading.ts"
import { daysBefore, hoursPerMonth, isoDay, startOfUtcDay } from "../../core/time.ts"
import * as autoscaling from "../../datasets/aws/autoscaling.ts"
import type { Instance } from "../../datasets/aws/ec2.ts"
import * as ecs from "../../datasets/aws/ecs.ts"
import * as eventbridge from "../../datasets/aws/eventbridge.ts"
import * as fleets from "../../datasets/aws/fleets.ts"
import * as scheduler from "../../datasets/aws/scheduler.ts"
import { maxDays } from "../../datasets/metrics/SeriesReader.ts"
import { ask, defineScan, hygiene, money, need, Setting, tooYoung, unknown } from "../Scan.ts"
import { counted, fleetSavings } from "../shared/fleets.ts"

/** Share of the days of which CloudWatch must tell that nothing was reserved. */
const leastDays = 0.9

/**
 * Batch makes clusters of its own, and deletes them with its compute environments. Those that it made first are called
 * `<environment>_Batch_<uuid>`. Source: Batch API reference, the example of DescribeComputeEnvironments.
 */
const isOfBatch = (name: string): boolean =>
  name.startsWith("AWSBatch-") || /_Batch_[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(name)

/** A machine of the customer's own, which ECS Anywhere bills by the hour. */
const isExternal = ({ instanceId }: ecs.ContainerInstance): boolean => instanceId.startsWith("mi-")

export default defineScan({
  title: "Empty ECS clusters, dead services, idle instances",
  words: "container clusters without tasks",
  why: "Instances of a cluster are billed whether or not a task runs on them, and services that start nothing hide what is broken.",
  fix: "Deregister and terminate idle instances, and delete what nobody starts any more. Look first for pipelines, state machines and functions that run tasks: AWS lists them nowhere.",
  docs: "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/delete_cluster-new-console.html",
  leavesOut: ["who ran single tasks: CloudTrail, which knows it, is not asked."],
  scope: "regional",
  settings: {
    lookbackDays: Setting.days(90, "Days without a task", { minimum: 2, maximum: maxDays })
  },
  reads: {
    workloads: ecs.workloads,
    services: ecs.services,
    rules: eventbridge.taskRules,
    schedules: scheduler.taskSchedules,
    fleets: fleets.together,
    groups: autoscaling.groups
  },
  subject: "workloads",
  probes: ({ lookbackDays }) => ({
    taskMinutes: ecs.taskMinutes(lookbackDays),
    reservations: ecs.reservations(lookbackDays),
    containerInstances: ecs.containerInstances,
    capacityProviders: ecs.capacityProviders
  }),
  prices: ["ec2"],
  reasons: {
    empty_cluster: "The cluster has no service, task or instance, and nothing is scheduled to start a task in it.",
    idle_capacity: "Instances are registered with the cluster, and no task ran on them.",
    inactive_service: "The service wants no task, and none ran.",
    broken_service: "The service wants tasks, and none runs."
  },

  judge: (data, { compute, now, price, scope, settings }) => {
    const { lookbackDays } = settings
    const since = daysBefore(now, lookbackDays)
    const servicesIn = data.services.by(({ clusterArn }) => clusterArn)
    const rulesFor = data.rules.by(({ clusterArns }) => clusterArns)
    const schedulesFor = data.schedules.by(({ cluster = "default" }) => cluster)
    const memberOf = data.fleets.by(({ members }) => members.map(({ id }) => id))
    const groupOf = data.groups.by(({ arn }) => arn)

    /** Whether something is there to start tasks in the cluster. A schedule names it by its ARN or by its name. */
    function* isNamed({ arn, name }: ecs.EcsCluster) {
      return (
        (yield* need(servicesIn.has(arn))) ||
        (yield* need(rulesFor.has(arn))) ||
        (yield* need(schedulesFor.has(arn))) ||
        (yield* need(schedulesFor.has(name)))
      )
    }

    function* isEmpty(cluster: ecs.EcsCluster) {
      if (yield* isNamed(cluster)) return
      return hygiene({
        reason: "empty_cluster",
        severity: "info",
        confidence: "medium",
        note: "A cluster costs nothing.",
        evidence: { services: 0, tasks: 0, containerInstances: 0, schedules: 0 },
        observe: { days: lookbackDays }
      })
    }

    /** Whether ECS itself takes an instance away that nothing runs on. */
    function* isScaledIn({ capacityProvider }: ecs.ContainerInstance) {
      if (capacityProvider === undefined) return false
      const provider = yield* need(yield* ask(ecs.capacityProviders, capacityProvider))
      if (provider === undefined || !provider.isScaledByEcs || provider.groupArn === undefined) return false
      return (yield* need(groupOf.get(provider.groupArn)))?.minSize === 0
    }

    function* isIdle(cluster: ecs.EcsCluster) {
      const specs = ecs.reservationSeries(cluster.name, lookbackDays)
      const reserved = yield* need(yield* ask(ecs.reservations(lookbackDays), cluster))
      const points = yield* need(all(specs.map((spec) => reserved.points(spec))))
      if (points.some((series) => series.some(({ value }) => value > 0))) return
      const instances = yield* need(yield* ask(ecs.containerInstances, cluster.arn))
      const idle = []
      for (const instance of instances) {
        if (instance.registeredAt === undefined) return unknown("ECS does not tell since when its instances are there")
        if (instance.registeredAt < since) idle.push(instance)
      }
      if (instances.length === 0) return
      if (idle.length === 0) return tooYoung
      // Machines of the customer's own reserve nothing that CloudWatch counts.
      const isOnEc2 = idle.some((instance) => !isExternal(instance))
      // Each of the two tells that no task ran: one that CloudWatch does not have says nothing else.
      const days = Math.max(...points.map(({ length }) => length))
      if (isOnEc2 && days < leastDays * lookbackDays)
        return unknown(`CloudWatch has what its instances reserve of ${days} days`)

      const external = idle.filter(isExternal)
      if (external.length > 0 && (yield* isNamed(cluster))) return
      const members: Array<Instance> = []
      const covers = new Set<string>()
      let scaledIn = 0
      for (const instance of idle) {
        if (isExternal(instance)) continue
        // What AWS manages, what is stopped and what is paid for in another way is none of the fleet's members.
        const fleet = yield* need(memberOf.get(instance.instanceId))
        const member = fleet?.members.find(({ id }) => id === instance.instanceId)
        if (fleet === undefined || member === undefined) continue
        if (yield* isScaledIn(instance)) {
          scaledIn += 1
          continue
        }
        members.push(member)
        covers.add(member.arn).add(fleet.arn)
      }
      const found = {
        reason: "idle_capacity",
        confidence: "medium",
        evidence: {
          instances: idle.map(({ instanceId }) => instanceId).sort(),
          instanceTypes: counted(members.map(({ type }) => type)),
          externalInstances: external.length,
          scaledInByEcs: scaledIn,
          registeredAt: new Date(
            Math.max(...idle.flatMap(({ registeredAt }) => registeredAt?.getTime() ?? []))
          ).toISOString(),
          idleDays: lookbackDays
        },
        // CloudWatch does not tell what ran on machines of the customer's own.
        ...(external.length > 0 ? { observe: { days: lookbackDays } } : {})
      } as const
      if (members.length + external.length === 0) {
        if (scaledIn === 0) return
        return hygiene({
          ...found,
          severity: "info",
          note: "ECS scales these instances itself and may take all of them away: look why it does not."
        })
      }
      const ofInstances =
        members.length === 0
          ? undefined
          : fleetSavings("delete", compute, scope.region, members, {
              basis: "estimate",
              notes: ["what else runs on the instances is not known here", "their volumes may go on costing"]
            })
      const terms: Array<SavingsTerm> = [...(ofInstances?.terms ?? [])]
      if (external.length > 0) {
        const hours = hoursPerMonth * external.length
        terms.push(term("registered machines of your own", hours, "hour", price("ecs.externalInstanceHour")))
      }
      const savings =
        terms.length === 0 && ofInstances !== undefined
          ? ofInstances
          : sum("delete", terms, {
              basis: "estimate",
              ...(ofInstances?.note === undefined ? {} : { note: ofInstances.note }),
              covers: [...covers].sort()
            })
      return money({ ...found, savings })
    }

    function* ofCluster(cluster: ecs.EcsCluster) {
      const { activeServices, containerInstances, name, pendingTasks, runningTasks, status } = cluster
      if (status !== "active" || isOfBatch(name)) return
      if (runningTasks + pendingTasks > 0) return
      if (containerInstances > 0) return yield* isIdle(cluster)
      return activeServices > 0 ? undefined : yield* isEmpty(cluster)
    }

    function* ofService(service: ecs.EcsService) {
      const { createdAt, desiredCount, pendingCount, runningCount, schedulingStrategy, status } = service
      if (status !== "ACTIVE" || runningCount > 0) return
      if (desiredCount === 0 && pendingCount > 0) return
      if (createdAt === undefined) return unknown("ECS does not tell when it was created")
      if (createdAt > daysBefore(now, desiredCount > 0 ? 1 : lookbackDays)) return tooYoung
      const minutes = yield* need(yield* ask(ecs.taskMinutes(lookbackDays), service))
      const last = yield* need(minutes.lastActiveDay(ecs.taskSeries(service, lookbackDays)))
      const evidence = {
        desiredTasks: desiredCount,
        scheduling: schedulingStrategy,
        capacity: service.launchType ?? service.capacityProviders.map(({ provider }) => provider).sort(),
        createdAt: createdAt.toISOString(),
        targetGroups: [...service.targetGroupArns].sort(),
        classicLoadBalancers: [...service.classicLoadBalancers].sort()
      }
      if (desiredCount > 0) {
        const isRecent = last !== null && last >= startOfUtcDay(daysBefore(now, 1))
        // Every task has datapoints, so that none ran after the last day with one.
        const brokenSince =
          last === null ? new Date(Math.max(since.getTime(), createdAt.getTime())) : daysBefore(last, -1)
        return hygiene({
          reason: "broken_service",
          severity: "medium",
          note: "Tasks that do not start cost nothing, and neither does what they should do get done.",
          evidence: {
            ...evidence,
            failedTasks: service.failedTasks,
            // The day itself would be another one every night while tasks come and go.
            lastTaskDay: last === null ? "none" : isRecent ? "yesterday or today" : isoDay(last)
          },
          observe: { days: 1, ...(isRecent ? {} : { since: brokenSince }) }
        })
      }
      if (last !== null) return
      return hygiene({
        reason: "inactive_service",
        severity: "info",
        note: "A service without tasks costs nothing; its load balancers and addresses do.",
        evidence: { ...evidence, idleDays: lookbackDays }
      })
    }

    return function* (workload) {
      return workload.what === "cluster" ? yield* ofCluster(workload) : yield* ofService(workload)
    }
  }
})
