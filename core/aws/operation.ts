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

/** Where the answer to a list has its items. */
export interface ListField<in Output = any, out Item = any> {
  /** As messages name it: `DistributionList.Items`. */
  readonly name: string
  readonly of: (output: Output) => ReadonlyArray<Item> | undefined
  /** Whether an answer without the field is an empty list, for the few services that leave it out. */
  readonly emptyWhen?: (output: Output) => boolean
}

/**
 * Whether an answer without its list is an empty one, of a service that leaves empty lists out: no page follows, and the id that the
 * service gives each request proves that it has answered.
 */
export const emptyWithout =
  (token: string) =>
  (output: any): boolean =>
    output[token] === undefined && output.$metadata?.requestId !== undefined

/** What AWS charges the caller for a call. */
export interface PaidCall {
  /** USD for one call with this input. `units` is what the caller expects to be billed for, where the input does not tell. */
  readonly usd: (input: any, units?: number) => number
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

export interface Operation<in out Input extends object = any, in out Output = any> {
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

/** An operation that answers a list. An answer without the list is malformed, never empty. */
export interface ListOperation<
  in out Input extends object = any,
  in out Output = any,
  in out Item = any
> extends Operation<Input, Output> {
  readonly items: ListField<Output, Item>
  /** Whether there always is something to list, so that an answer without any item is malformed. */
  readonly neverEmpty?: boolean
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

type ItemOf<Output, Field extends keyof Output> =
  NonNullable<Output[Field]> extends ReadonlyArray<infer Item> ? Item : never

type ListOptions = Pick<Operation, "onBehalf" | "paging" | "paid"> & Pick<ListOperation, "neverEmpty">

/** Declares an operation that answers a list: the name of the field that has it, or how to find it. */
export const listOperation: {
  <Input extends object, Output, Field extends keyof Output & string>(
    client: ClientClass,
    Command: CommandClass<Input, Output>,
    action: IamAction,
    items: Field,
    options?: ListOptions
  ): ListOperation<Input, Output, ItemOf<Output, Field>>
  <Input extends object, Output, Item>(
    client: ClientClass,
    Command: CommandClass<Input, Output>,
    action: IamAction,
    items: ListField<Output, Item>,
    options?: ListOptions
  ): ListOperation<Input, Output, Item>
} = (
  client: ClientClass,
  Command: CommandClass<any, any>,
  action: IamAction,
  items: string | ListField,
  { neverEmpty, ...options }: ListOptions = {}
): ListOperation => ({
  ...operation(client, Command, action, options),
  ...(neverEmpty === undefined ? {} : { neverEmpty }),
  items: typeof items === "string" ? { name: items, of: (output) => output[items] } : items
})
