/** Where `scripts/testAws.ts` started the emulator. */
export const endpoint = process.env["AWS_ENDPOINT_URL"] ?? ""
if (!endpoint.startsWith("http://localhost:"))
  throw new Error("run these tests with `npm run test:aws`, which starts the emulator")
