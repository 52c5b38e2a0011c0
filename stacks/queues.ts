/// <reference path="../.sst/platform/config.d.ts" />
/** Who may send to a queue. */

/** Lets rules of a bus send to a queue and nobody else: a bus, unlike the scheduler, writes in its own name. */
export const takesFromRules = (
  name: string,
  queue: { readonly arn: $util.Input<string>; readonly url: $util.Input<string> },
  rules: $util.Input<string> | ReadonlyArray<$util.Input<string>>
) =>
  new aws.sqs.QueuePolicy(name, {
    queueUrl: queue.url,
    policy: $jsonStringify({
      Version: "2012-10-17",
      Statement: [
        {
          Effect: "Allow",
          Principal: { Service: "events.amazonaws.com" },
          Action: "sqs:SendMessage",
          Resource: queue.arn,
          Condition: { ArnEquals: { "aws:SourceArn": rules } }
        }
      ]
    })
  })
