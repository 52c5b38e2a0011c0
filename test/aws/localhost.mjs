/**
 * S3 Control puts the account before the endpoint's host, so the emulator needs a host with subdomains. RFC 6761 has names under
 * `localhost` resolve to this machine, which resolvers of many systems do not; here they do.
 */
import dns from "node:dns"

const lookup = dns.lookup
dns.lookup = (host, ...rest) => lookup(host.endsWith(".localhost") ? "127.0.0.1" : host, ...rest)
