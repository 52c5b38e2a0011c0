/** What sends the calls that start something from an account and region to the bus of the deployment, as a CloudFormation template. */
import { eventPattern } from "../workflows/microScan/writeEvents.ts"

/** A rule on the default bus, where CloudTrail's events arrive, and a role that may put events on that one bus. */
export const forwardTemplate = {
  AWSTemplateFormatVersion: "2010-09-09",
  Description: "Tells Night Audit what is started in this account and region. It changes nothing.",
  Parameters: { BusArn: { Type: "String", Description: "The bus that Night Audit listens on" } },
  Resources: {
    Forwarder: {
      Type: "AWS::IAM::Role",
      Properties: {
        Description: "Sends events to the bus of Night Audit",
        AssumeRolePolicyDocument: {
          Version: "2012-10-17",
          Statement: [
            {
              Effect: "Allow",
              Principal: { Service: "events.amazonaws.com" },
              Action: "sts:AssumeRole",
              Condition: { StringEquals: { "aws:SourceAccount": { Ref: "AWS::AccountId" } } }
            }
          ]
        },
        Policies: [
          {
            PolicyName: "send",
            PolicyDocument: {
              Version: "2012-10-17",
              Statement: [{ Effect: "Allow", Action: "events:PutEvents", Resource: { Ref: "BusArn" } }]
            }
          }
        ]
      }
    },
    Started: {
      Type: "AWS::Events::Rule",
      Properties: {
        Description: "Calls that start what costs money, which Night Audit looks at within minutes",
        EventPattern: eventPattern,
        State: "ENABLED",
        Targets: [{ Id: "home", Arn: { Ref: "BusArn" }, RoleArn: { "Fn::GetAtt": ["Forwarder", "Arn"] } }]
      }
    }
  }
}
