/** The role that lets the scanner into an account, as a CloudFormation template: for a StackSet, and for accounts that it skips. */
import type { Config } from "../core/config/Config.ts"
import policies from "./policies.json" with { type: "json" }

/** The role's path, with slashes around it, and its name. */
const partsOf = (role: string): { readonly path: string; readonly name: string } => {
  const at = role.lastIndexOf("/")
  return { path: at === -1 ? "/" : `/${role.slice(0, at)}/`, name: role.slice(at + 1) }
}

/**
 * Reads what the scans read, nothing else, and lets in only the functions that scan. `externalId` stands in the trust policy where
 * the configuration has one.
 */
export const memberTemplate = ({ role }: Pick<Config, "role">) => {
  const { name, path } = partsOf(role.name)
  const hasExternalId = role.externalId !== undefined
  return {
    AWSTemplateFormatVersion: "2010-09-09",
    Description: "What Night Audit reads in this account. It changes nothing.",
    Parameters: {
      ScannerRoleArns: {
        Type: "CommaDelimitedList",
        Description: "The roles of the functions that may come in"
      },
      ...(hasExternalId
        ? { ExternalId: { Type: "String", NoEcho: true, Description: "What they have to say to come in" } }
        : {})
    },
    Resources: {
      ...Object.fromEntries(
        policies.reader.map((PolicyDocument, index) => [
          `Reads${index + 1}`,
          {
            Type: "AWS::IAM::ManagedPolicy",
            Properties: {
              Description: "Reads of Night Audit's scans, generated from them",
              Path: path,
              Roles: [{ Ref: "Reader" }],
              PolicyDocument
            }
          }
        ])
      ),
      Reader: {
        Type: "AWS::IAM::Role",
        Properties: {
          RoleName: name,
          Path: path,
          Description: "Read by Night Audit; see its documentation",
          MaxSessionDuration: 3600,
          AssumeRolePolicyDocument: {
            Version: "2012-10-17",
            Statement: [
              {
                Sid: "NightAuditScanner",
                Effect: "Allow",
                Principal: { AWS: { Ref: "ScannerRoleArns" } },
                Action: "sts:AssumeRole",
                ...(hasExternalId ? { Condition: { StringEquals: { "sts:ExternalId": { Ref: "ExternalId" } } } } : {})
              }
            ]
          }
        }
      }
    },
    Outputs: { RoleArn: { Value: { "Fn::GetAtt": ["Reader", "Arn"] } } }
  }
}
