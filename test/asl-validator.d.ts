declare module "asl-validator" {
  /** Checks a state machine against the schema of the Amazon States Language and its paths. */
  const validate: (
    definition: object,
    options: { readonly checkArn: boolean; readonly checkPaths: boolean }
  ) => { readonly isValid: boolean; readonly errors: ReadonlyArray<object> }
  export default validate
}
