/**
 * What a function writes into its log, a line of JSON at a time and as it is. Where the log format of a function is JSON, Lambda's own
 * console puts each line as a text into an object of its own: CloudWatch then reads no metric out of it, and no query finds a run's id.
 * Source: aws/aws-lambda-nodejs-runtime-interface-client, src/LogPatch.js.
 */
import { Console } from "node:console"
import process from "node:process"
import * as Logger from "effect/Logger"

const stdout = new Console(process.stdout, process.stderr)

export const writeLine = (line: string): void => stdout.log(line)

export const logLayer = Logger.layer([Logger.map(Logger.formatJson, writeLine)])
