/** AWS operations as values: what a call is named, what it needs, how it pages and what it costs, declared once. */

/** An IAM action such as `ec2:DescribeVolumes`. */
export type IamAction = `${string}:${string}`

/** A client class of the AWS SDK v3, such as `EC2Client`. */
export type ClientClass = new (config: any) => {
  readonly middlewareStack: { add(middleware: any, options: object): void; remove(name: string): boolean }
  send(command: any, options: { readonly abortSignal: AbortSignal }): Promise<any>
  destroy(): void
}

/** The `Input` and `Output` of a command class of the AWS SDK v3. */
type CommandClass<Input extends object, Output> = new (input: Input) => {
  readonly input: object
  resolveMiddleware(...args: Array<any>): (...args: Array<any>) => Promise<{ readonly output: Output }>
}

/** How a list operation is paged. `size` is always sent: EC2 throttles unsized describes harder. */
export interface Paging {
  /** The input field that bounds a page and the number of items it is given. Absent where AWS has none. */
  readonly size?: readonly [field: string, items: number]
  /** The input field that takes the token. */
  readonly input: string
  /** The output field that gives the next token. */
  readonly output: string
}

/** What AWS charges the caller for a call. */
export interface PaidCall {
  /** USD for one call with this input. */
  readonly usd: (input: any) => number
  /** What is billed, such as "request" or "metric". */
  readonly unit: string
  /** USD per unit. */
  readonly usdPerUnit: number
}

/** Actions that AWS checks besides the call's own, where the answering service asks others in the caller's name. */
export interface OnBehalf {
  /** The value of `aws:CalledVia` in those checks. */
  readonly service: string
  readonly actions: ReadonlyArray<IamAction>
}

export interface Operation<in out Input extends object = any, out Output = any> {
  /** The IAM service prefix, also the limiter's and the ledger's key: `ec2`. */
  readonly service: string
  /** The operation: `DescribeVolumes`. */
  readonly name: string
  readonly action: IamAction
  readonly client: ClientClass
  readonly Command: CommandClass<Input, Output>
  readonly onBehalf?: OnBehalf
  readonly paging?: Paging
  readonly paid?: PaidCall
}

/** `ec2:DescribeVolumes`: how an operation is written in messages and in the ledger. */
export const operationKey = (operation: Operation): string => `${operation.service}:${operation.name}`

/**
 * Declares an operation that a dataset calls. `action` is the IAM action; its prefix is the service, and the operation's
 * name is taken from the command, so the two may differ (`s3:ListAllMyBuckets` for `ListBuckets`).
 */
export const operation = <Input extends object, Output>(
  client: ClientClass,
  Command: CommandClass<Input, Output>,
  action: IamAction,
  options: Pick<Operation, "onBehalf" | "paging" | "paid"> = {}
): Operation<Input, Output> => ({
  service: action.slice(0, action.indexOf(":")),
  name: Command.name.replace(/Command$/, ""),
  action,
  client,
  Command,
  ...options
})
